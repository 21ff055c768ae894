"""Finds text that was made of an Output by mistake: `f"{link.id}"` holds Pulumi's words for it, not its value."""

from __future__ import annotations

from typing import Any

IS_IN_TEXT = (
    "holds Pulumi's words for an Output instead of its value, as an f-string or str() writes them: "
    "use pulumi.Output.format, pulumi.Output.concat or .apply"
)
"""What an error says of such a value, behind its name."""

_WORDS = ("Calling __str__ on an Output[T] is not supported", "<pulumi.output.Output object at 0x")


def holds_output(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Returns whether an Output was written into a text, at any depth; keys of maps are texts, too."""
    if isinstance(value, dict):
        return any(holds_output(each) for pair in value.items() for each in pair)
    if isinstance(value, (list, tuple)):
        return any(map(holds_output, value))
    return isinstance(value, str) and any(words in value for words in _WORDS)
