"""Each unknown of the real API, both ways."""

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, Api, outcome


@pytest.mark.parametrize(("active", "other"), [("meta", "linkMeta"), ("linkMeta", "meta")])
def test_one_name_of_meta_is_known_and_the_other_is_not(emulator: Emulator, api: Api, active: str, other: str) -> None:
    emulator.set_behaviours(meta_key=active)  # type: ignore[arg-type]  # parametrised over the literal's values
    link = api.make(**{active: {"a": "1"}, other: {"no": "no"}})
    assert link[active] == {"a": "1"}
    assert other not in link
    changed = api.put(f"{LINKS}/{link['linkId']}", {other: 5}).json()["data"]["link"]
    assert changed == link
    assert emulator.links[0]["meta"] == {"a": "1"}


@pytest.mark.parametrize("name", ["meta", "linkMeta"])
def test_null_in_a_post_counts_as_no_meta(emulator: Emulator, api: Api, name: str) -> None:
    emulator.set_behaviours(meta_key=name, meta_values="strings")  # type: ignore[arg-type]  # parametrised over the literal's values
    assert api.make(**{name: None})[name] is None
    assert api.make(**{name: {}})[name] == {}


@pytest.mark.parametrize("name", ["meta", "linkMeta"])
@pytest.mark.parametrize("value", [[], "a", {"a": 5}])
def test_a_refused_meta_is_called_as_in_the_request(emulator: Emulator, api: Api, name: str, value: object) -> None:
    emulator.set_behaviours(meta_key=name, meta_values="strings")  # type: ignore[arg-type]  # as above
    path = f"{LINKS}/{api.make()['linkId']}"
    answers = [api.post(LINKS, {"domainId": "dom_help", name: value}), api.put(path, {name: value})]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert all(answer.json()["message"].startswith(f"{name}: ") for answer in answers)


def test_meta_is_replaced_or_merged(emulator: Emulator, api: Api) -> None:
    link = f"{LINKS}/{api.make(meta={'a': '1', 'b': '1'})['linkId']}"
    assert api.put(link, {"meta": {"b": "2"}}).json()["data"]["link"]["meta"] == {"b": "2"}
    emulator.set_behaviours(meta_update="merge")
    assert api.put(link, {"meta": {"c": "3"}}).json()["data"]["link"]["meta"] == {"b": "2", "c": "3"}
    assert api.put(link, {"meta": {}}).json()["data"]["link"]["meta"] == {"b": "2", "c": "3"}
    emulator.set_behaviours(meta_update="replace")
    assert api.put(link, {"meta": {}}).json()["data"]["link"]["meta"] == {}
    emulator.set_behaviours(meta_update="merge")
    fresh = f"{LINKS}/{api.make()['linkId']}"
    assert api.put(fresh, {"meta": {"c": "3"}}).json()["data"]["link"]["meta"] == {"c": "3"}


def test_meta_of_strings_only(emulator: Emulator, api: Api) -> None:
    assert api.make(meta={"n": 5})["meta"] == {"n": 5}
    emulator.set_behaviours(meta_values="strings")
    assert outcome(api.post(LINKS, {"domainId": "dom_help", "meta": {"n": 5}})) == (400, "BAD_REQUEST")
    assert api.make(meta={"n": "5"})["meta"] == {"n": "5"}


@pytest.mark.parametrize(
    ("setting", "title", "reference"), [("clear", None, None), ("keep", "", ""), ("ignore", "old", None)]
)
def test_empty_text(emulator: Emulator, api: Api, setting: str, title: str | None, reference: str | None) -> None:
    emulator.set_behaviours(empty_text=setting)  # type: ignore[arg-type]  # parametrised over the literal's values
    link = api.make(linkReference="")
    assert link["linkProviderReference"] == reference
    path = f"{LINKS}/{link['linkId']}"
    api.put(path, {"linkTitle": "old"})
    assert api.put(path, {"linkTitle": ""}).json()["data"]["link"]["linkTitle"] == title


def test_text_is_trimmed_when_asked(emulator: Emulator, api: Api) -> None:
    path = f"{LINKS}/{api.make()['linkId']}"
    assert api.put(path, {"linkTitle": " a "}).json()["data"]["link"]["linkTitle"] == " a "
    emulator.set_behaviours(trim_text=True)
    assert api.put(path, {"linkTitle": " a "}).json()["data"]["link"]["linkTitle"] == "a"
    assert api.make(linkReference=" r ")["linkProviderReference"] == "r"


def test_fields_that_are_ignored(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(ignored_fields=["linkTitle", "meta"])
    link = api.make(meta={"a": "1"})
    assert link["meta"] is None
    body = {"linkTitle": 5, "meta": {"a": "1"}, "linkReusable": True}
    changed = api.put(f"{LINKS}/{link['linkId']}", body).json()["data"]["link"]
    assert changed == {**link, "linkReusable": True}


def test_what_a_new_link_is(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(default_provider_type="others", created_status=201)
    answer = api.post(LINKS, {"domainId": "dom_help"})
    assert answer.status_code == 201
    assert answer.json()["data"]["link"]["linkProviderType"] == "others"


def test_refusals_in_the_words_of_a_framework(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(refused_input="framework")
    answer = api.get(LINKS, page=0)
    assert answer.status_code == 400
    assert answer.json()["code"] == "BAD_REQUEST"
    assert "error" not in answer.json()
    assert outcome(api.get(f"{LINKS}/lnk_none")) == (404, "LINK_NOT_FOUND")
