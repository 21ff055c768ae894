"""Each example does what its README says, command by command, on the real CLI and the emulator."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.emulator import Emulator
from scripts.code_blocks import find_block, list_commands
from tests.engine.stack import LINK_TYPE, STATE
from tests.support.request_log import RequestLog
from tests.support.shown_output import assert_shown
from tests.support.states import resources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.request_log import Asked

EXAMPLES = Path(__file__).parents[2] / "examples"

Start = "Callable[[str], Example]"


class Example:
    """A copy of an example, with the emulator that its README starts."""

    def __init__(self, folder: Path, env: dict[str, str], userplane: Emulator) -> None:
        self.folder = folder
        self.env = env
        self.userplane = userplane
        self.blocks = list_commands(f"examples/{folder.name}/README.md")

    def run(self, commands: str, code: int = 0) -> str:
        """Runs commands as a shell does, up to the first failure, and returns what they print."""
        done = subprocess.run(
            ["bash", "-e", "-c", commands],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new), encoding="utf-8")

    def sent(self) -> list[Asked]:
        """Returns method and body of each request for links since the last call."""
        return RequestLog(self.userplane).take("/links")

    def state(self, stack: str) -> list[dict[str, Any]]:
        """Returns the resources in the state."""
        [file] = self.folder.parent.glob(f"{STATE}/.pulumi/stacks/*/{stack}.json")
        return resources_of(file.read_text("utf-8"))

    def live(self) -> list[dict[str, Any]]:
        return [dict(link) for link in self.userplane.links if link["live"]]


@pytest.fixture
def start(tmp_path: Path, pulumi_env: dict[str, str]) -> Iterator[Callable[[str], Example]]:
    """Copies an example and starts the emulator with the seed that the README names."""
    running: list[Emulator] = []

    def one(name: str) -> Example:
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
        command = re.search(r"pulumi-userplane emulator(.*?)[`\n]", (folder / "README.md").read_text(encoding="utf-8"))
        assert command
        options = shlex.split(command[1])
        assert options[::2] in ([], ["--seed"])
        userplane = Emulator(seed=folder / options[1] if options else None)
        userplane.start()
        running.append(userplane)
        # A reader says yes to what is asked.
        return Example(folder, {**pulumi_env, **userplane.environ(), "PULUMI_SKIP_CONFIRMATIONS": "true"}, userplane)

    yield one
    for emulator in running:
        emulator.stop()


@pytest.mark.parametrize("name", ["adopt", "two-accounts", "link-catalog", "policy", "yaml", "typescript", "go"])
def test_example_readme_is_at_most_a_page(name: str) -> None:
    assert len((EXAMPLES / name / "README.md").read_text(encoding="utf-8").splitlines()) <= 60


def test_adopt_example_works_as_its_readme_says(start: Callable[[str], Example]) -> None:
    adopt = start("adopt")
    before = adopt.live()
    _emulator, taking_over, removing = adopt.blocks

    output = adopt.run(taking_over)

    assert "+ 4 to create" in output
    assert len(re.findall(r'^ +adopt +: "', output, re.MULTILINE)) == 3
    assert set(re.findall(r"\((lnk_\w+)\) was adopted and keeps its address https://\S+; (.*)", output)) == {
        ("lnk_checkout", "nothing had to be changed"),
        ("lnk_refunds", "changed: link_title"),
        ("lnk_crash", "nothing had to be changed"),
    }
    changes = [(method, body) for method, body in adopt.sent() if method != "GET"]
    assert changes == [("PUT", {"linkTitle": "Refunds and returns"})]
    assert "adopt=" in (adopt.folder / "__main__.py").read_text(encoding="utf-8")

    output = adopt.run(removing)

    assert output.count("4 unchanged") == 4  # the refresh has a preview of its own
    assert {method for method, _ in adopt.sent()} == {"GET"}
    before[1]["linkTitle"] = "Refunds and returns"
    assert adopt.live() == before
    # What a `destroy` refuses therefore, as it does in test_leaving.py.
    assert [link["protect"] for link in adopt.state("dev") if link["type"] == LINK_TYPE] == [True, True, True]


def test_two_accounts_example_works_as_its_readme_says(start: Callable[[str], Example]) -> None:
    accounts = start("two-accounts")
    for name in ("USERPLANE_API_KEY", "USERPLANE_WORKSPACE_ID"):
        del accounts.env[name]
    _emulator, beginning, new_key = accounts.blocks

    output = accounts.run(beginning)

    assert re.findall(r"^ +(acme|globex) *: +\"https://(.*?)/", output.rpartition("Outputs:")[2], re.MULTILINE) == [
        ("acme", "help.acme.example"),
        ("globex", "help.globex.example"),
    ]
    assert {link["creator"]["workspaceMemberId"] for link in accounts.live()} == {"mem_owner", "mem_stranger"}
    accounts.sent()

    output = accounts.run(new_key)

    assert "[secret]" in output
    assert "RecordingLink" not in output.partition("Updating")[2]
    assert "~ 1 updated" in output
    assert accounts.sent() == []
    accounts.userplane.set_key_state("uspl_demo", "expired")
    accounts.run("pulumi destroy --refresh")
    assert accounts.live() == []
    assert "uspl_" not in "".join(
        file.read_text(errors="replace") for file in accounts.folder.parent.rglob("*.json*") if file.is_file()
    )


def test_link_catalog_example_works_as_its_readme_says(start: Callable[[str], Example]) -> None:
    catalog = start("link-catalog")
    running, _schema = catalog.blocks

    catalog.run(running)

    marks = Counter(re.sub("#.*", "", link["linkProviderReference"]) for link in catalog.live())
    owner = "pulumi:userplane-link-catalog/{}/catalog:index:TeamLinks${}"
    assert marks == Counter(
        owner.format(stack, link)
        for stack, link in (
            ("dev", "payments-checkout-help"),
            ("dev", "payments-refund-check"),
            ("prod", "payments-checkout-help"),
            ("prod", "mobile-crash-report"),
        )
    )
    catalog.run("pulumi preview --expect-no-changes --stack dev; pulumi preview --expect-no-changes --stack prod")
    catalog.sent()

    # What is reusable is guarded: against another name of the entry or the team, and against another domain.
    renamed = (("  checkout-help:", "  checkout:"), ("mobile:", "phones:"))
    moved = (("domain: help.acme.example\n    project", "domain: app.acme.example\n    project"),)
    deleted = r'::([\w-]+)" cannot be deleted\n *because it is protected'
    replaced = r'unable to replace resource ".*::([\w-]+)"\n *as it is currently marked for protection'
    for edits, refusal, guarded in (
        (renamed, deleted, {"payments-checkout-help", "mobile-crash-report"}),
        (moved, replaced, {"payments-checkout-help"}),
    ):
        for old, new in edits:
            catalog.edit("links.yaml", old, new)
        output = catalog.run("pulumi up --stack prod", code=1)
        assert set(re.findall(refusal, output)) == guarded, output
        for old, new in edits:
            catalog.edit("links.yaml", new, old)

    shown = "links.yaml:18: payments.refund-check.environments.1: Input should be 'dev', 'staging' or 'prod'"
    block = find_block("examples/link-catalog/README.md", "error: the catalog has mistakes, and nothing was changed:")
    assert block.text.splitlines()[1:] == [shown]
    catalog.edit("links.yaml", "[dev, staging]", "[dev, stagin]")
    output = catalog.run("pulumi preview --stack dev", code=1)
    assert_shown(block, output)
    assert "RecordingLink" not in output
    assert "Traceback" not in output
    assert catalog.sent() == []

    catalog.edit("links.yaml", "link_reusable: true\n    link_provider_type: zendesk", "link_reusable: false")
    catalog.edit("links.yaml", "environments: [dev, stagin]", "environments: [staging]")
    catalog.run("pulumi up --stack dev --skip-preview")
    assert sorted(catalog.sent()) == [("DELETE", None), ("PUT", {"linkReusable": False})]


def test_link_catalog_example_writes_its_schema(start: Callable[[str], Example]) -> None:
    catalog = start("link-catalog")
    written = catalog.folder / "links.schema.json"
    as_checked_in = written.read_bytes()
    written.unlink()

    catalog.run(catalog.blocks[1])

    assert written.read_bytes() == as_checked_in


def test_yaml_example_works_as_its_readme_says(start: Callable[[str], Example]) -> None:
    example = start("yaml")
    _installing, beginning, changing, _own_workspace = example.blocks
    # What `pip install` would put there.
    (example.folder / "venv").symlink_to(sys.prefix)

    output = example.run(beginning)

    addresses = re.findall(r'^ +(checkout|crash) *: +"(https://.*)"', output.rpartition("Outputs:")[2], re.MULTILINE)
    links = sorted(example.live(), key=lambda link: str(link["linkTitle"]))
    assert addresses == [("checkout", links[0]["linkURL"]), ("crash", links[1]["linkURL"])]
    assert "$PATH" not in output  # where a plugin is looked for, unless Pulumi.yaml says where it is
    example.sent()

    output = example.run(changing)

    assert output.count('~ linkTitle: "Show us the crash" => "What went wrong?"') == 1
    assert example.sent() == [("PUT", {"linkTitle": "What went wrong?"})]
    example.run("pulumi preview --expect-no-changes")
