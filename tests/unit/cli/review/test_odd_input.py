"""A file with odd values is reviewed, or refused in one line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment, render_summary
from pulumi_userplane.cli.review.preview_digest import parse_digest
from pulumi_userplane.cli.review.render import render_json, render_text
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.violations import Limit, Limits, find_violations
from tests.support.previews import SECRET, UNKNOWN
from tests.unit.cli.review.recorded import FOLDER, OPTIONS, PREVIEW, REFRESH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_userplane.cli.review.model import Review

SAMPLES = [
    (file.name, file.read_text(encoding="utf-8"))
    for folder in (
        *(FOLDER / name for name in ("06-drift-and-change", "07-odd-words-and-secrets", "09-replaced-in-many-ways")),
        FOLDER / "10-all-at-once",
        OPTIONS / "replaced",
        OPTIONS / "left",
    )
    for file in sorted(folder.glob("*.json"))
]
LIMITS = Limits(Limit.parse("0"), Limit.parse("30%"), fail_on_drift=True)
REMOVED = object()
KEY = "uspl_s3cr3t"
COMMANDS = ["/close", "\n/close", "::error::x", "##vso[x]", f"{KEY}\n/close", f"|{'x' * 75}{KEY}"]
WORDS = st.sampled_from(
    [*COMMANDS, "", "::", "a::b", "\n", "\u202e", "create", "delete", "replace", "same", SECRET, UNKNOWN]
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(WORDS, inner, max_size=2)),
    max_leaves=4,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sample=st.sampled_from(SAMPLES),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.one_of(st.just(REMOVED), JSON)), min_size=1, max_size=4),
)
def test_file_is_reviewed_or_refused_when_values_are_odd(
    sample: tuple[str, str], changes: list[tuple[int, Any]]
) -> None:
    name, text = sample
    content = json.loads(text)
    for at, value in changes:
        _change(content, at, value)
    try:
        review = _reviewed(name, json.dumps(content))
    except UserplaneError as error:
        _is_one_line(error)
        return
    section = ReviewedStack(review, tuple(find_violations(review, LIMITS)))
    for write in (render_comment, render_summary, render_text, render_json):
        text = write([section])
        assert text.encode()
        assert "s3cr3t" not in text
        assert not re.search(r"^(/|\s*::)|##\w*\[", text, re.MULTILINE)


def _reviewed(name: str, text: str) -> Review:
    if name == REFRESH:
        return build_review(None, parse_digest(text, name))
    assert name == PREVIEW
    return build_review(parse_digest(text, name))


def _change(content: Any, at: int, value: Any) -> None:
    """Replaces or removes what stands at one of all places."""
    places = list(_places(content))
    if places:
        holder, key = places[at % len(places)]
        if value is REMOVED:
            del holder[key]
        else:
            holder[key] = value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        items: Any = value.items()
    else:
        items = enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def _is_one_line(error: UserplaneError) -> None:
    assert "\n" not in str(error)
