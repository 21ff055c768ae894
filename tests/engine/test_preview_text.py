"""The preview shows each kind of change as in the snapshot, word for word, without noise."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.yaml_stack import YamlStack, describe_link

if TYPE_CHECKING:
    from tests.engine.stack import Stack

SNAPSHOTS = Path(__file__).parent / "snapshots"
CLI = "v3.276."

Links = dict[str, dict[str, object]]

BEFORE: Links = {
    "title": {"link_title": "Help"},
    "meta": {"link_title": "Help", "meta": {"team": "payments", "tier": 1, "old": "x"}},
    "removed-argument": {"link_title": "Help", "link_reusable": True},
    "another-domain": {"link_title": "Help", "meta": {"team": "payments"}},
    "deleted": {"link_title": "Help", "meta": {"team": "payments"}},
    "unchanged": {"link_title": "Help", "meta": {"team": "payments"}},
    "edited-by-hand": {"link_title": "Help", "meta": {"team": "payments"}},
    "deleted-by-hand": {"link_title": "Help"},
}
AFTER: Links = {
    "new": {"link_title": "Help", "link_reusable": True, "meta": {"team": "payments"}},
    "title": {"link_title": "Helpdesk"},
    "meta": {"link_title": "Help", "meta": {"team": "payments", "tier": 2, "new": "y"}},
    "removed-argument": {"link_title": "Help"},
    "another-domain": {"link_title": "Help", "meta": {"team": "payments"}, "domain_id": "dom_app"},
    "unchanged": BEFORE["unchanged"],
    "edited-by-hand": BEFORE["edited-by-hand"],
    "deleted-by-hand": BEFORE["deleted-by-hand"],
}
_RESOURCE = re.compile(r"\n(?= *\S{0,2} *[\w-]+:[\w/-]+:\w+: \()")
REFRESHED = ("edited-by-hand", "deleted-by-hand", "unchanged")
HOST = re.compile(r"127\.0\.0\.1:\d+")


def _declare(stack: Stack, links: Links, retained: Links, looked_up: dict[str, str]) -> None:
    """Writes the program of these links, all in one domain if they say no other; looked-up ones have an id."""
    placed, kept = (
        {name: {"domain_id": "dom_help", **fields} for name, fields in group.items()} for group in (links, retained)
    )
    if isinstance(stack, YamlStack):
        resources = {name: describe_link(fields) for name, fields in placed.items()}
        resources |= {name: describe_link(fields, {"retainOnDelete": True}) for name, fields in kept.items()}
        found = {name: {"type": stack.link_type, "get": {"id": link_id}} for name, link_id in looked_up.items()}
        stack.define(resources=resources | found)
        return
    lines = [f"userplane.RecordingLink({name!r}, {fields!r})" for name, fields in placed.items()]
    opts = "pulumi.ResourceOptions(retain_on_delete=True)"
    lines += [f"userplane.RecordingLink({name!r}, {fields!r}, {opts})" for name, fields in kept.items()]
    lines += [f"userplane.RecordingLink.get({name!r}, {link_id!r})" for name, link_id in looked_up.items()]
    stack.program("\n".join(lines))


def _prepare(stack: Stack) -> None:
    """Creates the links of `BEFORE`, changes two of them outside Pulumi, and declares `AFTER`."""
    by_hand = [stack.userplane.add_link(domainId="dom_help", linkTitle=title)["linkId"] for title in ("Old", "Other")]
    kept: Links = {"retained": {"link_title": "Help"}, "retained-on-another-domain": {"link_title": "Help"}}
    _declare(stack, BEFORE, kept, {})
    stack.up()
    created = stack.links()
    stack.userplane.edit_link(created["edited-by-hand"]["id"], linkTitle="By hand", meta={"team": "x"})
    stack.userplane.delete_link(created["deleted-by-hand"]["id"])
    adopted: Links = {"adopted": {"link_title": "New", "adopt": by_hand[0]}}
    moved: Links = {"retained-on-another-domain": {"link_title": "Help", "domain_id": "dom_app"}}
    _declare(stack, {**AFTER, **adopted}, moved, {"looked-up": by_hand[1]})


def _normal(text: str) -> str:
    """Returns the text without what differs from run to run: ids, addresses, times."""
    text = re.sub(r"\[(urn=urn:pulumi:dev::p::.*?::|id=|provider=).*?\]", _short, text)
    text = HOST.sub("127.0.0.1:PORT", text)
    for pattern, word in (
        (r"lnk_\w+", "LINK"),
        (r"(?<=session=)[\w-]+", "SESSION"),
        (r"#[0-9a-f]{8}\b", "#MARK"),
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    ):
        text = re.sub(pattern, word, text)
    return text


def _short(match: re.Match[str]) -> str:
    return match[0] if match[1].startswith("urn") else f"[{match[1]}...]"


def _blocks(diff: str, link_type: str) -> dict[str, list[str]]:
    """Returns what `--diff` shows of each link by its name, line by line."""
    # A warning stands wherever it came in.
    details = re.sub(r"^warning: .*\n", "", diff.partition("\nResources:")[0], flags=re.MULTILINE)
    found: dict[str, list[str]] = {}
    for block in _RESOURCE.split(details):
        if f"{link_type}: (" in block:
            [name] = re.findall(r"\[urn=.*::(.+)\]", block)
            found.setdefault(name, []).append(block.rstrip())
    return found


def _rows(table: str, link_type: str) -> dict[str, list[str]]:
    """Returns the rows of the plain preview by the link's name; their columns are as wide as the longest name."""
    found: dict[str, list[str]] = {}
    for line in table.partition("\nDiagnostics:")[0].partition("\nResources:")[0].splitlines():
        row = " ".join(line.split())
        _, is_link, rest = row.partition(f"{link_type} ")
        if is_link and " refreshing" not in row:
            rows = found.setdefault(rest.split()[0], [])
            # The stack's row is written again whenever something happens there.
            rows += [] if row in rows else [row]
    return found


def _section(title: str, shown: dict[str, list[str]]) -> list[str]:
    names = sorted(name for name in shown if "--refresh" not in title or name in REFRESHED)
    return [f"===== {title} =====", *(f"----- {name}\n" + "\n".join(shown[name]) for name in names)]


@pytest.fixture
def cli_is_the_snapshots(pulumi_env: dict[str, str]) -> bool:
    """Returns whether this CLI is the one of the snapshot; others may use other words."""
    return subprocess.check_output(["pulumi", "version"], env=pulumi_env, text=True).startswith(CLI)


@pytest.mark.parametrize(("door", "snapshot"), [("stack", "preview.txt"), ("yaml_stack", "preview-plugin.txt")])
def test_preview_reads_as_in_snapshot(
    door: str, snapshot: str, cli_is_the_snapshots: bool, request: pytest.FixtureRequest
) -> None:
    stack: Stack = request.getfixturevalue(door)
    _prepare(stack)
    # One at a time, or what is read of a looked-up link stands below any other.
    ways = {
        f"pulumi {' '.join(way)}": (read, _normal(stack.pulumi(*way, "--parallel", "1")))
        for way, read in (
            (("preview", "--diff"), _blocks),
            (("preview",), _rows),
            (("preview", "--refresh", "--diff"), _blocks),
            (("preview", "--refresh"), _rows),
        )
    }

    output = "\n".join(text for _, text in ways.values())
    assert re.findall(r"__(?:provider|managed|server|v|lookup|unverified)\b", output) == []
    assert 'recording link "pulumi:p/dev/deleted-by-hand" (LINK) was deleted outside Pulumi (410 LINK_GONE)' in output
    if not cli_is_the_snapshots:
        pytest.skip(f"the snapshot is of CLI {CLI}*")
    sections = [_section(way, read(text, stack.link_type)) for way, (read, text) in ways.items()]
    shown = "\n".join(line for section in sections for line in section) + "\n"
    file = SNAPSHOTS / snapshot
    if "WRITE_SNAPSHOTS" in os.environ:
        file.write_text(shown, "utf-8")
    assert shown == file.read_text("utf-8")
