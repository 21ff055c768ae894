"""Each example does what its README says, command by command, on the real CLI and the emulator."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = Path(__file__).parents[2] / "examples"

Start = "Callable[[str], Example]"


class Example:
    """A copy of an example, with the Userplane that its README starts."""

    def __init__(self, folder: Path, env: dict[str, str], userplane: Emulator) -> None:
        self.folder = folder
        self.env = env
        self.userplane = userplane
        readme = (folder / "README.md").read_text(encoding="utf-8")
        self.blocks: list[str] = re.findall(r"^```sh\n(.+?)^```", readme, re.MULTILINE | re.DOTALL)

    def run(self, commands: str, code: int = 0) -> str:
        """Runs commands as a shell does, up to the first that fails, and returns what they print."""
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

    def sent(self) -> list[tuple[str, Any]]:
        """Method and body of each request for links since the last call."""
        sent = [(request.method, request.body) for request in self.userplane.requests if "/links" in request.path]
        self.userplane.clear_requests()
        return sent

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
    for each in running:
        each.stop()


@pytest.mark.parametrize("name", ["adopt", "two-accounts", "link-catalog"])
def test_readme_is_at_most_a_page(name: str) -> None:
    assert len((EXAMPLES / name / "README.md").read_text(encoding="utf-8").splitlines()) <= 60


def test_adopt(start: Callable[[str], Example]) -> None:
    adopt = start("adopt")
    before = adopt.live()
    _emulator, taking_over, removing = adopt.blocks

    said = adopt.run(taking_over)

    assert "+ 4 to create" in said
    assert len(re.findall(r'^ +adopt +: "', said, re.MULTILINE)) == 3
    assert set(re.findall(r"\((lnk_\w+)\) is taken over and keeps its address https://\S+; (.*)", said)) == {
        ("lnk_checkout", "nothing had to be changed"),
        ("lnk_refunds", 'changed: link_title "Refunds und returns" → "Refunds and returns"'),
        ("lnk_crash", "nothing had to be changed"),
    }
    changes = [(method, body) for method, body in adopt.sent() if method != "GET"]
    assert changes == [("PUT", {"linkTitle": "Refunds and returns"})]
    assert "adopt=" in (adopt.folder / "__main__.py").read_text(encoding="utf-8")

    said = adopt.run(removing)

    assert said.count("4 unchanged") == 4  # the refresh has a preview of its own
    assert {method for method, _ in adopt.sent()} == {"GET"}
    before[1]["linkTitle"] = "Refunds and returns"
    assert adopt.live() == before
    assert "protected" in adopt.run("pulumi destroy", code=1)
    assert adopt.live() == before


def test_two_accounts(start: Callable[[str], Example]) -> None:
    accounts = start("two-accounts")
    for name in ("USERPLANE_API_KEY", "USERPLANE_WORKSPACE_ID"):
        del accounts.env[name]
    _emulator, beginning, new_key = accounts.blocks

    said = accounts.run(beginning)

    assert re.findall(r"^ +(acme|globex) *: +\"https://(.*?)/", said.rpartition("Outputs:")[2], re.MULTILINE) == [
        ("acme", "help.acme.example"),
        ("globex", "help.globex.example"),
    ]
    assert {link["creator"]["workspaceMemberId"] for link in accounts.live()} == {"mem_owner", "mem_stranger"}
    accounts.sent()

    said = accounts.run(new_key)

    assert "[secret]" in said
    assert "RecordingLink" not in said.partition("Updating")[2]
    assert "~ 1 updated" in said
    assert accounts.sent() == []
    accounts.userplane.set_key_state("uspl_demo", "expired")
    accounts.run("pulumi refresh; pulumi destroy")
    assert accounts.live() == []
    assert "uspl_" not in "".join(
        file.read_text(errors="replace") for file in accounts.folder.parent.rglob("*.json*") if file.is_file()
    )


def test_two_accounts_needs_the_twin_of_the_look_up(start: Callable[[str], Example]) -> None:
    accounts = start("two-accounts")
    accounts.edit("__main__.py", "get_domain_output(", "get_domain(")
    assert "use the function's _output twin" in accounts.run(accounts.blocks[1], code=1)


def test_link_catalog(start: Callable[[str], Example]) -> None:
    catalog = start("link-catalog")
    running, schema = catalog.blocks

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

    catalog.run(schema)
    assert (catalog.folder / "links.schema.json").read_bytes() == (
        EXAMPLES / "link-catalog" / "links.schema.json"
    ).read_bytes()


def test_link_catalog_guards_what_is_reusable(start: Callable[[str], Example]) -> None:
    catalog = start("link-catalog")
    catalog.run("pulumi stack init dev; pulumi up")
    catalog.sent()

    for old, new in (
        ("  checkout-help:", "  checkout:"),
        ("payments:", "billing:"),
        ("domain: help.acme.example\n    project", "domain: app.acme.example\n    project"),
    ):
        catalog.edit("links.yaml", old, new)
        assert re.search("it is protected|marked for protection", catalog.run("pulumi up", code=1))
        catalog.edit("links.yaml", new, old)
    assert catalog.sent() == []

    catalog.edit("links.yaml", "link_reusable: true\n    link_provider_type: zendesk", "link_reusable: false")
    catalog.run("pulumi up")
    assert catalog.sent() == [("PUT", {"linkReusable": False})]
    catalog.edit("links.yaml", "environments: [dev, staging]", "environments: [staging]")
    catalog.run("pulumi up")
    assert catalog.sent() == [("DELETE", None)]


def test_link_catalog_says_what_is_wrong_before_anything_is_registered(start: Callable[[str], Example]) -> None:
    catalog = start("link-catalog")
    catalog.run("pulumi stack init dev")
    shown = "links.yaml:18: payments.refund-check.environments.1: Input should be 'dev', 'staging' or 'prod'"
    assert f"\n{shown}\n" in (catalog.folder / "README.md").read_text(encoding="utf-8")
    for old, new, said in (
        ("[dev, staging]", "[dev, stagin]", shown),
        (
            "domain: help.acme.example\n    link_title: Show",
            "domain: hlp.acme.example\n    link_title: Show",
            "links.yaml:15: payments.refund-check: there is no domain 'hlp.acme.example' in workspace ws_demo;",
        ),
        ("project: Onboarding", "project: On-boarding", "links.yaml:7: payments.checkout-help: there is no project"),
    ):
        catalog.edit("links.yaml", old, new)
        output = catalog.run("pulumi up --skip-preview", code=1)
        assert said in output
        assert "RecordingLink" not in output
        assert "Traceback" not in output
        catalog.edit("links.yaml", new, old)
    assert catalog.sent() == []
