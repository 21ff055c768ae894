"""The two spellings of a link's properties."""

import pytest

from pulumi_userplane.property_names import (
    PYTHON_NAMES,
    nearest_hint,
    to_camel_case,
    to_camel_case_names,
    to_python_names,
    to_python_path,
)

PYTHON = {
    "link_title": "A",
    "mark": "pulumi:p/dev/a",
    "creator": {"workspace_member_id": "m", "name": None},
    "project": {"project_id": "p", "title": "t"},
    "domain": {"domain_id": "d", "url": "u", "status": "verified"},
    "meta": {"link_title": 1, "domainId": {"project_id": 2}},
    "__managed": ["link_title"],
}
CAMEL_CASE = {
    "linkTitle": "A",
    "mark": "pulumi:p/dev/a",
    "creator": {"workspaceMemberId": "m", "name": None},
    "project": {"projectId": "p", "title": "t"},
    "domain": {"domainId": "d", "url": "u", "status": "verified"},
    "meta": {"link_title": 1, "domainId": {"project_id": 2}},
    "__managed": ["link_title"],
}


def test_each_name_goes_there_and_back_and_meta_stays() -> None:
    assert to_camel_case_names(PYTHON) == CAMEL_CASE
    assert to_python_names(CAMEL_CASE) == PYTHON


def test_names_that_are_right_already_or_of_no_property_stay() -> None:
    assert to_python_names(PYTHON) == PYTHON
    assert to_camel_case_names(CAMEL_CASE) == CAMEL_CASE
    assert to_python_names({"fooBar": 1, "foo_bar": 2}) == {"fooBar": 1, "foo_bar": 2}


def test_camel_case_begins_small() -> None:
    assert [to_camel_case(name) for name in ("meta", *PYTHON_NAMES[:2])] == ["meta", "workspaceId", "domainId"]


def test_hint_names_the_nearest_word() -> None:
    assert nearest_hint("linkTitel", ["linkTitle", "meta"]) == "; did you mean 'linkTitle'?"
    assert nearest_hint("nothing", ["linkTitle", "meta"]) == ""


@pytest.mark.parametrize(
    ("path", "in_python"),
    [
        ("linkTitle", "link_title"),
        ("meta.linkTitle", "meta.linkTitle"),
        ('meta["a.b"]', 'meta["a.b"]'),
        ("project.projectId", "project.projectId"),
        ("link_title", "link_title"),
        ("replaceWith", "replaceWith"),
        ('["linkTitle"]', '["linkTitle"]'),
        ("", ""),
    ],
)
def test_path_has_pythons_name_in_front(path: str, in_python: str) -> None:
    assert to_python_path(path) == in_python
