"""An outcome in words and numbers follows from exit codes, live links and states alone."""

import base64
import zipfile
from pathlib import Path

import pytest

from benchmarks.comparison.leaks import count_key, count_key_in_file
from benchmarks.comparison.outcome import SUMMARY, Outcome, Step, summarize

OK, STOPS, HANGS = Step(0), Step(1), Step(None)
KEY = "uspl_canary_8d31f0b7a2c94e65"


def ended(*steps: Step, live: str = "ab", held: str = "ab", known: str = "ab", declared: int = 2) -> Outcome:
    """Links have letters for ids."""
    return Outcome(steps, declared, frozenset(live), frozenset(held), frozenset(known))


@pytest.mark.parametrize(
    ("step", "word"),
    [
        (OK, "ok"),
        (STOPS, "stops"),
        (HANGS, "hangs"),
        (Step(0, seconds=31.4), "ok after 31 s"),
        (Step(1, seconds=120.2), "stops after 120 s"),
        (Step(0, false_answers=True), "believes it"),
        (Step(1, false_answers=True), "stops"),
        (Step(7, sees_changes=7), "sees it"),
        (Step(0, sees_changes=7), "sees nothing"),
        (Step(0, sees_changes=2, warned=True), "warns"),
        (Step(1, sees_changes=2), "stops"),
    ],
)
def test_step_is_described_in_a_word(step: Step, word: str) -> None:
    assert str(step) == word


@pytest.mark.parametrize(
    ("outcome", "text", "counted"),
    [
        (ended(OK, OK), "ok, ok: 2 live for 2", {}),
        (ended(STOPS, OK), "stops, ok: 2 live for 2", {}),
        (ended(OK, live="", held="", declared=0), "ok: 0 live for 0", {}),
        # The first link was made, its answer lost, and another was made in its place.
        (
            ended(STOPS, OK, live="abc", known="ab"),
            "**stops, ok: 3 live for 2 (1 orphan, 1 double)**",
            {"orphans": 1, "doubles": 1, "not as declared": 1},
        ),
        # Both were held to be gone and made again.
        (
            ended(Step(0, false_answers=True), OK, live="abcd", held="cd", known="abcd"),
            "**believes it, ok: 4 live for 2 (2 orphans, 2 doubles, 2 wrongly dropped)**",
            {"orphans": 2, "doubles": 2, "wrongly dropped": 2, "not as declared": 1, "believed": 1},
        ),
        # A failed DELETE was taken for done: left, and not made twice.
        (
            ended(OK, live="a", held="", declared=0),
            "**ok: 1 live for 0 (1 orphan, 1 wrongly dropped)**",
            {"orphans": 1, "wrongly dropped": 1, "not as declared": 1},
        ),
        # One link is dead, and nobody has noticed.
        (ended(OK, live="a"), "**ok: 1 live for 2 (1 dead in the state)**", {"not as declared": 1}),
        (
            ended(STOPS, STOPS, live="a"),
            "**stops, stops: 1 live for 2 (1 dead in the state)**",
            {"not as declared": 1, "needs a hand": 1},
        ),
        (ended(HANGS, OK), "**hangs, ok: 2 live for 2**", {"hangs": 1}),
        # Gone for good, and rightly dropped.
        (ended(OK, live="bc", held="bc", known="abc"), "ok: 2 live for 2", {}),
        (
            Outcome((OK,), 2, frozenset("ab"), frozenset("ab"), mistitled=2),
            "**ok: 2 live for 2 (2 wrong titles)**",
            {"not as declared": 1},
        ),
        (Outcome(remarks=("key not there",), leaked=False), "key not there", {}),
        (Outcome(remarks=("key there 8 times",), leaked=True), "**key there 8 times**", {"key leaked": 1}),
        (
            Outcome((OK,), 1, frozenset("a"), frozenset("a"), remarks=("PUT of linkTitle",)),
            "ok: 1 live for 1; PUT of linkTitle",
            {},
        ),
    ],
)
def test_outcome_is_described_in_words_and_numbers(outcome: Outcome, text: str, counted: dict[str, int]) -> None:
    assert str(outcome) == text
    assert {word: number for word, number in outcome.counts().items() if number} == counted
    assert outcome.counts().keys() == SUMMARY.keys()


def test_summarize_adds_the_outcomes() -> None:
    orphan = ended(STOPS, OK, live="abc")
    assert summarize([orphan, orphan, ended(HANGS)]) == {
        **dict.fromkeys(SUMMARY, 0),
        "orphans": 2,
        "doubles": 2,
        "not as declared": 2,
        "hangs": 1,
        "needs a hand": 1,
    }


@pytest.mark.parametrize("before", ["", "x", "xx", "xxx"])
@pytest.mark.parametrize("after", ["", "y", "yy"])
def test_count_key_finds_plaintext_and_base64_at_any_offset(before: str, after: str) -> None:
    text = f"{before}Bearer {KEY}{after}".encode()
    assert count_key(b"nothing to see " + text, KEY) == 1
    assert count_key(b'"__provider": "' + base64.b64encode(text) + b'"', KEY) == 1
    assert count_key(base64.b64encode(text.replace(b"canary", b"another")), KEY) == 0


def test_count_key_in_file_looks_into_archives(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(f'{{"key": "{KEY}"}}')
    assert count_key_in_file(tmp_path / "state.json", KEY) == 1
    with zipfile.ZipFile(tmp_path / "plan", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tfplan", f"api_key {KEY} and {KEY}")
        archive.writestr("other", "nothing")
    assert count_key_in_file(tmp_path / "plan", KEY) == 2
