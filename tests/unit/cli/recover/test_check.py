"""`recover --check` looks for the links of pending creations, and for nothing without one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from pulumi_userplane.recovery.journal import Journal, JournalEntry
from pulumi_userplane.settings import Settings
from tests.support.request_log import RequestLog
from tests.support.states import STACK, export, export_of, held, of_plugin, resource, urn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator
    from tests.unit.cli.conftest import Recover

Pending = dict[str, Any]

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:a:b"}
HELP = "pulumi:p/dev/help"
CLEAR = "pulumi refresh --clear-pending-creates"
RESUMED = ("--older-than", "110")


def pending(name: str, mark: Any = "", /, type_: str = LINK_TYPE, **inputs: Any) -> Pending:
    """Returns the resource of a pending creation, with the usual mark unless told otherwise; None leaves it out."""
    marked = {} if mark is None else {"mark": mark or f"pulumi:p/dev/{name}"}
    return resource(name, type_=type_, inputs={"domain_id": "dom_help", "workspace_id": "ws_demo", **marked, **inputs})


@pytest.fixture
def interrupted(tmp_path: Path) -> Callable[..., Path]:
    """Writes the state of a run that was interrupted while it created these links."""

    def write(*creations: Pending, state: tuple[Pending, ...] = (), name: str = "state.json") -> Path:
        file = tmp_path / name
        file.write_text(export(STACK, *state, pending=creations))
        return file

    return write


def add_link(server: Emulator, mark: str = HELP, **fields: Any) -> str:
    row = server.add_link(**{"domainId": "dom_help", "linkProviderReference": f"{mark}#0123abcd", **fields})
    return row["linkId"]


def journal_interrupted(link_id: str, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds a journal entry of a process that has ended."""
    file = Settings.read(lambda _: None).make_client(print).shared_file
    Journal(file).record(JournalEntry(f"{mark}#0123abcd", "ws_demo", "dom_help", link_id, 0.0, 0.0, 0.0))

    def no_process(_pid: int) -> None:
        raise psutil.NoSuchProcess(1)

    monkeypatch.setattr(psutil, "Process", no_process)


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    "creations",
    [
        (),
        (pending("store", type_="acme:index:Store"),),
        (pending("help", adopt="lnk_1"),),
        (pending("help", adopt=SECRET),),
    ],
)
def test_check_sends_nothing_and_needs_no_account_when_no_creation_is_pending(
    recover: Recover,
    interrupted: Callable[..., Path],
    server: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    creations: tuple[Pending, ...],
) -> None:
    add_link(server)
    for variable in ("USERPLANE_API_KEY", "USERPLANE_WORKSPACE_ID", "USERPLANE_BASE_URL"):
        monkeypatch.delenv(variable)
    file = interrupted(*creations)
    server.clear_requests()

    done = recover("--check", "--state", file)

    assert (done.code, done.out, done.errors) == (0, "No creation of a link is pending in the state of p/dev.\n", "")
    assert json.loads(recover("--check", "--state", file, "--json").out) == {
        "links": [],
        "younger": 0,
        "pending": [],
        "import_file": None,
    }
    assert not server.requests
    assert not (tmp_path / "left.json").exists()


def test_check_ignores_link_when_its_update_is_pending(recover: Recover, server: Emulator, tmp_path: Path) -> None:
    add_link(server)
    file = tmp_path / "state.json"
    operations = [{"type": "updating", "resource": pending("help")}]
    file.write_text(export_of({"resources": [STACK], "pending_operations": operations}))
    assert recover("--check", "--state", file).code == 0


def test_check_names_link_of_any_age_and_writes_import_file(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    young = add_link(server, linkTitle="A secret title", linkReusable=True)
    add_link(server, "pulumi:p/dev/other")  # which no pending creation has created
    [url] = [link["linkURL"] for link in server.links if link["linkId"] == young]

    done = recover("--check", "--state", interrupted(pending("help"), pending("help"), pending("never-sent")))

    assert (done.code, done.errors) == (3, "")
    assert done.out.startswith("Orphaned links of pending creations in the state of p/dev:\n\nhelp\n")
    assert f"  id        {young}\n" in done.out
    assert f"  address   {url}\n" in done.out
    assert "  created   " in done.out
    assert " UTC, 0 min ago\n" in done.out
    said = words(done.out)
    assert "cause created for the resource help by an interrupted run bring in" in said
    assert f'bring in the file below, or adopt="{young}" where the program declares help' in said
    assert f"delete --older-than 0 --delete {young}, in place of --check" in said
    assert "left.json brings in 1 link; read it, then run in the project's folder:" in said
    assert "  pulumi import --file left.json --generate-code=false --protect=false\n" in done.out
    assert "Remove from left.json what the program no longer declares" in said
    assert f"  {CLEAR}\n" in done.out
    assert "A secret title" not in done.out
    [entry] = json.loads((tmp_path / "left.json").read_text())["resources"]
    assert (entry["id"], entry["name"], entry["inputs"]["mark"]) == (young, "help", HELP)
    assert entry["inputs"]["link_reusable"] is True


def test_check_takes_stack_from_cli_and_writes_named_file(
    recover: Recover, cli: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    add_link(server)
    asked = cli(export(STACK, pending=(pending("help"),)))
    (tmp_path / "ci.yaml").write_text("config: {}\n")
    options = ("--stack", "acme/p/dev", "-C", tmp_path, "--config-file", "ci.yaml")

    done = recover("--check", *options, "--import-file", tmp_path / "i.json")

    assert done.code == 3
    assert f"--file {tmp_path}/i.json --generate-code=false --protect=false --stack acme/p/dev" in done.out
    assert f"  {CLEAR} --stack acme/p/dev --config-file ci.yaml\n" in done.out
    assert (tmp_path / "i.json").exists()
    assert not (tmp_path / "left.json").exists()
    assert [line.split(" --")[0] for line in asked.read_text().splitlines()] == [
        f"{tmp_path} stack export",
        f"{tmp_path} config",
    ]


def test_check_asks_cli_for_state_alone_when_nothing_is_pending(
    recover: Recover, cli: Callable[..., Path], tmp_path: Path, interrupted: Callable[..., Path]
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    asked = cli(export(STACK), selected="dev")

    assert recover("--check").code == 0
    assert [line.split(" ")[1:3] for line in asked.read_text().splitlines()] == [
        ["stack", "--show-name"],
        ["stack", "export"],
    ]
    asked.unlink()
    assert recover("--check", "--state", interrupted()).code == 0
    assert not asked.exists()


@pytest.mark.parametrize(
    ("mark", "recorded"),
    [("", None), ("team-help", "team-help"), (SECRET, None)],
    ids=["usual", "own", "secret"],
)
def test_check_finds_nothing_when_state_holds_link_by_now(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, mark: Any, recorded: str | None
) -> None:
    link_id = add_link(server, recorded or HELP)
    other = add_link(server)

    done = recover(
        "--check",
        "--state",
        interrupted(pending("help", mark), state=(held("help", link_id, mark=recorded or HELP), held("x", other))),
    )

    assert (done.code, done.errors) == (0, "")
    assert done.out.startswith("No orphaned links of 1 pending creation in the state of p/dev.\n")


def test_check_finds_link_when_mark_is_secret_or_own(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    desk = f"acme:A$acme:Desk${LINK_TYPE}"
    secret = add_link(server, "pulumi:p/dev/acme:A$acme:Desk$inner")
    own = add_link(server, "team-help")
    creations = ({**pending("inner", SECRET), "urn": urn("inner", desk)}, pending("outer", "team-help"))

    done = recover("--check", "--state", interrupted(*creations), "--json")

    assert done.code == 3
    report = json.loads(done.out)
    assert [(row["id"], row["resource"], row["mark"], row["in_import_file"]) for row in report["links"]] == [
        (secret, "inner", "pulumi:p/dev/acme:A$acme:Desk$inner", False),
        (own, "outer", "team-help", True),
    ]
    assert report["import_file"] == "left.json"
    assert [row["mark"] for row in report["pending"]] == ["pulumi:p/dev/acme:A$acme:Desk$inner", "team-help"]
    [entry] = json.loads((tmp_path / "left.json").read_text())["resources"]
    assert (entry["id"], entry["name"]) == (own, "outer")


def test_check_doubts_when_mark_names_another_stack(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    link_id = add_link(server, "pulumi:shop/prod/help")
    state = interrupted(pending("help", "pulumi:shop/prod/help"))
    done = recover("--check", "--state", state)
    assert done.code == 3
    assert (
        "created for the resource help by an interrupted run; or shop/prod holds it, which its mark names: give that "
        "state, too, with --state" in words(done.out)
    )
    prod = {**resource("help", link_id), "urn": urn("help", project="shop", stack="prod")}
    (tmp_path / "prod.json").write_text(export(prod))
    assert recover("--check", "--state", state, "--state", tmp_path / "prod.json").code == 0


def test_import_file_leaves_out_what_is_declared_as_secret(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    add_link(server, linkTitle="A secret title", meta={"team": "a", "tokens": ["hidden"]}, linkReusable=True)
    creation = pending(
        "help", link_title=SECRET, meta={"team": "a", "tokens": [SECRET]}, link_provider_id="", link_reusable=True
    )

    assert recover("--check", "--state", interrupted(creation)).code == 3

    text = (tmp_path / "left.json").read_text()
    assert "A secret title" not in text
    assert "hidden" not in text
    [entry] = json.loads(text)["resources"]
    assert entry["outputs"]["__managed"] == ["link_reusable"]
    for part in ("inputs", "outputs"):
        assert entry[part]["link_reusable"] is True
        assert not {"link_title", "meta"} & entry[part].keys()


def test_check_reads_pending_creations_of_plugin(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    link_id = add_link(server, linkTitle="A secret title", linkReusable=True, meta={"team": "hidden"})
    declared = pending("help", HELP, link_title=SECRET, meta={"team": SECRET}, link_provider_ref=SECRET)
    # The other links are the dynamic provider's: the creation itself tells.
    state = interrupted(of_plugin(declared), state=(held("other", "lnk_other"),))

    done = recover("--check", "--state", state)

    assert done.code == 3
    assert f'adopt: "{link_id}" where the program declares help' in words(done.out)
    text = (tmp_path / "left.json").read_text()
    [entry] = json.loads(text)["resources"]
    assert (entry["type"], entry["id"]) == (PLUGIN_LINK_TYPE, link_id)
    assert (entry["inputs"]["linkReusable"], entry["outputs"]["__managed"]) == (True, ["link_reusable"])
    assert not {"linkTitle", "meta", "linkProviderRef"} & {**entry["inputs"], **entry["outputs"]}.keys()
    assert "secret title" not in text
    assert "hidden" not in text


def test_check_finds_nothing_when_plugin_holds_link_by_now(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator
) -> None:
    link_id = add_link(server)
    state = interrupted(of_plugin(pending("help", HELP)), state=(of_plugin(held("help", link_id)),))
    assert recover("--check", "--state", state).code == 0


def test_import_file_names_parent_that_pending_creation_has(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    inner = add_link(server, "pulumi:p/dev/acme:Desk$inner")
    desks = [resource(name, type_="acme:Desk") for name in ("one", "two")]
    creation = {
        **pending("inner", "pulumi:p/dev/acme:Desk$inner"),
        "urn": urn("inner", f"acme:Desk${LINK_TYPE}"),
        "parent": desks[1]["urn"],
    }

    done = recover("--check", "--state", interrupted(creation, state=tuple(desks)))

    assert done.code == 3
    content = json.loads((tmp_path / "left.json").read_text())
    assert content["nameTable"] == {"parent0": desks[1]["urn"]}
    assert [(entry["id"], entry["parent"]) for entry in content["resources"]] == [(inner, "parent0")]


def test_check_says_what_it_cannot_look_for_when_mark_is_missing(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator
) -> None:
    server.clear_requests()
    file = interrupted(pending("help", None), {**pending("refund"), "inputs": {"mark": ""}})

    done = recover("--check", "--state", file)

    assert done.code == 0
    assert done.out == (
        "No orphaned links of 2 pending creations in the state of p/dev.\n\n"
        "Not certain for these; compare `pulumi-userplane links` with the program:\n"
        "  help: it has no mark, so its link can't be looked for\n"
        "  refund: it has no mark, so its link can't be looked for\n"
    )
    assert not server.requests
    rows = json.loads(recover("--check", "--state", file, "--json").out)["pending"]
    assert rows[0] == {
        "urn": urn("help"),
        "resource": "help",
        "mark": None,
        "doubt": "it has no mark, so its link can't be looked for",
    }


def test_check_says_that_secret_mark_may_be_another(recover: Recover, interrupted: Callable[..., Path]) -> None:
    done = recover("--check", "--state", interrupted(pending("help", SECRET)))
    assert done.code == 0
    assert f"  help: its mark is a secret, so the usual one was looked for, {HELP}\n" in done.out


def test_check_says_when_reference_may_have_replaced_mark(
    recover: Recover,
    interrupted: Callable[..., Path],
    server: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link_id = add_link(server, linkProviderReference="own")
    creation = pending("help", link_provider_ref="own")
    doubt = "  help: it declares link_provider_ref, which may have replaced the mark of its link\n"

    done = recover("--check", "--state", interrupted(creation))
    assert (done.code, doubt in done.out) == (0, True)
    recorded = recover("--check", "--state", interrupted(creation, state=(held("help", link_id),)))
    assert (recorded.code, doubt in recorded.out) == (0, False)

    journal_interrupted(link_id, HELP, monkeypatch)
    found = recover("--check", "--state", interrupted(creation))
    assert (found.code, doubt in found.out, link_id in found.out) == (3, False, True)


def test_check_finds_link_of_own_mark_in_journal_when_reference_replaced_it(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_id = add_link(server, linkProviderReference="own")
    journal_interrupted(link_id, "team-help", monkeypatch)
    done = recover("--check", "--state", interrupted(pending("help", "team-help", link_provider_ref="own")))
    assert (done.code, link_id in done.out) == (3, True)


def test_check_names_link_when_another_one_took_its_place(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    first = add_link(server, createdAt="2026-01-05T08:00:00.000Z")
    second = add_link(server, createdAt="2026-01-06T08:00:00.000Z")
    state = (held("help", second, created_at="2026-01-06T08:00:00.000Z"),)

    done = recover("--check", "--state", interrupted(pending("help"), state=state))

    assert done.code == 3
    said = words(done.out)
    assert f"cause earlier link of help, which now has {second}; perhaps kept on purpose" in said
    assert "bring in not needed: the state has a link for help" in said
    assert f"--delete {first}, in place of --check" in said
    assert "left.json was not written: there is nothing to bring in." in said
    assert "Remove from" not in said
    assert not (tmp_path / "left.json").exists()


def test_check_looks_where_pending_creations_are(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("USERPLANE_WORKSPACE_ID")
    server.clear_requests()
    recorded = held("other", "lnk_other", workspace_id="ws_elsewhere")
    done = recover("--check", "--state", interrupted(pending("help"), state=(recorded,)))
    assert done.code == 0
    assert {path.split("/")[2] for path in RequestLog(server).paths()} == {"ws_demo"}


@pytest.mark.parametrize(("status", "code"), [(403, "WORKSPACE_FORBIDDEN"), (404, "WORKSPACE_NOT_FOUND")])
def test_check_ends_with_one_line_when_list_cannot_be_read(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, *, status: int, code: str
) -> None:
    add_link(server)
    server.fault(method="GET", path="/links", answer="status", status=status, code=code)

    done = recover("--check", "--state", interrupted(pending("help")))

    assert (done.code, done.out) == (1, "")
    assert done.errors.count("\n") == 1
    assert f"{status} {code}" in done.errors


def test_check_names_links_of_other_workspaces_when_one_cannot_be_read(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator
) -> None:
    link_id = add_link(server)
    done = recover("--check", "--state", interrupted(pending("help"), pending("lost", workspace_id="ws_other")))
    assert done.code == 1
    assert link_id in done.out
    assert "ws_other" in done.errors


def test_check_fails_after_naming_links_when_import_file_cannot_be_written(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    link_id = add_link(server)
    nowhere = tmp_path / "nowhere" / "import.json"
    done = recover("--check", "--state", interrupted(pending("help")), "--import-file", nowhere)
    assert (done.code, link_id in done.out) == (1, True)
    assert done.errors.startswith(f"{nowhere} can't be written: ")


def test_check_needs_key_when_there_is_something_to_look_for(
    recover: Recover, interrupted: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERPLANE_API_KEY", "")
    done = recover("--check", "--state", interrupted(pending("help")))
    assert (done.code, done.errors.split(";")[0]) == (1, "no API key is set")


@pytest.mark.parametrize("more", [(), ("--older-than", "110")])
def test_check_is_refused_when_something_is_to_be_deleted(
    recover: Recover, interrupted: Callable[..., Path], more: tuple[str, ...]
) -> None:
    done = recover("--check", "--state", interrupted(), "--delete", "lnk_1", *more)
    assert (done.code, done.out) == (2, "")
    assert done.errors == "--check and --delete exclude each other; run once with either\n"


def test_check_is_refused_when_no_run_resumes_what_it_would_leave(
    recover: Recover, interrupted: Callable[..., Path]
) -> None:
    assert recover("--check", "--state", interrupted(), "--older-than", "120").code == 0
    done = recover("--check", "--state", interrupted(), "--older-than", "120.5")
    assert (done.code, done.out) == (2, "")
    assert done.errors == "--check takes --older-than up to 120: `pulumi up` looks for no older links\n"


def test_check_passes_and_names_links_when_next_run_resumes_them(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    young = add_link(server, linkTitle="A secret title")
    arguments = ("--check", "--state", interrupted(pending("help"), pending("other")))

    done = recover(*arguments, *RESUMED)

    assert (done.code, done.errors) == (0, "")
    assert done.out.startswith(
        "No orphaned links of 2 pending creations in the state of p/dev are older than 110 minutes.\n\n"
        f"Created less than 110 minutes ago: `pulumi up` resumes it:\n  help: {young}, created "
    )
    assert done.out.endswith(" UTC, 0 min ago\n")
    report = json.loads(recover(*arguments, *RESUMED, "--json").out)
    assert (report["links"], report["younger"], report["import_file"]) == ([], 1, None)
    assert not (tmp_path / "left.json").exists()
    assert recover(*arguments, "--older-than", "0").code == 3

    other = add_link(server, "pulumi:p/dev/other")
    both = recover(*arguments, *RESUMED)
    assert "`pulumi up` resumes them:\n" in both.out
    assert f"  other: {other}, created " in both.out


def test_check_stops_for_older_links_alone_when_age_is_given(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    old = add_link(server, createdAt="2026-01-05T08:00:00.000Z")
    young = add_link(server, "pulumi:p/dev/other")

    done = recover("--check", "--state", interrupted(pending("help"), pending("other")), *RESUMED)

    assert done.code == 3
    assert f"  id        {old}\n" in done.out
    assert f"delete --older-than 0 --delete {old}, in place of --check --older-than 110" in words(done.out)
    assert f"  id        {young}\n" not in done.out
    assert f"`pulumi up` resumes it:\n  other: {young}, created " in done.out
    [entry] = json.loads((tmp_path / "left.json").read_text())["resources"]
    assert entry["id"] == old


def test_check_counts_younger_link_when_older_one_has_same_mark(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator, tmp_path: Path
) -> None:
    add_link(server, createdAt="2026-01-05T08:00:00.000Z")
    young = add_link(server)

    done = recover("--check", "--state", interrupted(pending("help")), *RESUMED)

    assert (done.code, "resumes" in done.out) == (3, False)
    [entry] = json.loads((tmp_path / "left.json").read_text())["resources"]
    assert entry["id"] == young


def test_check_counts_younger_link_when_state_got_another_one_later(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator
) -> None:
    young = add_link(server)
    state = (held("help", "lnk_later", created_at="2999-01-06T08:00:00.000Z"),)

    done = recover("--check", "--state", interrupted(pending("help"), state=state), *RESUMED)

    assert (done.code, young in done.out, "resumes" in done.out) == (3, True, False)


def test_check_has_no_doubt_when_younger_link_is_found(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator
) -> None:
    add_link(server)
    done = recover("--check", "--state", interrupted(pending("help", link_provider_ref="own")), *RESUMED)
    assert (done.code, "Not certain" in done.out) == (0, False)


@pytest.mark.parametrize("option", ["--stack", "--workspace", "--base-url"])
def test_check_refuses_empty_option(recover: Recover, interrupted: Callable[..., Path], option: str) -> None:
    done = recover("--check", "--state", interrupted(), option, "")
    assert (done.code, done.errors) == (1, f"{option} is empty; give it a value, or leave it out\n")


def test_check_says_what_is_missing_when_no_stack_is_selected(recover: Recover) -> None:
    done = recover("--check")
    assert (done.code, done.errors.split(";")[0]) == (1, "no stack is selected")


def test_deletion_takes_link_with_own_mark_when_its_creation_is_pending(
    recover: Recover, interrupted: Callable[..., Path], server: Emulator
) -> None:
    link_id = add_link(server, "team-help")
    file = interrupted(pending("help", "team-help"))
    assert recover("--state", file, "--older-than", "0", "--delete", link_id, "--yes").code == 0
    assert recover("--check", "--state", file).code == 0
