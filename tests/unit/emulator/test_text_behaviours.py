"""Each behaviour of texts and fields, in all its settings."""

from typing import Any

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, Api, status_and_code

TEXTS = {"linkTitle": "linkTitle", "linkProviderId": "linkProviderId", "linkProviderRef": "linkProviderReference"}
"""The texts of a PUT, and what a response calls them."""


@pytest.fixture
def path(api: Api) -> str:
    """The path of a link that has all texts and a map."""
    path = f"{LINKS}/{api.create_link(meta={'a': '1'})['linkId']}"
    assert api.put(path, dict.fromkeys(TEXTS, "old")).status_code == 200
    return path


def update(api: Api, path: str, **fields: object) -> dict[str, Any]:
    response = api.put(path, fields)
    assert response.status_code == 200, response.text
    link: dict[str, Any] = response.json()["data"]["link"]
    return link


@pytest.mark.parametrize(
    ("setting", "stored", "reference"), [("clear", None, None), ("keep", "", ""), ("ignore", "old", None)]
)
@pytest.mark.parametrize("name", TEXTS)
def test_text_is_cleared_kept_or_ignored_when_it_is_empty(
    *, emulator: Emulator, api: Api, path: str, name: str, setting: str, stored: str | None, reference: str | None
) -> None:
    emulator.set_behaviours(empty_text=setting)  # type: ignore[arg-type]  # parametrised over the literal's values
    assert update(api, path, **{name: ""})[TEXTS[name]] == stored
    assert api.create_link(linkReference="")["linkProviderReference"] == reference
    assert api.create_link()["linkProviderReference"] is None


def test_text_is_refused_when_it_is_empty_and_empty_text_says_so(emulator: Emulator, api: Api, path: str) -> None:
    emulator.set_behaviours(empty_text="refuse", trim_text=True)
    for value in ("", " "):
        for name in TEXTS:
            response = api.put(path, {name: value})
            assert status_and_code(response) == (400, "BAD_REQUEST")
            assert response.json()["message"].startswith(f"{name}: ")
        response = api.post(LINKS, {"domainId": "dom_help", "linkReference": value})
        assert response.json()["message"].startswith("linkReference: ")
    assert api.create_link()["linkProviderReference"] is None


@pytest.mark.parametrize(("setting", "stored"), [("refuse", 400), ("clear", None), ("ignore", "old")])
@pytest.mark.parametrize("name", TEXTS)
def test_text_is_refused_cleared_or_ignored_when_it_is_null(
    *, emulator: Emulator, api: Api, path: str, name: str, setting: str, stored: object
) -> None:
    emulator.set_behaviours(null_text=setting)  # type: ignore[arg-type]  # as above
    response = api.put(path, {name: None})
    if stored == 400:
        assert status_and_code(response) == (400, "BAD_REQUEST")
        assert response.json()["message"].startswith(f"{name}: ")
    else:
        assert response.json()["data"]["link"][TEXTS[name]] == stored
    created = api.post(LINKS, {"domainId": "dom_help", "linkReference": None})
    assert status_and_code(created) == (400, "BAD_REQUEST")


def test_text_is_trimmed_when_trim_text_is_set(emulator: Emulator, api: Api, path: str) -> None:
    assert update(api, path, linkTitle=" a ")["linkTitle"] == " a "
    emulator.set_behaviours(trim_text=True)
    assert update(api, path, linkTitle=" a ")["linkTitle"] == "a"
    assert api.create_link(linkReference=" r ")["linkProviderReference"] == "r"


@pytest.mark.parametrize(
    ("setting", "length", "stored"),
    [
        ("documented", 0, 0),
        ("documented", 1, None),
        ("shorter", -1, -1),
        ("shorter", 0, None),
        ("longer", 1, 1),
        ("longer", 5000, 5000),
        ("cut", 0, 0),
        ("cut", 1, 0),
    ],
)
@pytest.mark.parametrize(
    ("behaviour", "name", "limit"),
    [
        ("title_length", "linkTitle", 255),
        ("provider_id_length", "linkProviderId", 255),
        ("reference_length", "linkProviderRef", 2048),
        ("created_reference_length", "linkReference", 2048),
    ],
)
def test_long_text_is_taken_refused_or_cut_when_the_behaviour_of_its_length_says_so(
    *,
    emulator: Emulator,
    api: Api,
    path: str,
    behaviour: str,
    name: str,
    limit: int,
    setting: str,
    length: int,
    stored: int | None,
) -> None:
    emulator.set_behaviours(**{behaviour: setting})  # type: ignore[arg-type]  # parametrised over fields
    text = "x" * (limit + length)
    is_creation = name == "linkReference"
    response = api.post(LINKS, {"domainId": "dom_help", name: text}) if is_creation else api.put(path, {name: text})
    if stored is None:
        assert status_and_code(response) == (400, "BAD_REQUEST")
        assert response.json()["message"].startswith(f"{name}: ")
    else:
        link = response.json()["data"]["link"]
        assert link[TEXTS.get(name, "linkProviderReference")] == text[: limit + stored]
    # The other texts keep their documented limits.
    other = {"linkTitle" if name != "linkTitle" else "linkProviderId": "x" * 256}
    assert api.put(path, other).status_code == 400


def test_texts_and_meta_are_cleared_when_a_put_leaves_them_out(emulator: Emulator, api: Api, path: str) -> None:
    before = update(api, path, linkReusable=True, linkProviderType="zendesk")
    assert before["linkTitle"] == "old"
    emulator.set_behaviours(left_out="clear")
    changed = update(api, path, linkTitle="new")
    cleared = {"linkProviderId": None, "linkProviderReference": None, "meta": None}
    assert changed == {**before, "linkTitle": "new", **cleared}
    assert update(api, path, meta={"b": "2"}) == {**before, "linkTitle": None, **cleared, "meta": {"b": "2"}}


def test_given_meta_is_merged_when_left_out_clears_and_meta_update_merges(
    emulator: Emulator, api: Api, path: str
) -> None:
    emulator.set_behaviours(left_out="clear", meta_update="merge")
    assert update(api, path, meta={"b": "2"})["meta"] == {"a": "1", "b": "2"}


def test_reference_is_cleared_when_a_put_has_none_and_the_behaviour_says_so(
    emulator: Emulator, api: Api, path: str
) -> None:
    before = update(api, path, linkTitle="a")
    assert before["linkProviderReference"] == "old"
    emulator.set_behaviours(reference_after_update="clear")
    assert update(api, path, linkProviderRef="new")["linkProviderReference"] == "new"
    assert update(api, path, linkTitle="a") == {**before, "linkProviderReference": None}


def test_field_changes_nothing_when_it_is_ignored(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(ignored_fields=["linkTitle", "meta"])
    link = api.create_link(meta={"a": "1"})
    assert link["meta"] is None
    changed = update(api, f"{LINKS}/{link['linkId']}", linkTitle=5, meta={"a": "1"}, linkReusable=True)
    assert changed == {**link, "linkReusable": True}


@pytest.mark.parametrize(("meta_key", "other"), [("meta", "linkMeta"), ("linkMeta", "meta")])
def test_unknown_field_is_refused_when_unknown_fields_says_so(
    emulator: Emulator, api: Api, path: str, meta_key: str, other: str
) -> None:
    emulator.set_behaviours(unknown_fields="refuse", meta_key=meta_key)  # type: ignore[arg-type]  # as above
    for name in ("linkTitle", "linkProviderRef", "link_reusable", other, "unknown"):
        response = api.post(LINKS, {"domainId": "dom_help", name: {}})
        assert status_and_code(response) == (400, "BAD_REQUEST")
        assert response.json()["message"].startswith(f"{name}: ")
    for name in ("linkReference", "linkProviderReference", "domainId", other, "unknown"):
        response = api.put(path, {name: "a"})
        assert status_and_code(response) == (400, "BAD_REQUEST")
        assert response.json()["message"].startswith(f"{name}: ")
    create = {"projectId": "prj_default", "linkReference": "r", "linkReusable": True, meta_key: {"a": "1"}}
    assert api.create_link(**create)["linkProviderReference"] == "r"
    types = {"linkReusable": True, "linkProviderType": "web", meta_key: {"a": "1"}}
    assert update(api, path, **dict.fromkeys(TEXTS, "a"), **types)["linkTitle"] == "a"


def test_ignored_field_is_not_refused_when_unknown_fields_are(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(unknown_fields="refuse", ignored_fields={"linkTitle"})
    assert api.create_link(linkTitle=5)["linkTitle"] is None
