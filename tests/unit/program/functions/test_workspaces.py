"""The look-ups of projects, members, workspaces and the key's owner return all there are."""

from __future__ import annotations

import pytest

from pulumi_userplane import (
    Member,
    Project,
    User,
    Workspace,
    get_members,
    get_projects,
    get_user,
    get_workspaces,
)
from tests.unit.conftest import refused

pytestmark = pytest.mark.usefixtures("account_of_server")


def test_look_ups_return_projects_members_workspaces_and_user() -> None:
    assert get_projects() == [
        Project("prj_default", "Acme Support", is_default=True),
        Project("prj_onboarding", "Onboarding", is_default=False),
    ]
    assert get_members() == [
        Member("mem_owner", "Ines Calder", "ines@acme.example", "owner"),
        Member("mem_admin", "Tomas Wren", "tomas@acme.example", "admin"),
        Member("mem_member", "Priya Nand", "priya@acme.example", "member"),
        Member("mem_member2", "Joel Abara", "joel@acme.example", "member"),
    ]
    assert get_workspaces() == [Workspace("ws_demo", "Acme Support")]
    assert get_user() == User("usr_owner", "Ines Calder", "ines@acme.example")


def test_get_workspaces_and_get_user_work_when_no_workspace_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USERPLANE_WORKSPACE_ID")
    assert [workspace.workspace_id for workspace in get_workspaces()] == ["ws_demo"]
    assert get_user().id == "usr_owner"
    assert "no workspace is set; set it with" in refused(get_members)
