"""The state of one running emulator, which the routes and the administrator share."""

from pathlib import Path

from pulumi_userplane.emulator import seed as seeds
from pulumi_userplane.emulator.auth import RateLimiter
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.clock import Clock
from pulumi_userplane.emulator.database import Database
from pulumi_userplane.emulator.faults import FaultScript
from pulumi_userplane.emulator.link_store import LinkStore
from pulumi_userplane.emulator.request_log import RequestLog
from pulumi_userplane.emulator.workspace_store import WorkspaceStore


class Backend:
    """Holds the database, the behaviours, the scripted faults, the request log and the rate limiter.

    Args:
        seed: What a new database holds at first.
        data: The SQLite file; None means memory.
        api_key: The key of the workspace's owner.
        behaviours: How the emulator behaves until that is changed.
        clock: Tells the server's time.

    Attributes:
        api_key: The key of the workspace's owner.
    """

    def __init__(
        self,
        seed: seeds.Seed,
        data: Path | None,
        api_key: str,
        behaviours: Behaviours,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.database = Database(data)
        self.workspaces = WorkspaceStore(self.database, self.clock)
        self.links = LinkStore(self.database, self.clock)
        self.log = RequestLog(self.clock)
        self.faults = FaultScript()
        self.rate_limiter = RateLimiter()
        self.behaviours = behaviours
        self._unlisted: dict[str, list[str]] = {}
        self._seed = seed
        self.api_key = api_key
        self._initial_behaviours = behaviours
        if self.database.is_new:
            self.load_seed(seed)
        else:
            seeds.add_owner_key(self.database, api_key)

    def load_seed(self, seed: seeds.Seed) -> None:
        """Replaces everything with the seed; later calls of `reset` return to this seed."""
        self._seed = seed
        self.database.delete_all()
        seeds.populate(self.database)
        seeds.add_owner_key(self.database, self.api_key)
        seeds.add_projects_and_domains(self.database, self.clock, seed)
        self.workspaces.update_workspace(seeds.WORKSPACE_ID, name=seed.workspace_name, link_quota=seed.link_quota)
        self.links.add(seeds.WORKSPACE_ID, seed.links)

    def reset(self) -> None:
        """Returns to the seed and the initial behaviours, without faults and with an empty request log."""
        self.load_seed(self._seed)
        self.behaviours = self._initial_behaviours
        self.faults.clear()
        self.log.clear()
        self.rate_limiter.reset()
        self._unlisted.clear()

    def add_unlisted(self, workspace_id: str, link_id: str) -> None:
        """Records a new link that the next list of its workspace leaves out."""
        self._unlisted.setdefault(workspace_id, []).append(link_id)

    def take_unlisted(self, workspace_id: str) -> list[str]:
        """Returns the links that the next list of a workspace leaves out, once."""
        return self._unlisted.pop(workspace_id, [])

    def close(self) -> None:
        """Closes the data file."""
        self.database.close()
