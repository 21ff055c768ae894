"""Where the account comes from, and what a wrong or missing setting causes."""

import re
from pathlib import Path

import pytest

from pulumi_userplane.emulator import Emulator
from tests.host.conftest import Host, StartHost
from tests.host.doors import Door, only
from tests.host.links import FULL, MINIMAL, live
from tests.support.operations import HostError
from tests.support.plugin_host import PluginHost
from tests.support.request_log import Sent


def test_configuration_beats_the_environment(userplane: Emulator, start_host: StartHost) -> None:
    configured = {
        "userplane:apiKey": "uspl_demo_admin",
        "userplane:workspaceId": userplane.workspace_id,
        "userplane:baseUrl": userplane.base_url,
    }
    wrong = {"USERPLANE_API_KEY": "uspl_demo_expired", "USERPLANE_WORKSPACE_ID": "ws_other"}

    made = start_host(configured, wrong).create(MINIMAL)

    assert made.outputs["creator"]["workspace_member_id"] == "mem_admin"


def test_two_accounts_are_two_independent_processes(userplane: Emulator, start_host: StartHost) -> None:
    settings = {"userplane:workspaceId": userplane.workspace_id, "userplane:baseUrl": userplane.base_url}
    hosts = [start_host({**settings, "userplane:apiKey": key}) for key in ("uspl_demo_admin", "uspl_demo_member")]

    made = [host.create({**MINIMAL, "mark": f"pulumi:p/s/{number}"}) for number, host in enumerate(hosts)]

    makers = [live(userplane, link.id)["creator"]["workspaceMemberId"] for link in made]
    assert makers == ["mem_admin", "mem_member"]


def test_diff_shows_nothing_when_the_key_changes(userplane: Emulator, start_host: StartHost) -> None:
    made = start_host({}, userplane.environ()).create(MINIMAL)
    other = {"userplane:apiKey": "uspl_demo_admin", "userplane:baseUrl": userplane.base_url}

    assert start_host(other).preview(made, MINIMAL).nothing


@pytest.mark.parametrize(
    ("config", "environ"),
    [({"userplane:workspaceId": "ws_other"}, {}), ({}, {"USERPLANE_WORKSPACE_ID": "ws_other"})],
    ids=["config", "environment"],
)
def test_check_fails_and_names_both_workspaces_when_the_settings_name_another(
    userplane: Emulator, start_host: StartHost, config: dict[str, str], environ: dict[str, str]
) -> None:
    made = start_host({}, userplane.environ()).create(MINIMAL)

    host = start_host(config, {**userplane.environ(), **environ})
    _, failures = host.check(MINIMAL, made.inputs)

    moves = 'to move it (to a new address) write workspace_id="ws_other"'
    stays = 'to leave it there write workspace_id="ws_demo"'
    said = f"workspace_id: the link is in workspace ws_demo, but the settings name ws_other; {moves}, or {stays}"
    assert failures == [("", host.word(said))]


def test_replacement_keeps_the_workspace_when_no_setting_names_it(userplane: Emulator, start_host: StartHost) -> None:
    made = start_host({}, userplane.environ()).create(MINIMAL)
    unnamed = start_host({}, {key: value for key, value in userplane.environ().items() if "WORKSPACE" not in key})

    new = unnamed.up(made, {**MINIMAL, "domain_id": "dom_app"})

    assert new.inputs["workspace_id"] == userplane.workspace_id


def test_check_takes_no_workspace_from_another_link_when_there_is_no_mark(
    userplane: Emulator, start_host: StartHost
) -> None:
    unmarked = {**MINIMAL, "mark": ""}
    made = start_host({}, userplane.environ()).create(unmarked)
    unnamed = start_host({}, {key: value for key, value in userplane.environ().items() if "WORKSPACE" not in key})

    assert unnamed.preview(made, unmarked).nothing
    _, failures = unnamed.check(unmarked)

    assert [reason.split(";")[0] for _, reason in failures] == ["no workspace is set"]


def test_missing_key_is_one_line_with_the_three_ways_to_set_it(start_host: StartHost, door: Door) -> None:
    environ = {"USERPLANE_WORKSPACE_ID": "ws_demo"}
    if door == "dynamic":
        [(place, reason)] = start_host({}, environ).check(MINIMAL).failures
        assert place == ""
    else:
        # The engine asks the plugin about the settings before it has a link.
        with pytest.raises(HostError) as failed:
            start_host({}, environ)
        [reason] = str(failed.value).splitlines()

    argument = {"dynamic": "api_key=", "plugin": "apiKey"}[door]
    for way in (
        "`pulumi config set --secret userplane:apiKey`",
        "USERPLANE_API_KEY",
        f"{argument} of userplane.Provider",
    ):
        assert way in reason


def test_check_reports_all_problems_at_once(userplane: Emulator, start_host: StartHost) -> None:
    host = start_host({}, {"USERPLANE_API_KEY": userplane.api_key})
    wrong = {"link_title": "s3cret" * 50, "link_provider_type": "zendesc", "link_reusable": "yes", "meta": []}

    _, failures = host.check({**wrong, "mark": ""})

    reasons = [reason for _, reason in failures]
    assert [re.split("[:;]", reason)[0] for reason in reasons] == [
        *map(host.word, ("domain_id", "link_reusable", "link_provider_type", "meta", "link_title")),
        "no workspace is set",
    ]
    assert {place for place, _ in failures} == {""}
    assert not any("s3cret" in reason for reason in reasons)


MALFORMED = pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("userplane:baseUrl", "http://api.userplane.io/api/v1", "the base URL must begin with https://"),
        ("userplane:workspaceId", "a\tb", "it is not an id"),
        ("userplane:apiKey", "uspl demo", "copy it again"),
        ("userplane:markLinks", "perhaps", "it must be true or false"),
        ("userplane:metaField", "metadata", "it must be meta or linkMeta"),
        ("userplane:requestsPerMinute", "99999999999999999999", "it must be at most 100,000"),
    ],
)


@MALFORMED
@only("dynamic", "the engine asks the plugin about all settings at once")
def test_malformed_setting_is_one_line_with_the_ways_to_set_it(
    userplane: Emulator, start_host: StartHost, key: str, value: str, says: str
) -> None:
    with pytest.raises(HostError) as failed:
        start_host({key: value}, userplane.environ()).check(MINIMAL)

    line = str(failed.value)
    assert says in line
    assert key in line
    assert "\n" not in line


@MALFORMED
@only("plugin", "as above")
def test_malformed_settings_of_a_stack_are_a_line_each_with_the_ways_to_set_them(
    host: Host, key: str, value: str, says: str
) -> None:
    assert isinstance(host.process, PluginHost)
    wrong = {key.removeprefix("userplane:"): value, "requestsPerDay": "many"}

    _, problems = host.process.check_config(wrong, "default_1_0_0")

    [line] = [problem for problem in problems if key in problem]
    assert says in line
    assert "\n" not in line
    assert len(problems) == len(wrong)


def test_create_sends_no_mark_when_the_settings_say_so(userplane: Emulator, start_host: StartHost) -> None:
    host = start_host({"userplane:markLinks": "false"}, userplane.environ())

    made = host.create(MINIMAL)

    assert "mark" not in made.inputs
    assert "link_provider_ref" not in made.outputs
    assert host.preview(made, MINIMAL).nothing


def test_meta_travels_under_the_name_in_the_settings(userplane: Emulator, start_host: StartHost) -> None:
    userplane.set_behaviours(meta_key="linkMeta")
    declared = {**MINIMAL, "meta": {"team": "x"}}

    with pytest.raises(HostError, match=r"did not apply meta.*userplane:metaField linkMeta"):
        start_host({}, userplane.environ()).create(declared)
    host = start_host({"userplane:metaField": "linkMeta"}, userplane.environ())
    made = host.create(declared)

    assert made.outputs["meta"] == {"team": "x"}
    fresh, plan = host.refresh(made)
    assert plan.nothing
    assert fresh == made


WITHOUT_A_HOME = "import os, pwd\nos.environ.pop('HOME', None)\npwd.getpwuid = lambda uid: {}[uid]\n"
WITHOUT_SQLITE = "import sys\nsys.modules['_sqlite3'] = None\n"


LACKING = {
    "home": (WITHOUT_A_HOME, "there is no folder to record requests and creations in"),
    "sqlite": (WITHOUT_SQLITE, "this Python has no sqlite3 module"),
}


@pytest.mark.parametrize("lacking", LACKING)
@pytest.mark.usefixtures("one_of_each")
def test_operations_work_and_say_so_once_when_nothing_can_be_shared(
    userplane: Emulator, start_host: StartHost, sent: Sent, tmp_path: Path, *, lacking: str, door: Door
) -> None:
    surroundings, why = LACKING[lacking]
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "sitecustomize.py").write_text(surroundings)
    # An empty variable counts as not set.
    nowhere = {"PYTHONPATH": str(modules), "XDG_CACHE_HOME": ""}
    host = start_host({}, {**userplane.environ(), **nowhere})

    made = host.create(FULL)
    changed = host.up(made, {**FULL, "link_title": "Changed"})
    fresh, plan = host.refresh(changed)

    assert fresh == changed
    assert plan.nothing
    assert [method for method, _ in sent()] == ["GET", "POST", "PUT", "PUT", "GET"]
    if door == "plugin":
        # All plugins here have one CLI, so another one may have adopted the link, for all that this one can tell.
        with pytest.raises(HostError, match="another provider of this run may have adopted it, and there is no file"):
            host.delete(changed)
    else:
        host.delete(changed)
        assert sent() == [("DELETE", None)]
    assert host.output.count(why) == 1
    assert "Traceback" not in host.output
