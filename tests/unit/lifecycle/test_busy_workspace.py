"""A run in a workspace where other people have made 2,000 links within two hours, through the dashboard."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from pulumi_userplane.cli.app import app
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.link_types import LINK_TYPE
from pulumi_userplane.recovery.state_reader import Deployment
from tests.support.request_log import RequestLog
from tests.support.states import STACK, export
from tests.unit.conftest import this_run

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator
    from tests.support.messages import Messages
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:p/dev/help"
LINK = {"domain_id": "dom_help", "mark": MARK}
LINKS = 2000
SECONDS_BETWEEN = 7200 / LINKS
URN = f"urn:pulumi:dev::p::{LINK_TYPE}::help"
INTERRUPTED = {"type": "creating", "resource": {"urn": URN, "type": LINK_TYPE, "inputs": {"mark": MARK}}}


def fill(server: Emulator, interrupted: int | None = None) -> None:
    """Makes the links; one of them, counted from the newest, is what an interrupted run has left."""
    now = datetime.now(timezone.utc)
    links: list[dict[str, Any]] = []
    for number in reversed(range(LINKS)):
        created = now - timedelta(seconds=SECONDS_BETWEEN * number)
        text = f"{created:%Y-%m-%dT%H:%M:%S}.{created.microsecond // 1000:03}Z"
        links.append({"domainId": "dom_help", "linkTitle": f"Ticket {number}", "createdAt": text})
        if number == interrupted:
            links[-1] |= {"linkId": "lnk_left", "linkProviderReference": f"{MARK}#00000001"}
    server.seed({"links": links})
    server.reset()


@pytest.fixture
def looking(make_engine: MakeEngine) -> Engine:
    """An engine of a run after one that was interrupted while it created the link."""
    run, state = this_run(), Deployment.model_validate({"pending_operations": [INTERRUPTED, INTERRUPTED]})
    run_state.reset(RunState(run.notify, run.clock, read_state=lambda: state))
    return make_engine(lookForInterrupted="auto")


def test_run_sends_five_requests_more_and_names_recover(
    looking: Engine, make_engine: MakeEngine, server: Emulator, sent: Sent, messages: Messages
) -> None:
    fill(server)
    looking.up(**LINK)
    for number in range(3):
        make_engine(lookForInterrupted="auto").up(**{**LINK, "mark": f"{MARK}{number}"})
    assert [method for method, _ in sent()] == ["GET"] * 5 + ["POST"] * 4
    assert messages.warnings == []
    [told] = messages.infos
    assert told.startswith("workspace ws_demo has many new links: the look for interrupted creations went back to ")
    assert "`pulumi-userplane recover`" in told


def test_run_resumes_an_interrupted_creation_on_the_first_five_pages(looking: Engine, server: Emulator) -> None:
    fill(server, interrupted=99)
    looking.up(**LINK)
    assert looking.id == "lnk_left"


def test_recover_lists_an_interrupted_creation_beyond_the_first_five_pages(
    looking: Engine, server: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(server, interrupted=1000)
    looking.up(**LINK)
    assert looking.id != "lnk_left"
    assert RequestLog(server).methods() == ["GET"] * 5 + ["POST"]
    state = tmp_path / "state.json"
    holds = {"urn": URN, "type": LINK_TYPE, "id": looking.id, "inputs": looking.inputs, "outputs": looking.outputs}
    state.write_text(export(STACK, holds))
    for name, value in {**server.environ(), "USERPLANE_REQUESTS_PER_MINUTE": "0"}.items():
        monkeypatch.setenv(name, value)
    # Away from this project, of which a CLI would be asked for its stack.
    monkeypatch.chdir(tmp_path)

    listed = CliRunner().invoke(app, ["recover", "--state", str(state)])

    assert listed.stdout.count("  id        ") == 1
    assert "  delete    --delete lnk_left\n" in listed.stdout
