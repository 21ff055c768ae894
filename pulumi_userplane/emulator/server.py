"""The emulator as an object, and the thread that serves it on a loopback port."""

import os
import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.types import ASGIApp, Scope
from typing_extensions import Self, Unpack
from uvicorn.protocols.http.h11_impl import H11Protocol

from pulumi_userplane.emulator.admin import Admin
from pulumi_userplane.emulator.app import BASE_PATH, create_app, describe_environ
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import BehavioursDict, validate_behaviours
from pulumi_userplane.emulator.errors import EmulatorError
from pulumi_userplane.emulator.fault_middleware import CloseConnection
from pulumi_userplane.emulator.probe_report import read_report
from pulumi_userplane.emulator.seed import API_KEY, WORKSPACE_ID, SeedSource, read_seed

_MAX_PORT = 65535


class Emulator(Admin):
    """A Userplane on a loopback port, which serves inside a `with` block or between `start` and `stop`.

    Attributes:
        api_key: The key of the workspace's owner.
        workspace_id: The workspace that the seed describes.
        report: What `like` says; None without it.
        is_seed_used: Whether it begins with the seed; False if the data file held a workspace already.
    """

    def __init__(
        self,
        *,
        seed: SeedSource | None = None,
        data: os.PathLike[str] | str | None = None,
        api_key: str = API_KEY,
        host: str = "127.0.0.1",
        port: int = 0,
        like: os.PathLike[str] | str | None = None,
        **behaviours: Unpack[BehavioursDict],
    ) -> None:
        """Opens the port and the data file; requests wait until `start`.

        Args:
            seed: The domains, projects and links to begin with: a `Seed`, data in its shape, or the path of a YAML
                file. The demo's if left out.
            data: An SQLite file that keeps everything. If it holds a workspace already, the seed is not used. Memory
                if left out.
            api_key: The key of the workspace's owner.
            host: A loopback address.
            port: The port to listen on; 0 takes a free one.
            like: A report of `pulumi-userplane probe`; the emulator behaves as the Userplane that was probed.
            **behaviours: Fields of `Behaviours`, such as `rate_limit` (requests a minute for each user). They win over
                the report.

        Raises:
            EmulatorError: The address, the seed, the data file, the report or a behaviour can't be used.
        """
        self.api_key = api_key
        self.workspace_id = WORKSPACE_ID
        self.report = read_report(like) if like is not None else None
        initial = validate_behaviours({**(self.report.behaviours if self.report else {}), **behaviours})
        backend = Backend(read_seed(seed), Path(data) if data else None, api_key, initial)
        super().__init__(backend)
        self.is_seed_used = backend.database.is_new
        try:
            self._server = Server(lambda close_connection: create_app(backend, close_connection), host, port)
        except BaseException:
            backend.close()
            raise

    @property
    def base_url(self) -> str:
        """The API's address, for USERPLANE_BASE_URL."""
        return f"{self._server.address}{BASE_PATH}"

    @property
    def control_url(self) -> str:
        """The address of the control routes."""
        return f"{self._server.address}/_control"

    @property
    def page_url(self) -> str:
        """The address of the page that shows the emulator in a browser."""
        return f"{self._server.address}/"

    def environ(self) -> dict[str, str]:
        """Returns the USERPLANE_* variables that make a program use this emulator.

        Without a rate limit here, they switch off the program's own limits as well.
        """
        return describe_environ(self._backend, self._server.address)

    def start(self) -> None:
        """Starts to serve requests."""
        self._server.start()

    def stop(self) -> None:
        """Stops serving requests, and closes the port and the data file."""
        self._server.stop()
        self._backend.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


class _UvicornServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = threading.Event()

    @property
    def connections(self) -> list[H11Protocol]:
        return [connection for connection in self.server_state.connections if isinstance(connection, H11Protocol)]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A request that waits for a fault's latency ends with its connection; uvicorn alone would wait for it.
        for connection in self.connections:
            connection.transport.close()
        await super().shutdown(sockets)


class Server:
    """Serves an ASGI application from a thread of its own.

    Args:
        create_app: Makes the application; gets the function that closes a request's connection.
        host: A loopback address.
        port: The port to listen on; 0 takes a free one.

    Raises:
        EmulatorError: The address can't be used.
    """

    def __init__(self, create_app: Callable[[CloseConnection], ASGIApp], host: str, port: int) -> None:
        self._socket = _listen(host, port)
        self.address = f"http://[{host}]" if ":" in host else f"http://{host}"
        self.address += f":{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            create_app(self._close_connection),
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
        )
        self._server = _UvicornServer(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="userplane-emulator", daemon=True
        )

    def start(self) -> None:
        """Starts the thread, and returns once it serves requests."""
        self._thread.start()
        self._server.serving.wait()

    def stop(self) -> None:
        """Stops the thread and closes the socket."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    def _close_connection(self, scope: Scope) -> None:
        client = tuple(scope["client"])
        for connection in [connection for connection in self._server.connections if connection.client == client]:
            connection.transport.close()


def _listen(host: str, port: int) -> socket.socket:
    if not _is_loopback(host):
        raise EmulatorError(f"The emulator listens on loopback only, not on {host}: use 127.0.0.1.")
    if not 0 <= port <= _MAX_PORT:
        raise EmulatorError(f"Port {port} does not exist: name one up to {_MAX_PORT}, or 0 for a free one.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise EmulatorError(
            f"Port {port} of {host} can't be used: {os.strerror(error.errno or 0)}. Name another, or 0 for a free one."
        ) from error
    # Connections inherit it; without it a response waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
