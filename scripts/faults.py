"""Writes docs/faults.md from the table that the tests of faults are made of; --check fails on a stale one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults.table import FAULTS, OPERATIONS, Cell, Fault, cell  # noqa: E402 - the table is not installed

PAGE = ROOT / "docs" / "faults.md"
HEAD = """\
# Faults: what happens when something fails

Look up what an operation ends in under a fault, and in brackets the requests that it sends. Each cell is a test
(`tests/faults`), through Python's dynamic provider and through the plugin. `python -m scripts.faults` makes this page
from the table of the tests.

- **done**: it ends as without the fault.
- **error**: it fails with one line that says what to do. A create leaves nothing in the state and nothing at the
  server; everything else keeps its state.
- **dropped**: the link is dropped from the state, with a warning.
- **done without the look**: it ends as without the fault. A warning says that the run knows only interrupted creations
  of this machine, and that [`recover`](recover.md) looks at all links.
- `…`: again and again until the operation's two minutes are over, or the look's 30 seconds; with 429s until the ten
  minutes are over that they may make it wait.
- The look is the first request of a run that creates. The other columns are of a run that has looked; each cell of
  its creations was tried with a failing look, too (403, a 5xx, silence, a cut response): it ends the same, with one
  warning.
- A GET after a POST looks for the link by its reference; a POST is sent again only when two looks have shown that
  the first one created nothing. A DELETE after a POST rolls the new link back.

"""
TAIL = """
A link that the look finds with the resource's mark is read by its id. If that fails, so does the creation: nothing is
created, and the next run tries again. Only a link that is gone by then is left out.

A link is dropped from the state only with two more proofs. Where the link's project was deleted, a refresh is an
error and the state is kept, since restoring the project brings the link back; a delete is done. Where the response
comes from another server than the one that last knew the link, both are an error and the state is kept.

A refresh of more than two links reads pages of the list. Each fault that a server can respond with was tried on
them too: none fails a read or drops a link. A repeated request costs one more, and a page that is too large is
read in smaller ones; after any other fault the refresh reads the links one by one.
"""

OUTCOMES = {"gone": "dropped"}
"""The outcomes of the table that the page calls otherwise."""


def main() -> None:
    """Writes the page, or says that it is stale and exits with 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when the page is stale")
    text = render()
    if PAGE.exists() and PAGE.read_text("utf-8") == text:
        return
    if parser.parse_args().check:
        sys.exit("faults: docs/faults.md is stale; run `python scripts/faults.py`")
    PAGE.write_text(text, "utf-8")


def render() -> str:
    """Returns the text of the page."""
    rows = ["| fault | " + " | ".join(OPERATIONS) + " |", "| --- |" + " --- |" * len(OPERATIONS)]
    rows += [_format_row(names, cells) for cells, names in _group_faults().items()]
    return HEAD + "\n".join(rows) + "\n" + TAIL


def _group_faults() -> dict[tuple[Cell, ...], list[str]]:
    """The faults with equal cells in one row."""
    groups: dict[tuple[Cell, ...], list[str]] = {}
    for fault in FAULTS:
        groups.setdefault(_cells(fault), []).append(fault.name)
    return groups


def _cells(fault: Fault) -> tuple[Cell, ...]:
    return tuple(cell(operation, fault) for operation in OPERATIONS)


def _format_row(names: list[str], cells: tuple[Cell, ...]) -> str:
    return f"| {'; '.join(names)} | " + " | ".join(_describe(one) for one in cells) + " |"


def _describe(one: Cell) -> str:
    requests = one.requests
    for pattern, plain in (
        ("(POST GET GET ?){3}", "POST GET GET, three times"),
        ("( POST)+", " …"),
        ("( PUT)+", " …"),
        ("( GET)+", " …"),
        ("( DELETE)+", " …"),
        ("( GET)?", ""),
    ):
        requests = requests.replace(pattern, plain)
    without = " without the look" if one.is_warned else ""
    return f"{OUTCOMES.get(one.outcome, one.outcome)}{without} ({requests})"


if __name__ == "__main__":
    main()
