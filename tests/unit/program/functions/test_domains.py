"""The look-ups of domains: by address, id or status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane import (
    Domain,
    get_domain,
    get_domains,
)
from tests.support.request_log import RequestLog
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator

pytestmark = pytest.mark.usefixtures("account_of_server")

HELP = Domain("dom_help", "help.acme.example", "verified")

DOMAINS = [
    Domain("dom_help", "help.acme.example", "verified"),
    Domain("dom_app", "app.acme.example", "verified"),
    Domain("dom_new", "new.acme.example", "pending"),
]


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "help.acme.example"},
        {"url": " HTTPS://Help.Acme.example/ "},
        {"url": "http://help.acme.example"},
        {"domain_id": "dom_help"},
        {"domain_id": "dom_help", "url": ""},
        {"domain_id": "dom_help", "workspace_id": "ws_demo"},
    ],
)
def test_get_domain_finds_domain_by_address_or_id(server: Emulator, asked: dict[str, Any]) -> None:
    assert get_domain(**asked) == HELP
    assert len(server.requests) == 1


@pytest.mark.parametrize("asked", [{}, {"url": "a", "domain_id": "b"}, {"url": "", "domain_id": None}])
def test_get_domain_fails_when_not_exactly_one_argument_is_given(server: Emulator, asked: dict[str, Any]) -> None:
    assert refused(lambda: get_domain(**asked)) == "a look-up takes exactly one of url=, domain_id="
    assert server.requests == []


def test_get_domains_returns_all_or_those_of_one_status(server: Emulator) -> None:
    assert get_domains() == DOMAINS
    assert get_domains(status="verified") == DOMAINS[:2]
    assert get_domains(status="pending", workspace_id="ws_demo") == DOMAINS[2:]
    assert get_domains(status="revoked") == []
    assert {request.query for request in RequestLog(server).entries()} == {"page=1&per_page=10"}


def test_get_domains_fails_when_status_is_unknown() -> None:
    assert refused(lambda: get_domains(status="verfied")) == (
        "no domain has the status 'verfied'; ask for one of pending, verified, revoked"
    )
