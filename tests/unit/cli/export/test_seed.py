"""`export --format seed` writes a seed from which an emulator shows the same workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.emulator import Emulator
from tests.edge_cases import link_payload
from tests.unit.cli.export.export_command import command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_userplane.emulator.schemas import LinkRow
    from tests.unit.cli.export.export_command import Command

NOT_TAKEN = {"linkURL", "creator"}


@pytest.fixture
def export(server: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    run = command("export", server, monkeypatch, tmp_path)
    return lambda *arguments, **more: run("--format", "seed", "--out", tmp_path / "out", *arguments, **more)


def shown(links: list[LinkRow]) -> Iterator[dict[str, Any]]:
    for link in links:
        yield {key: value for key, value in link.items() if key not in NOT_TAKEN}


def test_emulator_shows_same_workspace_when_started_with_seed(
    export: Command, tmp_path: Path, server: Emulator
) -> None:
    server.add_link(
        domainId="dom_app", linkProviderReference="pulumi:shop/prod/a#0123abcd", linkURL="https://secret.example"
    )
    for index in range(60):
        member = ("mem_owner", "mem_admin", "mem_member", "mem_member2")[index % 4]
        server.add_link(**link_payload(index), workspaceMemberId=member)

    done = export()

    file = tmp_path / "out" / "seed.yaml"
    assert f"  pulumi-userplane emulator --seed {file}\n" in done.out
    text = file.read_text()
    assert not [secret for secret in ("@", "uspl_", "secret", "Ines", "Tomas") if secret in text]
    with Emulator(seed=file) as again:
        assert list(shown(again.links)) == list(shown(server.links))
        makers = {link["linkId"]: link["creator"]["workspaceMemberId"] for link in again.links}
        assert [makers[f"lnk_{index:06d}"] for index in range(4)] == [
            "mem_owner",
            "mem_admin",
            "mem_member",
            "mem_member",
        ]
    before = file.read_bytes()
    export()
    assert file.read_bytes() == before


def test_seed_holds_only_links_that_filters_select(export: Command, tmp_path: Path, server: Emulator) -> None:
    for title in ("Help", "Search"):
        server.add_link(domainId="dom_help", linkTitle=title)
    export("--title", "H*")
    with Emulator(seed=tmp_path / "out" / "seed.yaml") as again:
        assert [link["linkTitle"] for link in again.links] == ["Help"]


@pytest.mark.parametrize(
    "times",
    [
        ("2026-01-05T08:00:00Z", "2026-01-05T08:00:00.000Z"),
        ("2026-01-05T10:00:00.1239+02:00", "2026-01-05T08:00:00.124Z"),
        ("2026-01-05T08:00:00.123Z", "2026-01-05T08:00:00.123Z"),
        ("some day", None),
    ],
)
def test_seed_adapts_values_when_emulator_takes_them_otherwise(
    export: Command,
    tmp_path: Path,
    server: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    times: tuple[str, str | None],
) -> None:
    from pulumi_userplane.api import Client

    created_at, expected = times
    server.add_link(domainId="dom_help", projectId="prj_onboarding")
    listed, domains = Client.list_links, Client.list_domains
    monkeypatch.setattr(
        Client,
        "list_links",
        lambda *given, **more: (link.model_copy(update={"created_at": created_at}) for link in listed(*given, **more)),
    )
    # What is deleted or new at Userplane still makes a seed that can be read.
    monkeypatch.setattr(Client, "list_projects", lambda *_: iter([]))
    monkeypatch.setattr(
        Client,
        "list_domains",
        lambda *given: (each.model_copy(update={"domain_status": "expired"}) for each in domains(*given)),
    )
    export()
    with Emulator(seed=tmp_path / "out" / "seed.yaml") as again:
        [link] = again.links
        assert link["createdAt"] == expected or expected is None
        assert link["domain"]["status"] == "pending"
        assert not link["live"]
