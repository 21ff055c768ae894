"""A probe of an emulator with one behaviour set names that one, and an emulator that takes it over is seen alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.cli.probe.findings import build_report
from pulumi_userplane.cli.probe.unknowns import EXPECTED
from pulumi_userplane.emulator import Behaviours, Emulator
from tests.unit.cli.probe.conftest import list_live, see

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.probe.conftest import RunProbe

LENGTHS = ("shorter", "longer", "cut")
ODD_BODY = {"type": "…", "errors": [{"path": ["…"], "code": "TOO_LONG"}], "count": 0, "ok": False, "trace": None}
VALUES: dict[str, tuple[Any, ...]] = {
    "meta_key": ("linkMeta",),
    "meta_returned_as": ("other",),
    "meta_update": ("merge",),
    "meta_values": ("strings", "text", "drop"),
    "null_meta": ("clear", "ignore"),
    "empty_meta": ("clear", "ignore", "refuse"),
    "empty_text": ("keep", "ignore", "refuse"),
    "null_text": ("clear", "ignore"),
    "trim_text": (True,),
    "left_out": ("clear",),
    "reference_after_update": ("clear",),
    "ignored_fields": (
        *([name] for name in ("linkTitle", "linkReusable", "linkProviderType", "linkProviderId", "linkProviderRef")),
        *(["linkReference"], ["meta"], ["linkProviderId", "linkTitle"]),
    ),
    "unknown_fields": ("refuse",),
    "title_length": LENGTHS,
    "provider_id_length": LENGTHS,
    "reference_length": LENGTHS,
    "created_reference_length": LENGTHS,
    "created_status": (201, 202),
    "updated_status": (201, 202),
    "default_link_type": ("session", "new_type"),
    "default_provider_type": ("zendesk", "new_desk"),
    "default_reusable": (True,),
    "default_title": ("empty", "text"),
    "default_provider_id": ("empty", "text"),
    "default_meta": ("empty",),
    "refused_status": (422, 409),
    "refused_input": ("framework", "text", ODD_BODY, {"error": "VALIDATION_FAILED", "message": "…"}),
    "unverified_domain": ("taken", "403 DOMAIN_NOT_VERIFIED", "500 LINK_CREATE_FAILED"),
    "unknown_domain": ("taken", "404 DOMAIN_NOT_FOUND"),
    "unknown_project": ("taken", "input", "410 LINK_PROJECT_DELETED", "403 FORBIDDEN"),
    "second_delete": ("taken", "404 LINK_NOT_FOUND", "input"),
    "list_order": ("oldest", "title", "other"),
    "links_per_page": ("take", 20, 5),
    "projects_per_page": ("take", 10),
    "domains_per_page": ("refuse", 50),
    "members_per_page": ("refuse", 10),
    "listed_at_once": (False,),
    "search_reference": ("whole", "beginning"),
    "date_header": (False,),
    "rate_headers": (["ratelimit-remaining", "x-ratelimit-limit"],),
}
CASES = [(name, value) for name, values in VALUES.items() for value in values]


def add_links(server: Emulator) -> None:
    """Adds links by which each order of a list can be told from the others."""
    for link_id, title in (("lnk_4", "b"), ("lnk_2", "c"), ("lnk_3", "a"), ("lnk_1", "d")):
        server.add_link(domainId="dom_help", linkId=link_id, linkTitle=title)


def test_unknowns_are_the_behaviours_with_their_defaults() -> None:
    defaults = Behaviours().model_dump(mode="json")
    assert (defaults.pop("rate_limit"), defaults.pop("daily_limit")) == (0, 0)
    assert defaults == EXPECTED


def test_each_behaviour_has_a_case() -> None:
    # A 429 is seen only by chance.
    assert EXPECTED.keys() == VALUES.keys() | {"retry_after"}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), CASES)
def test_probe_names_the_behaviour_that_is_set_and_its_report_reproduces_it(
    server: Emulator, run_probe: RunProbe, tmp_path: Path, name: str, value: Any
) -> None:
    add_links(server)
    server.set_behaviours(**{name: value})
    outcome = run_probe()
    assert outcome.error is None
    assert see(outcome) == {name: value}
    assert len(list_live(server)) == 4
    assert outcome.cleanup.is_clean
    assert outcome.requests == len(server.requests) <= 40
    report = tmp_path / "report.json"
    report.write_text(json.dumps(build_report(outcome.findings)))
    with Emulator(like=report) as like:
        add_links(like)
        assert run_probe(server=like).findings == outcome.findings


COMBINATIONS: tuple[dict[str, Any], ...] = (
    {"meta_key": "linkMeta", "unknown_fields": "refuse", "meta_returned_as": "other"},
    {"unknown_fields": "refuse", "meta_returned_as": "other"},
    {"meta_key": "linkMeta", "meta_returned_as": "other", "created_reference_length": "shorter"},
    {"meta_key": "linkMeta", "ignored_fields": ["linkMeta"], "meta_update": "merge"},
    {"trim_text": True, "empty_text": "ignore", "null_text": "clear", "left_out": "clear"},
    {"refused_input": "text", "refused_status": 422, "unverified_domain": "404", "unknown_project": "input"},
    {"refused_input": "framework", "unknown_fields": "refuse", "unknown_domain": "404", "second_delete": "404"},
    {"meta_update": "merge", "empty_meta": "keep", "null_meta": "ignore", "meta_values": "strings"},
    {"title_length": "shorter", "provider_id_length": "longer", "reference_length": "cut"},
    {"domains_per_page": "refuse", "members_per_page": 10, "links_per_page": "take", "listed_at_once": False},
    {"ignored_fields": ["linkTitle", "linkProviderId", "linkProviderRef", "linkReference", "linkReusable"]},
    {"default_title": "text", "ignored_fields": ["linkTitle"], "trim_text": True},
    {"default_title": "text", "default_meta": "empty", "default_reusable": True, "default_provider_type": "zendesk"},
)


@pytest.mark.parametrize("behaviours", COMBINATIONS)
def test_report_reproduces_what_a_probe_can_see_of_several_behaviours(
    server: Emulator, run_probe: RunProbe, tmp_path: Path, behaviours: dict[str, Any]
) -> None:
    add_links(server)
    server.set_behaviours(**behaviours)
    outcome = run_probe()
    assert (outcome.error, outcome.cleanup.is_clean) == (None, True)
    assert "unclear" not in see(outcome).values()
    assert any(name in see(outcome) for name in behaviours)
    expected = {name: sorted(value) if isinstance(value, list) else value for name, value in behaviours.items()}
    seen = see(outcome)
    assert {name: seen[name] for name in seen if name in expected} == {
        name: expected[name] for name in seen if name in expected
    }
    report = tmp_path / "report.json"
    report.write_text(json.dumps(build_report(outcome.findings)))
    with Emulator(like=report) as like:
        add_links(like)
        assert run_probe(server=like).findings == outcome.findings


@pytest.mark.parametrize(("name", "is_returned_as_other"), [("meta", True), ("linkMeta", True), ("linkMeta", False)])
def test_probe_finds_the_name_of_the_map_of_a_server_that_refuses_the_other(
    server: Emulator, run_probe: RunProbe, name: Any, is_returned_as_other: bool
) -> None:
    returned_as: Any = "other" if is_returned_as_other else "same"
    server.set_behaviours(meta_key=name, unknown_fields="refuse", meta_returned_as=returned_as)
    outcome = run_probe()
    seen = {finding.id: finding.seen for finding in outcome.findings}
    assert (seen["meta_key"], seen["meta_returned_as"], seen["unknown_fields"]) == (name, returned_as, "refuse")
