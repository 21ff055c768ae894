"""Runs are killed at each step of a creation, with the real CLI; the next run ends with one link and no orphan."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from pulumi_userplane.recovery.journal import TABLE
from tests.engine.running import Run, kill, running, wait_until
from tests.engine.stack import STATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.stack import Stack

LINK = {"domain_id": "dom_help", "link_title": "Help"}
LINKS = dict.fromkeys(("one", "two", "three"), LINK)
UP = ("up", "--yes", "--skip-preview")
FOR_EVER = 600.0


STEPS: tuple[dict[str, Any], ...] = (
    # The POST has made the link and is not answered.
    {"method": "POST", "latency": FOR_EVER},
    # The PUT has done nothing yet.
    {"method": "PUT", "latency": FOR_EVER, "answer": "drop"},
    # The PUT has done its work and is not answered.
    {"method": "PUT", "latency": FOR_EVER},
)
"""The steps of three creations when their run is killed, one at each."""

WITHOUT_CHECKPOINTS = {"PULUMI_SKIP_CHECKPOINTS": "true"}


def second_interrupt(run: Run) -> None:
    run.interrupt()
    time.sleep(1)
    run.interrupt()


KILLS: dict[str, tuple[Callable[[Run], None], dict[str, str]]] = {
    # A killed CLI leaves its provider host running.
    "the CLI alone": (Run.kill, {}),
    "the CLI alone, without checkpoints": (Run.kill, WITHOUT_CHECKPOINTS),
    "the CLI and all that it started": (Run.kill_all, {}),
    "the CLI and all that it started, without checkpoints": (Run.kill_all, WITHOUT_CHECKPOINTS),
    "second Ctrl-C": (second_interrupt, {}),
    "second Ctrl-C, without checkpoints": (second_interrupt, WITHOUT_CHECKPOINTS),
}


def interrupt_up(stack: Stack, how: Callable[[Run], None], *faults: dict[str, Any]) -> None:
    """Runs an `up`, and kills it when each fault has stopped a request."""
    for fault in faults:
        stack.userplane.fault(**fault)
    with running(stack, *UP) as run:
        wait_until(lambda: not stack.userplane.faults, "the requests that the faults stop")
        how(run)
        code, output = run.end()
        assert code != 0, output
        # The host ends by itself, and with it the connection that the server still holds.
        wait_until(lambda: not run.hosts, "the end of the provider host")


def unlock(stack: Stack) -> None:
    """Removes the lock of a killed CLI, as `pulumi cancel` does."""
    for lock in (stack.folder.parent / STATE).rglob("locks/**/*.json"):
        lock.unlink()


def check_links(stack: Stack) -> dict[str, str]:
    """Asserts that the state holds exactly the live links, as declared, and returns their ids by name."""
    ids = {name: link["id"] for name, link in stack.links().items()}
    live = stack.live()
    assert sorted(ids.values()) == sorted(live)
    assert {link["linkTitle"] for link in live.values()} == {"Help"}
    stack.preview("--expect-no-changes")
    return ids


def check_only_link(stack: Stack) -> str:
    """Asserts that the state holds the only live link, as declared, and returns its id."""
    [(name, link_id)] = check_links(stack).items()
    assert name == "help"
    return link_id


def all_link_ids(stack: Stack) -> set[str]:
    """Returns the ids of all links that ever existed."""
    return {link["linkId"] for link in stack.userplane.links}


@pytest.mark.parametrize("how", KILLS)
def test_next_up_ends_with_one_link_each_when_run_is_interrupted_at_any_step(stack: Stack, how: str) -> None:
    stack.declare(**LINKS)
    kills, environ = KILLS[how]
    stack.env.update(environ)
    interrupt_up(stack, kills, *STEPS)
    unlock(stack)

    stack.up()

    ids = check_links(stack)
    assert ids.keys() == LINKS.keys()
    assert all_link_ids(stack) == set(ids.values())


@pytest.mark.parametrize("script", ['exec {cli} "$@"', '{cli} "$@"; exec sleep 600'])
def test_provider_ends_when_its_renamed_cli_is_killed(stack: Stack, tmp_path: Path, script: str) -> None:
    # As package managers wrap it; the second script is called `pulumi` as well, and outlives the CLI.
    folder = tmp_path / "wrapped"
    folder.mkdir()
    real = shutil.which("pulumi-language-python", path=stack.env["PATH"])
    assert real is not None
    cli = folder / ".pulumi-wrapped"
    cli.symlink_to(Path(real).with_name("pulumi"))
    (folder / "pulumi").write_text("#!/bin/sh\n" + script.format(cli=cli) + "\n", encoding="utf-8")
    (folder / "pulumi").chmod(0o755)
    stack.declare(help=LINK)
    stack.userplane.fault(method="POST", latency=FOR_EVER)
    with running(stack, *UP, PATH=f"{folder}:{stack.env['PATH']}") as run:
        wait_until(lambda: not stack.userplane.faults, "the POST")
        kill(
            [one for one in psutil.process_iter(["name"]) if one.info["name"] == ".pulumi-wrapped" and run.started(one)]
        )
        wait_until(lambda: not run.hosts, "the end of the provider host")
        run.process.kill()
    unlock(stack)

    stack.up()

    assert all_link_ids(stack) == {check_only_link(stack)}


def test_up_creates_no_second_link_when_another_run_goes_on(stack: Stack) -> None:
    stack.declare(**LINKS)
    stack.userplane.fault(method="PUT", latency=FOR_EVER)
    with running(stack, *UP, "--parallel", "1") as run:
        wait_until(lambda: not stack.userplane.faults, "the first PUT")
        unlock(stack)

        output = stack.up(code=1)

        [host] = run.hosts
        assert "another run is creating this link" in output
        assert f"provider process {host.pid}, started by process {run.process.pid}, is still running" in output
        run.kill_all()
    unlock(stack)
    stack.up()
    assert check_links(stack).keys() == LINKS.keys()
    assert len(all_link_ids(stack)) == len(LINKS)


@pytest.mark.parametrize("environ", [{}, WITHOUT_CHECKPOINTS])
def test_next_up_creates_link_when_run_is_interrupted_before_server_did(stack: Stack, environ: dict[str, str]) -> None:
    stack.declare(help=LINK)
    stack.env.update(environ)
    interrupt_up(stack, Run.kill, {"method": "POST", "latency": FOR_EVER, "answer": "drop"})
    stack.pulumi("cancel", "--yes")
    let_time_pass(stack)

    output = stack.up()

    assert "a POST of an interrupted run may still be processing" in output
    check_only_link(stack)
    assert stack.log.methods() == ["GET", "POST", *["GET"] * 3, "POST", "PUT"]


def let_time_pass(stack: Stack) -> None:
    """Lets half of the half minute pass that the server has for a POST of an interrupted run."""
    [file] = (stack.folder.parent / "cache").glob("pulumi-userplane/*.sqlite")
    with closing(sqlite3.connect(file)) as database, database:
        passed = (time.time() - 15, time.monotonic() - 15)
        assert database.execute(f"UPDATE {TABLE} SET sent_at = ?, uptime = ?", passed).rowcount == 1


@pytest.mark.parametrize("environ", [{}, WITHOUT_CHECKPOINTS])
def test_next_up_resumes_link_when_run_is_interrupted_before_engine_recorded_it(
    stack: Stack, environ: dict[str, str]
) -> None:
    stack.declare(help=LINK)
    stack.env.update(environ)
    stack.userplane.fault(method="PUT", latency=1)
    with running(stack, *UP) as run:
        wait_until(lambda: not stack.userplane.faults, "the PUT")
        run.stop()
        wait_until(lambda: "PUT" in stack.log.methods(), "the answer to the PUT")
        time.sleep(0.5)
        run.kill()
    unlock(stack)
    assert stack.links() == {}

    stack.up()

    assert all_link_ids(stack) == {check_only_link(stack)}


@pytest.mark.parametrize("machine", ["same", "another"])
def test_next_up_never_resumes_replaced_link_when_replacement_is_interrupted(stack: Stack, machine: str) -> None:
    stack.declare(**LINKS)
    stack.deploy()
    old = set(stack.live())
    stack.declare(**{name: {**LINK, "domain_id": "dom_app"} for name in LINKS})
    interrupt_up(stack, Run.kill, *STEPS)
    unlock(stack)
    if machine == "another":
        stack.change_machine("another")

    stack.up()

    new = check_links(stack)
    assert new.keys() == LINKS.keys()
    assert {link["domain"]["domainId"] for link in stack.live().values()} == {"dom_app"}
    assert len(all_link_ids(stack)) == 2 * len(LINKS)
    assert all_link_ids(stack) == old | set(new.values())


@pytest.mark.parametrize("how", ["--target-replace", "taint"])
def test_up_replaces_link_when_the_engine_says_nothing_of_the_old_one(stack: Stack, how: str) -> None:
    stack.declare(help=LINK)
    stack.deploy()
    [old] = stack.live()
    urn = stack.links()["help"]["urn"]

    # There is no diff, so only the state tells that it holds the link of the last run.
    if how == "taint":
        stack.pulumi("state", "taint", "--yes", urn)
        output = stack.up()
    else:
        output = stack.up("--target-replace", urn)

    assert "resuming" not in output
    assert check_only_link(stack) != old
    assert len(stack.userplane.links) == 2
