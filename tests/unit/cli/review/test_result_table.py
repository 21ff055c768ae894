from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from pulumi_userplane.cli.review.applied_model import Applied, LinkResult, OldAddress, ResultKind
from pulumi_userplane.cli.review.model import FieldChange, FieldChangeKind, Mask
from pulumi_userplane.cli.review.printed_errors import PrintedError
from pulumi_userplane.cli.review.result_table import COLUMNS, render_csv, render_result_json
from pulumi_userplane.link_types import LINK_TYPE

REPLACED = LinkResult(
    LINK_TYPE,
    "help",
    ResultKind.REPLACED,
    urn="urn:x",
    title="Help",
    old_address="https://old.example",
    old=OldAddress.DEAD,
    new_address="https://new.example",
    link_id="lnk_1",
    errors=(PrintedError("one; do it", LINK_TYPE, "help"), PrintedError("two", LINK_TYPE, "help")),
)


def rows(*links: LinkResult) -> list[dict[str, str]]:
    """Returns what a spreadsheet reads."""
    return [*csv.DictReader(io.StringIO(render_csv(Applied(("p", "dev"), links)), newline=""))]


def test_csv_has_each_address_alone_in_a_cell() -> None:
    changes = (FieldChange("link_title", FieldChangeKind.CHANGED, "A", "B"),)
    assert rows(replace(REPLACED, fields=changes, put_back=("meta",))) == [
        {
            "what": "replaced",
            "name": "help",
            "title": "Help",
            "old_address": "https://old.example",
            "old_address_works": "no",
            "new_address": "https://new.example",
            "fields": "link_title, meta",
            "problem": "one; do it / two; see the log of the run / Run `pulumi up` again.",
            "link_id": "lnk_1",
            "urn": "urn:x",
        }
    ]


def test_csv_has_a_header_when_nothing_was_done() -> None:
    assert render_csv(Applied(("p", "dev"))) == ",".join(f'"{column}"' for column in COLUMNS) + "\r\n"


@pytest.mark.parametrize(
    "begin", ["=", "+", "-", "@", " =", "\uff1d", "\uff0b", "\uff0d", "\uff20", "-2+3", '"=', ' ""=']
)
def test_csv_cell_stays_text_when_a_spreadsheet_would_calculate_it(begin: str) -> None:
    formula = f'{begin}HYPERLINK("x","y")'
    error = PrintedError(formula, LINK_TYPE, "help")
    [row] = rows(replace(REPLACED, name=formula, title=formula, old_address=formula, errors=(error,)))
    assert {row[column] for column in ("name", "title", "old_address")} == {f"'{formula}"}
    assert row["problem"].startswith("'")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("\t=1", "\\t=1"),
        ("\r=1", "\\r=1"),
        ("\n=1", "\\n=1"),
        ("\0=1", "\\u0000=1"),
        ("\ufeff=1", "\\ufeff=1"),
        ('a";=1,"', 'a";\'=1,"'),
        ('a;""=1', 'a;\'""=1'),
        ("a; @SUM(1)|-1", "a;' @SUM(1)|'-1"),
        ("a; b|c", "a; b|c"),
        ("uspl_live_1234", "uspl_***"),
        ("a ##[error]", "a \\u0023#[error]"),
        ("é", "é"),
    ],
)
def test_csv_cell_is_one_visible_line(text: str, cell: str) -> None:
    [row] = rows(replace(REPLACED, title=text))
    assert row["title"] == cell


@pytest.mark.parametrize(
    ("old", "works"),
    [
        (OldAddress.NONE, ""),
        (OldAddress.UNKNOWN, ""),
        (OldAddress.DEAD, "no"),
        (OldAddress.WAS_DEAD, "no"),
        (OldAddress.STAYS, "yes"),
        (OldAddress.UNMANAGED, "yes"),
        (OldAddress.UNDELETED, "yes"),
    ],
)
def test_csv_says_whether_the_old_address_works(old: OldAddress, works: str) -> None:
    assert rows(replace(REPLACED, old=old))[0]["old_address_works"] == works


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        (replace(REPLACED, errors=()), ""),
        (
            replace(REPLACED, errors=(), old=OldAddress.UNDELETED),
            "the old link could not be deleted / The old link still takes recordings.",
        ),
        (replace(REPLACED, errors=(), kind=ResultKind.FAILED), "the log does not say / The old link was deleted to"),
        (
            replace(REPLACED, errors=(), kind=ResultKind.INTERRUPTED, pending="creating"),
            "the run was interrupted while creating it / A link may live that the state does not have.",
        ),
    ],
)
def test_problem_says_what_went_wrong_without_a_log(link: LinkResult, problem: str) -> None:
    [row] = rows(link)
    assert row["problem"].startswith(problem)
    assert bool(row["problem"]) == bool(problem)
    assert (
        " / ".join(json.loads(render_result_json(Applied(("p", "dev"), (link,))))["links"][0]["problems"])
        == (row["problem"])
    )


def test_rows_are_of_links_to_which_something_happened() -> None:
    links = [replace(REPLACED, kind=kind) for kind in ResultKind]
    expected = [kind.value for kind in ResultKind if kind is not ResultKind.NOT_REACHED]
    assert [row["what"] for row in rows(*links)] == expected
    content = json.loads(render_result_json(Applied(("p", "dev"), tuple(links))))
    assert [link["what"] for link in content["links"]] == expected
    assert content["not_reached"] == ["help"]


def test_json_has_all_that_is_known() -> None:
    secret = FieldChange("meta.token", FieldChangeKind.CHANGED, Mask.SECRET, Mask.SECRET)
    result = Applied(
        ("p", "dev"),
        (replace(REPLACED, fields=(secret,), title="uspl_live_1 ##[error]"),),
        (PrintedError("broken", "x:y:Z", "z"),),
        has_failed=True,
    )
    text = render_result_json(result)
    assert "##[" not in text
    assert json.loads(text) == {
        "version": 1,
        "verdict": "Half done: 1 new address, 1 address dead, 1 failed",
        "project": "p",
        "stack": "dev",
        "failed": True,
        "interrupted": False,
        "links": [
            {
                "what": "replaced",
                "name": "help",
                "title": "uspl_*** ##[error]",
                "old_address": "https://old.example",
                "old_address_works": False,
                "new_address": "https://new.example",
                "fields": [
                    {
                        "path": "meta.token",
                        "how": "changed",
                        "before": {"hidden": "secret"},
                        "after": {"hidden": "secret"},
                    }
                ],
                "link_id": "lnk_1",
                "urn": "urn:x",
                "old_address_is": "dead",
                "put_back": [],
                "renamed_from": None,
                "successor": None,
                "problems": ["one; do it", "two; see the log of the run", "Run `pulumi up` again."],
            }
        ],
        "not_reached": [],
        "other_problems": [{"type": "x:y:Z", "name": "z", "problem": "broken; see the log of the run"}],
    }
