"""Literals in an exported program have the values of the links, in the form of a formatter."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.cli.export.program import render_literal, render_text
from tests.edge_cases import TITLES

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_literal_evaluates_to_value(value: Any) -> None:
    assert ast.literal_eval(render_literal(value)) == value


@pytest.mark.parametrize("title", [title for title in TITLES if title is not None])
def test_text_literal_is_one_line_and_evaluates_to_text(title: str) -> None:
    written = render_text(title)
    assert ast.literal_eval(written) == title
    assert written.isprintable()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Größe 支払い", '"Größe 支払い"'),
        ("it's", '"it\'s"'),
        ('say "x"', "'say \"x\"'"),
        ('it\'s "x"', "'it\\'s \"x\"'"),
        ("a\nb\\", '"a\\nb\\\\"'),
        ({}, "{}"),
        ([], "[]"),
        (
            {"a": [1, {"b": None}]},
            '{\n    "a": [\n        1,\n        {\n            "b": None,\n        },\n    ],\n}',
        ),
    ],
)
def test_literal_looks_as_formatter_writes_it(value: Any, written: str) -> None:
    assert render_literal(value) == written


def test_literal_is_indented_when_it_is_argument() -> None:
    assert render_literal({"a": 1}, 1) == '{\n        "a": 1,\n    }'
