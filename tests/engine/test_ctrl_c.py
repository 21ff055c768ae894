"""After one Ctrl-C operations in flight end and are recorded, and no other begins, even if the server is silent.

The engine calls `Cancel` of the plugin, whose waits then end at once. The dynamic provider can't hear of it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.running import running, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack
    from tests.engine.yaml_stack import YamlStack

SECONDS = 5.0
LINKS = {f"help-{number}": {"domain_id": "dom_help", "link_title": f"Help {number}"} for number in range(8)}

FOR_EVER = 600.0
SHORTER = 20
ENDS_WITHIN = 150.0 / SHORTER
OWN_SECONDS = 10.0
"""What the CLI and the processes that it starts may need for themselves; that is not shortened."""

SHORTENED = f"""
import pulumi_userplane.lifecycle.create as creation
import pulumi_userplane.lifecycle.resume as resume
from pulumi_userplane.api import retry, transport
from tenacity import wait_random_exponential

begin = retry.Deadline.__init__
total = retry.MAX_OPERATION_SECONDS
retry.Deadline.__init__ = lambda self, seconds=total, **options: begin(self, seconds / {SHORTER}, **options)
retry._BACKOFF = wait_random_exponential(multiplier=1 / {SHORTER}, max=30 / {SHORTER})
transport.READ_SECONDS /= {SHORTER}
creation._LOOK_AGAIN_SECONDS /= {SHORTER}
resume._LATE_POST_SECONDS /= {SHORTER}
"""
"""What Python runs when it starts in each process of the run: all waits are shortened in the same proportion."""


@pytest.mark.parametrize("environ", [{}, {"PULUMI_SKIP_CHECKPOINTS": "true"}])
def test_interrupted_up_records_operations_in_flight(stack: Stack, environ: dict[str, str]) -> None:
    stack.env.update(environ)
    stack.declare(**LINKS)
    stack.userplane.fault(method="POST", latency=SECONDS, times=4)
    with running(stack, "up", "--yes", "--skip-preview", "--parallel", "4") as run:
        wait_until(lambda: not stack.userplane.faults, "four POSTs")
        run.interrupt()
        code, output = run.end()

    assert code == 1, output
    assert "update canceled" in output
    live = stack.live()
    assert len(live) == 4
    assert {link["id"] for link in stack.links().values()} == set(live)
    assert {link["linkTitle"] for link in live.values()} <= {str(link["link_title"]) for link in LINKS.values()}

    output = stack.up()

    assert "pending" not in output
    assert len(stack.live()) == len(stack.userplane.links) == len(LINKS)
    stack.preview("--expect-no-changes")


@pytest.fixture
def shortened(stack: Stack, tmp_path: Path) -> dict[str, str]:
    """Returns the variables that shorten the waits of a run."""
    folder = tmp_path / "shortened"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SHORTENED, encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


SILENCE: dict[str, list[dict[str, Any]]] = {
    "from the POST on, which is done": [{"method": None}],
    "from the PUT on, nothing of it is done": [
        {"method": "PUT", "answer": "drop"},
        {"method": "DELETE", "answer": "drop"},
    ],
}


@pytest.mark.parametrize("silence", SILENCE.values(), ids=SILENCE)
def test_interrupted_up_ends_soon_and_loses_nothing_when_server_is_silent(
    stack: Stack, tmp_path: Path, shortened: dict[str, str], silence: list[dict[str, Any]]
) -> None:
    stack.declare(**LINKS)
    for fault in silence:
        stack.userplane.fault(**fault, latency=FOR_EVER, times=None)
    with running(stack, "up", "--yes", "--skip-preview", "--parallel", "4", **shortened) as run:
        wait_until(lambda: len(stack.userplane.links) == 4, "four POSTs")
        began = time.monotonic()
        run.interrupt()
        code, output = run.end()
    assert time.monotonic() - began < ENDS_WITHIN + OWN_SECONDS
    assert code == 1, output
    assert output.count("**creating failed** error: ") == 4, output
    assert len(stack.userplane.links) == 4

    stack.userplane.clear_faults()
    output = stack.up()

    assert "pending" not in output
    assert {link["id"] for link in stack.links().values()} == set(stack.live())
    assert len(stack.live()) == len(stack.userplane.links) == len(LINKS)
    # The CLI kills its providers: what they share has to be whole at any time, without files beside it.
    shared = [file for file in (tmp_path / "cache" / "pulumi-userplane").rglob("*") if file.is_file()]
    assert {file.suffix for file in shared} == {".sqlite"}


REQUESTS = 6
"""What the limit allows in a minute: the look, and five of the POSTs."""


def test_interrupted_up_of_plugin_ends_at_once_when_links_wait_for_the_limit(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    stack.declare(**LINKS)
    limit = {"USERPLANE_REQUESTS_PER_MINUTE": str(REQUESTS)}
    with running(stack, "up", "--yes", "--skip-preview", "--parallel", str(len(LINKS)), **limit) as run:
        wait_until(lambda: len(stack.log.methods()) == REQUESTS, "all requests that the limit allows")
        began = time.monotonic()
        run.interrupt()
        code, output = run.end()

    assert time.monotonic() - began < OWN_SECONDS
    assert code == 1, output
    made = {link["linkId"] for link in stack.userplane.links}
    assert len(made) == stack.log.methods().count("POST")
    incomplete = {link_id for link_id in made if not stack.log.asked(link_id)}
    # What a POST has made and lacks its PUT is in the state, where another machine finds it too.
    held = {link["id"]: link.get("initErrors", []) for link in stack.links().values()}
    assert held.keys() == made
    assert {link_id for link_id, errors in held.items() if errors} == incomplete
    for link_id in incomplete:
        assert "the run was canceled; the state now holds" in " ".join(held[link_id])
    stack.log.forget()
    stack.change_machine("another")

    output = stack.up()

    assert "pending" not in output
    for link_id in incomplete:
        [(method, body)] = stack.log.asked(link_id)
        assert (method, list(body)) == ("PUT", ["linkTitle"])
    assert stack.log.methods().count("POST") == len(LINKS) - len(made)
    assert {link["id"] for link in stack.links().values()} == set(stack.live())
    assert len(stack.live()) == len(stack.userplane.links) == len(LINKS)
    stack.preview("--expect-no-changes")
