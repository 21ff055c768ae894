"""Machines that share a limit store, with the real CLI: one is lost, one still runs, the store is down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.running import running, wait_until
from tests.engine.test_interrupted_runs import FOR_EVER, LINKS, STEPS, UP, check_links, interrupt_up, unlock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.running import Run
    from tests.engine.stack import Stack
    from tests.support.store_server import StoreServer

PASSWORD = "hunter22hunter22"


@pytest.fixture
def shared(stack: Stack, store_server: StoreServer) -> Iterator[Stack]:
    """A stack whose machines share a store, which wants a password; nothing that is written or printed shows it."""
    store_server.client.acl_setuser(
        "ci", enabled=True, passwords=[f"+{PASSWORD}"], keys=["userplane:*"], commands=["+@all"], reset=True
    )
    stack.env["USERPLANE_LIMIT_STORE"] = f"redis://ci:{PASSWORD}@127.0.0.1:{store_server.port}"
    yield stack
    assert PASSWORD not in "\n".join(stack.printed)
    written = [file for file in stack.folder.parent.rglob("*") if file.is_file() and not file.is_symlink()]
    assert [file for file in written if PASSWORD.encode() in file.read_bytes()] == []


def move_entries(store_server: StoreServer) -> None:
    """Makes all entries those of another machine: what runs on this one seems to run there."""
    client: Any = store_server.client
    (name,) = client.keys("*:entries")
    for reference, entry in client.hgetall(name).items():
        before, quoted, rest = entry.partition(b'"machine": "')
        assert quoted
        client.hset(name, reference, before + quoted + b"another " + rest)


def shorten_leases(store_server: StoreServer, seconds: float) -> None:
    """Makes leases that nobody renews end soon."""
    client: Any = store_server.client
    for name in client.keys("*:lease:*"):
        assert client.pexpire(name, round(seconds * 1000))


def diagnostics(output: str) -> str:
    """Returns the messages of a run; before the CLI lists them it prints each as it comes."""
    return output.partition("Diagnostics:")[2]


def test_next_machine_resumes_links_of_a_lost_one_after_its_lease(shared: Stack, store_server: StoreServer) -> None:
    shared.declare(**LINKS)
    interrupt_up(shared, lambda run: run.kill_all(), *STEPS)
    unlock(shared)
    move_entries(store_server)
    shorten_leases(store_server, 4)
    shared.change_machine("second")

    output = diagnostics(shared.up())

    assert output.count(": waiting up to ") == 3
    assert output.count(": resuming lnk_") == 3
    assert len(check_links(shared)) == 3


def test_next_machine_names_the_one_that_still_runs(shared: Stack, store_server: StoreServer) -> None:
    shared.declare(one=LINKS["one"])
    shared.userplane.fault(method="PUT", latency=FOR_EVER)

    def run_elsewhere(run: Run) -> None:
        wait_until(lambda: not shared.userplane.faults, "the PUT")
        unlock(shared)
        move_entries(store_server)
        output = shared.up(code=1)
        assert "another run is creating this link: its provider process " in output
        assert f", started by process {run.process.pid}, is still running; wait until that run ends" in output
        run.kill_all()

    with running(shared, *UP) as run:
        run_elsewhere(run)


def test_store_that_is_down_stops_a_run_unless_it_is_not_required(shared: Stack, store_server: StoreServer) -> None:
    shared.configure({"userplane:limitStore": shared.env.pop("USERPLANE_LIMIT_STORE")})
    shared.declare(one=LINKS["one"])
    shared.up()
    shared.declare(**LINKS)
    store_server.stop()

    output = shared.up(code=1)

    unusable = f"the limit store at 127.0.0.1:{store_server.port} can't be used: there is no connection"
    assert f"failed at the look for interrupted creations: {unusable}" in output
    assert len(shared.live()) == 1
    output = diagnostics(shared.up(USERPLANE_LIMIT_STORE_REQUIRED="false"))
    assert output.count("this run counts requests and keeps its journal in this machine's own file") == 1
    assert len(check_links(shared)) == 3
