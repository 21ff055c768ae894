"""What is wrong with data, in words for people: one short line, and nothing of Python."""

from collections.abc import Mapping
from typing import Any

_NO_OBJECT = "Input should be an object"
_TOO_DEEP = "Input is nested too deeply"
_WORDS = {
    "dict_type": _NO_OBJECT,
    "model_type": _NO_OBJECT,
    "model_attributes_type": _NO_OBJECT,
    "frozen_set_type": "Input should be a list",
    "recursion_loop": _TOO_DEEP,
    "recursion_depth_exceeded": _TOO_DEEP,
}


def shorten(text: str, max_length: int = 100) -> str:
    """Returns a text as one short line that can't change how a terminal shows it."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= max_length else f"{line[: max_length - 1]}…"


def check_text(text: str) -> str:
    """Returns a text that UTF-8 can encode.

    Raises:
        ValueError: It holds half of a character, such as U+D800.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"U+{ord(text[error.start]):04X} is half of a character") from error
    return text


def describe_problem(problem: Mapping[str, Any]) -> str:
    """Returns the words of one of pydantic's errors."""
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    return _WORDS.get(problem["type"]) or str(problem["msg"])
