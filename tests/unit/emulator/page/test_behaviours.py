"""The section Behaviours has a control for each, and changes those that a person changed."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from pulumi_userplane.emulator import Behaviours, Emulator
from pulumi_userplane.emulator.behaviours import validate_behaviours
from tests.unit.emulator.page.reader import Page, open_page
from tests.unit.emulator.test_behaviours import CHANGED
from tests.unit.emulator.test_docs_page import PAGE as DOCS

SAVE = "Save behaviours"


def write(value: object) -> str | None:
    """Returns what a person does to a control to set a value; None takes a tick away."""
    if isinstance(value, bool):
        return "on" if value else None
    if isinstance(value, dict):
        return json.dumps(value)
    return ",".join(value) if isinstance(value, list) else str(value)


def test_each_behaviour_has_a_control_and_its_documentation(emulator: Emulator) -> None:
    page = open_page(emulator, "behaviours")
    labels = [attributes["for"] for tag, attributes in page.elements if tag == "label"]
    assert labels == list(Behaviours.model_fields)
    assert "All behaviours have their defaults." in page.texts["p"]
    for name in labels:
        assert len(page.by_id[f"about-{name}"]) > 20
    assert (
        page.by_id["about-meta_key"] == "The key of a link's map in requests; the other one counts as an unknown key."
    )
    assert "<code>meta_key</code>" in page.response.text
    assert page.texts["h2"] == re.findall(r"^### (.*)\n\n\| behaviour ", DOCS, re.MULTILINE)
    assert page.press(SAVE).message == "No behaviour was changed."
    assert emulator.behaviours == Behaviours()


@pytest.mark.parametrize("name", CHANGED)
def test_each_behaviour_can_be_changed_and_put_back(emulator: Emulator, name: str) -> None:
    page = open_page(emulator, "behaviours").press(SAVE, **{name: write(CHANGED[name])})
    assert page.message == "Changed the behaviours."
    assert emulator.behaviours == validate_behaviours({name: CHANGED[name]})
    default = page.by_id[f"about-{name}"].partition("Changed; the default is ")[2]
    assert default
    assert f"Changed: {name}." in page.texts["p"]
    back = page.press("Back to defaults")
    assert back.message == "All behaviours are back to their defaults."
    assert emulator.behaviours == Behaviours()
    assert [button.is_disabled for button in back.buttons] == [False, True]


def test_all_behaviours_change_at_once(emulator: Emulator) -> None:
    changes: dict[str, Any] = {name: write(value) for name, value in CHANGED.items()}
    page = open_page(emulator, "behaviours").press(SAVE, **changes)
    assert emulator.behaviours == validate_behaviours(CHANGED)
    assert page.press(SAVE).message == "No behaviour was changed."
    assert emulator.behaviours == validate_behaviours(CHANGED)


def test_custom_body_of_refused_input_goes_in_and_out(emulator: Emulator) -> None:
    page = open_page(emulator, "behaviours").press(SAVE, refused_input='{"oops": ["…", 5]}')
    assert emulator.behaviours.refused_input == {"oops": ["…", 5]}
    assert page.forms["/behaviours"].fields["refused_input"] == '{"oops": ["…", 5]}'
    page.press(SAVE, trim_text="on")
    assert emulator.behaviours.refused_input == {"oops": ["…", 5]}


def test_behaviour_that_changed_meanwhile_stays(emulator: Emulator) -> None:
    page = open_page(emulator, "behaviours")
    emulator.set_behaviours(meta_key="linkMeta")
    page.press(SAVE, trim_text="on")
    assert emulator.behaviours == Behaviours(meta_key="linkMeta", trim_text=True)


def test_behaviour_that_changes_while_the_form_is_sent_stays(emulator: Emulator) -> None:
    fields = {**open_page(emulator, "behaviours").forms["/behaviours"].fields, "trim_text": "on"}

    def send() -> Iterator[bytes]:
        body = urlencode(fields).encode()
        yield body[:20]
        # The server reads this request after the beginning of the form.
        change = {"meta_key": "linkMeta"}
        requests.patch(f"{emulator.control_url}/switches", json=change, timeout=10).raise_for_status()
        yield body[20:]

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    requests.post(f"{emulator.page_url}behaviours", send(), headers=headers, timeout=10).raise_for_status()
    assert emulator.behaviours == Behaviours(meta_key="linkMeta", trim_text=True)


def test_form_is_shown_again_when_values_are_wrong(emulator: Emulator) -> None:
    again = open_page(emulator, "behaviours").press(
        SAVE, rate_limit="-1", daily_limit="", links_per_page="many", ignored_fields="domainId", trim_text="on",
        refused_status="404", unknown_project="maybe", refused_input="[1", created_status="[" * 5000,
    )  # fmt: skip
    assert again.status == 400
    problems = {key.removeprefix("problem-"): text for key, text in again.by_id.items() if key.startswith("problem-")}
    assert set(problems) == {
        "rate_limit", "daily_limit", "links_per_page", "ignored_fields", "refused_status", "unknown_project",
        "refused_input", "created_status",
    }  # fmt: skip
    assert problems["rate_limit"] == "Input should be greater than or equal to 0."
    assert problems["links_per_page"] == "Input should be 'take' or 'refuse', or: Input should be a valid integer."
    (refusal,) = [text for text in again.texts["p"] if text.startswith("Nothing was changed. 8 fields are wrong: ")]
    assert set(refusal.rstrip(".").partition("wrong: ")[2].split(", ")) == set(problems)
    assert {f"#{name}" for name in problems} <= {attributes.get("href") for _, attributes in again.elements}
    assert "All behaviours have their defaults." not in again.texts["p"]
    fields = again.forms["/behaviours"].fields
    assert (fields["rate_limit"], fields["trim_text"]) == ("-1", "on")
    assert emulator.behaviours == Behaviours()
    fixed = again.press(
        SAVE, rate_limit="5", daily_limit="0", links_per_page="30", ignored_fields="meta , linkTitle,",
        refused_status="422", unknown_project="taken", refused_input="text", created_status="201",
    )  # fmt: skip
    assert fixed.message == "Changed the behaviours."
    assert emulator.behaviours == Behaviours(
        rate_limit=5, links_per_page=30, ignored_fields=frozenset({"meta", "linkTitle"}), trim_text=True,
        refused_status=422, unknown_project="taken", refused_input="text", created_status=201,
    )  # fmt: skip


@pytest.mark.parametrize("shown", ["", "[]", "{"])
def test_form_sets_every_behaviour_when_it_can_not_tell_what_was_shown(emulator: Emulator, shown: str) -> None:
    page: Page = open_page(emulator, "behaviours").press(SAVE, shown=shown, trim_text="on")
    assert page.message == "Changed the behaviours."
    assert emulator.behaviours == Behaviours(trim_text=True)
