"""The emulator as an object: starts a server, says where it is, and takes commands by hand."""

import os
from pathlib import Path
from types import TracebackType

from typing_extensions import Self, Unpack

from pulumi_userplane.emulator import demo
from pulumi_userplane.emulator.admin import Admin, validate_behaviours
from pulumi_userplane.emulator.app import BASE_PATH, application
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import BehavioursDict
from pulumi_userplane.emulator.seed import SeedSource, read_seed
from pulumi_userplane.emulator.server import Server


class Emulator(Admin):
    """A Userplane on a loopback port, from `with` to the end of its block (or from `start` to `stop`)."""

    def __init__(
        self,
        *,
        seed: SeedSource | None = None,
        data: os.PathLike[str] | str | None = None,
        api_key: str = demo.API_KEY,
        host: str = "127.0.0.1",
        port: int = 0,
        **behaviours: Unpack[BehavioursDict],
    ) -> None:
        """Listen, but answer nothing yet.

        Args:
            seed: Domains, projects and links to begin with, as a YAML file or as data; the demo's if left out.
            data: SQLite file that outlives the emulator; what it holds already wins over the seed. Memory if left out.
            api_key: The owner's key.
            host: A loopback address.
            port: 0 is a free one.
            **behaviours: Fields of `Behaviours`, `rate_limit` among them.

        Raises:
            EmulatorError: the port, the seed, the data file or a behaviour can't be used.
        """
        self.api_key = api_key
        self.workspace_id = demo.WORKSPACE_ID
        backend = Backend(read_seed(seed), Path(data) if data else None, api_key, validate_behaviours(behaviours))
        super().__init__(backend)
        try:
            self._server = Server(lambda hang_up: application(backend, hang_up), host, port)
        except BaseException:
            backend.close()
            raise

    @property
    def base_url(self) -> str:
        """What USERPLANE_BASE_URL has to be."""
        return f"{self._server.address}{BASE_PATH}"

    @property
    def control_url(self) -> str:
        """Where the control plane is."""
        return f"{self._server.address}/_control"

    def environ(self) -> dict[str, str]:
        """The variables that make a program use this emulator, without a limit of its own where there is none here."""
        unlimited = {"USERPLANE_REQUESTS_PER_MINUTE": "0", "USERPLANE_REQUESTS_PER_DAY": "0"}
        return {
            "USERPLANE_BASE_URL": self.base_url,
            "USERPLANE_API_KEY": self.api_key,
            "USERPLANE_WORKSPACE_ID": self.workspace_id,
            **({} if self.behaviours.rate_limit else unlimited),
        }

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self) -> None:
        """Answer no more, and let go of port and file."""
        self._server.stop()
        self._backend.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
