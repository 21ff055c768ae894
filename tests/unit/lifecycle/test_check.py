"""What `check` fills in and refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pulumi import contains_unknowns
from pulumi.output import UNKNOWN

from pulumi_userplane.api.errors import ConfigurationError
from tests.unit.test_provider import FULL, MARK, MINIMAL

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Engine, MakeEngine


def test_check_sends_nothing_and_is_idempotent(engine: Engine, server: Emulator) -> None:
    checked = engine.check(**FULL)
    assert checked["workspace_id"] == "ws_demo"
    assert engine.check(**checked) == checked
    engine.inputs = checked
    assert engine.check(**checked) == checked
    assert server.requests == []


def test_check_drops_the_provider_key_and_copies_the_inputs(engine: Engine) -> None:
    news = {**FULL, "__provider": "x", "meta": {"a": {"b": 1.0}}}
    checked = engine.provider.check({}, news).inputs
    assert "__provider" not in checked
    assert repr(checked["meta"]) == "{'a': {'b': 1}}"
    checked["meta"]["a"]["b"] = 2
    assert news["meta"] == {"a": {"b": 1.0}}


def test_check_reports_all_problems_at_once_without_values(make_engine: MakeEngine) -> None:
    wrong = {
        "domain_id": "..",
        "project_id": "a\nb",
        "link_title": "hunter22" * 40,
        "link_reusable": "hunter22",
        "link_provider_type": "hunter22",
        "link_provider_id": "hunter22" * 40,
        "link_provider_ref": "hunter22" * 400,
        "meta": ["hunter22"],
        "mark": "hunter22" * 400,
    }
    lines = make_engine(workspaceId=None, apiKey=None).failures(**wrong)
    assert sorted(line.partition(":")[0] for line in lines[:-2]) == sorted(wrong)
    assert "no workspace" in lines[-2]
    assert "no API key" in lines[-1]
    assert "hunter22" not in "".join(lines)


def test_check_fails_when_there_is_no_key(make_engine: MakeEngine) -> None:
    (line,) = make_engine(apiKey=None).failures(**MINIMAL)
    assert line.startswith("no API key is set; create one at ")


def test_check_fails_when_a_setting_is_malformed(make_engine: MakeEngine) -> None:
    with pytest.raises(ConfigurationError, match="userplane:markLinks in the stack's configuration is malformed"):
        make_engine(markLinks="perhaps").check(**MINIMAL)


@pytest.mark.parametrize("key", [*FULL, "workspace_id"])
@pytest.mark.parametrize("value", [UNKNOWN, {"deep": [{"a": UNKNOWN}]}])
def test_unknown_value_passes_check_and_counts_as_changed(engine: Engine, key: str, value: Any) -> None:
    engine.up(**FULL)
    checked = engine.provider.check(engine.inputs, {**FULL, key: value})
    assert checked.failures == []
    assert contains_unknowns(checked.inputs[key])
    result = engine.provider.diff(engine.id, engine.outputs, checked.inputs)
    places = {"workspace_id", "domain_id", "project_id"}
    assert result.changes is (False if key == "mark" else None)
    assert result.replaces == ([key] if key in places else None if key == "mark" else [])


@pytest.mark.parametrize(("mark_links", "mark"), [("false", MARK), ("true", ""), ("false", "")])
def test_check_drops_the_mark_when_marking_is_off(make_engine: MakeEngine, mark_links: str, mark: str) -> None:
    assert "mark" not in make_engine(markLinks=mark_links).check(domain_id="dom_help", mark=mark)


@pytest.mark.parametrize("word", ["fax", "telex"])
def test_check_accepts_added_provider_types(make_engine: MakeEngine, word: str) -> None:
    engine = make_engine(extraProviderTypes="fax,telex")
    assert engine.check(**MINIMAL, link_provider_type=word)
    assert make_engine().failures(**MINIMAL, link_provider_type=word)


def test_check_fills_in_the_settings_workspace_when_a_new_link_names_none(make_engine: MakeEngine) -> None:
    assert make_engine().check(**MINIMAL)["workspace_id"] == "ws_demo"
    assert make_engine().check(**MINIMAL, workspace_id="ws_own")["workspace_id"] == "ws_own"
    assert "no workspace is set; set it with" in make_engine(workspaceId=None).failures(**MINIMAL)[0]


def test_check_fails_when_a_setting_alone_would_move_a_link(
    engine: Engine, make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.up(**MINIMAL)
    moved, without = make_engine(workspaceId="ws_new"), make_engine(workspaceId=None)
    moved.inputs = without.inputs = engine.inputs
    (line,) = moved.failures(**MINIMAL)
    assert line == (
        "workspace_id: the link is in workspace ws_demo, but the settings name ws_new; "
        'to move it (to a new address) write workspace_id="ws_new", or to leave it there write workspace_id="ws_demo"'
    )
    assert without.check(**MINIMAL)["workspace_id"] == "ws_demo"
    assert moved.check(**MINIMAL, workspace_id="ws_demo")["workspace_id"] == "ws_demo"
    monkeypatch.setenv("USERPLANE_WORKSPACE_ID", "ws_env")
    from_environment = make_engine(workspaceId=None)
    from_environment.inputs = engine.inputs
    assert "the settings name ws_env" in from_environment.failures(**MINIMAL)[0]


def test_diff_replaces_link_when_it_names_another_workspace(engine: Engine) -> None:
    engine.up(**MINIMAL)
    assert engine.diff(**MINIMAL, workspace_id="ws_new") == (True, ["workspace_id"])


def test_check_keeps_the_workspace_in_the_second_check_of_a_replacement(
    engine: Engine, make_engine: MakeEngine
) -> None:
    engine.up(**MINIMAL)
    without = make_engine(workspaceId=None)
    without.inputs = engine.inputs
    assert without.check(**MINIMAL, project_id="prj_onboarding")["workspace_id"] == "ws_demo"
    without.inputs = {}
    assert without.check(**MINIMAL, project_id="prj_onboarding")["workspace_id"] == "ws_demo"
    assert without.failures(domain_id="dom_help", mark="pulumi:proj/dev/other")


@pytest.mark.parametrize("mark", ["", None])
def test_check_takes_no_workspace_from_another_link_when_there_is_no_mark(
    make_engine: MakeEngine, mark: str | None
) -> None:
    engine = make_engine(workspaceId=None)
    engine.inputs = {"domain_id": "dom_help", "workspace_id": "ws_of_another_link"}
    engine.check(domain_id="dom_help", mark=mark)
    engine.inputs = {}
    assert "no workspace" in engine.failures(domain_id="dom_help", mark=mark)[0]


@pytest.mark.parametrize(
    ("settings", "more", "lines"),
    [
        ({}, {}, 1),
        ({"markLinks": "false"}, {}, 0),
        # It then tells whose link may be adopted.
        ({"markLinks": "false"}, {"adopt": "lnk_1"}, 1),
    ],
)
def test_check_accepts_a_long_name_when_links_are_not_marked(
    make_engine: MakeEngine, settings: dict[str, str], more: dict[str, str], lines: int
) -> None:
    name = "x" * 2100
    declared = {"domain_id": "dom_help", "mark": f"pulumi:p/dev/{name}", "__long_name": name, **more}
    checked = make_engine(**settings).provider.check({}, declared)
    assert [failure.reason.partition(",")[0] for failure in checked.failures] == [
        "the resource's name is 2100 characters long"
    ] * lines
    assert "__long_name" not in checked.inputs
