"""A withheld value never stays in the server's words, and words that hold none stay as they are."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_userplane.api.redaction import redact, redact_values

ESCAPES = st.text(st.sampled_from("aB \"\\'%&;#+=u0041\nß"), max_size=40)


@given(before=st.text() | ESCAPES, value=st.text(min_size=10) | ESCAPES, after=st.text() | ESCAPES)
def test_no_long_value_is_left_in_the_words(before: str, value: str, after: str) -> None:
    assume(len(" ".join(value.replace("+", " ").split())) >= 10)
    with redact_values({"link_title": value}):
        assert value.strip() not in redact(before + value + after)


@given(before=st.text(), value=st.text(min_size=4, max_size=9), mark=st.sampled_from(["'", '"', "`", "“", "=", ": "]))
def test_no_short_value_is_left_where_it_is_quoted(before: str, value: str, mark: str) -> None:
    assume(len(value.replace("+", " ").strip()) == len(value) and len(" ".join(value.replace("+", " ").split())) >= 4)
    with redact_values({"link_title": value}):
        assert f"{mark}{value}'" not in redact(f"{before}{mark}{value}'")


@given(words=ESCAPES, value=ESCAPES)
def test_words_without_the_value_stay_as_they_are(words: str, value: str) -> None:
    with redact_values({"link_title": f"Ω{value}"}):
        assert redact(words) == words
