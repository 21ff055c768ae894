"""The five subjects of the benchmarks: four tools, each in a folder of its own, and the bare requests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bare_requests_run import BareRequests
from benchmarks.comparison.opentofu_peer import OpenTofu
from benchmarks.comparison.pulumi_peer import Naive, Ours, PulumiPeer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.comparison.peer import Peer
    from benchmarks.plan import Name


_ROOT = Path(__file__).parents[1]


class Baseline(PulumiPeer):
    """A provider that does nothing: what remains is the engine's own time."""

    name = "baseline"
    source = "baseline"

    def __init__(self, folder: Path, account: Mapping[str, str]) -> None:
        """Makes the stack; the provider's host finds the module as it would find an installed one."""
        super().__init__(folder, account)
        self.env["PYTHONPATH"] = str(_ROOT)


SUBJECTS: dict[Name, Callable[[Path, Mapping[str, str]], Peer | BareRequests]] = {
    "ours": Ours,
    "baseline": Baseline,
    "naive": Naive,
    "tofu": OpenTofu,
    "bare": BareRequests,
}
"""How each is made, from its folder and the account."""
