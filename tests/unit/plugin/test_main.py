"""The start of the plugin's process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from pulumi_userplane.plugin import main

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    "words",
    [
        ["127.0.0.1:4"],
        ["-logtostderr", "-v=9", "127.0.0.1:4"],
        ["--logtostderr", "-tracing", "http://trace.example", "127.0.0.1:4"],
        ["--tracing=http://trace.example", "127.0.0.1:4", "more"],
    ],
)
def test_address_of_the_engine_is_the_first_word_that_is_no_option(words: Sequence[str]) -> None:
    assert main.parse_engine_address(words) == "127.0.0.1:4"


def test_start_without_an_engine_says_who_starts_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.parse_engine_address([])
    assert "the following arguments are required: engine" in capsys.readouterr().err


def test_first_line_is_the_port(capsys: pytest.CaptureFixture[str]) -> None:
    server = main.serve("127.0.0.1:1")
    port = int(capsys.readouterr().out)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert ResourceProviderStub(channel).GetPluginInfo(Empty()).version
    server.stop(None).wait()
