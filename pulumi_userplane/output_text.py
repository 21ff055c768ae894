"""Finds text that an Output was written into by mistake: `f"{link.id}"` contains a warning, not the Output's value."""

from __future__ import annotations

import re
from typing import Any

IS_IN_TEXT = (
    "contains an Output as text instead of its value: write the text with pulumi.Output.format in Python, "
    "pulumi.interpolate in TypeScript, pulumi.Sprintf in Go, Output.Format in C#, or Output.format in Java"
)
"""What an error says of such a value, after its name."""

_TEXT_OF_OUTPUT = re.compile(
    # Python; Node.js, its JSON as well, and .NET; Java
    r"Calling __str__ on an Output\[T\] is not supported|<pulumi\.output\.Output object at 0x"
    r"|Calling \[(toString|toJSON|ToString)\] on an \[Output<T>\] is not supported"
    r"|Calling 'toString' on an 'Output<T>' is not supported"
    # Go writes what is inside: `{0xc000137180}` for %v, `{%!s(*internal.OutputState=&{...})}` for %s
    r"|\{0x[0-9a-f]{9,12}\}|\bOutputState(=|:0x|\)\(0x)"
)


def holds_output(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Returns whether a text in the value, at any depth, contains an Output as text; keys of maps are texts, too."""
    if isinstance(value, dict):
        return any(holds_output(part) for item in value.items() for part in item)
    if isinstance(value, (list, tuple)):
        return any(map(holds_output, value))
    return isinstance(value, str) and _TEXT_OF_OUTPUT.search(value) is not None
