"""Runs of the plugin that are killed, or that have several accounts, keep each link once."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.engine.running import Run
from tests.engine.test_interrupted_runs import LINKS, STEPS, all_link_ids, check_links, interrupt_up, unlock
from tests.engine.yaml_stack import describe_link

if TYPE_CHECKING:
    from tests.engine.yaml_stack import YamlStack

LINK = {"domain_id": "dom_help", "link_title": "Help"}
PROVIDER = "pulumi:providers:userplane"
PLUGIN = Path(sys.executable).with_name("pulumi-resource-userplane")


def _account(**settings: Any) -> dict[str, Any]:
    return {"type": PROVIDER, "properties": settings}


def _of(account: str, **fields: Any) -> dict[str, Any]:
    return describe_link({**LINK, **fields}, {"provider": f"${{{account}}}"})


def test_next_up_ends_with_one_link_each_when_cli_of_plugin_is_killed(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    stack.declare(**LINKS)
    interrupt_up(stack, Run.kill, *STEPS)
    unlock(stack)

    output = stack.up()

    ids = check_links(stack)
    assert ids.keys() == LINKS.keys()
    assert all_link_ids(stack) == set(ids.values())
    assert "resuming" in output


def test_link_stays_live_when_another_account_of_the_plugin_adopts_it(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    accounts = {"acme": _account(apiKey="uspl_demo_admin"), "other": _account(apiKey="uspl_demo_member")}
    stack.define(resources={**accounts, "a": _of("acme"), "b": _of("other")})
    stack.up()
    old = {name: link["id"] for name, link in stack.links().items()}
    stack.sent()
    # Each account is a process of its own; what one of them adopts the other one must not delete.
    exchanged = {
        "a2": _of("other", adopt=old["a"], mark="pulumi:p/dev/a"),
        "b2": _of("acme", adopt=old["b"], mark="pulumi:p/dev/b"),
    }
    stack.define(resources={**accounts, **exchanged})

    output = stack.up()

    assert output.partition("Diagnostics:")[2].count("was not deleted: this run has adopted it") == 2
    assert stack.log.writes() == []
    assert {name: link["id"] for name, link in stack.links().items()} == {"a2": old["a"], "b2": old["b"]}
    assert set(stack.live()) == set(old.values())


def test_no_link_changes_when_settings_of_its_account_do(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    address = stack.userplane.base_url
    stack.define(resources={"acme": _account(baseUrl=address), "help": _of("acme")})
    stack.up()
    stack.sent()
    changed = _account(
        baseUrl=address.replace("127.0.0.1", "localhost"),
        apiKey="uspl_demo_admin",
        workspaceId="ws_demo",
        requestsPerMinute=60,
        markLinks=False,
        refresh="single",
    )
    stack.define(resources={"acme": changed, "help": _of("acme")})

    output = stack.up()

    assert "1 updated" in output
    assert "RecordingLink" not in output
    assert stack.sent() == []


def test_cli_gets_the_schema_of_the_plugin(yaml_stack: YamlStack) -> None:
    schema = files("pulumi_userplane.plugin").joinpath("schema.json").read_text(encoding="utf-8")
    assert json.loads(yaml_stack.pulumi("package", "get-schema", str(PLUGIN))) == json.loads(schema)
