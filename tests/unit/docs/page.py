"""Reads the files that a page of the documentation shows, each in a code block below its name."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]

_FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_of(page: str) -> dict[str, str]:
    """Returns the files that a page shows, by their names."""
    return dict(_FILE.findall((ROOT / "docs" / page).read_text(encoding="utf-8")))


def write_files(page: str, *names: str, folder: Path) -> None:
    """Writes some of the files that a page shows."""
    files = files_of(page)
    for name in names:
        (folder / name).write_text(files[name], encoding="utf-8")
