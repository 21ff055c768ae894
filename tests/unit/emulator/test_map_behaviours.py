"""Each behaviour of the map, in all its settings."""

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


@pytest.mark.parametrize(("sent", "returned"), [("meta", "linkMeta"), ("linkMeta", "meta")])
def test_meta_is_returned_under_the_other_key_when_meta_returned_as_says_so(
    emulator: Emulator, api: Api, sent: str, returned: str
) -> None:
    emulator.set_behaviours(meta_key=sent, meta_returned_as="other")  # type: ignore[arg-type]  # parametrised over the literal's values
    created = api.create_link(**{sent: {"a": "1"}, returned: {"no": "no"}})
    path = f"{LINKS}/{created['linkId']}"
    changed = api.put(path, {sent: {"b": "2"}}).json()["data"]["link"]
    (listed,) = api.get(LINKS).json()["data"]["links"]
    assert [link[returned] for link in (created, changed, listed)] == [{"a": "1"}, {"b": "2"}, {"b": "2"}]
    assert all(sent not in link for link in (created, changed, listed))


MIXED: dict[str, object] = {"t": "a", "n": 5, "f": 0.5, "yes": True, "none": None, "l": [1, "é"], "m": {"k": 1}}


@pytest.mark.parametrize(
    ("setting", "stored"),
    [
        ("any", MIXED),
        (
            "text",
            {"t": "a", "n": "5", "f": "0.5", "yes": "true", "none": "null", "l": '[1,"é"]', "m": '{"k":1}'},
        ),
        ("drop", {"t": "a"}),
    ],
)
def test_values_that_are_not_text_are_kept_turned_or_dropped_when_meta_values_says_so(
    emulator: Emulator, api: Api, setting: str, stored: object
) -> None:
    emulator.set_behaviours(meta_values=setting)  # type: ignore[arg-type]  # parametrised over the literal's values
    assert api.create_link(meta=MIXED)["meta"] == stored
    path = f"{LINKS}/{api.create_link()['linkId']}"
    assert api.put(path, {"meta": MIXED}).json()["data"]["link"]["meta"] == stored


@pytest.mark.parametrize("meta_update", ["replace", "merge"])
@pytest.mark.parametrize(
    ("behaviour", "setting", "value", "stored"),
    [
        ("null_meta", "refuse", None, 400),
        ("null_meta", "clear", None, None),
        ("null_meta", "ignore", None, {"a": "1"}),
        ("empty_meta", "keep", {}, {}),
        ("empty_meta", "clear", {}, None),
        ("empty_meta", "ignore", {}, {"a": "1"}),
        ("empty_meta", "refuse", {}, 400),
    ],
)
def test_update_follows_behaviour_when_meta_is_null_or_empty(
    *, emulator: Emulator, api: Api, meta_update: str, behaviour: str, setting: str, value: object, stored: object
) -> None:
    emulator.set_behaviours(**{"meta_update": meta_update, behaviour: setting})  # type: ignore[arg-type]  # as above
    link = api.create_link(meta={"a": "1"})
    response = api.put(f"{LINKS}/{link['linkId']}", {"meta": value})
    if stored == 400:
        assert status_and_code(response) == (400, "BAD_REQUEST")
        assert response.json()["message"].startswith("meta: ")
        assert emulator.links[0]["meta"] == {"a": "1"}
        return
    is_merged = (meta_update, setting) == ("merge", "keep")
    assert response.json()["data"]["link"]["meta"] == ({"a": "1"} if is_merged else stored)
    assert api.create_link(meta=value)["meta"] == value
