"""Checks of Python, the Pulumi SDK and the Pulumi CLI, by what is known to go wrong with which version."""

from __future__ import annotations

import re

from pulumi_userplane.cli.doctor.check import Check

_NEWEST_TRIED_PYTHON = (3, 14)
_SDK_FROM = (3, 235)
_SDK_BEFORE = (4, 0)
_SDK_WITH_CLEAN_ERRORS = (3, 260)
_CLI_WITH_IMPORT_FILES = (3, 254)


def python(version: str) -> Check:
    """Returns how this Python does."""
    newer = _number(version) > _NEWEST_TRIED_PYTHON
    return Check("Python", ok=True, detail=version, advice="newer than any that was tried" if newer else "")


def sdk(version: str) -> Check:
    """Returns how this Pulumi SDK does."""
    if not _SDK_FROM <= _number(version) < _SDK_BEFORE:
        return Check(
            "Pulumi SDK",
            ok=False,
            detail=f"{version} is not supported",
            advice="`pip install 'pulumi>=3.235,<4'` in the environment that runs the program",
        )
    old = _number(version) < _SDK_WITH_CLEAN_ERRORS
    return Check(
        "Pulumi SDK",
        ok=True,
        detail=version,
        advice="before 3.260 an error has `Exception calling application:` in front of it" if old else "",
    )


def cli(version: str | None) -> Check:
    """Returns how this Pulumi CLI does; None when there is none."""
    if version is None:
        return Check(
            "Pulumi CLI",
            ok=False,
            detail="there is no pulumi on PATH",
            advice="install it (https://www.pulumi.com/docs/iac/download-install/), or put its folder on PATH",
        )
    old = _number(version) < _CLI_WITH_IMPORT_FILES
    return Check(
        "Pulumi CLI",
        ok=True,
        detail=version,
        advice="before 3.254 it takes no import file that holds a link's values: bring links in by adopt="
        if old
        else "",
    )


def _number(version: str) -> tuple[int, int]:
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
