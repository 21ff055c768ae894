"""`recover` lists orphaned links, writes an import file of them, and deletes the named ones."""

from __future__ import annotations

import inspect
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from pulumi_userplane.cli.recover.command import recover as recover_command
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from pulumi_userplane.recovery.journal import Journal, JournalEntry
from pulumi_userplane.settings import Settings
from tests.support.request_log import RequestLog
from tests.support.states import STACK, STACK_TYPE, export, held, of_plugin, resource, urn

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.unit.cli.conftest import Recover

HOW_TO_WRITE = "; check its permissions and the room on its disk, or name another file"
OLD = "2026-01-05T08:00:00.000Z"
YOUNG = ("--older-than", 0)


CONFIG = {"p:other": {"value": "1", "secret": False}}


@pytest.fixture
def add_orphan(server: Emulator) -> Callable[..., str]:
    """Makes a link that bears a mark; returns its id."""

    def make(mark: str = "pulumi:p/dev/help", /, **fields: Any) -> str:
        reference = f"{mark}#0123abcd"
        row = server.add_link(
            **{"domainId": "dom_help", "linkProviderReference": reference, "createdAt": OLD, **fields}
        )
        return row["linkId"]

    return make


def journal_link(link_id: str | None, mark: str = "pulumi:p/dev/help", *, workspace_id: str = "ws_demo") -> None:
    """Adds a journal entry of this process, which lives."""
    file = Settings.read(lambda _: None).make_client(print).shared_file
    Journal(file).record(JournalEntry(f"{mark}#0123abcd", workspace_id, "dom_help", link_id, 0.0, 0.0, 0.0))


def end_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_process(_pid: int) -> None:
        raise psutil.NoSuchProcess(1)

    monkeypatch.setattr(psutil, "Process", no_process)


def test_recover_lists_orphans_with_cause(recover: Recover, state: Any, add_orphan: Callable[..., str]) -> None:
    orphan = add_orphan("pulumi:p/dev/search", linkTitle="Search")
    earlier = add_orphan(createdAt="2026-01-04T08:00:00.000Z")
    later = add_orphan(createdAt="2026-01-06T08:00:00.000Z")
    holder = add_orphan(createdAt=OLD)

    done = recover("--state", state(held("help", holder, created_at=OLD)))

    assert (done.code, done.errors) == (0, "")
    assert all(len(line) <= 80 for line in done.out.splitlines() if "https://" not in line)
    blocks = dict(block.split("\n", 1) for block in done.out.split("\n\n")[1:])
    assert done.out.startswith("Orphaned links for p/dev:\n")
    assert len(done.out.split("\n\n")) == 4
    assert f"  id        {orphan}\n" in blocks["Search"]
    assert "  address   https://help.acme.example/" in blocks["Search"]
    assert "  created   2026-01-05 08:00 UTC, " in blocks["Search"]
    assert "  bring in  --import-file FILE, or " in blocks["Search"]
    assert f"  delete    --delete {orphan}" in blocks["Search"]
    out = " ".join(done.out.split())
    assert "cause created for the resource search: by an interrupted run, or kept on purpose bring in" in out
    assert f'--import-file FILE, or adopt="{orphan}" where the program declares search' in out
    assert f"earlier link of help, which now has {holder}; perhaps kept on purpose" in out
    assert (
        f"created later than {holder}, which the state holds for help: by a run that was interrupted while it "
        f"replaced {holder}, or by one of two runs at the same time" in out
    )
    assert out.count("not needed: the state has a link for help") == 2
    assert earlier in done.out
    assert later in done.out


@pytest.mark.parametrize(
    "mark",
    [
        "pulumi:p/dev2/help",
        "pulumi:p2/dev/help",
        "pulumi:p/de/help",
        "pulumi:p/Dev/help",
        "pulumi:pp/dev/help",
        "pulumi:acme/p/dev/help",
        "pulumi:p/dev",
        "pulumi:p/dev/",
        "help",
        "pulumi:p/%/help",
    ],
)
def test_recover_ignores_links_when_other_stacks_own_them(
    recover: Recover, state: Any, add_orphan: Callable[..., str], server: Emulator, mark: str
) -> None:
    other = add_orphan(mark)
    server.add_link(domainId="dom_help", linkProviderReference="pulumi:p/dev/help#x", createdAt=OLD)
    server.add_link(domainId="dom_help", linkProviderReference="pulumi:p/dev/help", createdAt=OLD)
    server.add_link(domainId="dom_help", createdAt=OLD)

    assert recover("--state", state()).out == "No orphaned links for p/dev.\n"
    done = recover("--state", state(), "--delete", other, "--yes")

    assert (done.code, done.out) == (1, "")
    assert done.errors.startswith(f"{other} is not an orphaned link of this stack: nothing was deleted; ")
    assert all(link["live"] for link in server.links)


@pytest.mark.parametrize(("count", "size"), [(25, 60_000), (10, 1024 * 1024)])
def test_recover_lists_and_imports_orphans_when_meta_is_large(
    recover: Recover, state: Any, add_orphan: Callable[..., str], tmp_path: Path, *, count: int, size: int
) -> None:
    meta = {"text": "x" * size}
    made = [add_orphan(f"pulumi:p/dev/help{number}", meta=meta) for number in range(count)]
    done = recover("--state", state(), "--json", "--import-file", tmp_path / "import.json")
    assert sorted(row["id"] for row in json.loads(done.out)["links"]) == sorted(made)
    brought_in = json.loads((tmp_path / "import.json").read_text())["resources"]
    assert [each["inputs"]["meta"] for each in brought_in] == [meta] * count


def test_recover_finds_owner_when_names_are_odd(
    recover: Recover, tmp_path: Path, add_orphan: Callable[..., str]
) -> None:
    odd = {**STACK, "urn": urn("x", STACK_TYPE, project="p.*", stack="d.e_v-1")}
    (tmp_path / "odd.json").write_text(export(odd))
    mine = add_orphan("pulumi:p.*/d.e_v-1/a b/c#d::e\n$f")
    add_orphan("pulumi:p.x/d.e_v-1/help")

    rows = json.loads(recover("--state", tmp_path / "odd.json", "--json").out)["links"]

    assert [(row["id"], row["resource"]) for row in rows] == [(mine, "a b/c#d::e\n$f")]


def test_recover_skips_young_links_by_server_clock(
    recover: Recover, state: Any, server: Emulator, add_orphan: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    young = server.add_link(domainId="dom_help", linkProviderReference="pulumi:p/dev/a#0123abcd")["linkId"]
    assert recover("--state", state()).out.startswith(
        "No orphaned links for p/dev (links younger than 15 minutes were not checked).\n"
    )
    assert "created   " in (out := recover("--state", state(), *YOUNG).out)
    assert young in out
    assert "0 min ago" in out
    assert f"  delete    --older-than 0 --delete {young}\n" in out


def add_young(server: Emulator, name: str) -> str:
    row = server.add_link(domainId="dom_help", linkProviderReference=f"pulumi:p/dev/{name}#0123abcd")
    return row["linkId"]


def test_recover_counts_younger_links_that_were_not_checked(
    recover: Recover, server: Emulator, add_orphan: Callable[..., str], tmp_path: Path
) -> None:
    pending = ({**resource("b"), "inputs": {"mark": "pulumi:p/dev/b"}}, resource("z"))
    file = tmp_path / "state.json"
    file.write_text(export(STACK, pending=pending))
    a, b = add_young(server, "a"), add_young(server, "b")

    done = recover("--state", file)

    assert (done.code, done.errors) == (0, "")
    assert done.out == (
        "No orphaned links for p/dev (links younger than 15 minutes were not checked).\n\n"
        "2 younger links were not checked: a run that is still in progress may record them.\n"
        "The state has pending creations of b.\n"
        "If no run of the stack is in progress, --older-than 0 lists them.\n"
    )
    assert json.loads(recover("--state", file, "--json").out) == {"links": [], "younger": 2}

    old = add_orphan("pulumi:p/dev/c")
    listed = recover("--state", file, "--older-than", 0.5, "--import-file", tmp_path / "i.json").out
    assert f"delete    --delete {old}\n\n2 younger links were not checked: " in listed
    assert "brings in 1 link;" in listed
    refused = recover("--state", file, "--delete", a, "--yes")
    assert refused.code == 1
    assert re.sub(r"\d+-\d+-\d+ \d+:\d+", "DATE", refused.errors) == (
        f"{a} is not listed: it was created DATE UTC, 0 min ago, and links younger than 15 minutes are left out: "
        "nothing was deleted; if no run of the stack is in progress, add --older-than 0\n"
    )
    every = json.loads(recover("--state", file, "--json", *YOUNG).out)
    assert ({row["id"] for row in every["links"]}, every["younger"]) == ({a, b, old}, 0)


def test_recover_counts_younger_link_only_when_no_state_or_run_has_it(
    recover: Recover, state: Any, server: Emulator
) -> None:
    mine = add_young(server, "a")
    out = recover("--state", state()).out
    assert "\n1 younger link was not checked: " in out
    assert "pending creations" not in out
    assert recover("--state", state(held("a", mine))).out == "No orphaned links for p/dev.\n"
    journal_link(mine, "pulumi:p/dev/a")
    assert recover("--state", state()).out == "No orphaned links for p/dev.\n"


def test_recover_lists_orphan_when_creation_time_is_unreadable(
    recover: Recover, state: Any, add_orphan: Callable[..., str]
) -> None:
    add_orphan(createdAt="2026-13-05T08:00:00.000Z")
    assert "created   2026-13-05T08:00:00.000Z" in recover("--state", state()).out


def test_recover_uses_own_clock_when_server_sends_no_date(
    recover: Recover, state: Any, add_orphan: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_userplane.api.client.Client.server_time", lambda *_: None)
    add_orphan()
    assert " h ago" in recover("--state", state()).out


def test_recover_finds_orphan_when_journal_has_entry_of_interrupted_run(
    recover: Recover, state: Any, add_orphan: Callable[..., str], server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_id = add_orphan(linkProviderReference="own")
    journal_link(link_id)
    journal_link(None, "pulumi:p/dev/other", workspace_id="ws_other")
    assert recover("--state", state()).out.startswith("No orphaned links")
    end_process(monkeypatch)

    done = recover("--state", state())

    assert link_id in done.out
    assert "created for the resource help: by an interrupted run, or kept on purpose" in " ".join(done.out.split())
    # The other entry names a workspace that this key can't read: said, after what could be found.
    assert done.code == 1
    assert "workspace ws_other" in done.errors
    assert done.errors.count("\n") == 1


def test_recover_ignores_link_when_run_in_progress_journaled_it(
    recover: Recover, state: Any, add_orphan: Callable[..., str]
) -> None:
    journal_link(add_orphan())
    assert recover("--state", state(), *YOUNG).out.startswith("No orphaned links")


def test_recover_lists_links_that_no_state_holds_when_several_are_given(
    recover: Recover, state: Any, tmp_path: Path, add_orphan: Callable[..., str]
) -> None:
    one, two = add_orphan(), add_orphan("pulumi:p/prod/help")
    prod = {**resource("help", two), "urn": urn("help", stack="prod")}
    (tmp_path / "prod.json").write_text(export(prod))
    files = ("--state", state(), "--state", tmp_path / "prod.json")

    rows = json.loads(recover(*files, "--json").out)["links"]
    assert [row["id"] for row in rows] == [one]
    third = add_orphan("pulumi:p/prod/other")
    assert third in recover(*files).out
    refused = recover(*files, "--import-file", tmp_path / "import.json")
    assert refused.errors == (
        "an import file is for one stack, and the orphaned links are of several: nothing was written; "
        "run once for each stack, with --stack or --state of that one\n"
    )
    assert refused.code == 1
    question = recover(*files, "--delete", one, "--delete", third, answer="n\n").errors
    assert "Checked against the states of p/dev and p/prod only. The addresses stop working at once." in question


def test_recover_reads_workspaces_of_links_and_settings(
    recover: Recover, state: Any, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> set[str]:
        server.clear_requests()
        recover("--state", state(held("a", "lnk_a", workspace_id="ws_a"), held("b", "lnk_b", workspace_id={"ct": 1})))
        return {path.split("/")[2] for path in RequestLog(server).paths()}

    assert asked() == {"ws_a", "ws_demo"}
    monkeypatch.delenv("USERPLANE_WORKSPACE_ID")
    assert asked() == {"ws_a"}
    done = recover("--state", state())
    assert (done.code, done.errors.split(";")[0]) == (1, "no workspace is set")


def test_import_file_holds_newest_orphan_of_each_resource(
    recover: Recover, state: Any, tmp_path: Path, add_orphan: Callable[..., str]
) -> None:
    add_orphan(createdAt="2026-01-04T08:00:00.000Z")
    newest = add_orphan(linkReusable=True)
    child = add_orphan("pulumi:p/dev/acme:support:Catalog$search")
    add_orphan("pulumi:p/dev/acme:support:None$lost")
    catalog = resource("catalog", type_="acme:support:Catalog")
    file = tmp_path / "import.json"

    done = recover("--state", state(catalog), "--import-file", file)

    assert done.code == 0
    assert f"no: {newest} is newer; bring that one in, and delete this one" in " ".join(done.out.split())
    assert "--import-file can't: the state does not have exactly one acme:support:None" in " ".join(done.out.split())
    assert f"{file} brings in 2 links; read it, then run in the project's folder:" in done.out
    assert f"  pulumi import --file {file} --generate-code=false --protect=false\n" in done.out
    content = json.loads(file.read_text())
    assert content["nameTable"] == {"parent0": catalog["urn"]}
    assert [(each["id"], each["name"], each.get("parent")) for each in content["resources"]] == [
        (newest, "help", None),
        (child, "search", "parent0"),
    ]


@pytest.mark.parametrize(
    ("types", "mark", "brought_in"),
    [
        (["acme:A$acme:Desk", "acme:B$acme:Desk"], "acme:B$acme:Desk$help", 1),
        (["acme:A$acme:Desk", "acme:Desk"], "acme:Desk$help", 1),
        (["acme:Z$acme:A$acme:Desk", "acme:A$acme:Desk"], "acme:A$acme:Desk$help", 1),
        (["acme:Z$acme:A$acme:Desk"], "acme:A$acme:Desk$help", None),
        # As marks were made earlier: with the nearest type alone.
        (["acme:A$acme:Desk"], "acme:Desk$help", 0),
        (["acme:A$acme:Desk", "acme:B$acme:Desk"], "acme:Desk$help", None),
        (["acme:A$acme:Desk"], "acme:B$acme:Desk$help", None),
    ],
)
def test_import_file_names_parent_when_types_in_mark_tell_it(
    recover: Recover,
    state: Any,
    tmp_path: Path,
    add_orphan: Callable[..., str],
    *,
    types: list[str],
    mark: str,
    brought_in: int | None,
) -> None:
    add_orphan(f"pulumi:p/dev/{mark}")
    file = tmp_path / "import.json"
    parents = [{**resource("desk", type_=each.rpartition("$")[2]), "urn": urn("desk", each)} for each in types]
    done = recover("--state", state(*parents), "--import-file", file)
    if brought_in is None:
        assert f"(--import-file can't: the state does not have exactly one {mark.rpartition('$')[0]})" in " ".join(
            done.out.split()
        )
        return
    content = json.loads(file.read_text())
    assert content["nameTable"] == {"parent0": parents[brought_in]["urn"]}
    assert [each["name"] for each in content["resources"]] == ["help"]


def test_recover_lists_no_link_that_the_plugin_manages(
    recover: Recover, state: Any, add_orphan: Callable[..., str]
) -> None:
    holder = add_orphan(createdAt="2026-01-04T08:00:00.000Z")
    later = add_orphan(createdAt="2026-01-06T08:00:00.000Z")
    out = recover("--state", state(of_plugin(held("help", holder, created_at="2026-01-04T08:00:00.000Z")))).out
    assert f"created later than {holder}, which the state holds for help: by a run" in " ".join(out.split())
    assert out.count("  id  ") == 1
    assert later in out


def test_import_file_has_names_of_plugin_when_the_links_of_the_state_are_its(
    recover: Recover, state: Any, tmp_path: Path, add_orphan: Callable[..., str]
) -> None:
    orphan, child = add_orphan(linkTitle="Help"), add_orphan(f"pulumi:p/dev/{LINK_TYPE}$help")
    parent = of_plugin(held("parent", "lnk_parent"))
    file = tmp_path / "import.json"

    out = " ".join(recover("--state", state(parent), "--import-file", file).out.split())

    assert f'--import-file FILE, or adopt: "{orphan}" where the program declares help' in out
    content = json.loads(file.read_text())
    link, link_below = content["resources"]
    assert (link["type"], link["id"], link["name"]) == (PLUGIN_LINK_TYPE, orphan, "help")
    assert (link["inputs"]["linkTitle"], link["inputs"]["mark"]) == ("Help", "pulumi:p/dev/help")
    assert "__provider" not in {**link["inputs"], **link["outputs"]}
    assert (link_below["id"], content["nameTable"][link_below["parent"]]) == (child, parent["urn"])


def test_import_file_has_names_of_plugin_when_the_state_has_no_link_and_its_provider(
    recover: Recover, state: Any, tmp_path: Path, add_orphan: Callable[..., str]
) -> None:
    add_orphan()
    file = tmp_path / "import.json"
    recover("--state", state(resource("default", type_="pulumi:providers:userplane")), "--import-file", file)
    assert json.loads(file.read_text())["resources"][0]["type"] == PLUGIN_LINK_TYPE


def test_import_file_leaves_out_link_when_state_does_not_tell_its_type(
    recover: Recover, state: Any, tmp_path: Path, add_orphan: Callable[..., str]
) -> None:
    orphan = add_orphan("pulumi:p/dev/help")
    both = [held("a", "lnk_a"), of_plugin(held("b", "lnk_b"))]
    done = recover("--state", state(*both), "--import-file", tmp_path / "import.json")
    assert (
        f"adopt=\"{orphan}\" where the program declares help (--import-file can't: the state has links of Python's "
        "dynamic provider and of the plugin)"
    ) in " ".join(done.out.split())
    assert "import.json was not written: there is nothing to bring in." in done.out


@pytest.mark.parametrize("now", ["acme:A$acme:Desk$help", "acme:Desk$help"])
def test_recover_finds_managing_resource_by_name_or_recorded_mark(
    recover: Recover, state: Any, add_orphan: Callable[..., str], now: str
) -> None:
    one = held("help", "lnk_held", mark="pulumi:p/dev/acme:Desk$help")
    one["urn"] = urn("help", f"acme:A$acme:Desk${LINK_TYPE}")
    add_orphan(f"pulumi:p/dev/{now}")
    assert "created later than lnk_held, which the state holds for help: by a run" in " ".join(
        recover("--state", state(one)).out.split()
    )


def test_import_file_is_not_written_when_there_is_nothing_to_import(
    recover: Recover, state: Any, tmp_path: Path
) -> None:
    file = tmp_path / "import.json"
    assert (
        f"{file} was not written: there is nothing to bring in."
        in recover("--state", state(), "--import-file", file).out
    )
    assert not file.exists()


def test_recover_prints_one_line_when_import_file_cannot_be_written(
    recover: Recover, state: Any, tmp_path: Path, add_orphan: Callable[..., str]
) -> None:
    add_orphan()
    nowhere = tmp_path / "nowhere" / "import.json"
    done = recover("--state", state(), "--import-file", nowhere)
    assert (done.code, done.errors) == (1, f"{nowhere} can't be written: No such file or directory{HOW_TO_WRITE}\n")


def test_import_file_is_not_overwritten_when_existing_file_is_unreadable(
    recover: Recover, state: Any, tmp_path: Path, add_orphan: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_orphan()
    file, known = tmp_path / "import.json", state()
    file.write_text('{"resources": []}')
    read = Path.read_text

    def refused(path: Path, *arguments: Any, **more: Any) -> str:
        if path == file:
            raise PermissionError(13, "Permission denied")
        return read(path, *arguments, **more)

    # As for all but root.
    monkeypatch.setattr(Path, "read_text", refused)
    done = recover("--state", known, "--import-file", file)
    assert (done.code, done.errors) == (1, f"{file} can't be written: Permission denied{HOW_TO_WRITE}\n")
    assert file.read_bytes() == b'{"resources": []}'


def test_delete_asks_and_deletes_only_named_orphans(
    recover: Recover, state: Any, add_orphan: Callable[..., str], server: Emulator, tmp_path: Path
) -> None:
    one, two = add_orphan(), add_orphan("pulumi:p/dev/other")
    file = ("--state", state())
    [url] = [link["url"] for link in json.loads(recover(*file, "--json").out)["links"] if link["id"] == one]

    for answer in ("n\n", ""):
        done = recover(*file, "--delete", one, answer=answer)
        assert done.code == 1
        assert (
            f"Delete {one} ({url})? Checked against the state of p/dev only. The address stops working at once."
            in done.errors
        )
    assert all(link["live"] for link in server.links)
    assert recover(*file, "--delete", one, "--delete", "lnk_none", "--yes").code == 1
    assert all(link["live"] for link in server.links)

    done = recover(*file, "--delete", one, "--delete", one, "--import-file", tmp_path / "i.json", answer="y\n")

    assert f"Deleted {one}.\n" in done.errors
    assert {link["linkId"] for link in server.links if link["live"]} == {two}
    assert [each["id"] for each in json.loads((tmp_path / "i.json").read_text())["resources"]] == [two]


def test_delete_reports_failure_and_accepts_link_that_is_deleted_already(
    recover: Recover, state: Any, add_orphan: Callable[..., str], server: Emulator
) -> None:
    link_id = add_orphan()
    arguments = ("--state", state(), "--delete", link_id, "--yes", "--json")
    server.fault(method="DELETE", answer="status", status=403, code="LINK_DELETE_FORBIDDEN")
    done = recover(*arguments)
    assert done.code == 1
    assert "403 LINK_DELETE_FORBIDDEN" in done.errors
    server.fault(method="DELETE", answer="status", status=410, code="LINK_GONE")
    (row,) = json.loads(recover(*arguments).out)["links"]
    assert row["deleted"] is True


def test_json_holds_every_field(recover: Recover, state: Any, add_orphan: Callable[..., str], tmp_path: Path) -> None:
    new = add_orphan(createdAt="2026-01-06T08:00:00.000Z")
    old = add_orphan(linkTitle="Help")
    done = recover(
        "--state", state(held("help", new, created_at="2026-01-06")), "--json", "--import-file", tmp_path / "i.json"
    )
    (row,) = json.loads(done.out)["links"]
    assert row.pop("url").startswith("https://help.acme.example/")
    assert row == {
        "id": old,
        "title": "Help",
        "created_at": OLD,
        "workspace_id": "ws_demo",
        "mark": "pulumi:p/dev/help",
        "resource": "help",
        "what": f"earlier link of help, which now has {new}; perhaps kept on purpose",
        "held_instead": new,
        "earlier": True,
        "deleted": False,
        "in_import_file": False,
    }


def test_recover_reads_state_and_account_when_stack_is_named(
    recover: Recover, cli: Callable[..., Path], add_orphan: Callable[..., str], server: Emulator, tmp_path: Path
) -> None:
    link_id = add_orphan()
    asked = cli(export(STACK), json.dumps({**CONFIG, "userplane:apiKey": {"value": server.api_key, "secret": True}}))
    os.environ["USERPLANE_API_KEY"] = "uspl_demo_expired"  # which the fixtures take back

    done = recover("--stack", "acme/p/dev", "-C", tmp_path, "--import-file", tmp_path / "i.json")

    assert link_id in done.out
    assert "--protect=false --stack acme/p/dev\n" in done.out
    assert asked.read_text().splitlines() == [
        f"{tmp_path} config --show-secrets --json --stack acme/p/dev --non-interactive --color=never",
        f"{tmp_path} stack export --stack acme/p/dev --non-interactive --color=never",
    ]


def test_recover_uses_selected_stack_unless_state_file_is_given(
    recover: Recover, cli: Callable[..., Path], add_orphan: Callable[..., str], state: Any, tmp_path: Path
) -> None:
    link_id = add_orphan()
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    asked = cli(export(STACK), selected="dev")
    assert link_id in (done := recover(*YOUNG, "--import-file", tmp_path / "i.json")).out
    assert done.out.endswith("--generate-code=false --protect=false\n")
    assert "stack export" in asked.read_text()
    asked.unlink()
    assert recover("--state", state(held("help", link_id))).out.startswith("No orphaned links for p/dev")
    assert "stack export" not in asked.read_text()


def test_recover_reads_workspace_that_option_names(recover: Recover, state: Any, server: Emulator) -> None:
    server.clear_requests()
    assert recover("--state", state(), "--workspace", "ws_other").code == 1
    assert {path.split("/")[2] for path in RequestLog(server).paths()} == {"ws_other"}


def test_recover_prints_one_line_when_something_is_wrong(
    recover: Recover, monkeypatch: pytest.MonkeyPatch, state: Any
) -> None:
    assert recover().errors == (
        "no stack is selected; name one with --stack, or give --state FILE from `pulumi stack export`\n"
    )
    monkeypatch.setenv("USERPLANE_API_KEY", "")
    done = recover("--state", state())
    assert done.code == 1
    assert done.errors == (
        "no API key is set; create one at https://dash.userplane.io/_/account?tab=developers and set it with "
        "`pulumi config set --secret userplane:apiKey`, or the variable USERPLANE_API_KEY\n"
    )


@pytest.mark.parametrize("key", ["uspl_none", "uspl_demo_expired"])
def test_recover_says_how_to_set_another_key_when_key_is_refused(
    recover: Recover, monkeypatch: pytest.MonkeyPatch, state: Any, key: str
) -> None:
    monkeypatch.setenv("USERPLANE_API_KEY", key)
    done = recover("--state", state())
    code = "API_KEY_INVALID" if key == "uspl_none" else "API_KEY_EXPIRED"
    assert done.code == 1
    assert done.errors.endswith(
        "create one at https://dash.userplane.io/_/account?tab=developers; "
        "set it with `pulumi config set --secret userplane:apiKey`, or the variable USERPLANE_API_KEY; "
        f"more: `pulumi-userplane explain {code}`\n"
    )
    assert "--run-program" not in done.errors


def test_help_has_example(recover: Recover) -> None:
    assert "pulumi-userplane recover --stack dev" in " ".join(recover("--help").out.split())


def test_page_names_every_option_and_no_other() -> None:
    page = (Path(__file__).parents[4] / "docs" / "recover.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`-.+?) \|", page, re.MULTILINE)
    named = set(re.findall(r"(?<=`)--?[\w-]+", " ".join(cells)))
    options = {"--" + name.replace("_", "-") for name in inspect.signature(recover_command).parameters}
    assert named == (options - {"--folder", "--as-json"}) | {"-C", "--cwd", "-y", "--json"}
