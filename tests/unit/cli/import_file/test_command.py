"""`import-file` fills in the link of each placeholder, or says which links there are."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from tests.support.operations import BLOB
from tests.support.request_log import RequestLog
from tests.support.states import export, held, of_plugin
from tests.unit.cli.export.export_command import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator
    from tests.unit.cli.export.export_command import Command

NOTHING_WRITTEN = (
    "nothing was written, since each resource needs a link of its own; remove such a link from that state with "
    "`pulumi state delete`, or take its entry out of the file"
)
ID = "<PLACEHOLDER>"


@pytest.fixture
def complete(server: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    return command("import-file", server, monkeypatch, tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new.json"


def write(file: Path, *resources: dict[str, Any], **more: Any) -> None:
    file.write_text(json.dumps({"resources": resources, **more}))


def entry(name: str, id_: str = ID, **more: Any) -> dict[str, Any]:
    return {"type": LINK_TYPE, "name": name, "id": id_, **more}


def add(server: Emulator, title: str, **fields: Any) -> str:
    return server.add_link(**{"domainId": "dom_help", "linkTitle": title, **fields})["linkId"]


def ids(done: Any) -> list[str | None]:
    return [each.get("id") for each in json.loads(done.out)["resources"]]


@pytest.mark.parametrize("content", ["my notes", "[]", '{"links": []}'])
def test_import_file_overwrites_file_only_when_it_is_import_file(
    complete: Command, file: Path, server: Emulator, tmp_path: Path, content: str
) -> None:
    add(server, "help")
    write(file, entry("help"))
    other = tmp_path / "other"
    other.write_text(content)
    errors = complete(file, "--out", other, code=1).errors.splitlines()
    assert errors[-1] == f"{other} is not an import file: nothing was written; name another file"
    assert other.read_text() == content
    complete(file, "--out", file)
    assert json.loads(file.read_text())["resources"][0]["inputs"]["link_title"] == "help"


def test_import_file_fills_in_links_of_plugin_with_its_names(
    complete: Command, file: Path, server: Emulator, tmp_path: Path
) -> None:
    mark = "pulumi:p/dev/acme:Desk$pulumi-python:dynamic/userplane:RecordingLink$help"
    link_id = add(server, "Help", linkProviderReference=f"{mark}#0123abcd")
    desk = f"urn:pulumi:dev::p::acme:Desk${PLUGIN_LINK_TYPE}::desk"
    write(file, {**entry("help", parent="desk"), "type": PLUGIN_LINK_TYPE}, nameTable={"desk": desk})
    out = tmp_path / "import.json"

    complete(file, "--out", out, "--by", "mark")

    [link] = json.loads(out.read_text())["resources"]
    assert (link["type"], link["id"], link["parent"]) == (PLUGIN_LINK_TYPE, link_id, "desk")
    assert link["inputs"] == {
        "workspaceId": "ws_demo",
        "domainId": "dom_help",
        "projectId": "prj_default",
        "linkTitle": "Help",
    }
    assert (link["outputs"]["linkId"], link["outputs"]["__managed"]) == (link_id, ["link_title"])
    assert "__provider" not in link["outputs"]


def test_link_that_plugin_manages_is_not_taken(complete: Command, file: Path, server: Emulator, tmp_path: Path) -> None:
    link_id = add(server, "help")
    (tmp_path / "state.json").write_text(export(of_plugin(held("here", link_id))))
    write(file, entry("help"))
    done = complete(file, "--state", tmp_path / "state.json", code=1)
    [line] = [line for line in done.errors.splitlines() if link_id in line]
    assert line.endswith("is managed by p/dev/here")


def test_from_is_refused_without_by_mark(complete: Command, file: Path) -> None:
    write(file, entry("help"))
    assert complete(file, "--from", "p/dev", code=1).errors == (
        "--from works only with --by mark; add --by mark, or leave --from out\n"
    )


def test_placeholder_has_no_parent_type_when_parent_has_no_urn(complete: Command, file: Path, server: Emulator) -> None:
    link_id = add(server, "help")
    write(file, entry("help", parent="broken"), nameTable={"broken": "no URN"})
    assert ids(complete(file, "--by", "title")) == [link_id]


def test_import_file_fills_in_link_and_leaves_other_entries(
    complete: Command, file: Path, server: Emulator, tmp_path: Path
) -> None:
    link_id = add(server, "Help", linkProviderReference="pulumi:shop/prod/help#0123abcd", projectId="prj_onboarding")
    provider = {"type": "pulumi:providers:pulumi-python", "name": "acct", "inputs": {"userplane:apiKey": {"c": "v1"}}}
    bucket = {"type": "acme:index:Bucket", "name": "b", "id": ID}
    done_one = entry("done", "lnk_done", inputs={}, outputs={})
    write(file, entry("help", provider="acct"), provider, bucket, done_one, nameTable={"x": "urn:a::b::c::d"})
    out = tmp_path / "import.json"

    done = complete(file, "--out", out)

    content = json.loads(out.read_text())
    assert content["nameTable"] == {"x": "urn:a::b::c::d"}
    link, *rest = content["resources"]
    assert rest == [provider, bucket, done_one]
    assert link["inputs"] == {
        "__provider": BLOB,
        "workspace_id": "ws_demo",
        "domain_id": "dom_help",
        "project_id": "prj_onboarding",
        "link_title": "Help",
    }
    assert (link["id"], link["name"], link["provider"]) == (link_id, "help", "acct")
    assert (link["outputs"]["link_id"], link["outputs"]["__managed"]) == (link_id, ["link_title"])
    assert done.errors.splitlines()[1:] == [
        f'help: {link_id} titled "Help", created by shop/prod/help',
        "still to fill in: 1 placeholder of other resource types",
    ]
    assert done.out == f"\nNext:\n\n  pulumi import --file {out} --generate-code=false\n"
    assert RequestLog(server).methods() == ["GET"]


@pytest.mark.parametrize(
    ("resource", "arguments"),
    [
        (entry("Help, please!"), ()),
        (entry("help-please"), ("--by", "title")),
        (entry("a", "Help, please!"), ()),
        (entry("a", "lnk_meant"), ("--by", "id")),
        (entry("a", "lnk_meant"), ("--by", "mark")),
        (entry("ticket 7"), ("--by", "reference")),
        (entry("a", "ticket 7"), ("--by", "reference")),
        (entry("n", logicalName="help-please"), ()),
    ],
)
def test_link_is_found_by_requested_field(
    complete: Command, file: Path, server: Emulator, resource: dict[str, Any], arguments: tuple[str, ...]
) -> None:
    add(server, "Help", linkProviderReference="ticket 8")
    add(server, "Help, please!", linkId="lnk_meant", linkProviderReference="ticket 7")
    write(file, resource)
    done = complete(file, *arguments)
    assert ids(done) == ["lnk_meant"]


@pytest.mark.parametrize(
    ("resource", "arguments"),
    [
        (entry("help"), ("--from", "shop/prod")),
        (entry("a", "pulumi:shop/prod/help"), ()),
        (entry("faq", parent="team"), ()),
        (entry("faq", parent="old"), ()),
        (entry("own", "our mark"), ()),
    ],
)
def test_link_is_found_by_mark_with_parent(
    complete: Command, file: Path, server: Emulator, resource: dict[str, Any], arguments: tuple[str, ...]
) -> None:
    for name in ("shop/prod/help", "shop/dev/help", "shop/prod/acme:index:Team$faq", "shop/prod/faq"):
        add(server, name, linkId=name.replace("/", "-"), linkProviderReference=f"pulumi:{name}#0123abcd")
    add(server, "own", linkProviderReference="our mark#0123abcd", linkId="own")
    team = {"type": "acme:index:Team", "name": "team", "component": True}
    write(file, resource, team, nameTable={"old": "urn:pulumi:dev::shop::x:y:Z$acme:index:Team::old"})
    (found, _) = ids(complete(file, "--by", "mark", *arguments))
    assert found == {"help": "shop-prod-help", "a": "shop-prod-help", "own": "own"}.get(
        resource["name"], "shop-prod-acme:index:Team$faq"
    )


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        (["acme:Shop$acme:Team$faq", "acme:Team$faq", "faq"], "0"),
        # As marks were made earlier: with the nearest type alone.
        (["faq", "acme:Team$faq"], "1"),
        (["acme:Shop$faq", "acme:Other$acme:Team$faq"], None),
    ],
)
@pytest.mark.parametrize("shop_is_new", [True, False])
def test_link_is_found_by_mark_with_types_of_all_parents(
    complete: Command, file: Path, server: Emulator, marks: list[str], found: str | None, *, shop_is_new: bool
) -> None:
    for number, name in enumerate(marks):
        add(server, name, linkId=str(number), linkProviderReference=f"pulumi:shop/dev/{name}#0123abcd")
    team = {"type": "acme:Team", "name": "team", "component": True, "parent": "shop"}
    shop = {"type": "acme:Shop", "name": "shop", "component": True}
    table = {} if shop_is_new else {"shop": "urn:pulumi:dev::shop::acme:Shop::shop"}
    write(file, entry("faq", parent="team"), team, *([shop] if shop_is_new else []), nameTable=table)
    if found is None:
        assert 'no link has the mark "acme:Shop$acme:Team$faq"' in complete(file, "--by", "mark", code=1).errors
        return
    assert ids(complete(file, "--by", "mark"))[0] == found


def test_import_file_ends_when_parents_form_circle(complete: Command, file: Path, server: Emulator) -> None:
    add(server, "faq")
    circle = {"type": "acme:Team", "name": "team", "component": True, "parent": "team"}
    write(file, entry("faq", parent="team"), circle)
    assert "no link has the mark" in complete(file, "--by", "mark", code=1).errors


def test_managed_link_is_not_taken(
    complete: Command, file: Path, server: Emulator, state: Callable[..., Path], tmp_path: Path
) -> None:
    taken, free = add(server, "Help"), add(server, "Help")
    own = state(held("faq", taken))
    write(file, entry("Help"))
    assert ids(complete(file, "--state", own)) == [free]
    out = tmp_path / "import.json"
    both = state(held("faq", taken), held("search", free), name="both.json")
    write(file, entry("Help"), entry("Nobody"), entry("by-id", taken))
    _, *lines = complete(file, "--out", out, "--state", own, "--state", both, code=1).errors.splitlines()
    assert lines == [
        f'Help: {taken} titled "Help", {free} titled "Help" are managed by p/dev/faq, p/dev/search',
        f'by-id: {taken} titled "Help" is managed by p/dev/faq',
        NOTHING_WRITTEN,
    ]
    assert not out.exists()
    write(file, entry("Nobody"))
    *_, line, _ = complete(file, "--state", both, code=1).errors.splitlines()
    assert line == 'Nobody: no link has the title "Nobody" (nearest: none)'


def test_managed_link_is_not_replaced_by_weaker_match(
    complete: Command, file: Path, server: Emulator, state: Callable[..., Path]
) -> None:
    taken = add(server, "help")
    add(server, "Help")
    write(file, entry("help"))
    done = complete(file, "--state", state(held("faq", taken)), code=1)
    assert f'help: {taken} titled "help" is managed by p/dev/faq\n' in done.errors


def test_link_is_taken_when_state_is_empty(
    complete: Command, file: Path, server: Emulator, state: Callable[..., Path]
) -> None:
    link_id = add(server, "Help")
    write(file, entry("Help"))
    assert ids(complete(file, "--state", state())) == [link_id]


def test_from_is_refused_when_it_is_not_project_and_stack(complete: Command, file: Path) -> None:
    write(file, entry("Help"))
    done = complete(file, "--by", "mark", "--from", "shop", code=1)
    assert done.errors == "--from shop names no stack; write it as PROJECT/STACK, such as shop/dev\n"


def test_out_is_refused_when_it_is_not_regular_file(complete: Command, file: Path, server: Emulator) -> None:
    add(server, "Help")
    write(file, entry("Help"))
    *_, line = complete(file, "--out", os.devnull, code=1).errors.splitlines()
    assert line == f"{os.devnull} is not an import file: nothing was written; name another file"


def test_import_file_prints_one_line_when_state_has_malformed_urn(
    complete: Command, file: Path, server: Emulator, state: Callable[..., Path]
) -> None:
    add(server, "Help")
    write(file, entry("Help"))
    *_, line = complete(file, "--state", state({**held("faq", "lnk_a"), "urn": "x"}), code=1).errors.splitlines()
    assert "is not an exported stack (a URN is malformed); make one with `pulumi stack export" in line


def test_link_is_not_taken_when_selected_stack_manages_it(
    complete: Command, file: Path, server: Emulator, cli: Callable[..., Path], tmp_path: Path
) -> None:
    taken = add(server, "Help")
    cli(export(held("faq", taken)), selected="dev")
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    write(file, entry("Help"))
    assert f'Help: {taken} titled "Help" is managed by p/dev/faq\n' in complete(file, code=1).errors


def test_import_file_lists_links_and_writes_nothing_when_match_is_not_unique(
    complete: Command, file: Path, server: Emulator, tmp_path: Path
) -> None:
    ids_of_twins = [add(server, "Twin") for _ in range(7)]
    add(server, "Checkout")
    made = {"linkProviderReference": "pulumi:shop/prod/a#0123abcd"}
    add(server, "A", **made)
    write(file, entry("Twin"), entry("Chekout"), entry("one", "A"), entry("two", "A"))
    out = tmp_path / "import.json"

    done = complete(file, "--out", out, code=1)

    _, twin, checkout, twice, advice = done.errors.splitlines()
    assert twin.startswith(f'Twin: 7 links have the title "Twin": {ids_of_twins[0]} titled "Twin", ')
    assert twin.endswith(", and 2 more")
    assert checkout.startswith('Chekout: no link has the title "Chekout" (nearest: lnk_')
    assert ' titled "Checkout", ' in checkout
    assert twice.endswith(" matches one and two")
    assert advice == (
        "nothing was written, since each resource needs a link of its own; write the link's id instead of the "
        "placeholder"
    )
    assert not out.exists()
    write(file, entry("b"))
    assert 'b: no link has the mark "b" (nearest: ' in complete(file, "--by", "mark", code=1).errors
    assert 'b: no link has the reference "b" (nearest: ' in complete(file, "--by", "reference", code=1).errors
    assert f"b: write its id instead of {ID}\n" in complete(file, "--by", "id", code=1).errors
    write(file, entry("b", "lnk_gone"))
    assert 'b: no live link has the id "lnk_gone"\n' in complete(file, "--by", "id", code=1).errors
    server.seed({})
    assert "(nearest: none)\n" in complete(file, code=1).errors


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"resources": [{"type": "t"}]}', '{"resources": 1}'])
def test_import_file_refuses_file_when_it_is_not_import_file(complete: Command, file: Path, content: str) -> None:
    file.write_text(content)
    assert complete(file, code=1).errors == (
        f"{file} is not an import file; write one with `pulumi preview --import-file new.json`\n"
    )


def test_import_file_prints_one_line_when_file_is_unusable(
    complete: Command, file: Path, server: Emulator, tmp_path: Path
) -> None:
    assert complete(file, code=1).errors == (
        f"{file} can't be read: No such file or directory; write one with `pulumi preview --import-file new.json`\n"
    )
    add(server, "Help")
    write(file, {"type": "acme:index:Bucket", "name": "b"})
    assert "has no recording link to fill in: nothing was written" in complete(file, code=1).errors
    write(file, entry("Help"))
    done = complete(file, "--out", tmp_path, code=1)
    assert done.errors.splitlines()[-1] == f"{tmp_path} is not an import file: nothing was written; name another file"
