"""Makes text from outside safe to print, and names a link in a message."""

from __future__ import annotations


def sanitize(text: str, most: int = 100) -> str:
    """Returns a text from outside as one short line that can't move a cursor, colour a log or turn its order."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(printable.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def link_name(link_id: str, label: str | None = None) -> str:
    """Returns what a message calls a link: its id, and a label such as its mark, if there is one."""
    return (
        f'recording link "{sanitize(label)}" ({sanitize(link_id)})' if label else f"recording link {sanitize(link_id)}"
    )
