"""What a look-up says when nothing matches, or several things do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane import (
    get_domain,
    get_project,
)
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator

pytestmark = pytest.mark.usefixtures("account_of_server")


def test_no_match_lists_nearest_names_first() -> None:
    assert refused(lambda: get_domain(url="https://app.acme.exmaple")) == (
        "there is no domain 'app.acme.exmaple' in workspace ws_demo; there are: "
        "app.acme.example (verified, dom_app), help.acme.example (verified, dom_help), "
        "new.acme.example (pending, dom_new)"
    )
    assert refused(lambda: get_project(title="onboarding")) == (
        "there is no project 'onboarding' in workspace ws_demo; there are: "
        "'Onboarding' (prj_onboarding), 'Acme Support' (prj_default)"
    )


def test_find_by_name_fails_when_several_match(server: Emulator) -> None:
    projects = [{"projectId": f"prj_{n}", "projectTitle": "Same"} for n in range(2)]
    server.seed({"projects": projects})
    text = refused(lambda: get_project(title="Same"))
    assert text == (
        "there are 2 projects 'Same' in workspace ws_demo: 'Same' (prj_0), 'Same' (prj_1); look it up by project_id="
    )


def test_no_match_lists_twenty_at_most_or_says_that_there_are_none(server: Emulator) -> None:
    domains = [{"domainId": f"dom_{n}", "domainUrl": f"{n}.example"} for n in range(23)]
    server.seed({"domains": domains, "projects": []})
    text = refused(lambda: get_domain(domain_id="dom_none"))
    assert text.count("verified") == 20
    assert text.endswith(", and 3 more")
    assert refused(lambda: get_project(default=True)) == (
        "there is no default project in workspace ws_demo; there are none"
    )
