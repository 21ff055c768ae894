"""The start of the plugin's process."""

from __future__ import annotations

import signal

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from pulumi_userplane.plugin import main


def test_start_without_an_engine_says_who_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["pulumi-resource-userplane", "--help"])
    with pytest.raises(SystemExit, match="the Pulumi CLI starts it, with the address of its engine"):
        main.main()


def test_first_line_is_the_port(capsys: pytest.CaptureFixture[str]) -> None:
    server = main.serve("127.0.0.1:1")
    port = int(capsys.readouterr().out)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert ResourceProviderStub(channel).GetPluginInfo(Empty()).version
    server.stop(None).wait()


def test_process_serves_until_it_is_ended_and_leaves_an_interrupt_to_the_system(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pulumi-resource-userplane", "127.0.0.1:1"])
    before = signal.getsignal(signal.SIGINT)
    handlers = []
    printed_before = []

    def wait(server: grpc.Server) -> None:
        handlers.append(signal.getsignal(signal.SIGINT))
        server.stop(None).wait()

    try:
        # A CLI that knows the port may be killed before anything else happens here.
        main.main(wait, watch=lambda: printed_before.append(capsys.readouterr().out))
    finally:
        signal.signal(signal.SIGINT, before)
    assert int(capsys.readouterr().out) > 0
    assert handlers == [signal.SIG_DFL]
    assert printed_before == [""]
