"""The look-ups of projects: by title, by id, or the default one."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane import (
    Project,
    get_project,
)
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator

pytestmark = pytest.mark.usefixtures("account_of_server")

ONBOARDING = Project("prj_onboarding", "Onboarding", is_default=False)

DEFAULT = Project("prj_default", "Acme Support", is_default=True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"title": "Onboarding"}, ONBOARDING),
        ({"project_id": "prj_onboarding"}, ONBOARDING),
        ({"default": True}, DEFAULT),
        ({"default": False, "title": "Onboarding"}, ONBOARDING),
    ],
)
def test_get_project_finds_project_by_title_or_id_or_default(
    server: Emulator, asked: dict[str, Any], found: Project
) -> None:
    assert get_project(**asked) == found
    assert len(server.requests) == 1


@pytest.mark.parametrize("asked", [{}, {"title": "a", "default": True}, {"default": False}])
def test_get_project_fails_when_not_exactly_one_argument_is_given(asked: dict[str, Any]) -> None:
    assert refused(lambda: get_project(**asked)) == "a look-up takes exactly one of title=, project_id=, default="


def test_get_project_lists_projects_when_id_is_deleted_or_unknown(server: Emulator) -> None:
    server.delete_project("prj_onboarding")
    for missing in ("prj_onboarding", "prj_none"):
        text = refused(functools.partial(get_project, project_id=missing))
        assert text == f"there is no project '{missing}' in workspace ws_demo; there are: 'Acme Support' (prj_default)"


def test_get_project_shows_server_error_when_request_is_refused(server: Emulator) -> None:
    server.fault(path="/projects/", answer="status", status=403, code="FORBIDDEN")
    assert "403 FORBIDDEN" in refused(lambda: get_project(project_id="prj_default"))
