"""Makes text from outside safe to print, and describes a link or a value in a message."""

from __future__ import annotations

from typing import Any


def sanitize(text: str, max_length: int = 100) -> str:
    """Returns a text from outside as one short line that can't move a cursor, color a log or reverse its direction."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(printable.split())
    return line if len(line) <= max_length else line[: max_length - 1] + "…"


def describe_link(link_id: str, label: str | None = None) -> str:
    """Returns how a message names a link: by its id, with a label such as its mark if there is one."""
    return (
        f'recording link "{sanitize(label)}" ({sanitize(link_id)})' if label else f"recording link {sanitize(link_id)}"
    )


def describe_kind(value: Any) -> str:  # noqa: ANN401 - whatever a program wrote
    """Returns what sort of value it is, without showing it."""
    kinds = {bool: "a truth value", float: "a number", int: "a number", str: "text", list: "a list", dict: "a map"}
    return kinds.get(type(value), "another kind of value")
