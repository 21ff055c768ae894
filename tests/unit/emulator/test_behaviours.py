"""Each behaviour that the API's documentation leaves open, in all its settings."""

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, Api, status_and_code


@pytest.mark.parametrize(("active", "other"), [("meta", "linkMeta"), ("linkMeta", "meta")])
def test_meta_is_ignored_when_sent_under_the_other_key(emulator: Emulator, api: Api, active: str, other: str) -> None:
    emulator.set_behaviours(meta_key=active)  # type: ignore[arg-type]  # parametrised over the literal's values
    link = api.create_link(**{active: {"a": "1"}, other: {"no": "no"}})
    assert link[active] == {"a": "1"}
    assert other not in link
    changed = api.put(f"{LINKS}/{link['linkId']}", {other: 5}).json()["data"]["link"]
    assert changed == link
    assert emulator.links[0]["meta"] == {"a": "1"}


@pytest.mark.parametrize("name", ["meta", "linkMeta"])
def test_create_link_stores_no_meta_when_it_is_null(emulator: Emulator, api: Api, name: str) -> None:
    emulator.set_behaviours(meta_key=name, meta_values="strings")  # type: ignore[arg-type]  # parametrised over the literal's values
    assert api.create_link(**{name: None})[name] is None
    assert api.create_link(**{name: {}})[name] == {}


@pytest.mark.parametrize("name", ["meta", "linkMeta"])
@pytest.mark.parametrize("value", [[], "a", {"a": 5}])
def test_error_names_key_of_request_when_meta_is_refused(
    emulator: Emulator, api: Api, name: str, value: object
) -> None:
    emulator.set_behaviours(meta_key=name, meta_values="strings")  # type: ignore[arg-type]  # as above
    path = f"{LINKS}/{api.create_link()['linkId']}"
    responses = [api.post(LINKS, {"domainId": "dom_help", name: value}), api.put(path, {name: value})]
    assert [response.status_code for response in responses] == [400, 400]
    assert all(response.json()["message"].startswith(f"{name}: ") for response in responses)


def test_meta_is_replaced_or_merged_when_meta_update_says_so(emulator: Emulator, api: Api) -> None:
    link = f"{LINKS}/{api.create_link(meta={'a': '1', 'b': '1'})['linkId']}"
    assert api.put(link, {"meta": {"b": "2"}}).json()["data"]["link"]["meta"] == {"b": "2"}
    emulator.set_behaviours(meta_update="merge")
    assert api.put(link, {"meta": {"c": "3"}}).json()["data"]["link"]["meta"] == {"b": "2", "c": "3"}
    assert api.put(link, {"meta": {}}).json()["data"]["link"]["meta"] == {"b": "2", "c": "3"}
    emulator.set_behaviours(meta_update="replace")
    assert api.put(link, {"meta": {}}).json()["data"]["link"]["meta"] == {}
    emulator.set_behaviours(meta_update="merge")
    fresh = f"{LINKS}/{api.create_link()['linkId']}"
    assert api.put(fresh, {"meta": {"c": "3"}}).json()["data"]["link"]["meta"] == {"c": "3"}


def test_meta_refuses_numbers_when_meta_values_is_strings(emulator: Emulator, api: Api) -> None:
    assert api.create_link(meta={"n": 5})["meta"] == {"n": 5}
    emulator.set_behaviours(meta_values="strings")
    assert status_and_code(api.post(LINKS, {"domainId": "dom_help", "meta": {"n": 5}})) == (400, "BAD_REQUEST")
    assert api.create_link(meta={"n": "5"})["meta"] == {"n": "5"}


@pytest.mark.parametrize(
    ("setting", "title", "reference"), [("clear", None, None), ("keep", "", ""), ("ignore", "old", None)]
)
def test_text_is_cleared_kept_or_ignored_when_it_is_empty(
    emulator: Emulator, api: Api, setting: str, title: str | None, reference: str | None
) -> None:
    emulator.set_behaviours(empty_text=setting)  # type: ignore[arg-type]  # parametrised over the literal's values
    link = api.create_link(linkReference="")
    assert link["linkProviderReference"] == reference
    path = f"{LINKS}/{link['linkId']}"
    api.put(path, {"linkTitle": "old"})
    assert api.put(path, {"linkTitle": ""}).json()["data"]["link"]["linkTitle"] == title


def test_text_is_trimmed_when_trim_text_is_set(emulator: Emulator, api: Api) -> None:
    path = f"{LINKS}/{api.create_link()['linkId']}"
    assert api.put(path, {"linkTitle": " a "}).json()["data"]["link"]["linkTitle"] == " a "
    emulator.set_behaviours(trim_text=True)
    assert api.put(path, {"linkTitle": " a "}).json()["data"]["link"]["linkTitle"] == "a"
    assert api.create_link(linkReference=" r ")["linkProviderReference"] == "r"


def test_field_changes_nothing_when_it_is_ignored(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(ignored_fields=["linkTitle", "meta"])
    link = api.create_link(meta={"a": "1"})
    assert link["meta"] is None
    body = {"linkTitle": 5, "meta": {"a": "1"}, "linkReusable": True}
    changed = api.put(f"{LINKS}/{link['linkId']}", body).json()["data"]["link"]
    assert changed == {**link, "linkReusable": True}


def test_create_link_follows_behaviours_when_provider_type_and_status_are_set(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(default_provider_type="others", created_status=201)
    response = api.post(LINKS, {"domainId": "dom_help"})
    assert response.status_code == 201
    assert response.json()["data"]["link"]["linkProviderType"] == "others"


def test_error_has_framework_shape_when_refused_input_says_so(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(refused_input="framework")
    response = api.get(LINKS, page=0)
    assert response.status_code == 400
    assert response.json()["code"] == "BAD_REQUEST"
    assert "error" not in response.json()
    assert status_and_code(api.get(f"{LINKS}/lnk_none")) == (404, "LINK_NOT_FOUND")
