"""The five that are measured: four tools on a folder of their own, and the bare requests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bench.wire_run import Wire
from scripts.peers.opentofu_peer import OpenTofu
from scripts.peers.pulumi_peer import Ours, PulumiPeer, Usual

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scripts.bench.plan import Name
    from scripts.peers.peer import Peer


_ROOT = Path(__file__).parents[2]


class Floor(PulumiPeer):
    """A provider that does nothing: what remains is the engine's own time."""

    name = "floor"
    source = "floor"

    def __init__(self, folder: Path, account: Mapping[str, str]) -> None:
        """Makes the stack; the provider's host finds the module as it would find an installed one."""
        super().__init__(folder, account)
        self.env["PYTHONPATH"] = str(_ROOT)


CONTESTANTS: dict[Name, Callable[[Path, Mapping[str, str]], Peer | Wire]] = {
    "ours": Ours,
    "floor": Floor,
    "usual": Usual,
    "tofu": OpenTofu,
    "wire": Wire,
}
"""How each is made, from its folder and the account."""
