"""The reader of a response: it keeps to the deadline whatever the socket does."""

from __future__ import annotations

import socket
import time

import pytest

from pulumi_userplane.api.read_deadline import _TimedReader


@pytest.mark.parametrize(("left", "waits"), [(5.0, 5.0), (60.0, 30.0)])
def test_reader_waits_no_longer_than_silence_and_deadline_allow(left: float, waits: float) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(30.0)
        theirs.sendall(b"x")
        with _TimedReader(ours, ours.makefile("rb", buffering=0), time.monotonic() + left) as reader:
            assert reader.readinto(bytearray(1)) == 1
        assert ours.gettimeout() == pytest.approx(waits, abs=1.0)


def test_reader_raises_when_the_deadline_is_over() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"x")
        file = ours.makefile("rb", buffering=0)
        with (
            _TimedReader(ours, file, time.monotonic() - 1) as reader,
            pytest.raises(TimeoutError, match="deadline is over"),
        ):
            reader.readinto(bytearray(1))
