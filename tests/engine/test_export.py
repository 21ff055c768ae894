"""`pulumi-userplane export` and `import-file` bring links into a state of the real CLI without a write."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.edge_cases import link_payload
from tests.engine.stack import DEADLINE, list_diffs

if TYPE_CHECKING:
    from tests.engine.stack import Stack

LINKS = 200
CATALOG = Path(__file__).parents[2] / "examples" / "link-catalog"


def userplane(stack: Stack, *arguments: str) -> str:
    """Runs a command of this package outside any project."""
    out, _ = stack.command(*arguments, folder=stack.folder.parent)
    return out


def commands(output: str) -> list[str]:
    """Returns the commands that an export prints as the next ones."""
    _, _, steps = output.partition("\nNext:\n\n")
    return [line.strip() for line in steps.splitlines()]


def run(stack: Stack, command: str) -> None:
    """Runs one of those commands as printed, without a confirmation."""
    name, *arguments = command.split()
    if name != "pulumi":
        subprocess.run(command, shell=True, cwd=stack.folder, check=True, timeout=DEADLINE)
        return
    answered = ["--yes", "--skip-preview"] if arguments[0] in {"up", "import"} else []
    stack.pulumi(*arguments, *answered)


def into(stack: Stack, folder: Path) -> None:
    """Continues in the written project, with a stack of its own."""
    stack.folder = folder
    stack.env["PULUMI_SKIP_CHECKPOINTS"] = "true"
    stack.init("exported")


@pytest.mark.parametrize("way", ["import-file", "adopt"])
def test_export_imports_edge_cases_and_sends_no_write(stack: Stack, tmp_path: Path, way: str) -> None:
    for index in range(LINKS - 1):
        stack.userplane.add_link(**link_payload(index))
    stack.userplane.add_link(domainId="dom_help", linkProviderReference="pulumi:shop/prod/help#0123abcd")
    before = stack.userplane.links
    out = tmp_path / "exported"
    output = userplane(stack, "export", "--out", str(out), "--all", "--with", way)
    # The written project knows where the links are; only the key is missing.
    del stack.env["USERPLANE_BASE_URL"], stack.env["USERPLANE_WORKSPACE_ID"]
    into(stack, out)
    taking_in, *rest = commands(output)[3:]

    stack.userplane.clear_requests()
    run(stack, taking_in)
    assert [method for method, _ in stack.sent()] == ["GET"] * LINKS * (way == "adopt")
    for command in rest:
        run(stack, command)
    stack.up("--expect-no-changes")
    assert stack.sent() == []

    assert stack.userplane.links == before
    assert len(stack.links()) == LINKS
    assert "\n    adopt=" not in (out / "__main__.py").read_text()
    assert "protected" in stack.pulumi("destroy", "--yes", "--skip-preview", code=1)
    assert stack.userplane.links == before
    assert {method for method, _ in stack.sent()} <= {"GET"}
    stack.refresh("--expect-no-changes")
    mypy = ("mypy", "--strict", "--cache-dir", str(tmp_path.parent / "mypy"))
    for tool in (("ruff", "check", "--isolated"), ("ruff", "format", "--check", "--isolated"), mypy):
        checked = [str(Path(sys.executable).parent / tool[0]), *tool[1:], "__main__.py"]
        done = subprocess.run(checked, cwd=out, capture_output=True, text=True, timeout=DEADLINE, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("way", ["import-file", "adopt"])
def test_destroy_deletes_links_when_they_were_exported_without_protection(
    stack: Stack, tmp_path: Path, way: str
) -> None:
    for index in range(3):
        stack.userplane.add_link(**link_payload(index))
    out = tmp_path / "exported"
    output = userplane(stack, "export", "--out", str(out), "--with", way, "--no-protect")
    into(stack, out)
    for command in commands(output)[3:]:
        run(stack, command)
    stack.sent()
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert [method for method, _ in stack.sent()] == ["DELETE"] * 3
    assert stack.live() == {}


@pytest.mark.parametrize("way", ["import-file", "adopt"])
def test_export_writes_catalog_that_runs_in_example(stack: Stack, tmp_path: Path, way: str) -> None:
    for index in range(40):
        stack.userplane.add_link(**link_payload(index))
    before = stack.userplane.links
    out = tmp_path / "catalogue"
    output = userplane(stack, "export", "--out", str(out), "--format", "catalogue", "--with", way)
    example = tmp_path / "example"
    shutil.copytree(CATALOG, example, ignore=shutil.ignore_patterns("__pycache__", "*.json", "links.yaml"))
    for file in out.iterdir():
        shutil.copy(file, example)
    into(stack, example)
    taking_in, *rest = commands(output)[1:]

    stack.userplane.clear_requests()
    run(stack, taking_in)
    assert [method for method, _ in stack.sent()] == ["GET"] * 40 * (way == "adopt")
    for command in rest:
        run(stack, command)
    stack.up()
    assert stack.sent() == []
    assert stack.userplane.links == before
    assert len(stack.links()) == 40
    assert "protected" in stack.pulumi("destroy", "--yes", "--skip-preview", code=1)


def test_import_file_completes_file_of_pulumi_preview(stack: Stack, tmp_path: Path) -> None:
    stack.program(
        """
        class Team(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("acme:index:Team", name)
                opts = pulumi.ResourceOptions(parent=self)
                userplane.RecordingLink("search", domain_id="dom_app", link_title="Search", opts=opts)
                self.register_outputs({})

        acct = userplane.Provider("acct", api_key=pulumi.Config().require_secret("key"))
        Team("search")
        userplane.RecordingLink("help-with-checkout", domain_id="dom_help", link_title="Help with checkout")
        opts = pulumi.ResourceOptions(provider=acct)
        userplane.RecordingLink("faq", domain_id="dom_help", link_title="FAQ", opts=opts)
        userplane.RecordingLink("fields", domain_id="dom_help", link_title="fields", link_reusable=True)
        """
    )
    stack.pulumi("config", "set", "--secret", "key", stack.userplane.api_key)
    fields = stack.userplane.add_link(domainId="dom_help", linkTitle="fields", linkReusable=True, meta={"team": "a"})
    ids = {
        "help-with-checkout": stack.userplane.add_link(domainId="dom_help", linkTitle="Help with checkout")["linkId"],
        "faq": stack.userplane.add_link(domainId="dom_help", linkTitle="FAQ")["linkId"],
        "search": stack.userplane.add_link(domainId="dom_app", linkTitle="Search")["linkId"],
        "fields": fields["linkId"],
    }
    before = stack.userplane.links
    stack.pulumi("preview", "--import-file", str(tmp_path / "new.json"))

    output = userplane(stack, "import-file", "new.json", "--out", "import.json")

    [command] = commands(output)
    assert command == "pulumi import --file import.json --generate-code=false"
    shutil.copy(tmp_path / "import.json", stack.folder)
    stack.sent()
    run(stack, command)
    # A field that the program leaves out shows once, and is not sent. (An import protects; that shows as a lock.)
    blocks = list_diffs(stack.preview())
    [left_out] = blocks.pop("fields")
    assert '- meta: { - team: "a" }' in left_out
    assert {block for others in blocks.values() for block in others} <= {"(same) 🔓"}
    stack.up()
    stack.preview("--expect-no-changes")
    assert stack.sent() == []
    assert stack.userplane.links == before
    assert {name: link["id"] for name, link in stack.links().items()} == ids


def test_pulumi_import_fails_when_it_names_type_name_and_id(stack: Stack) -> None:
    link_id = stack.userplane.add_link(domainId="dom_help", linkTitle="Help")["linkId"]
    output = stack.pulumi(
        "import", "pulumi-python:dynamic/userplane:RecordingLink", "help", link_id, "--yes", "--skip-preview", code=1
    )
    assert "KeyError: '__provider'" in output
    assert stack.links() == {}
    assert stack.sent() == []
