"""Each behaviour of a new link, in all its settings."""

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, Api


def test_create_link_sets_type_when_defaults_say_so(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(default_link_type="screen_session", default_provider_type="others")
    link = api.create_link()
    assert (link["linkType"], link["linkProviderType"]) == ("screen_session", "others")


def test_create_link_is_reusable_when_default_says_so_and_body_does_not(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(default_reusable=True)
    assert api.create_link()["linkReusable"] is True
    assert api.create_link(linkReusable=False)["linkReusable"] is False


@pytest.mark.parametrize(
    ("behaviour", "name"), [("default_title", "linkTitle"), ("default_provider_id", "linkProviderId")]
)
def test_create_link_sets_text_when_default_says_so(emulator: Emulator, api: Api, behaviour: str, name: str) -> None:
    values = []
    for setting in ("none", "empty", "text"):
        emulator.set_behaviours(**{behaviour: setting})  # type: ignore[arg-type]  # parametrised over fields
        values.append(api.create_link()[name])
    assert values[:2] == [None, ""]
    assert len(values[2]) > 1
    assert api.put(f"{LINKS}/{emulator.links[2]['linkId']}", {name: "own"}).json()["data"]["link"][name] == "own"


def test_create_link_sets_empty_meta_when_default_says_so_and_body_does_not(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(default_meta="empty")
    assert [api.create_link()["meta"], api.create_link(meta=None)["meta"]] == [{}, {}]
    assert api.create_link(meta={"a": "1"})["meta"] == {"a": "1"}


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_write_answers_with_status_when_behaviours_say_so(emulator: Emulator, api: Api, status: int) -> None:
    emulator.set_behaviours(created_status=status)
    response = api.post(LINKS, {"domainId": "dom_help"})
    path = f"{LINKS}/{response.json()['data']['link']['linkId']}"
    assert (response.status_code, api.put(path, {}).status_code) == (status, 200)
    emulator.set_behaviours(created_status=200, updated_status=status)
    created, updated, deleted = api.post(LINKS, {"domainId": "dom_help"}), api.put(path, {}), api.delete(path)
    assert (created.status_code, updated.status_code, deleted.status_code) == (200, status, 200)
    assert updated.json()["data"]["link"]["linkTitle"] is None
