"""Starts the plugin: the Pulumi CLI runs it, reads its port from the first line, and calls it there."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable  # noqa: TC003 - for annotations
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto.engine_pb2_grpc import EngineStub
from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

from pulumi_userplane.plugin.servicer import RecordingLinkServicer
from pulumi_userplane.recovery.processes import find_engine_address
from pulumi_userplane.recovery.watchdog import exit_with_cli

_OPTIONS = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))
"""No limit on messages: a look-up of all links may be longer than gRPC's 4 MiB."""

_THREADS = 1024
"""More than the engine has operations at once: each waits for its own response, and `Cancel` must not wait for them."""


def main(
    wait: Callable[[grpc.Server], object] = lambda server: server.wait_for_termination(),
    watch: Callable[[], object] = exit_with_cli,
) -> None:
    """Serves recording links until the CLI ends this process (`wait`) or is killed: `watch` comes before its port."""
    address = find_engine_address(sys.argv[1:])
    if address is None:
        sys.exit("pulumi-resource-userplane is a plugin: the Pulumi CLI starts it, with the address of its engine")
    # The CLI ends it so when nothing is in flight: it calls `Cancel` first, at the end of each run and for the user's
    # Ctrl-C, which a process group of its own keeps from this process. Python would print a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    watch()
    wait(serve(address))


def serve(engine_address: str) -> grpc.Server:
    """Starts a server on a free port of this machine's loopback, and prints the port."""
    # A proxy in https_proxy can't reach the engine, which is on this machine: gRPC would ask it all the same.
    engine = EngineStub(grpc.insecure_channel(engine_address, options=(*_OPTIONS, ("grpc.enable_http_proxy", 0))))
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=_OPTIONS)
    add_ResourceProviderServicer_to_server(RecordingLinkServicer(engine.Log), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - how the CLI learns it
    return server
