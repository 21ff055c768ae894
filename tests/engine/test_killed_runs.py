"""Runs that are killed at each step of a creation, on the real CLI: run again, there is one link and no orphan."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.running import Run, kill, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.stack import Stack

LINK = {"domain_id": "dom_help", "link_title": "Help"}
UP = ("up", "--yes", "--skip-preview")
FOR_EVER = 600.0


STEPS: dict[str, dict[str, Any]] = {
    "the POST has made it and is not answered": {"method": "POST", "latency": FOR_EVER},
    "the PUT has done nothing yet": {"method": "PUT", "latency": FOR_EVER, "answer": "drop"},
    "the PUT has done its work and is not answered": {"method": "PUT", "latency": FOR_EVER},
}
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
    "the provider host alone": (lambda run: kill(run.hosts), {}),
    "second Ctrl-C": (second_interrupt, {}),
    "second Ctrl-C, without checkpoints": (second_interrupt, WITHOUT_CHECKPOINTS),
}


@pytest.fixture
def stack(stack: Stack, tmp_path: Path) -> Stack:
    """A stack on a machine of its own: what runs note there is seen by no other test."""
    stack.env["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    return stack


def killed(stack: Stack, fault: dict[str, Any], how: Callable[[Run], None]) -> None:
    """An `up` that is killed when the fault has stopped a request; the lock that it leaves is taken away."""
    stack.userplane.fault(**fault)
    with running(stack, *UP) as run:
        wait_until(lambda: not stack.userplane.faults, "the request that the fault stops")
        how(run)
        code, said = run.end()
        assert code != 0, said
        # The host ends by itself, and with it the connection that the server still holds.
        wait_until(lambda: not run.hosts, "the end of the provider host")
    unlock(stack)


def unlock(stack: Stack) -> None:
    if list((stack.folder.parent / "pulumi-state").rglob("locks/**/*.json")):
        stack.pulumi("cancel", "--yes")


def held_alone(stack: Stack) -> str:
    """Asserts that there is one live link, as declared, and that the state holds it; returns its id."""
    [(link_id, link)] = stack.live().items()
    assert {name: held["id"] for name, held in stack.links().items()} == {"help": link_id}
    assert link["linkTitle"] == "Help"
    stack.preview("--expect-no-changes")
    return str(link_id)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("how", KILLS)
def test_killed_and_run_again_there_is_one_link_and_there_never_was_another(stack: Stack, step: str, how: str) -> None:
    stack.declare(help=LINK)
    kills, environ = KILLS[how]
    stack.env.update(environ)
    killed(stack, STEPS[step], kills)

    stack.up()

    made = held_alone(stack)
    assert [link["linkId"] for link in stack.userplane.links] == [made]


@pytest.mark.parametrize("environ", [{}, WITHOUT_CHECKPOINTS])
def test_killed_before_the_server_made_anything_the_next_run_makes_it(stack: Stack, environ: dict[str, str]) -> None:
    stack.declare(help=LINK)
    stack.env.update(environ)
    killed(stack, {"method": "POST", "latency": FOR_EVER, "answer": "drop"}, Run.kill)
    let_time_pass(stack)

    said = stack.up()

    assert "for what the POST of a killed run may still make" in said
    held_alone(stack)
    assert [request.method for request in stack.userplane.requests] == ["POST", "GET", "GET", "POST", "PUT"]


def let_time_pass(stack: Stack) -> None:
    """The server is given half a minute for a POST whose sender was killed: here half of it has passed."""
    [file] = (stack.folder.parent / "cache").rglob("*.sqlite")
    with closing(sqlite3.connect(file)) as database, database:
        assert database.execute("UPDATE creations SET sent_at = ?", (time.time() - 15,)).rowcount == 1


@pytest.mark.parametrize("environ", [{}, WITHOUT_CHECKPOINTS])
def test_killed_when_all_is_done_and_the_engine_has_not_recorded_it(stack: Stack, environ: dict[str, str]) -> None:
    stack.declare(help=LINK)
    stack.env.update(environ)
    stack.userplane.fault(method="PUT", latency=1)
    with running(stack, *UP) as run:
        wait_until(lambda: not stack.userplane.faults, "the PUT")
        run.stop()
        wait_until(lambda: [one for one in stack.userplane.requests if one.method == "PUT"], "the answer to the PUT")
        time.sleep(0.5)
        run.kill()
    unlock(stack)
    assert stack.links() == {}

    stack.up()

    made = held_alone(stack)
    assert [link["linkId"] for link in stack.userplane.links] == [made]


@pytest.mark.parametrize("step", STEPS)
def test_a_replacement_that_was_killed_never_takes_up_what_it_replaces(stack: Stack, step: str) -> None:
    stack.declare(help=LINK)
    stack.up()
    [old] = stack.live()
    stack.declare(help={**LINK, "domain_id": "dom_app"})
    killed(stack, STEPS[step], Run.kill)

    stack.up()

    new = held_alone(stack)
    assert stack.live()[new]["domain"]["domainId"] == "dom_app"
    assert [link["linkId"] for link in stack.userplane.links] == [old, new]


def test_a_replacement_by_hand_makes_a_new_link_and_deletes_the_old_one(stack: Stack) -> None:
    stack.declare(help=LINK)
    stack.up()
    [old] = stack.live()

    urn = stack.links()["help"]["urn"]
    # Without a diff nothing tells that the state holds the link of the last run: it may be kept, and never be lost.
    said = stack.up("--target-replace", urn)
    assert "was not replaced: it looked like one that a killed run has left" in said
    assert held_alone(stack) == old

    stack.up("--target-replace", urn)
    assert held_alone(stack) != old
    assert len(stack.userplane.links) == 2
