"""A probe of an emulator with one behaviour set names that one, and an emulator that takes it over is seen alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.cli.probe.unknowns import EXPECTED
from pulumi_userplane.emulator import Behaviours
from tests.unit.cli.probe.conftest import list_live, see

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
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
    assert defaults.pop("rate_limit") == 0
    assert defaults == EXPECTED


def test_each_behaviour_has_a_case() -> None:
    # A 429 is seen only by chance.
    assert EXPECTED.keys() == VALUES.keys() | {"retry_after"}


@pytest.mark.parametrize(("name", "value"), CASES)
def test_probe_names_the_behaviour_that_is_set_and_no_other(
    server: Emulator, run_probe: RunProbe, name: str, value: Any
) -> None:
    add_links(server)
    server.set_behaviours(**{name: value})  # type: ignore[misc]  # parametrised over the fields
    outcome = run_probe()
    assert outcome.error is None
    assert see(outcome) == {name: value}
    assert len(list_live(server)) == 4
    assert outcome.cleanup.is_clean
    assert outcome.requests == len(server.requests) <= 40


@pytest.mark.parametrize(("name", "value"), CASES)
def test_emulator_like_the_findings_answers_alike(server: Emulator, run_probe: RunProbe, name: str, value: Any) -> None:
    add_links(server)
    server.set_behaviours(**{name: value})  # type: ignore[misc]  # as above
    first = run_probe()
    behaviours = Behaviours.model_validate(
        {finding.id: finding.seen for finding in first.findings if not finding.not_tried}
    )
    server.reset()
    add_links(server)
    server.set_behaviours(**behaviours.model_dump())
    assert run_probe().findings == first.findings
