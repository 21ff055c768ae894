"""`export --format program` writes a program that declares the links, and an import file that agrees."""

from __future__ import annotations

import errno
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pulumi_userplane import diff
from pulumi_userplane.api.constants import META_LIMIT
from pulumi_userplane.cli.export import generated_files
from pulumi_userplane.settings import Settings
from tests.edge_cases import TITLES, link_payload
from tests.support.request_log import RequestLog
from tests.support.states import export as exported
from tests.support.states import held
from tests.unit.cli.export.export_command import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.unit.cli.export.export_command import Command
    from tests.unit.conftest import Program

HOW_TO_WRITE = "; check its permissions and the room on its disk, or name another file"
MADE = "pulumi:shop/prod/help#0123abcd"
FILES = ["Pulumi.yaml", "__main__.py", "import.json"]


@pytest.fixture
def export(server: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    return command("export", server, monkeypatch, tmp_path)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "help-links"


def add(server: Emulator, title: str | None = "Help", **fields: Any) -> str:
    return server.add_link(**{"domainId": "dom_help", "linkTitle": title, **fields})["linkId"]


def bytes_of(out: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in out.iterdir()}


def entries(out: Path) -> dict[str, dict[str, Any]]:
    content = json.loads((out / "import.json").read_text())
    return {each["name"]: each for each in content["resources"]}


def declared(out: Path, program: Program) -> dict[str, dict[str, Any]]:
    """What the written program registers, by name; it runs as Pulumi runs it, with the project's configuration."""
    config = yaml.safe_load((out / "Pulumi.yaml").read_text()).get("config", {})

    def run() -> None:
        runpy.run_path(str(out / "__main__.py"), run_name="__main__")

    program.run(run, config=config)
    return {
        each.name: {key: value for key, value in program.inputs(each.name).items() if value is not None}
        for each in sorted(program.registered, key=lambda each: each.name)
    }


def test_program_looks_up_names_and_declares_non_default_fields(export: Command, out: Path, server: Emulator) -> None:
    add(server, "Help with checkout", linkReusable=True, projectId="prj_onboarding", meta={"team": "pay", "n": 1})
    add(server, "Search", domainId="dom_app", linkProviderType="zendesk", linkProviderId="4711")

    done = export("--out", out)

    assert (out / "__main__.py").read_text() == (
        "# Written by `pulumi-userplane export`.\n"
        '"""Recording links that were made before this program."""\n'
        "\n"
        "import pulumi\n"
        "import pulumi_userplane as userplane\n"
        "\n"
        'app_acme_example = userplane.get_domain(url="app.acme.example")\n'
        'help_acme_example = userplane.get_domain(url="help.acme.example")\n'
        'onboarding = userplane.get_project(title="Onboarding")\n'
        "\n"
        "protected = pulumi.ResourceOptions(protect=True)\n"
        "\n"
        "userplane.RecordingLink(\n"
        '    "help-with-checkout",\n'
        "    domain_id=help_acme_example.domain_id,\n"
        "    project_id=onboarding.project_id,\n"
        '    link_title="Help with checkout",\n'
        "    link_reusable=True,\n"
        "    meta={\n"
        '        "team": "pay",\n'
        '        "n": 1,\n'
        "    },\n"
        "    opts=protected,\n"
        ")\n"
        "\n"
        "userplane.RecordingLink(\n"
        '    "search",\n'
        "    domain_id=app_acme_example.domain_id,\n"
        '    link_title="Search",\n'
        '    link_provider_type="zendesk",\n'
        '    link_provider_id="4711",\n'
        "    opts=protected,\n"
        ")\n"
    )
    assert yaml.safe_load((out / "Pulumi.yaml").read_text()) == {
        "name": "help-links",
        "runtime": "python",
        "description": "Userplane recording links",
        "config": {"userplane:baseUrl": server.base_url, "userplane:workspaceId": "ws_demo"},
    }
    assert done.out == (
        f"2 links written to {out}: __main__.py, Pulumi.yaml, import.json\n"
        "\n"
        "Next:\n"
        "\n"
        f"  cd {out}\n"
        "  pulumi stack init dev\n"
        "  pulumi config set --secret userplane:apiKey\n"
        "  pulumi import --file import.json --generate-code=false\n"
        "  pulumi preview --expect-no-changes\n"
    )
    assert done.errors.startswith("Account: key")
    assert done.errors.count("\n") == 1
    assert set(RequestLog(server).methods()) == {"GET"}


@pytest.mark.parametrize("way", ["import-file", "adopt"])
def test_program_agrees_with_import_file_when_links_are_odd(
    export: Command, out: Path, server: Emulator, program: Program, way: str
) -> None:
    links = [server.add_link(**link_payload(index)) for index in range(2 * len(TITLES))]

    export("--out", out, "--with", way)

    for arguments in (("check", "--isolated"), ("format", "--check", "--isolated")):
        ruff = [str(Path(sys.executable).parent / "ruff"), *arguments, str(out)]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    registered = declared(out, program)
    assert len(registered) == len(links)
    if way == "adopt":
        assert not (out / "import.json").exists()
        assert {each["adopt"] for each in registered.values()} == {link["linkId"] for link in links}
        return
    imported = entries(out)
    assert imported.keys() == registered.keys()
    assert list(imported) == sorted(imported)
    for name, entry in imported.items():
        inputs, outputs = dict(entry["inputs"]), entry["outputs"]
        assert inputs.pop("__provider") == outputs["__provider"] == registered[name]["__provider"]
        not_declared = {"__provider", "mark", diff.UNVERIFIED}
        program_says = {key: value for key, value in registered[name].items() if key not in not_declared}
        assert {"workspace_id": "ws_demo", **program_says} == inputs
        assert not diff.has_difference(outputs, registered[name])
        assert outputs["link_id"] == entry["id"]


def test_export_writes_same_bytes_when_run_again(export: Command, out: Path, server: Emulator) -> None:
    for index in range(40):
        server.add_link(**link_payload(index))
    export("--out", out)
    first = bytes_of(out)
    assert sorted(first) == FILES
    (out / "Pulumi.dev.yaml").write_text("config: {}\n")
    export("--out", out)
    assert bytes_of(out) == {**first, "Pulumi.dev.yaml": b"config: {}\n"}


def test_names_stay_when_link_is_added_or_filter_is_used(export: Command, out: Path, server: Emulator) -> None:
    old, other = add(server, "Help", createdAt="2026-01-05T08:00:00.000Z"), add(server, "Search")
    export("--out", out)
    names = {entry["id"]: name for name, entry in entries(out).items()}
    assert names == {old: "help", other: "search"}
    young = add(server, "help!")
    export("--out", out)
    names = {entry["id"]: name for name, entry in entries(out).items()}
    assert names == {old: "help", other: "search", young: f"help-{young[-6:]}"}
    export("--out", out, "--title", "help*", "--force")
    assert list(entries(out)) == [names[young]]


@pytest.mark.parametrize("gone", [True, False])
def test_names_stay_when_oldest_link_is_deleted_or_retitled(
    export: Command, out: Path, server: Emulator, gone: bool
) -> None:
    oldest = add(server, "Help", createdAt="2026-01-05T08:00:00.000Z")
    next_one = add(server, "Help", createdAt="2026-01-06T08:00:00.000Z")
    export("--out", out)
    before = {entry["id"]: name for name, entry in entries(out).items()}
    assert before == {oldest: "help", next_one: f"help-{next_one[-6:]}"}

    if gone:
        server.delete_link(oldest)
    else:
        server.edit_link(oldest, linkTitle="Support")
    young = add(server, "Help")
    export("--out", out)

    names = {entry["id"]: name for name, entry in entries(out).items()}
    kept = {next_one: before[next_one]} if gone else before
    assert names == {**kept, young: f"help-{young[-6:]}"}
    written = bytes_of(out)
    export("--out", out)
    assert bytes_of(out) == written
    export("--out", out, "--with", "adopt")
    assert all(f'    "{name}",\n' in (out / "__main__.py").read_text() for name in names.values())


def test_export_stops_when_earlier_names_are_unreadable(export: Command, out: Path, server: Emulator) -> None:
    add(server)
    export("--out", out)
    (out / "import.json").write_text((out / "import.json").read_text().replace("]", ""))
    before = bytes_of(out)
    *_, line = export("--out", out, "--force", code=1).errors.splitlines()
    assert line == (
        f"{out / 'import.json'} can't be read, and the resources' names in it have to stay: nothing was written; "
        "repair it, or delete it to get new names"
    )
    assert bytes_of(out) == before
    (out / "import.json").unlink()
    export("--out", out)


def test_export_sends_one_request_for_20_links(export: Command, out: Path, server: Emulator) -> None:
    server.seed({"links": [{"domainId": "dom_help", "linkTitle": f"Link {index}"} for index in range(1000)]})
    server.clear_requests()
    assert export("--out", out).out.startswith("1000 links written")
    paths = [path.rpartition("/")[2] for path in RequestLog(server).paths()]
    assert {path: paths.count(path) for path in paths} == {"links": 50, "domains": 1, "projects": 1}


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        (("--domain", "HTTPS://app.acme.example/"), {"a"}),
        (("--domain", "dom_help", "--domain", "dom_app"), {"a", "b", "[c]", None}),
        (("--project", "Onboarding"), {"b"}),
        (("--project", "prj_default", "--title", "[ab]"), {"a"}),
        (("--creator", "priya nand"), {"[c]"}),
        (("--creator", "Priya@acme.example", "--creator", "mem_owner"), {"a", "b", "[c]", None}),
        (("--creator", "mem_member"), {"[c]"}),
        (("--title", "[[]c]", "--title", "b"), {"[c]", "b"}),
        (("--title", ""), {None}),
    ],
)
def test_filters_select_links_that_they_name(
    export: Command, out: Path, server: Emulator, arguments: tuple[str, ...], titles: set[str | None]
) -> None:
    add(server, "a", domainId="dom_app")
    add(server, "b", projectId="prj_onboarding")
    add(server, "[c]", workspaceMemberId="mem_member")
    add(server, None)
    export("--out", out, *arguments)
    assert {entry["outputs"]["link_title"] for entry in entries(out).values()} == titles


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--domain", "halp.acme.example"),
            "there is no domain 'halp.acme.example' in workspace ws_demo; there are: h",
        ),
        (("--project", "Onbording"), "there is no project 'Onbording' in workspace ws_demo; there are: 'Onboarding' "),
        (("--creator", "Pria Nand"), "there is no member 'Pria Nand' in workspace ws_demo; there are: Priya Nand "),
        (("--project", "Onboarding"), "there is no link to export"),
        (("--format", "seed", "--workspace", "a", "--workspace", "b"), "a seed holds one workspace; give one "),
        (("--format", "catalogue", "--workspace", "a", "--workspace", "b"), "a catalogue holds one workspace; "),
        (("--workspace", "ws_other"), "403 NOT_A_MEMBER"),
        (("--format", "seed", "--with", "adopt"), "--with has no meaning for a seed file"),
        (("--format", "seed", "--with", "import-file"), "has no meaning for a seed file; leave it out"),
    ],
)
def test_export_writes_nothing_when_option_names_nothing(
    export: Command, out: Path, server: Emulator, arguments: tuple[str, ...], said: str
) -> None:
    add(server)
    done = export("--out", out, *arguments, code=1)
    *_, line = done.errors.splitlines()
    assert said in line
    assert done.out == ""
    assert not out.exists()


def test_export_says_how_to_set_account_when_there_is_none(
    export: Command, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("USERPLANE_WORKSPACE_ID")
    assert "no workspace is set; set it with --workspace, `pulumi config set " in export("--out", out, code=1).errors
    monkeypatch.delenv("USERPLANE_API_KEY")
    assert "no API key is set; " in export("--out", out, "--workspace", "ws_demo", code=1).errors


def test_export_leaves_out_links_when_program_created_them(export: Command, out: Path, server: Emulator) -> None:
    add(server, linkProviderReference=MADE)
    assert export("--out", out, code=1).errors.endswith(
        "\n- left out, since a Pulumi program has created them (1 by shop/prod); --all exports them, too\n"
        "there is no link to export; change the filters or the workspace, or add --all for links that a Pulumi program "
        "has created\n"
    )
    mine = add(server, "Mine")
    add(server, "own", linkProviderReference="our own mark#0123abcd")
    done = export("--out", out)
    assert "- left out, since a Pulumi program has created them (1 by our own mark, 1 by shop/prod); " in done.out
    assert {entry["id"] for entry in entries(out).values()} == {mine}


def test_export_declares_no_reference_when_all_takes_created_links(
    export: Command, out: Path, server: Emulator, program: Program
) -> None:
    first = add(server, "First", linkProviderReference=MADE, createdAt="2026-01-05T08:00:00.000Z")
    last = add(server, "Last", linkProviderReference="pulumi:shop/prod/help#abcd0123")

    done = export("--out", out, "--all")

    assert "created by a Pulumi program, as their marks say (2 by shop/prod): remove them" in done.out
    assert {entry["id"]: entry["outputs"][diff.MANAGED] for entry in entries(out).values()} == {
        first: ["link_title"],
        last: ["link_title"],
    }
    assert "mark" not in (out / "__main__.py").read_text()

    done = export("--out", out, "--all", "--with", "adopt", "--force")

    assert f'- left out, since a newer link has the same mark: {first} titled "First"\n' in done.out
    assert sorted(file.name for file in out.iterdir()) == FILES[:2]
    [(name, inputs)] = declared(out, program).items()
    assert (name, inputs["adopt"], inputs["mark"]) == ("last", last, "pulumi:shop/prod/help")
    assert "link_provider_ref" not in inputs
    assert "  sed -i.bak -e '/^    adopt=/d' -e '/^    mark=/d' __main__.py\n" in done.out


def test_program_protects_nothing_when_protection_is_off(export: Command, out: Path, server: Emulator) -> None:
    add(server)
    done = export("--out", out, "--no-protect")
    text = (out / "__main__.py").read_text()
    assert "protect" not in text
    assert "import pulumi\n" not in text
    assert "--generate-code=false --protect=false\n" in done.out


def test_program_keeps_ids_when_names_are_not_unique(
    export: Command, out: Path, server: Emulator, program: Program
) -> None:
    server.seed(
        {
            "domains": [
                {"domainId": "dom_1", "domainUrl": "https://same.example"},
                {"domainId": "dom_2", "domainUrl": "SAME.example/"},
                {"domainId": "dom_3", "domainUrl": "help"},
            ],
            "projects": [
                {"projectId": "prj_1", "projectTitle": "Twice"},
                {"projectId": "prj_2", "projectTitle": "Twice"},
                {"projectId": "prj_3", "projectTitle": ""},
                {"projectId": "prj_4", "projectTitle": "class"},
                {"projectId": "prj_5", "projectTitle": "Class!"},
                {"projectId": "prj_6", "projectTitle": "2024 支払い " * 9},
            ],
            "links": [
                {"domainId": f"dom_{1 + index % 3}", "projectId": f"prj_{1 + index}", "linkTitle": f"Link {index}"}
                for index in range(6)
            ],
        }
    )
    export("--out", out)
    text = (out / "__main__.py").read_text()
    assert 'domain_help = userplane.get_domain(url="help")\n' in text
    assert 'project_class = userplane.get_project(title="class")\n' in text
    assert 'project_class_2 = userplane.get_project(title="Class!")\n' in text
    assert f'= userplane.get_project(\n    title="{"2024 支払い " * 9}",\n)\n' in text
    assert text.count("userplane.get_") == 4
    assert [(each["domain_id"], each["project_id"]) for each in declared(out, program).values()] == [
        (f"dom_{1 + index % 3}", f"prj_{1 + index}") for index in range(6)
    ]


def test_program_names_each_project_when_there_is_no_default(
    export: Command, out: Path, server: Emulator, program: Program
) -> None:
    server.seed({"projects": [{"projectId": "prj_1", "projectTitle": "Help"}]})
    add(server, projectId="prj_1")
    export("--out", out)
    assert [each["project_id"] for each in declared(out, program).values()] == ["prj_1"]


def test_program_names_workspaces_when_there_are_several(
    export: Command, out: Path, server: Emulator, program: Program
) -> None:
    # No user of the emulator is in two workspaces.
    server._backend.database.execute(
        "INSERT INTO members VALUES ('mem_guest', 'ws_other', 'usr_owner', 'member', '2026-01-05T08:00:00.000Z')"
    )
    add(server, projectId="prj_onboarding")
    Settings.read(lambda _: None).make_client(print).create_link("ws_other", domain_id="dom_other")

    done = export("--out", out, "--workspace", "ws_demo", "--workspace", "ws_other", "--workspace", "ws_demo")

    assert done.out.startswith("2 links")
    places = [(each["workspace_id"], each["domain_id"]) for each in declared(out, program).values()]
    assert places == [("ws_demo", "dom_help"), ("ws_other", "dom_other")]
    assert [each["inputs"]["workspace_id"] for each in entries(out).values()] == ["ws_demo", "ws_other"]
    text = (out / "__main__.py").read_text()
    assert 'onboarding = userplane.get_project(title="Onboarding", workspace_id="ws_demo")\n' in text
    assert "userplane:workspaceId" not in (out / "Pulumi.yaml").read_text()
    both = ("--workspace", "ws_demo", "--workspace", "ws_other")
    export("--out", out, *both, "--domain", "help.globex.example", "--force")
    assert [each["inputs"]["workspace_id"] for each in entries(out).values()] == ["ws_other"]


def test_export_remarks_on_links_that_no_program_can_declare(export: Command, out: Path, server: Emulator) -> None:
    revoked = add(server, "Revoked", domainId="dom_new")
    odd = add(server, "Odd", linkProviderType="carrier_pigeon", meta={"n": 2**60})
    secret = "4dabf18193072939515e22adb298388d"
    word = add(server, "Word", meta={secret: "1b47061264138c4ac30d75fd1eb44270"})
    for index in range(12):
        add(server, f"New {index}", domainId="dom_new")

    done = export("--out", out)

    assert (
        f'- on a domain that is not verified, where no new link can be made: {revoked} titled "Revoked" '
        "(new.acme.example, pending), "
    ) in done.out
    assert ", and 3 more\n" in done.out
    assert f'{word} titled "Word" (meta: holds a word that Pulumi keeps for itself)' in done.out
    assert f'"{secret}": "1b47061264138c4ac30d75fd1eb44270"' not in (out / "import.json").read_text()
    assert f'stays as it is: {odd} titled "Odd" (link_provider_type: is not one of the 28' in done.out
    assert f'{odd} titled "Odd" (meta: holds a number above 2^53, of which Pulumi drops digits)' in done.out
    (inputs,) = [entry["inputs"] for entry in entries(out).values() if entry["id"] == odd]
    assert set(inputs) == {"__provider", "workspace_id", "domain_id", "link_title"}


def test_export_leaves_meta_undeclared_when_it_is_too_large(export: Command, out: Path, server: Emulator) -> None:
    for number in range(25):
        add(server, f"At the limit {number}", meta={"a": "x" * (META_LIMIT - len('{"a": ""}'))})
    large = [add(server, "Large", meta={"a": "x" * size}) for size in (META_LIMIT, 1024 * 1024)]
    done = export("--out", out)
    inputs = {each["id"]: each["inputs"] for each in entries(out).values()}
    assert len(inputs) == 27
    assert {id_ for id_, declared in inputs.items() if "meta" not in declared} == set(large)
    assert f'stays as it is: {large[0]} titled "Large" (meta: is 65545 bytes long' in " ".join(done.out.split())


def test_export_remarks_on_link_when_its_project_is_not_listed(
    export: Command, out: Path, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_id = add(server, projectId="prj_onboarding")
    monkeypatch.setattr("pulumi_userplane.api.Client.list_projects", lambda *_: iter([]))
    done = export("--out", out)
    assert (
        f'- in a project that is deleted or hidden from this key: {link_id} titled "Help" (prj_onboarding)\n'
    ) in done.out
    assert '    project_id="prj_onboarding",\n' in (out / "__main__.py").read_text()


@pytest.mark.parametrize("name", FILES)
def test_export_keeps_file_of_others_unless_forced(export: Command, out: Path, server: Emulator, name: str) -> None:
    add(server)
    export("--out", out)
    written = bytes_of(out)
    (out / name).write_bytes(b"\xff mine\n\n" + generated_files.GENERATED.encode())
    before = bytes_of(out)
    done = export("--out", out, code=1)
    assert f"{out / name} was not written by an export: nothing was written; " in done.errors
    assert bytes_of(out) == before
    export("--out", out, "--force")
    assert bytes_of(out) == written


def test_export_leaves_folder_of_others_alone_unless_forced(export: Command, out: Path, server: Emulator) -> None:
    add(server)
    out.mkdir()
    (out / "README.md").write_text("mine\n")
    done = export("--out", out, code=1)
    assert f"{out} is not empty and holds no export: nothing was written; " in done.errors
    assert list(bytes_of(out)) == ["README.md"]
    export("--out", out, "--force")
    assert sorted(bytes_of(out)) == sorted([*FILES, "README.md"])


def test_export_stops_when_folder_holds_another_format(export: Command, out: Path, server: Emulator) -> None:
    add(server)
    export("--out", out)
    before = bytes_of(out)
    done = export("--out", out, "--format", "seed", code=1)
    assert f"{out} is not empty and holds an export of another format: nothing was written; name an" in done.errors
    assert bytes_of(out) == before


def test_adopting_export_removes_import_file_when_export_wrote_it(export: Command, out: Path, server: Emulator) -> None:
    add(server)
    export("--out", out)
    export("--out", out, "--with", "adopt")
    assert not (out / "import.json").exists()
    (out / "import.json").write_text("{}\n")
    export("--out", out, "--with", "adopt")
    assert (out / "import.json").read_text() == "{}\n"


def test_export_prints_one_line_when_folder_cannot_be_written(
    export: Command, tmp_path: Path, server: Emulator
) -> None:
    add(server)
    (tmp_path / "file").write_text("")
    done = export("--out", tmp_path / "file" / "links", code=1)
    assert (
        done.errors.splitlines()[-1] == f"{tmp_path / 'file' / 'links'} can't be written: Not a directory{HOW_TO_WRITE}"
    )


def test_export_prints_one_line_when_disk_is_full(
    export: Command, out: Path, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    add(server)
    export("--out", out)
    before = {each.name: each.read_bytes() for each in out.iterdir()}
    server.add_link(domainId="dom_help", linkTitle="Another")
    monkeypatch.setattr(os, "fsync", full)
    done = export("--out", out, code=1)
    assert (
        done.errors.splitlines()[-1]
        == f"{out / '__main__.py'} can't be written: No space left on device" + HOW_TO_WRITE
    )
    assert {each.name: each.read_bytes() for each in out.iterdir()} == before


@pytest.mark.parametrize(("folder_name", "name"), [("Über uns!", "ber-uns"), ("...", "links"), ("a.b_c-1", "a.b_c-1")])
def test_project_is_named_after_folder(
    export: Command, tmp_path: Path, server: Emulator, folder_name: str, name: str
) -> None:
    add(server)
    export("--out", tmp_path / "x" / folder_name)
    assert yaml.safe_load((tmp_path / "x" / folder_name / "Pulumi.yaml").read_text())["name"] == name


@pytest.mark.parametrize(("arguments", "ids"), [((), ["new"]), (("--all",), ["new"]), (("--format", "seed"), None)])
def test_export_leaves_out_links_when_stack_manages_them(  # noqa: PLR0917 - fixtures
    export: Command,
    out: Path,
    server: Emulator,
    cli: Callable[..., Path],
    tmp_path: Path,
    arguments: tuple[str, ...],
    ids: list[str] | None,
) -> None:
    for link_id in ("own", "looked-up", "new"):
        add(server, link_id, linkId=link_id)
    looked_up = {**held("other", "looked-up"), "external": True}
    cli(exported(held("own", "own"), {**looked_up, "id": "own"}), selected="dev")
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    done = export("--out", out, "--title", "[!l]*", *arguments)
    assert ("left out, since the stack manages them already: 1" in done.out) is (ids is not None)
    if ids is not None:
        assert [each["id"] for each in entries(out).values()] == ids


def select_stack(tmp_path: Path, cli: Callable[..., Path], *link_ids: str) -> None:
    """Makes the folder a project whose selected stack holds these links."""
    cli(exported(*(held(link_id, link_id) for link_id in link_ids)), selected="dev")
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")


@pytest.mark.parametrize(("held_ids", "links"), [(["one"], "1 link"), (["one", "two"], "2 links")])
def test_export_stops_when_earlier_export_would_lose_links(  # noqa: PLR0917 - fixtures
    export: Command,
    out: Path,
    server: Emulator,
    cli: Callable[..., Path],
    tmp_path: Path,
    held_ids: list[str],
    links: str,
) -> None:
    for link_id in ("one", "two", "new"):
        add(server, link_id, linkId=link_id)
    export("--out", out)
    before = bytes_of(out)
    select_stack(tmp_path, cli, *held_ids)
    *_, line = export("--out", out, code=1).errors.splitlines()
    assert f"nothing was written: the earlier export in {out} has {links} that the new one lacks, and a " in line
    assert ': one titled "one"' in line
    assert "write the new export into another folder with --out" in line
    assert bytes_of(out) == before
    export("--out", tmp_path / "elsewhere")
    export("--out", out, "--force")
    assert "new" in {each["id"] for each in entries(out).values()}


@pytest.mark.parametrize("filters", [("--title", "new"), ("--domain", "dom_app")])
def test_export_stops_when_filter_would_drop_earlier_links(
    export: Command, out: Path, server: Emulator, filters: tuple[str, str]
) -> None:
    add(server, "one", linkId="one")
    add(server, "new", linkId="new", domainId="dom_app")
    export("--out", out)
    assert (
        "has 1 link that the new one lacks, and a `pulumi up` of the new one could delete it: "
        in export("--out", out, *filters, code=1).errors
    )
    server.delete_link("one")
    export("--out", out)
    assert [each["id"] for each in entries(out).values()] == ["new"]


def test_export_goes_on_when_stack_manages_other_links(
    export: Command, out: Path, server: Emulator, cli: Callable[..., Path], tmp_path: Path
) -> None:
    for link_id in ("managed", "new"):
        add(server, link_id, linkId=link_id)
    select_stack(tmp_path, cli, "managed")
    for way in ("import-file", "adopt"):
        folder_of_way = out / way
        export("--out", folder_of_way, "--with", way)
        before = bytes_of(folder_of_way)
        export("--out", folder_of_way, "--with", way)
        assert bytes_of(folder_of_way) == before


def test_adopting_export_stops_when_earlier_export_would_lose_links(
    export: Command, out: Path, server: Emulator, cli: Callable[..., Path], tmp_path: Path
) -> None:
    for link_id in ("lnk_one", "lnk_new"):
        add(server, link_id, linkId=link_id)
    export("--out", out, "--with", "adopt")
    select_stack(tmp_path, cli, "lnk_one")
    assert (
        "has 1 link that the new one lacks, and a `pulumi up` of the new one could delete it: "
        in export("--out", out, "--with", "adopt", code=1).errors
    )
    program_file = out / "__main__.py"
    lines = program_file.read_text().splitlines(keepends=True)
    program_file.write_text("".join(line for line in lines if not line.startswith("    adopt=")))
    assert (
        "has 1 link that the new one lacks, and a `pulumi up` of the new one could delete it: "
        in export("--out", out, "--with", "adopt", code=1).errors
    )


def test_export_prints_one_line_when_earlier_export_is_unreadable(
    export: Command, out: Path, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_file: Path) -> bool:
        raise PermissionError(13, "Permission denied", "links/__main__.py")

    add(server)
    export("--out", out, "--with", "adopt")
    monkeypatch.setattr(generated_files, "is_generated", denied)
    *_, line = export("--out", out, "--with", "adopt", code=1).errors.splitlines()
    assert line == (
        "links/__main__.py can't be read: Permission denied; let your user read it, or name another folder with --out"
    )


def test_export_stops_when_program_would_replace_catalog(export: Command, out: Path, server: Emulator) -> None:
    add(server)
    export("--out", out, "--format", "catalogue")
    before = bytes_of(out)
    assert "holds an export of another format: nothing was written" in export("--out", out, code=1).errors
    assert bytes_of(out) == before


def test_program_declares_provider_type_when_settings_allow_it(
    export: Command, out: Path, server: Emulator, monkeypatch: pytest.MonkeyPatch, program: Program
) -> None:
    monkeypatch.setenv("USERPLANE_EXTRA_PROVIDER_TYPES", "carrier_pigeon,smoke")
    add(server, "Help", linkProviderType="carrier_pigeon")
    export("--out", out)
    config = yaml.safe_load((out / "Pulumi.yaml").read_text())["config"]
    assert config["userplane:extraProviderTypes"] == "carrier_pigeon,smoke"
    assert declared(out, program)["help"]["link_provider_type"] == "carrier_pigeon"


def test_project_holds_settings_unless_they_are_secret(
    export: Command, out: Path, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERPLANE_META_FIELD", "linkMeta")
    add(server)
    export("--out", out)
    assert yaml.safe_load((out / "Pulumi.yaml").read_text())["config"] == {
        "userplane:baseUrl": server.base_url,
        "userplane:metaField": "linkMeta",
        "userplane:workspaceId": "ws_demo",
    }
    assert not [name for name, content in bytes_of(out).items() if server.api_key.encode() in content]
