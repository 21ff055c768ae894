"""An entry of an import file holds the whole live link, and declares what differs from a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane import diff
from pulumi_userplane.api import Link
from pulumi_userplane.cli import import_entries
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from pulumi_userplane.property_names import to_python_names
from tests.support.operations import BLOB

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator

MARK = "pulumi:p/dev/help"


def entry(server: Emulator, **fields: Any) -> dict[str, Any]:
    row = server.add_link(domainId="dom_help", **fields)
    return import_entries.build_entry(Link.model_validate(row), "help", MARK, "ws_demo", "https://api.test")


def test_entry_declares_only_location_when_link_is_new(server: Emulator) -> None:
    made = entry(server, linkProviderReference=f"{MARK}#0123abcd")
    place = {"workspace_id": "ws_demo", "domain_id": "dom_help", "project_id": "prj_default"}
    assert made["inputs"] == {"__provider": BLOB, "mark": MARK, **place}
    assert (made["type"], made["name"], made["id"]) == (LINK_TYPE, "help", made["outputs"]["link_id"])
    outputs = made["outputs"]
    assert outputs["__provider"] == BLOB
    assert (outputs[diff.MANAGED], outputs[diff.SERVER]) == ([], "https://api.test")
    assert outputs["link_provider_ref"] == f"{MARK}#0123abcd"
    assert not diff.has_difference(outputs, made["inputs"])


@pytest.mark.parametrize(
    ("wire", "key", "value"),
    [
        ("linkTitle", "link_title", "Help"),
        ("linkReusable", "link_reusable", True),
        ("linkProviderType", "link_provider_type", "zendesk"),
        ("linkProviderId", "link_provider_id", "7"),
        ("linkProviderReference", "link_provider_ref", "own"),
        ("linkProviderReference", "link_provider_ref", "pulumi:p/dev/other#0123abcd"),
        ("meta", "meta", {"a": 1}),
    ],
)
def test_entry_declares_field_when_it_differs_from_new_link(server: Emulator, wire: str, key: str, value: Any) -> None:
    made = entry(server, **{wire: value})
    assert made["inputs"][key] == value
    assert made["outputs"][diff.MANAGED] == [key]
    assert not diff.has_difference(made["outputs"], made["inputs"])


def test_entry_declares_no_reference_of_creation_when_mark_is_unknown(server: Emulator) -> None:
    for reference, fields in (("pulumi:p/dev/other#0123abcd", []), ("ticket#7", ["link_provider_ref"])):
        link = Link.model_validate(server.add_link(domainId="dom_help", linkProviderReference=reference))
        made = import_entries.build_entry(link, "help", None, "ws_demo", "https://api.test")
        assert made["outputs"][diff.MANAGED] == fields
        assert "mark" not in made["inputs"]
        assert not diff.has_difference(made["outputs"], made["inputs"])


def test_entry_of_plugin_has_its_names_and_no_pickle(server: Emulator) -> None:
    link = Link.model_validate(server.add_link(domainId="dom_help", linkTitle="Help", meta={"link_title": "x"}))
    dynamic, plugin = (
        import_entries.build_entry(link, "help", MARK, "ws_demo", "https://api.test", link_type=link_type)
        for link_type in (LINK_TYPE, PLUGIN_LINK_TYPE)
    )
    assert (plugin["type"], plugin["name"], plugin["id"]) == ("userplane:index:RecordingLink", "help", link.link_id)
    assert plugin["inputs"]["linkTitle"] == "Help"
    assert plugin["outputs"]["project"] == {"projectId": "prj_default", "title": "Acme Support"}
    assert plugin["outputs"]["meta"] == {"link_title": "x"}
    for part in ("inputs", "outputs"):
        assert {"__provider": BLOB, **to_python_names(plugin[part])} == dynamic[part]
        assert not any("_" in key.lstrip("_") for key in plugin[part])
