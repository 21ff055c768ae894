"""The API's objects: both names of `meta`, fields that the API may add, snake_case."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from pulumi_userplane.api.models import Link, LinkPage, Me, Workspace

WIRE: dict[str, Any] = {
    "linkId": "lnk_1",
    "linkTitle": None,
    "linkType": "recording",
    "linkReusable": False,
    "linkProviderType": "web",
    "linkProviderId": None,
    "linkProviderReference": "ref",
    "linkURL": "https://help.example/r",
    "createdAt": "2026-01-01T00:00:00.000Z",
    "project": {"projectId": "prj_1", "title": None},
    "creator": {"workspaceMemberId": "mem_1", "name": "Ines"},
    "domain": {"domainId": "dom_1", "url": "help.example", "status": "verified"},
}


@pytest.mark.parametrize(
    ("names", "meta"),
    [
        ({}, None),
        ({"meta": None}, None),
        ({"meta": {"a": "1"}}, {"a": "1"}),
        ({"linkMeta": {"a": "1"}}, {"a": "1"}),
        ({"meta": None, "linkMeta": {"a": "1"}}, {"a": "1"}),
        ({"meta": {}, "linkMeta": {"a": "1"}}, {}),
        ({"linkMeta": None}, None),
    ],
)
def test_link_reads_meta_under_either_name(names: dict[str, Any], meta: object) -> None:
    assert Link.model_validate({**WIRE, **names}).meta == meta


def test_link_dumps_snake_case_in_plain_json() -> None:
    link = Link.model_validate({**WIRE, "meta": {"a": [1, None, {"b": True}]}})
    assert json.loads(json.dumps(link.model_dump())) == {
        "link_id": "lnk_1",
        "link_title": None,
        "link_type": "recording",
        "link_reusable": False,
        "link_provider_type": "web",
        "link_provider_id": None,
        "link_provider_ref": "ref",
        "link_url": "https://help.example/r",
        "meta": {"a": [1, None, {"b": True}]},
        "created_at": "2026-01-01T00:00:00.000Z",
        "project": {"project_id": "prj_1", "title": None},
        "creator": {"workspace_member_id": "mem_1", "name": "Ines"},
        "domain": {"domain_id": "dom_1", "url": "help.example", "status": "verified"},
    }


def test_link_accepts_unknown_fields_and_enumeration_values() -> None:
    link = Link.model_validate({**WIRE, "linkType": "hologram", "linkProviderType": "fax", "linkColour": "red"})
    assert (link.link_type, link.link_provider_type) == ("hologram", "fax")
    assert not hasattr(link, "link_colour")


@pytest.mark.parametrize("field", [field for field in WIRE if field != "meta"])
def test_link_raises_when_a_documented_field_is_missing(field: str) -> None:
    with pytest.raises(ValidationError):
        Link.model_validate({key: value for key, value in WIRE.items() if key != field})


@pytest.mark.parametrize("link_id", ["", None, 5])
def test_link_raises_when_its_id_is_empty(link_id: object) -> None:
    with pytest.raises(ValidationError):
        Link.model_validate({**WIRE, "linkId": link_id})


def test_link_is_immutable() -> None:
    with pytest.raises(ValidationError):
        Link.model_validate(WIRE).link_title = "other"  # type: ignore[misc] # that is the point


def test_models_accept_missing_optional_fields() -> None:
    assert Me.model_validate({"user": {"id": "usr_1"}, "stats": {}}).user.email is None
    workspace = {"workspaceId": "ws", "workspaceName": "n", "createdAt": "c", "updatedAt": "u"}
    assert Workspace.model_validate(workspace).workspace_membership is None


PAGINATION = {"page": 1, "perPage": 20, "total": 2, "totalPages": 1, "hasMore": False}


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ([], None),
        ([WIRE], None),
        ([WIRE, {**WIRE, "meta": None}], "meta"),
        ([{**WIRE, "linkMeta": {"a": "b"}}], "linkMeta"),
        ([{**WIRE, "linkMeta": None, "meta": None}], "meta"),
    ],
)
def test_link_page_finds_the_name_of_meta(rows: list[Any], name: str | None) -> None:
    assert LinkPage.model_validate({"links": rows, "pagination": PAGINATION}).meta_field == name


@pytest.mark.parametrize("wrong", [[], {}, {"links": 1}, {"links": [1]}])
def test_link_page_raises_when_data_is_not_a_page(wrong: object) -> None:
    with pytest.raises(ValidationError):
        LinkPage.model_validate(wrong)
