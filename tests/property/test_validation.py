"""For any declaration: `validate` never fails itself and never shows a value."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import UNKNOWN

from pulumi_userplane.lifecycle.validation import validate

KEYS = (
    "workspace_id",
    "domain_id",
    "project_id",
    "link_title",
    "link_reusable",
    "link_provider_type",
    "link_provider_id",
    "link_provider_ref",
    "meta",
    "mark",
)
# No text of ours is made of these letters, so a value that is shown is found.
secrets = st.text("ÆØÅXQ#7\n", min_size=12, max_size=20) | st.integers(10**11, 10**15).map(lambda number: f"Q{number}Q")
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.just(UNKNOWN) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(KEYS) | st.text("abcXYZ_", max_size=9), anything),
    st.dictionaries(st.sampled_from(KEYS), anything),
)
def test_validate_returns_at_most_one_line_per_property(inputs: dict[str, Any], olds: dict[str, Any]) -> None:
    lines = validate(inputs, olds, ())
    named = [line.partition(": ")[0] for line in lines]
    assert len(set(named)) == len(named)
    assert set(named) <= {*KEYS, *map(repr, inputs)}
    assert all("\n" not in line and len(line) < 500 for line in lines)


@given(st.dictionaries(st.sampled_from(KEYS), secrets), st.integers(1, 200))
def test_validate_shows_no_value(inputs: dict[str, str], times: int) -> None:
    for wrap in (str, lambda value: [value], lambda value: {value: value}):
        wrong = {key: wrap(value * times) for key, value in inputs.items()}
        text = "".join(validate({"domain_id": "", **wrong}, {}, ()))
        assert not any(value[:12] in text for value in inputs.values())


@given(st.dictionaries(st.sampled_from(KEYS), anything))
def test_validate_accepts_what_is_not_declared(inputs: dict[str, Any]) -> None:
    named = {line.partition(": ")[0] for line in validate(inputs, {}, ())}
    assert named <= {key for key in inputs if inputs[key] is not None} | {"domain_id"}
