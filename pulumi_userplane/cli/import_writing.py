"""Writes a file for `pulumi import --file`, and over nothing but such a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def text(content: Mapping[str, Any]) -> str:
    """Returns the text of such a file."""
    return json.dumps(content, indent=2) + "\n"


def write(file: Path, content: Mapping[str, Any]) -> None:
    """Writes the file.

    Raises:
        ConfigurationError: It holds something else, or can't be written.
    """
    try:
        if file.exists() and not (file.is_file() and _is_one(file)):
            raise ConfigurationError(
                f"{file} is there and is no import file: nothing was written", next_step="name another file"
            )
    except OSError as error:
        raise ConfigurationError(f"{file} can't be written: {error.strerror}") from None
    files.write({file: text(content)})


def _is_one(file: Path) -> bool:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(content, dict) and isinstance(content.get("resources"), list)
