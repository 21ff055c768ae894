"""What a probe has found: for each unknown what was seen, or why it was not tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNCLEAR = "unclear"
"""What was seen fits none of the values that the probe knows."""

_NOT_REACHED = "the probe did not get there"


@dataclass(frozen=True)
class Finding:
    """One unknown after the probe.

    Attributes:
        id: The unknown's fixed id.
        expected: What the provider expects, as documented or guessed.
        seen: What the server does; None if it was not tried.
        not_tried: Why it was not tried; empty if it was.
    """

    id: str
    expected: Any
    seen: Any
    not_tried: str = ""

    @property
    def is_as_expected(self) -> bool:
        """Whether the server does what the provider expects."""
        return not self.not_tried and self.seen == self.expected


class Findings:
    """Collects what is seen, each unknown once."""

    def __init__(self) -> None:
        self._seen: dict[str, Any] = {}
        self._not_tried: dict[str, str] = {}

    def record(self, unknown: str, value: Any) -> None:  # noqa: ANN401 - of any kind
        """Records what was seen."""
        self._seen[unknown] = value

    def skip(self, unknown: str, reason: str) -> None:
        """Records why an unknown can't be tried; what was seen of it already stays."""
        self._not_tried[unknown] = reason

    def get(self, unknown: str) -> Any:  # noqa: ANN401 - of any kind
        """Returns what was seen, or None."""
        return self._seen.get(unknown)

    def forget(self, unknown: str, reason: str) -> None:
        """Takes back what was seen, since something seen later explains it."""
        self._seen.pop(unknown, None)
        self.skip(unknown, reason)

    def list_all(self, expected: Mapping[str, Any]) -> list[Finding]:
        """Returns the findings in the order of what was expected, one for each."""
        return [
            Finding(unknown, value, self._seen[unknown])
            if unknown in self._seen
            else Finding(unknown, value, None, self._not_tried.get(unknown, _NOT_REACHED))
            for unknown, value in expected.items()
        ]


def build_report(findings: Iterable[Finding]) -> dict[str, Any]:
    """Returns the report as JSON; `emulator --like` reads it."""
    return {
        "report": "pulumi-userplane probe",
        "version": 1,
        "findings": [
            {
                "id": finding.id,
                "expected": finding.expected,
                **({"not_tried": finding.not_tried} if finding.not_tried else {"seen": finding.seen}),
            }
            for finding in findings
        ],
    }
