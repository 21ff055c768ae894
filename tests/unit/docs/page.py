"""Writes the files that a page of the documentation shows, each in a code block below its name."""

from pathlib import Path

from scripts.code_blocks import find_files

ROOT = Path(__file__).parents[3]


def files_of(page: str) -> dict[str, str]:
    """Returns the files that a page shows, by their names."""
    return find_files(f"docs/{page}")


def write_files(page: str, *names: str, folder: Path) -> None:
    """Writes some of the files that a page shows."""
    files = files_of(page)
    for name in names:
        (folder / name).write_text(files[name], encoding="utf-8")
