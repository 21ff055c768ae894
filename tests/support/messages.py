"""Records what a user is shown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Messages:
    """Stands in for `pulumi.log`.

    Attributes:
        infos: What was shown as information.
        warnings: What was shown as a warning.
    """

    infos: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def info(self, message: str, /) -> None:
        self.infos.append(message)

    def warn(self, message: str, /) -> None:
        self.warnings.append(message)
