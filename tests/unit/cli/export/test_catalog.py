"""`export --format catalogue` writes the YAML file of the example, and an import file of components and links."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pulumi_userplane import diff
from pulumi_userplane.link_types import LINK_TYPE
from tests.edge_cases import TITLES, link_payload
from tests.unit.cli.export.export_command import command

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.unit.cli.export.export_command import Command

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SCHEMA = json.loads((Path(__file__).parents[4] / "examples/link-catalog/links.schema.json").read_text())


@pytest.fixture
def export(server: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    run = command("export", server, monkeypatch, tmp_path)
    return lambda *arguments, **more: run("--format", "catalogue", "--out", tmp_path / "out", *arguments, **more)


def add(server: Emulator, title: str, team: Any = None, **fields: Any) -> str:
    meta = None if team is None else {"team": team}
    return server.add_link(**{"domainId": "dom_help", "linkTitle": title, "meta": meta, **fields})["linkId"]


def catalogue(tmp_path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    content: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((tmp_path / "out" / "links.yaml").read_text())
    return content


def resources(tmp_path: Path) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = json.loads((tmp_path / "out" / "import.json").read_text())["resources"]
    return content


def test_catalog_lists_links_by_team_and_name(export: Command, tmp_path: Path, server: Emulator) -> None:
    add(server, "Checkout help", "payments", projectId="prj_onboarding", linkReusable=True, linkProviderId="4711")
    add(server, "Refunds", "Payments!")
    add(server, "Anything", 5, domainId="dom_app")

    done = export()

    assert (tmp_path / "out" / "links.yaml").read_text() == (
        "# Written by `pulumi-userplane export`.\n"
        "# yaml-language-server: $schema=./links.schema.json\n"
        "payments:\n"
        "  checkout-help:\n"
        "    domain: help.acme.example\n"
        "    project: Onboarding\n"
        "    link_title: Checkout help\n"
        "    link_reusable: true\n"
        "    link_provider_id: '4711'\n"
        "    meta:\n"
        "      team: payments\n"
        "  refunds:\n"
        "    domain: help.acme.example\n"
        "    link_title: Refunds\n"
        "    meta:\n"
        "      team: Payments!\n"
        "unassigned:\n"
        "  anything:\n"
        "    domain: app.acme.example\n"
        "    link_title: Anything\n"
        "    meta:\n"
        "      team: 5\n"
    )
    assert [
        (each["type"], each.get("logicalName", each["name"]), each.get("parent")) for each in resources(tmp_path)
    ] == [
        ("catalog:index:TeamLinks", "payments", None),
        (LINK_TYPE, "payments-checkout-help", "team payments"),
        (LINK_TYPE, "payments-refunds", "team payments"),
        ("catalog:index:TeamLinks", "unassigned", None),
        (LINK_TYPE, "unassigned-anything", "team unassigned"),
    ]
    assert [each.get("component") for each in resources(tmp_path)] == [True, None, None, True, None]
    assert "links.yaml, import.json\n" in done.out
    assert "  pulumi import --file import.json --generate-code=false\n" in done.out


def test_catalog_fits_schema_and_import_file_when_links_are_odd(
    export: Command, tmp_path: Path, server: Emulator
) -> None:
    links = {
        link["linkId"]: link for link in (server.add_link(**link_payload(index)) for index in range(2 * len(TITLES)))
    }
    export("--with", "adopt")
    adopting = catalogue(tmp_path)
    export()
    teams = catalogue(tmp_path)
    imported = {each["name"]: each for each in resources(tmp_path) if each["type"] == LINK_TYPE}
    known = set(SCHEMA["$defs"]["Link"]["properties"])
    for team, entries in teams.items():
        for name, entry in entries.items():
            assert NAME.fullmatch(team)
            assert NAME.fullmatch(name)
            assert set(entry) <= known
            record = imported.pop(f"{team}-{name}")
            fields = {key: entry[key] for key in diff.PUT_FIELDS if key in entry}
            assert fields == {key: record["inputs"][key] for key in diff.PUT_FIELDS if key in record["inputs"]}
            assert ("project" in entry) == ("project_id" in record["inputs"])
            link_id = record["id"]
            assert adopting[team][name] == {**entry, "adopt": link_id}
            assert (entry.get("link_title") or "") == (links.pop(link_id)["linkTitle"] or "")
    assert not imported
    assert not links
    assert list(teams) == sorted(teams)
    before = (tmp_path / "out" / "links.yaml").read_bytes()
    export()
    assert (tmp_path / "out" / "links.yaml").read_bytes() == before


def test_catalog_gives_unique_names_when_team_and_name_could_collide(
    export: Command, tmp_path: Path, server: Emulator
) -> None:
    add(server, "c", "a b")
    late = add(server, "b c", "a")
    add(server, "c", "a")
    export()
    names = [each["name"] for each in resources(tmp_path) if each["type"] == LINK_TYPE]
    assert sorted(names) == sorted(["a-b-c", f"a-b-c-{late[-6:]}", "a-c"])


def test_catalog_keeps_earlier_name_while_team_is_the_same(export: Command, tmp_path: Path, server: Emulator) -> None:
    oldest = add(server, "Help", "pay", createdAt="2026-01-05T08:00:00.000Z")
    stays = add(server, "Help", "pay")
    moves = add(server, "Search", "pay")
    export()
    server.delete_link(oldest)
    server.edit_link(stays, linkTitle="Refunds")
    server.edit_link(moves, linkTitle="Find", meta={"team": "ops"})
    export()
    assert {team: list(links) for team, links in catalogue(tmp_path).items()} == {
        "ops": ["find"],
        "pay": [f"help-{stays[-6:]}"],
    }


def test_catalog_leaves_out_links_when_it_cannot_express_them(
    export: Command, tmp_path: Path, server: Emulator
) -> None:
    server.seed(
        {
            "domains": [
                {"domainId": "dom_1", "domainUrl": "one.example"},
                {"domainId": "dom_2", "domainUrl": "two.example"},
                {"domainId": "dom_3", "domainUrl": "https://TWO.example/"},
            ]
        }
    )
    add(server, "Clear", domainId="dom_1")
    unclear = add(server, "Unclear", domainId="dom_2")
    made = add(server, "Made", domainId="dom_1", linkProviderReference="pulumi:shop/prod/a#0123abcd")

    done = export("--all", "--with", "adopt")

    assert f'- left out, since their domain or project has no unique name: {unclear} titled "Unclear"\n' in done.out
    assert f'since a catalog can\'t name the mark to adopt them: {made} titled "Made"\n' in done.out
    assert list(catalogue(tmp_path)["unassigned"]) == ["clear"]
    assert "  sed -i.bak '/^    adopt: /d' links.yaml\n" in done.out
    export("--all")
    assert list(catalogue(tmp_path)["unassigned"]) == ["clear", "made"]
    done = export("--domain", "dom_3", "--domain", "dom_2", code=1)
    assert "\n- left out, since their domain" in done.errors
    assert "\nthere is no link to export; change the filters" in done.errors
