"""What is an error and what is a warning when a response differs from what was sent."""

from __future__ import annotations

import pytest

from pulumi_userplane.api.errors import Operation, UserplaneError
from pulumi_userplane.lifecycle.write_check import verify_applied, verify_kept, warn_drift

UPDATE = Operation("update", 'recording link "Help"')


@pytest.mark.parametrize(
    ("field", "old", "new", "advice"),
    [
        (
            "meta",
            {},
            {"a": 1},
            (
                "check what the server allows for it; if its name for meta is linkMeta, run `pulumi config set "
                "userplane:metaField linkMeta`"
            ),
        ),
        ("link_title", "A", "B", "check what the server allows for it"),
    ],
)
def test_verify_applied_fails_and_names_the_field_that_was_not_applied(
    field: str, old: object, new: object, advice: str, warned: list[str]
) -> None:
    with pytest.raises(UserplaneError) as caught:
        verify_applied(UPDATE, {field: new}, {field: old}, {field: old}, notify=warned.append)
    assert str(caught.value) == (
        f'update of recording link "Help" failed: the server accepted the request but did not apply {field}; {advice}'
    )
    assert warned == []


def test_verify_applied_names_all_fields_that_were_not_applied(warned: list[str]) -> None:
    sent = {"link_title": "B", "link_provider_id": "7", "meta": {"a": 1}}
    with pytest.raises(UserplaneError) as caught:
        verify_applied(UPDATE, sent, {}, {}, notify=warned.append)
    assert (
        "did not apply link_title, link_provider_id and meta; check what the server allows for them; "
        "if its name for meta is linkMeta, run" in str(caught.value)
    )


def test_verify_applied_warns_and_names_the_command_when_a_form_differs(warned: list[str]) -> None:
    verify_applied(
        UPDATE,
        {"link_title": " Ä ", "meta": {"a": 1}},
        {"link_title": None},
        {"link_title": "Ä", "meta": {"a": 1}},
        notify=warned.append,
    )
    (text,) = warned
    assert text == (
        'update of recording link "Help": the server stored link_title in another form than was '
        "sent, such as trimmed; declare the value that `pulumi refresh --preview-only --diff` shows, "
        "or each refresh shows a change"
    )


def test_verify_applied_shows_the_stored_form_when_it_is_never_secret(warned: list[str]) -> None:
    verify_applied(
        UPDATE,
        {"link_provider_type": "Web"},
        {"link_provider_type": "others"},
        {"link_provider_type": "web"},
        notify=warned.append,
    )
    assert warned[0].endswith(
        "the server stored link_provider_type in another form than was sent, such as trimmed; "
        'declare link_provider_type="web", or each refresh shows a change'
    )


def test_verify_applied_says_nothing_when_the_response_equals_what_was_sent(warned: list[str]) -> None:
    verify_applied(
        UPDATE,
        {"link_title": "", "meta": {"a": 5.0}},
        {"link_title": "A"},
        {"link_title": None, "meta": {"a": 5}},
        notify=warned.append,
    )
    warn_drift(UPDATE, [], {}, notify=warned.append)
    assert warned == []


def test_warn_drift_warns_of_each_field_and_names_the_commands(warned: list[str]) -> None:
    after = {"link_title": "Edited", "meta": {"a": "1"}}
    warn_drift(UPDATE, ["link_title", "meta"], after, notify=warned.append)
    assert warned == [
        f'update of recording link "Help": {field} was changed outside Pulumi: '
        "`pulumi preview --refresh --diff` shows it, and `pulumi up --refresh` changes it back"
        for field in ("link_title", "meta")
    ]


@pytest.mark.parametrize("value", [None, "", {}])
def test_warn_drift_names_both_causes_when_a_field_came_back_empty(value: object, warned: list[str]) -> None:
    warn_drift(UPDATE, ["meta"], {"meta": value}, notify=warned.append)
    (text,) = warned
    assert text == (
        'update of recording link "Help": meta is empty now: it was cleared outside Pulumi, or the server clears what '
        "an update does not send; `pulumi preview --refresh --diff` shows it, and `pulumi up --refresh` changes it back"
    )


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"link_title": "Help", "link_reusable": False}, "link_reusable is false now; leave it out"),
        ({"link_title": None, "link_reusable": True}, "link_title is empty now; leave it out"),
        (
            {"link_title": "secret", "link_reusable": False},
            "link_reusable is false now and link_title has another value now; leave them out",
        ),
    ],
)
def test_verify_kept_names_the_fields_that_were_not_sent_and_what_they_are_now(
    after: dict[str, object], said: str
) -> None:
    before = {"link_title": "Help", "link_reusable": True, "link_provider_id": None, "meta": None}
    inputs = {"link_title": "Help", "link_reusable": True, "link_provider_id": "7"}
    with pytest.raises(UserplaneError) as caught:
        verify_kept(UPDATE, inputs, {"link_provider_id": "7"}, before, {**after, "link_provider_id": "7", "meta": {}})
    assert str(caught.value) == (
        f'update of recording link "Help" failed: the server also changed what the request did not send: {said} of the '
        "program, and attach the report of `pulumi-userplane probe` to an issue"
    )


def test_verify_kept_says_nothing_about_fields_that_are_not_declared() -> None:
    verify_kept(UPDATE, {"link_title": "Help"}, {"link_title": "Help"}, {"meta": {"a": "1"}}, {"meta": None})
