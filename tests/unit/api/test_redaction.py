"""What is removed from the server's own words while a link's values are redacted."""

from __future__ import annotations

import html
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from pulumi_userplane.api.redaction import redact, redact_values

TITLE = "Reset of the vault"


@pytest.mark.parametrize(
    ("link", "text", "redacted"),
    [
        ({"link_title": TITLE}, f'linkTitle "{TITLE}" is taken.', 'linkTitle "[link_title]" is taken.'),
        ({"link_title": TITLE}, "Reset of the va… is too long", "[link_title]… is too long"),
        ({"link_title": TITLE}, f"{TITLE}, {TITLE}", "[link_title], [link_title]"),
        ({"link_title": f"  {TITLE} "}, f"'{TITLE}'", "'[link_title]'"),
        ({"link_title": "Reset of\n the vault"}, TITLE, "[link_title]"),
        ({"link_title": 'Ä "quoted" secret'}, '{"value":"Ä \\"quoted\\" secret"}', '{"value":"[link_title]"}'),
        ({"link_title": "a.b* or more"}, "axb* or more, a.b* or more", "axb* or more, [link_title]"),
        ({"link_title": "a"}, "a link", "a link"),
        ({"link_title": ""}, "nothing", "nothing"),
        ({"link_provider_id": "t-4711"}, "no id 't-4711'", "no id '[link_provider_id]'"),
        ({"link_provider_ref": "ticket 4711"}, "no ticket 4711", "no [link_provider_ref]"),
        ({"meta": {"k": ["deep secret", {"pin": 4711.0}]}}, "deep secret and pin=4711", "[meta] and pin=[meta]"),
        ({"meta": {"secret key": True, "none": None}}, "secret key must not be True", "secret key must not be True"),
        ({"link_provider_type": "zendesk", "link_reusable": True}, "zendesk is not allowed", "zendesk is not allowed"),
    ],
)
def test_redact_replaces_each_value_with_its_field_name(link: dict[str, Any], text: str, redacted: str) -> None:
    with redact_values(link):
        assert redact(text) == redacted
    assert redact(text) == text


SHORT = {"meta": {"kind": "link", "state": "invalid", "who": "user", "about": "domain"}, "link_title": "Help"}


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("The domain of this link is invalid for the user", "The domain of this link is invalid for the user"),
        ("Helpers need no Help, they're helped", "Helpers need no Help, they're helped"),
        ("\"help\", 'Help', `Help`, “Help”", "\"[link_title]\", '[link_title]', `[link_title]`, “[link_title]”"),
        ("title=Help, title: Help; title:help", "title=[link_title], title: [link_title]; title:[link_title]"),
        ('{\\"linkTitle\\":\\"Help\\"}', '{\\"linkTitle\\":\\"[link_title]\\"}'),
        ("&quot;Help&quot; and %22Help%22", "&quot;[link_title]&quot; and %22[link_title]%22"),
        ('"Helpers" and "My Help"', '"Helpers" and "My Help"'),
    ],
)
def test_redact_replaces_a_short_value_only_when_it_is_quoted(text: str, redacted: str) -> None:
    with redact_values(SHORT):
        assert redact(text) == redacted


@pytest.mark.parametrize(
    "written",
    [
        "geheim & große übung 42",
        "GEHEIM & GROSSE ÜBUNG 42",
        "Geheim  &\tGroße\nÜbung 42",
        "Geheim & Gro\\u00dfe \\u00dcbung 42",
        "Geheim &amp; Gro&#223;e &Uuml;bung 42",
        "Geheim+%26+Gro%C3%9Fe+%C3%9Cbung+42",
        "Geheim%20%26%20Gro%c3%9fe%20%c3%9cbung%2042",
    ],
)
def test_redact_finds_a_long_value_however_it_is_written(written: str) -> None:
    with redact_values({"link_title": "Geheim & Große Übung 42"}):
        assert redact(f"title {written}, is taken") == "title [link_title], is taken"


@pytest.mark.parametrize(
    "title",
    [
        "100%25 of it & more",
        "C:\\new\\x folder",
        "1 + 1 = 2, he said",
        "A&amp;B company",
        "🎥 of it all",
        "a title \\ 100%25 of it",
    ],
)
def test_redact_finds_a_value_that_looks_escaped(title: str) -> None:
    for written in (title, json.dumps(title)[1:-1], html.escape(title), quote(title), quote_plus(title)):
        with redact_values({"link_title": title}):
            assert redact(f"<{written}>") == "<[link_title]>"


def test_redact_prefers_the_longest_value_of_several_links() -> None:
    more: list[dict[str, Any]] = [{"meta": {"a": "Help desks here"}}, {"link_provider_id": "Desk"}]
    with redact_values({"link_title": "Help desks"}), redact_values(*more):
        assert redact("Help desks here, Help desks, 'Desk'") == "[meta], [link_title], '[link_provider_id]'"
