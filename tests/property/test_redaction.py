"""A redacted value never stays in the server's words, and text that holds none stays as it is."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_userplane.api.redaction import redact, redact_values

ESCAPES = st.text(st.sampled_from("aB \"\\'%&;#+=u0041\nß"), max_size=40)


@given(before=st.text() | ESCAPES, value=st.text(min_size=10) | ESCAPES, after=st.text() | ESCAPES)
def test_redact_leaves_no_long_value(before: str, value: str, after: str) -> None:
    assume(len(" ".join(value.replace("+", " ").split())) >= 10)
    with redact_values({"link_title": value}):
        assert value.strip() not in redact(before + value + after)


@given(
    before=st.text(), value=st.text(min_size=4, max_size=9), quotation=st.sampled_from(["'", '"', "`", "“", "=", ": "])
)
def test_redact_leaves_no_short_value_when_it_is_quoted(before: str, value: str, quotation: str) -> None:
    assume(len(value.replace("+", " ").strip()) == len(value) and len(" ".join(value.replace("+", " ").split())) >= 4)
    with redact_values({"link_title": value}):
        assert f"{quotation}{value}'" not in redact(f"{before}{quotation}{value}'")


@given(text=ESCAPES, value=ESCAPES)
def test_redact_changes_nothing_when_text_holds_no_value(text: str, value: str) -> None:
    with redact_values({"link_title": f"Ω{value}"}):
        assert redact(text) == text
