"""Finds text that an Output was written into by mistake: `f"{link.id}"` contains a warning, not the Output's value."""

from __future__ import annotations

from typing import Any

IS_IN_TEXT = (
    "contains an Output as text, written by an f-string or str(), instead of its value: "
    "use pulumi.Output.format, pulumi.Output.concat or .apply"
)
"""What an error says of such a value, after its name."""

_TEXTS_OF_OUTPUTS = ("Calling __str__ on an Output[T] is not supported", "<pulumi.output.Output object at 0x")


def holds_output(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Returns whether a text in the value, at any depth, contains an Output as text; keys of maps are texts, too."""
    if isinstance(value, dict):
        return any(holds_output(part) for item in value.items() for part in item)
    if isinstance(value, (list, tuple)):
        return any(map(holds_output, value))
    return isinstance(value, str) and any(text in value for text in _TEXTS_OF_OUTPUTS)
