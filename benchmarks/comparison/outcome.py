"""Pure: what a scenario has come to, from exit codes, the server's links and the state; in words and in numbers."""

from __future__ import annotations

from dataclasses import dataclass

SUMMARY = {
    "orphans": "links that live and that no state holds",
    "doubles": "links that live beyond those that are declared",
    "wrongly dropped": "links that the state has held, that live, and that it holds no longer",
    "not as declared": "scenarios that end with other links, titles or entries in the state than are declared",
    "hangs": "runs that did not end within 150 s",
    "believed": "runs that took a false answer for true",
    "needs a hand": "scenarios whose last run stops or hangs",
    "key leaked": "places where the key can be read",
}
"""What is counted, and what it means."""


@dataclass(frozen=True)
class Step:
    """One run.

    Attributes:
        code: Its exit code; None if it did not end.
        sees_changes: The exit code with which this run says that something is to be bench_result; None if it has none.
        false_answers: Whether every response to its reads was false, so that success means belief.
        warned: Whether it warned of an edit in the dashboard.
        seconds: How long it took; None where that is of no interest.
    """

    code: int | None
    sees_changes: int | None = None
    false_answers: bool = False
    warned: bool = False
    seconds: float | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether it did not do what it was asked for."""
        return self.code is None or self.code not in {0, self.sees_changes}

    @property
    def is_believed(self) -> bool:
        """Whether it took false answers for true."""
        return self.false_answers and self.code == 0

    def __str__(self) -> str:
        """Says it in a word or two."""
        took = "" if self.seconds is None else f" after {self.seconds:.0f} s"
        if self.code is None:
            return "hangs"
        if self.is_stuck:
            return f"stops{took}"
        if self.is_believed:
            return "believes it"
        if self.sees_changes is None:
            return f"ok{took}"
        return "sees it" if self.code else "warns" if self.warned else "sees nothing"


@dataclass(frozen=True)
class Outcome:
    """What one peer has come to in one scenario.

    Attributes:
        steps: The runs, in order.
        declared: How many links should live at the end.
        live: The ids of those that do.
        held: The ids in the state at the end.
        known: The ids that the state has held at any time.
        mistitled: How many links that live and are held have another title than declared.
        remarks: What else there is to say.
        leaked: Whether the key was found; None where it was not looked for.
    """

    steps: tuple[Step, ...] = ()
    declared: int = 0
    live: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    mistitled: int = 0
    remarks: tuple[str, ...] = ()
    leaked: bool | None = None

    def counts(self) -> dict[str, int]:
        """Returns the numbers for each word of `SUMMARY`."""
        return {
            "orphans": len(self.live - self.held),
            # Where nothing is declared any more, what lives was left, not made twice.
            "doubles": max(0, len(self.live) - self.declared) if self.declared else 0,
            "wrongly dropped": len((self.known - self.held) & self.live),
            "not as declared": int(not self._as_declared),
            "hangs": sum(step.code is None for step in self.steps),
            "believed": sum(step.is_believed for step in self.steps),
            "needs a hand": int(bool(self.steps) and self.steps[-1].is_stuck),
            "key leaked": int(self.leaked is True),
        }

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong at the end."""
        return not any(self.counts().values())

    @property
    def _as_declared(self) -> bool:
        return not self.steps or (self.live == self.held and len(self.live) == self.declared and not self.mistitled)

    def __str__(self) -> str:
        """Says it in a table's few words."""
        remarks = list(self.remarks)
        if self.steps:
            runs = ", ".join(map(str, self.steps))
            remarks.insert(0, f"{runs}: {len(self.live)} live for {self.declared}{self._but()}")
        text = "; ".join(remarks)
        return text if self.is_good else f"**{text}**"

    def _but(self) -> str:
        counts = self.counts()
        wrong = {
            "orphan": counts["orphans"],
            "double": counts["doubles"],
            "wrongly dropped": counts["wrongly dropped"],
            "dead in the state": len(self.held - self.live),
            "wrong title": self.mistitled,
        }
        words = [f"{number} {word}{'s' * _takes_s(word, number)}" for word, number in wrong.items() if number]
        return f" ({', '.join(words)})" if words else ""


def _takes_s(word: str, number: int) -> bool:
    return number > 1 and word in {"orphan", "double", "wrong title"}


def summarize(outcomes: list[Outcome]) -> dict[str, int]:
    """Returns the numbers of all scenarios together."""
    counts = [outcome.counts() for outcome in outcomes]
    return {word: sum(count[word] for count in counts) for word in SUMMARY}
