"""Existing links come into a stack of the plugin: by `pulumi import`, by the option, and to be looked at only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from tests.engine.stack import PLUGIN_LINK_TYPE, list_diffs
from tests.engine.yaml_stack import describe_link

if TYPE_CHECKING:
    from tests.engine.yaml_stack import YamlStack

OLD: dict[str, Any] = {
    "domainId": "dom_help",
    "linkTitle": "Old",
    "linkReusable": True,
    "meta": {"team": "x", "a-b": [1, True, None]},
}
WHOLE: dict[str, Any] = {**OLD, "linkProviderType": "web", "projectId": "prj_default", "workspaceId": "ws_demo"}
PART = {"domainId": "dom_help", "linkTitle": "New"}
MANY = 100


def _add(stack: YamlStack, **fields: Any) -> str:
    """Returns the id of a link that was made outside Pulumi."""
    return str(stack.userplane.add_link(**{**OLD, **fields})["linkId"])


def _error_lines(output: str) -> list[str]:
    _, _, diagnostics = output.partition("Diagnostics:")
    return [line.strip() for line in diagnostics.splitlines() if "error: " in line]


def test_imported_link_is_unchanged_when_generated_code_is_pasted(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    stack.program("resources: {}")
    before = stack.state

    output = stack.pulumi("import", PLUGIN_LINK_TYPE, "lost", "lnk_lost", "--yes", code=1)

    assert stack.state == before
    for line in _error_lines(output):
        assert 'read of recording link lnk_lost failed: 404 LINK_NOT_FOUND "There is no such link' in line
        assert line.endswith(
            "; no link has this id in this workspace: check the link id and the workspace id; "
            "more: `pulumi-userplane explain LINK_NOT_FOUND`"
        )
    link_id = _add(stack)
    stack.sent()

    stack.pulumi("import", PLUGIN_LINK_TYPE, "help", link_id, "--yes", "--skip-preview", "--out", "code.yaml")

    assert stack.sent() == [("GET", None)]
    code = (stack.folder / "code.yaml").read_text(encoding="utf-8")
    [link] = yaml.safe_load(code)["resources"].values()
    assert (link["properties"], link["options"]) == (WHOLE, {"protect": True})
    stack.program(code)
    stack.preview("--expect-no-changes")
    assert stack.sent() == []


def test_import_option_takes_link_over_and_sends_only_what_differs(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    ids = {name: _add(stack) for name in ("whole", "part")}
    declared = {"whole": WHOLE, "part": PART}
    stack.define(resources={name: describe_link(declared[name], {"import": ids[name]}) for name in ids})

    seen = list_diffs(stack.preview())

    assert len(seen["whole"]) == 1
    assert seen["whole"][0].startswith("= (import) ")
    # The engine shows what is not declared as removed. Nothing of it is sent: the link keeps it.
    assert seen["part"][1] == (
        '~ (update) - linkProviderType: "web" - linkReusable : true ~ linkTitle: "Old" => "New" '
        '- meta: { - a-b : [ - [0]: 1 - [1]: true - [2]: <null> ] - team: "x" }'
    ).replace(" :", ":")
    assert stack.sent() == [("GET", None)] * 2

    stack.up()

    assert stack.sent() == [("GET", None)] * 2 + [("PUT", {"linkTitle": "New"})]
    live = stack.live()
    assert (live[ids["part"]]["meta"], live[ids["part"]]["linkReusable"]) == (OLD["meta"], True)
    # The option has done its work.
    stack.declare(**declared)
    stack.preview("--expect-no-changes")
    assert stack.sent() == []


def test_import_option_takes_link_of_another_stack_only_when_it_is_named(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    link_id = _add(stack, linkProviderReference="pulumi:other/prod/x#12345678")
    live = stack.live()
    stack.define(resources={"help": describe_link(PART, {"import": link_id})})
    # The engine puts what it imports into the state before it asks the provider, so the second run imports no more.
    for _ in range(2):
        assert (
            "import: it was created by pulumi:other/prod/x, which may still manage it; "
            'write mark: "pulumi:other/prod/x" next to the option import if that resource no longer manages it'
        ) in stack.up(code=1)
    stack.program("resources: {}")

    output = stack.up()

    assert f"recording link {link_id} was not deleted: it was created by pulumi:other/prod/x" in output
    assert stack.links() == {}
    assert stack.live() == live
    assert {method for method, _ in stack.sent()} == {"GET"}
    stack.define(resources={"help": describe_link({**PART, "mark": "pulumi:other/prod/x"}, {"import": link_id})})
    stack.pulumi("up", "--yes")
    assert stack.live()[link_id]["linkTitle"] == "New"
    stack.preview("--expect-no-changes")


def test_import_option_takes_a_link_for_one_resource(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    link_id = _add(stack)
    twice = {name: describe_link({**PART, "linkTitle": name}, {"import": link_id}) for name in ("one", "two")}
    stack.define(resources=twice)
    for command in (stack.preview, stack.up):
        assert "another resource of this program manages it; remove one of the two from the program" in command(code=1)
    [title] = {link["linkTitle"] for link in stack.live().values()}
    # Later the state holds it under both names, and neither is imported: the run ends with an error, whoever is first.
    assert "remove one of the two from the program" in stack.up(code=1)
    stack.define(resources={title: twice[title]})

    output = stack.up("--refresh")

    assert "the link is deleted with the last of them" in output
    assert {link["linkTitle"] for link in stack.live().values()} == {title}
    assert [link["id"] for link in stack.links().values()] == [link_id]
    stack.preview("--expect-no-changes")


def test_import_of_a_file_takes_at_most_a_request_for_each_link_preview_included(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    links = [{"type": PLUGIN_LINK_TYPE, "name": f"help-{number}", "id": _add(stack)} for number in range(MANY)]
    (stack.folder / "links.json").write_text(json.dumps({"resources": links}), encoding="utf-8")
    stack.program("resources: {}")

    stack.pulumi("import", "--file", "links.json", "--yes", "--out", "code.yaml", "--protect=false")

    assert len(stack.sent()) <= MANY + 10
    stack.program((stack.folder / "code.yaml").read_text(encoding="utf-8"))
    stack.preview("--expect-no-changes")
    assert stack.sent() == []
    assert stack.links().keys() == {link["name"] for link in links}


def test_looked_up_link_is_read_only_until_the_program_adopts_it(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    ids = {name: _add(stack) for name in ("help", "lost")}
    looked_up: dict[str, Any] = {name: {"type": PLUGIN_LINK_TYPE, "get": {"id": ids[name]}} for name in ids}
    stack.define(resources=looked_up, outputs={"title": "${help.linkTitle}"})

    assert '"Old"' in stack.up()

    stack.userplane.edit_link(ids["help"], linkTitle="Edited")
    stack.userplane.delete_link(ids["lost"])
    output = stack.refresh()
    assert f"recording link {ids['lost']} was deleted outside Pulumi (410 LINK_GONE)" in output
    assert "`pulumi up` then fails, since the program still looks it up" in output
    [held] = stack.links().values()
    assert (held["outputs"]["linkTitle"], held.get("inputs", {})) == ("Edited", {})
    output = stack.up(code=1)
    assert f"read of recording link {ids['lost']} failed: 410 LINK_GONE" in output
    assert {method for method, _ in stack.sent()} == {"GET"}

    stack.declare(help={**PART, "adopt": ids["help"]})
    assert "was adopted and keeps its address" in stack.up()
    assert stack.sent() == [("GET", None), ("PUT", {"linkTitle": "New"})]
    stack.declare(help=PART)
    stack.preview("--expect-no-changes")
    assert list(stack.live()) == [ids["help"]]
