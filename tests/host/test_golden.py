"""What states hold for ever: the dynamic provider's reference, and a link's properties as both providers record them.

Nothing under golden/ may be changed; a release that records something else adds a folder.
"""

import base64
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.property_names import to_camel_case, to_python_names
from pulumi_userplane.provider import RecordingLinkProvider
from tests.host.conftest import Host, StartHost
from tests.host.doors import Door, only
from tests.host.links import ANSWERED, FULL
from tests.support.operations import BLOB, State
from tests.support.request_log import Sent

GOLDEN = Path(__file__).parent / "golden"
NEWEST = GOLDEN / "0.1.0"
BLOBS = [file.read_text(encoding="utf-8").strip() for file in sorted(GOLDEN.glob("*/provider*.txt"))]
FILES: dict[Door, str] = {"dynamic": "state.json", "plugin": "plugin-state.json"}
STATES = [
    pytest.param(door, state, id=f"{door}-{file.parent.name}-{name}")
    for door, file_name in FILES.items()
    for file in sorted(GOLDEN.glob(f"*/{file_name}"))
    for name, state in json.loads(file.read_text(encoding="utf-8")).items()
]
SPELL: dict[Door, Callable[[str], str]] = {"dynamic": str, "plugin": to_camel_case}
"""How each provider spells a property."""

# Python 3.14 began to pickle with protocol 5.
PROVIDER = "provider.txt" if pickle.DEFAULT_PROTOCOL == 4 else "provider-protocol-5.txt"


def test_provider_reference_is_the_golden_one() -> None:
    assert (NEWEST / PROVIDER).read_text(encoding="utf-8").strip() == BLOB
    assert len(BLOB) < 100


def test_provider_reference_holds_nothing_of_the_configuration() -> None:
    provider = RecordingLinkProvider()
    provider.configure(ConfigureRequest(Config({"userplane:apiKey": "uspl_canary"}, "p")))
    provider.check({}, {"domain_id": "dom_help", "workspace_id": "ws_demo"})

    assert serialize_provider(provider) == BLOB
    assert b"uspl_canary" not in base64.b64decode(BLOB)


def test_thousands_of_links_can_be_declared_in_one_program() -> None:
    assert {serialize_provider(RecordingLinkProvider()) for _ in range(3_500)} == {BLOB}


@only("dynamic", "the plugin's states hold no reference")
@pytest.mark.parametrize("blob", BLOBS)
def test_provider_reference_of_each_release_loads_and_shows_no_change(
    userplane: Emulator, host: Host, start_host: StartHost, blob: str
) -> None:
    made = host.create(FULL)
    recorded = State(made.id, {**made.inputs, "__provider": blob}, {**made.outputs, "__provider": blob})
    userplane.clear_requests()

    assert host.preview(recorded, FULL).nothing
    assert start_host({}, userplane.environ(), blob=blob).preview(made, FULL).nothing
    fresh, plan = host.refresh(recorded)
    assert plan.nothing
    assert fresh == recorded


@pytest.mark.parametrize(("door", "recorded"), STATES)
def test_state_of_each_release_shows_no_change_and_can_be_read_and_deleted(
    userplane: Emulator, host: Host, sent: Sent, door: Door, recorded: dict[str, Any]
) -> None:
    host = host.with_own_names()
    state = _planted(userplane, recorded)
    elsewhere = SPELL[door]("workspace_id")

    assert host.diff(state, state.inputs).nothing
    assert host.preview(state, {key: value for key, value in state.inputs.items() if key != elsewhere}).nothing
    assert sent() == []
    fresh, plan = host.refresh(state)
    assert plan.nothing
    assert fresh == state
    host.delete(state)
    assert sent() == [("GET", None), ("DELETE", None)]


def test_recorded_state_is_the_golden_one(host: Host, userplane: Emulator, door: Door) -> None:
    host = host.with_own_names()
    golden = json.loads((NEWEST / FILES[door]).read_text(encoding="utf-8"))

    made = {name: host.create(state["inputs"]) for name, state in golden.items()}

    assert {name: _normalised(userplane, state, golden[name], door) for name, state in made.items()} == golden


@pytest.mark.parametrize("name", ["minimal", "full"])
def test_state_of_the_other_provider_is_taken_over_without_a_request(
    userplane: Emulator, host: Host, sent: Sent, door: Door, name: str
) -> None:
    host = host.with_own_names()
    [other] = FILES.keys() - {door}
    own, others = (json.loads((NEWEST / FILES[one]).read_text(encoding="utf-8"))[name] for one in (door, other))
    state = _planted(userplane, others)

    plan = host.preview(state, own["inputs"])
    taken = host.update(state, plan)

    assert (plan.changes, plan.replaces) == ("update", [])
    assert _normalised(userplane, taken, own, door) == own
    assert host.preview(taken, own["inputs"]).nothing
    assert sent() == []


def _planted(userplane: Emulator, recorded: dict[str, Any]) -> State:
    """Puts the recorded link into the emulator, and the emulator's address into the record."""
    outputs = to_python_names(recorded["outputs"])
    planted = userplane.add_link(
        linkId=recorded["id"],
        linkURL=outputs["link_url"],
        createdAt=outputs["created_at"],
        domainId=outputs["domain"]["domain_id"],
        projectId=outputs["project"]["project_id"],
        **{name: outputs[field] for field, name in ANSWERED.items() if field in outputs},
    )
    return State(planted["linkId"], recorded["inputs"], {**recorded["outputs"], "__server": userplane.base_url})


def _normalised(userplane: Emulator, state: State, golden: dict[str, Any], door: Door) -> dict[str, Any]:
    """Puts the golden values where each run has other ones."""
    of_each_run = {*map(SPELL[door], ("link_id", "link_url", "created_at")), "__server"}
    reference = SPELL[door]("link_provider_ref")
    if state.outputs[reference].startswith("pulumi:"):
        of_each_run.add(reference)
    assert state.outputs["__server"] == userplane.base_url
    provider = {key: value for key, value in golden["inputs"].items() if key == "__provider"}
    same = {key: golden["outputs"][key] for key in of_each_run}
    return {
        "id": golden["id"],
        "inputs": {**state.inputs, **provider},
        "outputs": {**state.outputs, **same, **provider},
    }
