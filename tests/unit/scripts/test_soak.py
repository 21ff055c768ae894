"""A short soak and a short measurement of the rate limit; `make soak` and `make rate-limit` are the long ones."""

import sys

import pytest

from benchmarks import rate_limit_share
from scripts import soak
from scripts.code_blocks import find_block


@pytest.mark.slow
def test_soak_loses_and_doubles_nothing_in_300_operations() -> None:
    outcome = soak.soak(300, seed=4)
    assert (outcome.lost, outcome.doubled) == (0, 0), outcome
    assert outcome.operations >= 300
    assert outcome.faults > outcome.requests / 10


def test_page_shows_the_lines_of_both_measurements() -> None:
    soaked = find_block("docs/reliability.md", "10124 operations in ")
    assert soaked.text == f"{soak.Outcome(10124, 1152, 48, 8, 13931, 2734, 0, 0, 36.0)}\n"
    shared = find_block("docs/reliability.md", "480 requests, ")
    assert shared.text == f"{rate_limit_share.Measured(480, 0, 61.36, 0.972)}\n"


@pytest.mark.slow
def test_soak_counts_lost_and_doubled_links(monkeypatch: pytest.MonkeyPatch) -> None:
    real = soak.Soak._count

    def counted(self: soak.Soak, seconds: float) -> soak.Outcome:
        # By hand, when the runs are over: one link goes, and one comes that nobody holds.
        links = self._backend.links
        links.delete(next(link["linkId"] for link in links.list_all() if link["live"]))
        dead = {link["linkId"] for link in links.list_all() if not link["live"]} & before
        # One that a read has dropped would be lost as well, if it lived.
        entries = [entry for stack in soak.STACKS for entry in self._journal(stack).state.values()]
        links.restore(min(dead.difference(*(entry.dropped for entry in entries))))
        return real(self, seconds)

    before: set[str] = set()
    ended = soak.Soak._run_once

    def one_run(self: soak.Soak, *args: object, **kwargs: object) -> None:
        ended(self, *args, **kwargs)  # type: ignore[arg-type] # passed on as it came
        before.update(link["linkId"] for link in self._backend.links.list_all() if not link["live"])

    monkeypatch.setattr(soak.Soak, "_count", counted)
    monkeypatch.setattr(soak.Soak, "_run_once", one_run)
    outcome = soak.soak(120, seed=4)
    assert (outcome.lost, outcome.doubled) == (1, 1), outcome


@pytest.mark.slow
def test_rate_limit_share_keeps_and_uses_the_limit_when_two_processes_send() -> None:
    # A wider margin than in life: a busy machine may hold up a request longer than a scaled-down one allows.
    measured = rate_limit_share.measure(10.0, minute=3.0, margin=0.6, limit=40)
    assert measured.refused == 0, measured
    assert measured.used > 0.7, measured


@pytest.mark.parametrize(("refused", "used", "code"), [(0, 0.97, 0), (1, 0.97, 1), (0, 0.94, 1)])
def test_rate_limit_share_fails_when_the_limit_is_not_kept(
    refused: int, used: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["budget"])
    monkeypatch.setattr(rate_limit_share, "measure", lambda *_, **__: rate_limit_share.Measured(9, refused, 61.0, used))
    with pytest.raises(SystemExit) as caught:
        rate_limit_share.main()
    assert caught.value.code == code
    assert f"9 requests, {refused} refused with 429, {used:.1%}" in capsys.readouterr().out
