"""Declarations of links that the tests share, and the same links in the emulator."""

from typing import Any

from pulumi_userplane.emulator import Emulator
from tests.support.operations import Properties

MINIMAL: Properties = {"domain_id": "dom_help", "mark": "pulumi:p/s/minimal"}
FULL: Properties = {
    "workspace_id": "ws_demo",
    "domain_id": "dom_app",
    "project_id": "prj_onboarding",
    "link_title": "Überprüfung ✓",
    "link_reusable": True,
    "link_provider_type": "zendesk",
    "link_provider_id": "z-1",
    "link_provider_ref": "ticket 7",
    "meta": {"n": 5, "half": 0.5, "list": [1, None, {"deep": True}], "text": "x"},
    "mark": "pulumi:p/s/full",
}
CHANGES: dict[str, Any] = {
    "link_title": "Other",
    "link_reusable": False,
    "link_provider_type": "linear",
    "link_provider_id": "l-2",
    "link_provider_ref": "LIN-3",
    "meta": {"n": 6},
}
"""Another value for each field that a PUT can change."""

WIRE = {
    "link_title": "linkTitle",
    "link_reusable": "linkReusable",
    "link_provider_type": "linkProviderType",
    "link_provider_id": "linkProviderId",
    "link_provider_ref": "linkProviderRef",
    "meta": "meta",
}
"""The names of these fields in the body of a PUT."""

ANSWERED = {**WIRE, "link_provider_ref": "linkProviderReference"}
"""Their names in an answer, and where a link is edited by hand."""


def live(userplane: Emulator, link_id: str) -> Any:
    """Returns the link as the emulator has it."""
    return next(link for link in userplane.links if link["linkId"] == link_id)
