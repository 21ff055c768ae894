"""All that one running emulator knows, in one object that routes, control plane and tests share."""

from pathlib import Path

from pulumi_userplane.emulator import demo
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.database import Database
from pulumi_userplane.emulator.faults import FaultScript
from pulumi_userplane.emulator.links import Links
from pulumi_userplane.emulator.rate_limit import RateLimiter
from pulumi_userplane.emulator.request_log import RequestLog
from pulumi_userplane.emulator.seed import Seed
from pulumi_userplane.emulator.workspace_store import Directory


class Backend:
    """State of one emulator."""

    def __init__(self, seed: Seed, data: Path | None, api_key: str, behaviours: Behaviours) -> None:
        self.database = Database(data)
        self.directory = Directory(self.database)
        self.links = Links(self.database)
        self.log = RequestLog()
        self.faults = FaultScript()
        self.rate_limiter = RateLimiter()
        self.behaviours = behaviours
        self.seed = seed
        self.api_key = api_key
        self._initial_behaviours = behaviours
        if self.database.fresh:
            self.load_seed(seed)
        else:
            demo.add_owner_key(self.database, api_key)

    def load_seed(self, seed: Seed) -> None:
        """Put the seed in the place of all that is there; `reset` comes back to it from now on."""
        self.seed = seed
        self.database.empty()
        demo.populate(self.database)
        demo.add_owner_key(self.database, self.api_key)
        self.directory.set_workspace(demo.WORKSPACE_ID, name=seed.workspace_name, link_quota=seed.link_quota)
        demo.add_projects(
            self.database,
            demo.WORKSPACE_ID,
            [
                (part.project_id, part.project_title, part.is_default, part.recording_retention_days, part.deleted)
                for part in seed.projects
            ],
        )
        demo.add_domains(
            self.database,
            demo.WORKSPACE_ID,
            [(part.domain_id, part.domain_url, part.domain_status) for part in seed.domains],
        )
        self.links.add(demo.WORKSPACE_ID, seed.links)

    def reset(self) -> None:
        """As it was at the start: the seed, the first behaviours, no faults, an empty log."""
        self.load_seed(self.seed)
        self.behaviours = self._initial_behaviours
        self.faults.clear()
        self.log.clear()
        self.rate_limiter.forget()

    def close(self) -> None:
        """Let go of the data file."""
        self.database.close()
