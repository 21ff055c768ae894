"""What `validate` finds wrong in the inputs, without showing values."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from pulumi.output import UNKNOWN

from pulumi_userplane.api.constants import META_LIMIT
from pulumi_userplane.lifecycle.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable

EMPTY = '{"a": ""}'
GOOD: dict[str, Any] = {
    "workspace_id": "ws",
    "domain_id": "dom",
    "project_id": "prj",
    "link_title": "t" * 255,
    "link_reusable": True,
    "link_provider_type": "zendesk",
    "link_provider_id": "i" * 255,
    "link_provider_ref": "r" * 2048,
    "meta": {"a": "m" * (META_LIMIT - len(EMPTY))},
    "mark": "m" * 2039,
}


def wrong(**inputs: Any) -> list[str]:
    return validate({"domain_id": "dom", **inputs}, {}, ())


@pytest.mark.parametrize("key", GOOD)
def test_validate_accepts_values_up_to_the_limit_and_unknown_ones(key: str) -> None:
    assert validate(GOOD, {}, ()) == []
    assert validate({**GOOD, key: UNKNOWN}, {}, ()) == []
    assert validate({**GOOD, key: {"deep": [UNKNOWN]}}, {}, ()) == []
    if key != "domain_id":
        assert validate({**GOOD, key: None}, {}, ()) == []


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("link_title", "x" * 256, "link_title: is 256 characters long; the limit is 255"),
        ("link_provider_id", "x" * 256, "link_provider_id: is 256 characters long; the limit is 255"),
        ("link_provider_ref", "x" * 2049, "link_provider_ref: is 2049 characters long; the limit is 2048"),
        ("mark", "x" * 2040, "mark: is 2040 characters long; the limit is 2039"),
        ("mark", f"pulumi:p/dev/{'x' * 2100}", "mark: is 2113 characters long; the limit is 2039"),
        ("mark", 7, "mark: must be text, not a number"),
        ("link_title", 5.0, "link_title: must be text, not a number"),
        ("link_provider_id", ["x"], "link_provider_id: must be text, not a list"),
        ("link_reusable", "true", "link_reusable: must be true or false, not text"),
        ("link_reusable", 1, "link_reusable: must be true or false, not a number"),
        ("meta", [1], "meta: must be a map, not a list"),
        ("meta", "{}", "meta: must be a map, not text"),
        ("meta", {"a": [float("nan")]}, "meta: holds a value that JSON can't express, such as NaN or a file"),
        ("meta", {"a": pulumi.FileAsset("x")}, "meta: holds a value that JSON can't express, such as NaN or a file"),
        ("domain_id", True, "domain_id: must be text, not a truth value"),
        ("project_id", {"id": "x"}, "project_id: must be text, not a map"),
        ("workspace_id", (1,), "workspace_id: must be text, not another kind of value"),
    ],
)
def test_validate_describes_a_wrong_value_without_showing_it(key: str, value: Any, line: str) -> None:
    assert wrong(**{key: value}) == [line]


@pytest.mark.parametrize(
    ("before", "name", "fitting"),
    [
        ("pulumi:p/dev/", "x" * 2100, 2026),
        ("pulumi:p/dev/", "x" * 2027, 2026),
        ("pulumi:p/dev/acme:Desk$", "x" * 2017, 2016),
        (f"pulumi:p/dev/acme:{'D' * 2100}$", "help", 0),
    ],
)
def test_validate_names_the_length_of_the_name_when_it_makes_the_mark_too_long(
    before: str, name: str, fitting: int
) -> None:
    (line,) = wrong(mark=before + name, __long_name=name)
    assert line == (
        f"the resource's name is {len(name)} characters long, and at most {fitting} fit into its mark: "
        "give it a shorter name, or write mark="
    )


@pytest.mark.parametrize("mark", ["m" * 2040, "short", UNKNOWN, 7])
def test_validate_names_the_length_of_the_mark_when_a_transform_set_it(mark: Any) -> None:
    assert wrong(mark=mark, __long_name="x" * 2100) == wrong(mark=mark)


IN_TEXT = (
    "contains an Output as text instead of its value: write the text with pulumi.Output.format in Python, "
    "pulumi.interpolate in TypeScript, pulumi.Sprintf in Go, Output.Format in C#, or Output.format in Java"
)


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> pulumi.Output[str]:
    """One whose words can be had without a warning of the SDK on the terminal."""
    monkeypatch.setattr(pulumi.log, "warn", lambda *_: None)
    monkeypatch.delenv("PULUMI_ERROR_OUTPUT_STRING", raising=False)
    loop = asyncio.new_event_loop()
    written = loop.run_until_complete(_output())
    loop.close()
    return written


async def _output() -> pulumi.Output[str]:
    return pulumi.Output.from_input("known")


@pytest.mark.parametrize("write", [lambda o: f"a {o} b", "{!r}".format, lambda o: f"{[o]}", "{}".format, str])
def test_validate_refuses_an_output_in_a_text(output: pulumi.Output[str], write: Callable[[object], str]) -> None:
    text = write(output)
    for key in ("link_title", "link_provider_type", "link_provider_id", "link_provider_ref", "mark", "adopt"):
        assert wrong(**{key: text}) == [f"{key}: {IN_TEXT}"]
    for key in ("domain_id", "project_id", "workspace_id"):
        assert f"{key}: {IN_TEXT}" in wrong(**{key: text})
    for meta in ({"a": text}, {text: "a"}, {"a": [1, {"b": [text]}]}, {"a": {text: None}}, {"a": UNKNOWN, "b": text}):
        assert wrong(meta=meta) == [f"meta: {IN_TEXT}"]


@pytest.mark.parametrize(
    "text",
    [
        # Node.js: a template string, and JSON.stringify
        "Calling [toString] on an [Output<T>] is not supported.\n\nTo get the value of an Output<T> as an",
        "Calling [toJSON] on an [Output<T>] is not supported.\n\nTo get the value of an Output as a JSON value",
        # C#
        "Calling [ToString] on an [Output<T>] is not supported.\r\n\r\nTo get the value of an Output<T> as",
        # Java
        "Calling 'toString' on an 'Output<T>' is not supported.\nThis is because the value of an 'Output' is",
        # Go: %v before Go 1.26 and since then, %s, %+v, %#v
        "{0xc000137180}",
        "{0x3f22a4e001c0}",
        "{%!s(*internal.OutputState=&{0x3f22a50df600 <nil> 0 <nil> <nil> false false 0xf20000 []})}",
        "{OutputState:0x3f22a4e001c0}",
        "pulumi.StringOutput{OutputState:(*internal.OutputState)(0x3f22a4e001c0)}",
    ],
)
def test_validate_refuses_what_outputs_of_other_languages_leave_in_a_text(text: str) -> None:
    assert wrong(link_title=f"a {text} b") == [f"link_title: {IN_TEXT}"]


@pytest.mark.parametrize(
    "text",
    [
        "Calling __str__ on an Output",
        "<Output>",
        "an Output[T] is not supported",
        "Output",
        "0xc000137180",
        "{0xff}",
        "OutputState = 1",
    ],
)
def test_validate_accepts_other_texts_about_outputs(text: str) -> None:
    assert wrong(link_title=text, meta={text: [text]}) == []


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("link_titel", "'link_titel': is not an argument of RecordingLink; did you mean 'link_title'?"),
        ("titel", "'titel': is not an argument of RecordingLink; did you mean 'link_title'?"),
        ("provider_ref", "'provider_ref': is not an argument of RecordingLink; did you mean 'link_provider_ref'?"),
        ("linkTitle", "'linkTitle': is not an argument of RecordingLink; did you mean 'link_title'?"),
        ("link_url", "'link_url': is an output of RecordingLink, not an argument; remove it"),
        ("linkType", "'linkType': is an output of RecordingLink, not an argument; remove it"),
        ("creator", "'creator': is an output of RecordingLink, not an argument; remove it"),
        ("project", "'project': is not an argument of RecordingLink; did you mean 'project_id'?"),
        ("__team", "'__team': is not an argument of RecordingLink; remove it"),
        ("__managed", "'__managed': is not an argument of RecordingLink; remove it"),
        ("__meta", "'__meta': is not an argument of RecordingLink; did you mean 'meta'?"),
        ("", "'': is not an argument of RecordingLink; remove it"),
        ("a\nb", "'a b': is not an argument of RecordingLink; remove it"),
    ],
)
def test_validate_refuses_an_unknown_argument_when_a_transform_adds_it(key: str, line: str) -> None:
    assert wrong(**{key: "x"}) == [line]
    assert wrong(**{key: UNKNOWN}) != []
    # No value, as it never reaches the provider from an engine.
    assert wrong(**{key: None}) == []


def test_validate_accepts_the_hidden_keys_of_programs() -> None:
    assert wrong(__provider="x", __lookup=True, __unverified="x", __long_name="x", adopt="lnk_1") == []


@pytest.mark.parametrize("key", ["workspace_id", "domain_id", "project_id"])
@pytest.mark.parametrize("value", ["", ".", "..", " a", "a\nb", "\x00"])
def test_validate_refuses_an_id_that_leads_elsewhere(key: str, value: str) -> None:
    assert wrong(**{key: value}) == [
        f"{key}: is not an id: it is empty, '.' or '..', or has blanks around it or control characters"
    ]


@pytest.mark.parametrize("inputs", [{}, {"domain_id": None}])
def test_validate_reports_a_missing_domain(inputs: dict[str, Any]) -> None:
    (line,) = validate(inputs, {}, ())
    assert line.startswith("domain_id: is missing")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("Zendesk", "did you mean 'zendesk'?"),
        ("zen desk", "did you mean 'zendesk'?"),
        ("JIRA_SERVICE", "did you mean 'jira_service_management'?"),
        ("carrier pigeon", "(intercom, zendesk, hubspot"),
        ("", "(intercom, zendesk, hubspot"),
        (5.0, "(intercom, zendesk, hubspot"),
        ({"a": 1}, "(intercom, zendesk, hubspot"),
    ],
)
def test_validate_names_the_nearest_provider_type(value: Any, hint: str) -> None:
    (line,) = wrong(link_provider_type=value)
    assert line.startswith("link_provider_type: is not one of the 28 provider types")
    assert hint in line
    assert "userplane:extraProviderTypes" in line


def test_validate_accepts_added_types_and_the_recorded_one() -> None:
    inputs = {"domain_id": "dom", "link_provider_type": "fax"}
    assert validate(inputs, {}, ("telex", "fax")) == []
    assert validate(inputs, {"link_provider_type": "fax"}, ()) == []
    assert validate(inputs, {"link_provider_type": "telex"}, ("telex",)) != []


@pytest.mark.parametrize(("text", "size"), [("x", 1), ("é", 6), ("😀", 12), ('"', 2), ("\n", 2), ("\x00", 6)])
def test_validate_counts_meta_in_bytes_of_escaped_json(text: str, size: int) -> None:
    fitting = (META_LIMIT - len(EMPTY)) // size
    assert wrong(meta={"a": text * fitting}) == []
    (line,) = wrong(meta={"a": text * (fitting + 1)})
    assert line == (
        f"meta: is {len(EMPTY) + size * (fitting + 1)} bytes long as JSON "
        "(é takes 6 bytes, an emoji 12); the limit is 65536"
    )


def test_validate_accepts_a_longer_meta_only_when_it_is_recorded() -> None:
    long = {"a": "x" * META_LIMIT, "n": 5}
    inputs = {"domain_id": "dom", "meta": long}
    assert validate(inputs, {"meta": {**long, "n": 5.0}}, ()) == []
    assert len(validate(inputs, {"meta": {**long, "n": 6.0}}, ())) == 1
    assert len(validate(inputs, {}, ())) == 1


def test_validate_reports_one_line_per_property_at_once() -> None:
    lines = validate(dict.fromkeys(GOOD, ("wrong",)), {}, ())
    assert sorted(line.partition(":")[0] for line in lines) == sorted(GOOD)
