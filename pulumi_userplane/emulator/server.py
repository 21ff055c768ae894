"""uvicorn in a thread of its own: a socket on loopback, a start that is waited for, a clean end."""

import os
import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from pulumi_userplane.emulator.errors import EmulatorError
from pulumi_userplane.emulator.fault_middleware import HangUp

_LAST_PORT = 65535


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = threading.Event()

    @property
    def connections(self) -> list[H11Protocol]:
        return [one for one in self.server_state.connections if isinstance(one, H11Protocol)]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A request that a fault keeps waiting ends with its connection; uvicorn alone would wait for it.
        for connection in self.connections:
            connection.transport.close()
        await super().shutdown(sockets)


class Server:
    """Serves one application until it is stopped."""

    def __init__(self, application: Callable[[HangUp], ASGIApp], host: str, port: int) -> None:
        self._socket = _listening(host, port)
        self.address = f"http://[{host}]" if ":" in host else f"http://{host}"
        self.address += f":{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            application(self._hang_up),
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="userplane-emulator", daemon=True
        )

    def start(self) -> None:
        """Return when the server answers."""
        self._thread.start()
        self._server.answering.wait()

    def stop(self) -> None:
        """Return when the server, its thread and its socket are gone."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    def _hang_up(self, scope: Scope) -> None:
        client = tuple(scope["client"])
        for connection in [one for one in self._server.connections if one.client == client]:
            connection.transport.close()


def _listening(host: str, port: int) -> socket.socket:
    if not _is_loopback(host):
        raise EmulatorError(f"The emulator listens on loopback only, not on {host}: use 127.0.0.1.")
    if not 0 <= port <= _LAST_PORT:
        raise EmulatorError(f"There is no port {port}: name one up to {_LAST_PORT}, or 0 for a free one.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise EmulatorError(
            f"Port {port} of {host} can't be used: {os.strerror(error.errno or 0)}. Name another, or 0 for a free one."
        ) from error
    # Connections inherit it; without it an answer waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
