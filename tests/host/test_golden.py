"""What states hold for ever: the provider's reference and the properties of a link, of this release and of each before.

Nothing under golden/ may be changed; a release that records something else adds a folder.
"""

import base64
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.property_names import to_camel_case_names
from pulumi_userplane.provider import RecordingLinkProvider
from tests.host.conftest import Host, StartHost
from tests.host.links import ANSWERED, FULL, MINIMAL
from tests.support.driver import Plan
from tests.support.operations import BLOB, Difference, State
from tests.support.request_log import Sent

GOLDEN = Path(__file__).parent / "golden"
NEWEST = GOLDEN / "0.1.0"
BLOBS = [file.read_text(encoding="utf-8").strip() for file in sorted(GOLDEN.glob("*/provider*.txt"))]
STATES = [
    pytest.param(state, id=f"{file.parent.name}-{name}")
    for file in sorted(GOLDEN.glob("*/state.json"))
    for name, state in json.loads(file.read_text(encoding="utf-8")).items()
]
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


@pytest.mark.parametrize("blob", BLOBS)
def test_provider_reference_of_each_release_loads_and_shows_no_change(
    userplane: Emulator, host: Host, start_host: StartHost, blob: str
) -> None:
    made = host.create(FULL)
    recorded = State(made.id, {**made.inputs, "__provider": blob}, {**made.outputs, "__provider": blob})
    userplane.clear_requests()

    assert host.preview(recorded, FULL).nothing
    assert start_host({}, userplane.environ(), blob).preview(made, FULL).nothing
    fresh, plan = host.refresh(recorded)
    assert plan.nothing
    assert fresh == recorded


@pytest.mark.parametrize("recorded", STATES)
def test_state_of_each_release_shows_no_change_and_can_be_read_and_deleted(
    userplane: Emulator, host: Host, sent: Sent, recorded: dict[str, Any]
) -> None:
    state = _planted(userplane, recorded)

    assert host.diff(state, state.inputs).nothing
    assert host.preview(state, {key: value for key, value in state.inputs.items() if key != "workspace_id"}).nothing
    assert sent() == []
    fresh, plan = host.refresh(state)
    assert plan.nothing
    assert fresh == state
    host.delete(state)
    assert sent() == [("GET", None), ("DELETE", None)]


def test_recorded_state_is_the_golden_one(host: Host, userplane: Emulator) -> None:
    made = {"minimal": host.create(MINIMAL), "full": host.create(FULL)}

    golden = json.loads((NEWEST / "state.json").read_text(encoding="utf-8"))
    assert {name: _normalised(userplane, state, golden[name]) for name, state in made.items()} == golden


def test_state_of_plugin_becomes_the_dynamic_providers_without_a_request(host: Host, sent: Sent) -> None:
    made = host.create(FULL)
    sent()
    outputs = {key: value for key, value in made.outputs.items() if key != "__provider"}
    plugins = State(made.id, to_camel_case_names(made.inputs), to_camel_case_names(outputs))

    inputs = host.checked(FULL, plugins.inputs)
    assert host.compare(plugins, inputs) == Difference(True, [])
    assert host.update(plugins, Plan(inputs, "update")) == made
    assert sent() == []


def _planted(userplane: Emulator, recorded: dict[str, Any]) -> State:
    """Puts the recorded link into the emulator, and the emulator's address into the record."""
    inputs, outputs = recorded["inputs"], recorded["outputs"]
    planted = userplane.add_link(
        linkId=recorded["id"],
        linkURL=outputs["link_url"],
        createdAt=outputs["created_at"],
        domainId=outputs["domain"]["domain_id"],
        projectId=outputs["project"]["project_id"],
        **{name: outputs[field] for field, name in ANSWERED.items() if field in outputs},
    )
    return State(planted["linkId"], inputs, {**outputs, "__server": userplane.base_url})


def _normalised(userplane: Emulator, state: State, golden: dict[str, Any]) -> dict[str, Any]:
    """Puts the golden values where each run has other ones."""
    same = {key: golden["outputs"][key] for key in ("link_id", "link_url", "created_at")}
    if state.outputs["link_provider_ref"].startswith("pulumi:"):
        same["link_provider_ref"] = golden["outputs"]["link_provider_ref"]
    assert state.outputs["__server"] == userplane.base_url
    outputs = {
        **state.outputs,
        **same,
        "__server": golden["outputs"]["__server"],
        "__provider": golden["inputs"]["__provider"],
    }
    return {
        "id": golden["id"],
        "inputs": {**state.inputs, "__provider": golden["inputs"]["__provider"]},
        "outputs": outputs,
    }
