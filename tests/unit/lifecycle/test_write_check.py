"""What is an error and what is a warning when a response differs from what was sent."""

from __future__ import annotations

import pytest

from pulumi_userplane.api.errors import Operation, UserplaneError
from pulumi_userplane.lifecycle.write_check import verify_applied, warn_drift

UPDATE = Operation("update", 'recording link "Help"')


@pytest.mark.parametrize(
    ("field", "old", "new", "hinted"), [("meta", {}, {"a": 1}, True), ("link_title", "A", "B", False)]
)
def test_verify_applied_fails_and_names_the_field_that_was_not_applied(
    field: str, old: object, new: object, hinted: bool, warned: list[str]
) -> None:
    with pytest.raises(UserplaneError) as caught:
        verify_applied(UPDATE, {field: new}, {field: old}, {field: old}, notify=warned.append)
    assert (
        f'update of recording link "Help" failed: the server accepted the request but did not apply {field}; '
        in str(caught.value)
    )
    assert ("pulumi config set userplane:metaField linkMeta" in str(caught.value)) is hinted
    assert warned == []


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
        'update of recording link "Help": the server stored link_title in another form; '
        "write it as `pulumi refresh --preview-only --diff` shows it"
    )


def test_verify_applied_shows_the_stored_form_when_it_is_never_secret(warned: list[str]) -> None:
    verify_applied(
        UPDATE,
        {"link_provider_type": "Web"},
        {"link_provider_type": "others"},
        {"link_provider_type": "web"},
        notify=warned.append,
    )
    assert warned[0].endswith('the server stored link_provider_type in another form; write link_provider_type="web"')


def test_verify_applied_says_nothing_when_the_response_equals_what_was_sent(warned: list[str]) -> None:
    verify_applied(
        UPDATE,
        {"link_title": "", "meta": {"a": 5.0}},
        {"link_title": "A"},
        {"link_title": None, "meta": {"a": 5}},
        notify=warned.append,
    )
    warn_drift(UPDATE, [], notify=warned.append)
    assert warned == []


def test_warn_drift_warns_of_each_field_and_names_refresh(warned: list[str]) -> None:
    warn_drift(UPDATE, ["link_title", "meta"], notify=warned.append)
    assert warned == [
        f'update of recording link "Help": {field} was changed outside Pulumi: run `pulumi refresh` to see it'
        for field in ("link_title", "meta")
    ]
