"""Starts the process of a provider or a policy pack and ends it; none of this machine's accounts reaches it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import grpc
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from tests.support.operations import HostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

DEADLINE = 30


class Started(NamedTuple):
    """A process that serves.

    Attributes:
        stub: Calls it.
        written: What it writes to stdout and to stderr.
    """

    stub: Any
    written: tuple[Path, Path]

    @property
    def output(self) -> str:
        """Everything that the process has written so far."""
        return "".join(file.read_text(encoding="utf-8") for file in self.written)

    def call(self, name: str, request: Any) -> Any:
        """Calls the process.

        Raises:
            HostError: The call failed.
        """
        try:
            return getattr(self.stub, name)(request, timeout=DEADLINE)
        except grpc.RpcError as error:
            raise HostError(error.details().removeprefix("Exception calling application: ")) from None


@contextlib.contextmanager
def running(
    command: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    program: Path | None = None,
    make_stub: Callable[[grpc.Channel], Any] = ResourceProviderStub,
) -> Iterator[Started]:
    """Runs the process of a provider, or of a policy pack.

    Args:
        command: Starts it.
        folder: For what it writes.
        environ: More variables; those of this process are kept, except Userplane's and Pulumi's.
        program: The program's folder; this process's own when left out.
        make_stub: Returns what calls the process.
    """
    written = (folder / "stdout.txt", folder / "stderr.txt")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("USERPLANE_", "PULUMI_"))}
    with written[0].open("wb") as stdout, written[1].open("wb") as stderr:
        process = subprocess.Popen(
            command,
            cwd=program,
            env={**environment, "PULUMI_PROJECT": "p", "XDG_CACHE_HOME": str(folder / "cache"), **environ},
            stdout=stdout,
            stderr=stderr,
        )
    try:
        with grpc.insecure_channel(f"127.0.0.1:{_port(written[0], process)}") as channel:
            yield Started(make_stub(channel), written)
    finally:
        process.terminate()
        process.wait(DEADLINE)


def _port(printed: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + DEADLINE
    while not (text := printed.read_text(encoding="utf-8")).endswith("\n"):
        assert process.poll() is None, "the process ended before it said its port"
        assert time.monotonic() < deadline, "the process said no port"
        time.sleep(0.01)
    return int(text)


def to_plain(value: Any) -> Any:
    """Returns a message's properties as Python's own values."""
    if hasattr(value, "fields"):
        return {key: to_plain(value[key]) for key in value.fields}
    if hasattr(value, "values"):
        return [to_plain(item) for item in value]
    return value
