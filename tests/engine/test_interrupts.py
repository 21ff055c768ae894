"""One Ctrl-C while the server is slow: what is in flight ends and is recorded, nothing more begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.running import running, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack

SECONDS = 5.0
LINKS = {f"help-{number}": {"domain_id": "dom_help", "link_title": f"Help {number}"} for number in range(8)}


@pytest.mark.parametrize("environ", [{}, {"PULUMI_SKIP_CHECKPOINTS": "true"}])
def test_what_is_in_flight_ends_and_is_recorded(stack: Stack, tmp_path: Path, environ: dict[str, str]) -> None:
    stack.env.update(environ, XDG_CACHE_HOME=str(tmp_path / "cache"))
    stack.declare("None", **LINKS)
    stack.userplane.fault(method="POST", latency=SECONDS, times=4)
    with running(stack, "up", "--yes", "--skip-preview", "--parallel", "4") as run:
        wait_until(lambda: not stack.userplane.faults, "four POSTs")
        run.interrupt()
        code, said = run.end()

    assert code == 1, said
    assert "update canceled" in said
    live = stack.live()
    assert len(live) == 4
    assert {link["id"] for link in stack.links().values()} == set(live)
    assert {link["linkTitle"] for link in live.values()} <= {str(link["link_title"]) for link in LINKS.values()}

    said = stack.up()

    assert "pending" not in said
    assert len(stack.live()) == len(stack.userplane.links) == len(LINKS)
    stack.preview("--expect-no-changes")
