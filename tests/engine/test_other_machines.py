"""Runs are killed at each step of a creation and go on on a machine that knows nothing of them, with the real CLI."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.emulator.faults import Fault
from tests.engine.running import counted_exports, kill, running, wait_until
from tests.engine.test_interrupted_runs import (
    FOR_EVER,
    KILLS,
    STEPS,
    UP,
    WITHOUT_CHECKPOINTS,
    all_link_ids,
    check_links,
    interrupt_up,
    unlock,
)

if TYPE_CHECKING:
    from pulumi_userplane.emulator.faults import FaultDict
    from tests.engine.stack import Stack

LINK = {"domain_id": "dom_help", "link_title": "Help"}
LINKS = dict.fromkeys(("one", "two", "three"), LINK)
MANY = dict.fromkeys((f"link-{number}" for number in range(20)), LINK)

WRITTEN = 8
MIDDLE: tuple[FaultDict, ...] = (
    # The POST has done nothing yet.
    {"method": "POST", "skip": 4, "latency": FOR_EVER, "answer": "drop"},
    # The POST has made the link and is not answered.
    {"method": "POST", "skip": 4, "latency": FOR_EVER},
    # The PUT has done nothing yet.
    {"method": "PUT", "skip": 4, "latency": FOR_EVER, "answer": "drop"},
    # The creation is complete; the engine, which is stopped meanwhile, has not written it.
    {"method": "PUT", "skip": WRITTEN, "latency": 2},
    # The PUT has done its work and is not answered: of the next creation, if the engine has requested it before.
    {"method": "PUT", "skip": WRITTEN, "latency": FOR_EVER},
)
"""Where the four creations at a time of a run are when it is killed: one at each step, after eight written ones."""

RESUMED = r'\n +warning: creation of recording link "pulumi:p/dev/(link-\d+)": resuming (lnk_\w+) \(https://\S+\): (.*)'


def kill_in_the_middle(stack: Stack) -> None:
    """Runs the first `up`, and kills it with all that it started, as the end of a runner does."""
    posted, put = (str(Fault(**MIDDLE[number])) for number in (1, 3))
    for fault in MIDDLE:
        stack.userplane.fault(**fault)
    with running(stack, *UP) as run:
        wait_until(lambda: len(stack.userplane.faults) == 1, "a creation at each step")
        run.stop()
        wait_until(lambda: was_carried_out(stack, "PUT", put), "the end of the creation that is complete")
        time.sleep(0.5)
        run.kill_all()
        run.end()
    stack.userplane.clear_faults()
    wait_until(lambda: was_carried_out(stack, "POST", posted), "the link of the POST without an answer")


def was_carried_out(stack: Stack, method: str, fault: str) -> bool:
    return any(request.method == method and request.fault == fault for request in stack.log.entries())


def pending(stack: Stack) -> list[str]:
    """Returns what the state shows as interrupted."""
    latest = json.loads(stack.state)["checkpoint"].get("latest") or {}
    return [operation["type"] for operation in latest.get("pending_operations", [])]


@pytest.mark.parametrize("environ", [{}, WITHOUT_CHECKPOINTS], ids=["checkpoints", "without-checkpoints"])
def test_next_up_on_another_machine_ends_with_one_link_each_when_run_of_twenty_is_killed(
    stack: Stack, environ: dict[str, str]
) -> None:
    stack.declare(**MANY)
    stack.env.update(environ)
    kill_in_the_middle(stack)
    made = len(stack.live())
    resumed = made - len(stack.links())
    assert (len(stack.links()), set(pending(stack))) == ((0, set()) if environ else (WRITTEN, {"creating"}))
    stack.pulumi("cancel", "--yes")
    stack.change_machine("another")
    stack.log.forget()

    with counted_exports(stack) as exports:
        # An option counts before the variable.
        output = stack.up("-s=dev", PULUMI_STACK="none")

    ids = check_links(stack)
    assert ids.keys() == MANY.keys()
    assert len(all_link_ids(stack)) == len(MANY)
    assert stack.log.pages() == 1
    assert stack.log.methods().count("POST") == len(MANY) - made
    # Without checkpoints nothing changes the state during the run.
    assert 1 <= len(exports) <= (1 if environ else resumed)
    _, _, diagnostics = output.partition("Diagnostics:")
    warnings = re.findall(RESUMED, diagnostics)
    assert {(name, link_id) for name, link_id, _ in warnings} <= set(ids.items())
    assert len(warnings) == resumed
    hints = {"`pulumi refresh --clear-pending-creates`" in why for _, _, why in warnings}
    assert hints == {not environ}
    if not environ:
        stack.refresh("--clear-pending-creates")
        assert pending(stack) == []
        assert check_links(stack) == ids


def test_up_ends_with_one_link_each_when_runs_are_killed_on_two_machines(stack: Stack) -> None:
    first = dict(stack.env)
    stack.declare(**LINKS)
    interrupt_up(stack, KILLS["the CLI and all that it started"][0], *STEPS)
    unlock(stack)
    stack.change_machine("second")
    held = {"method": "PUT", "latency": FOR_EVER}
    interrupt_up(stack, KILLS["the CLI alone"][0], held, {**held, "answer": "drop"})
    unlock(stack)
    stack.env = first

    stack.up()

    ids = check_links(stack)
    assert ids.keys() == LINKS.keys()
    assert all_link_ids(stack) == set(ids.values())


@pytest.mark.parametrize("machine", ["same", "another"])
def test_up_refuses_links_by_name_when_only_the_provider_was_killed(stack: Stack, machine: str) -> None:
    # The engine saw the creations fail, so the state shows none of them: somebody may also have cleared them since.
    stack.declare(**LINKS)
    interrupt_up(stack, lambda run: kill(run.hosts), *STEPS)
    assert pending(stack) == []
    made = all_link_ids(stack)
    if machine == "another":
        stack.change_machine("another")
    stack.log.forget()

    output = stack.up("--continue-on-error", code=1)

    assert stack.log.writes() == []
    advice = dict(re.findall(r'"pulumi:p/dev/(\w+)" failed: .* write (adopt="\w+")', output))
    assert advice.keys() == LINKS.keys()
    fields = ", ".join(f"{field}={value!r}" for field, value in LINK.items())
    links = (f"userplane.RecordingLink({name!r}, {fields}, {line})" for name, line in advice.items())
    stack.program("\n".join(links))
    stack.up()
    assert set(check_links(stack).values()) == made == all_link_ids(stack)


def test_up_creates_and_names_recover_when_the_look_fails(stack: Stack) -> None:
    stack.declare(**LINKS)
    stack.userplane.fault(method="GET", path="/links$", answer="status", status=403, code="FORBIDDEN")

    output = stack.up()

    assert check_links(stack).keys() == LINKS.keys()
    assert sorted(stack.log.methods()) == ["GET", *["POST"] * 3, *["PUT"] * 3]
    _, _, diagnostics = output.partition("Diagnostics:")
    [line] = [line.strip() for line in diagnostics.splitlines() if "interrupted" in line]
    assert line.startswith("warning: the look for interrupted creations in workspace ws_demo failed (403 FORBIDDEN")
    assert line.endswith("if an earlier run was interrupted elsewhere, `pulumi-userplane recover` looks at all links")
