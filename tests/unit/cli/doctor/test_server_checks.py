"""Checks of what the server says take a server that says less."""

from __future__ import annotations

import pytest

from pulumi_userplane.api.errors import (
    CertificateError,
    ConnectError,
    ProxyError,
    TLSConnectionError,
    UserplaneError,
)
from pulumi_userplane.api.models import Workspace
from pulumi_userplane.cli.doctor.report import Check, build_failure
from pulumi_userplane.cli.doctor.server_checks import check_role


def test_check_role_passes_when_server_tells_no_role() -> None:
    found = Workspace(workspace_id="ws_1", workspace_name="", created_at="", updated_at="")
    assert check_role(found) == Check("role", ok=True, detail="the server does not tell")


def about_proxy(error: UserplaneError) -> UserplaneError:
    error.is_about_intermediary = True
    return error


@pytest.mark.parametrize(
    ("error", "is_named"),
    [
        (about_proxy(ProxyError("x", next_step="check HTTPS_PROXY")), True),
        (CertificateError("x", next_step="check HTTPS_PROXY"), True),
        (TLSConnectionError("x", next_step="check HTTPS_PROXY"), True),
        (ConnectError("x", next_step="check HTTPS_PROXY"), False),
    ],
)
def test_build_failure_names_the_page_on_company_networks(error: UserplaneError, *, is_named: bool) -> None:
    page = "; see docs/company-networks.md of pulumi-userplane" if is_named else ""
    assert build_failure("address", error).advice == f"check HTTPS_PROXY{page}"
