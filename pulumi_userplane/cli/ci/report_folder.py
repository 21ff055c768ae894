"""Makes the folder of a report, and removes from it what an earlier run has left, and nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.ci.report import (
    COMMENT,
    LEFT,
    LINKS_CSV,
    LINKS_JSON,
    PLANS,
    REPORT,
    SUMMARY,
    ReportError,
    name_plan,
    parse_report,
)
from pulumi_userplane.cli.errors import make_write_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_OWN_FILES = (COMMENT, SUMMARY, REPORT, LINKS_CSV, LINKS_JSON, LEFT)


def prepare_folder(folder: Path, stacks: Iterable[str] = ()) -> None:
    """Makes the folder, and removes the report of an earlier run from it.

    Args:
        folder: The folder.
        stacks: The stacks whose plans will be kept there.

    Raises:
        ConfigurationError: That is not possible, or it holds files of the same names that are of no report.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in [*_list_own_files(folder, stacks)]:
            file.unlink()
    except OSError as error:
        raise make_write_error(folder, error) from None


def _list_own_files(folder: Path, stacks: Iterable[str]) -> Iterator[Path]:
    """Yields the files of an earlier report.

    Raises:
        ConfigurationError: There are such files, and no report that tells whose they are.
    """
    files = [folder / name for name in _OWN_FILES if os.path.lexists(folder / name)]
    plans = sorted((folder / PLANS).glob("*.json"))
    # A preview that broke off has left them, and this one would replace them.
    own_plans = {name_plan(stack) for stack in stacks}
    others = [plan for plan in plans if plan.name not in own_plans]
    if files or others:
        try:
            report = parse_report(folder.resolve())
        except ReportError:
            raise ConfigurationError(
                f"{[*files, *others][0]} was there before, and is of no report: nothing was written",
                next_step="name another folder with --out, or remove that file",
            ) from None
        own_plans |= {plan.name for plan in others if plan.stem.rpartition("+")[2] in {s.stack for s in report.stacks}}
    yield from files
    yield from (plan for plan in plans if plan.name in own_plans)
