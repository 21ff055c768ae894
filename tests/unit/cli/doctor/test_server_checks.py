"""Checks of what the server says take a server that says less."""

from __future__ import annotations

from pulumi_userplane.api.models import Workspace
from pulumi_userplane.cli.doctor.report import Check
from pulumi_userplane.cli.doctor.server_checks import check_role


def test_check_role_passes_when_server_tells_no_role() -> None:
    found = Workspace(workspace_id="ws_1", workspace_name="", created_at="", updated_at="")
    assert check_role(found) == Check("role", ok=True, detail="the server does not tell")
