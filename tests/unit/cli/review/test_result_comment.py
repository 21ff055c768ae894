from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from pulumi_userplane.cli.review.applied_model import Applied, LinkResult, OldAddress, ResultKind
from pulumi_userplane.cli.review.comment import COMMENT_BYTES, SUMMARY_BYTES
from pulumi_userplane.cli.review.model import FieldChange, FieldChangeKind
from pulumi_userplane.cli.review.printed_errors import PrintedError
from pulumi_userplane.cli.review.result_comment import render_result, render_result_summary, render_result_text
from pulumi_userplane.cli.review.result_phrases import write_verdict
from pulumi_userplane.cli.review.safe_text import Address, to_markdown
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from tests.support.states import ADDRESS

HOSTILE = "<b>@all|`x`\n/close\n::error::x ##[y uspl_live_1234 \u202e[a](javascript:b)"


def link(kind: ResultKind, name: str = "a", /, old: OldAddress = OldAddress.STAYS, **more: object) -> LinkResult:
    address = None if old is OldAddress.NONE else f"{ADDRESS}{name}"
    has_new = kind in {ResultKind.REPLACED, ResultKind.CREATED}
    result = LinkResult(LINK_TYPE, name, kind, old=old, old_address=address, new_address=f"{ADDRESS}{name}_2" * has_new)
    return replace(result, **more)  # type: ignore[arg-type]


def applied(*links: LinkResult, **more: object) -> Applied:
    return replace(Applied(("p", "dev"), links), **more)  # type: ignore[arg-type]


def failed(*links: LinkResult, **more: object) -> Applied:
    return applied(*links, has_failed=True, **more)


def error(text: str) -> PrintedError:
    return PrintedError(text, LINK_TYPE, "b")


REPLACED = link(ResultKind.REPLACED, old=OldAddress.DEAD)
FAILED = link(ResultKind.FAILED, "b", errors=(error("no"),), pending="updating")
INTERRUPTED = link(ResultKind.INTERRUPTED, "c", pending="creating")


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (applied(), "Done: nothing changed"),
        (applied(REPLACED), "Done: 1 new address, 1 address dead"),
        (applied(link(ResultKind.DELETED, old=OldAddress.WAS_DEAD)), "Done: no address died"),
        (
            applied(link(ResultKind.RENAMED), link(ResultKind.RETAINED)),
            "Done: 1 link orphaned, 1 link renamed, no address died",
        ),
        (failed(FAILED), "Failed: 1 link, nothing changed"),
        (failed(FAILED, has_begun=False), "Failed: nothing was begun"),
        (failed(FAILED, REPLACED), "Half done: 1 new address, 1 address dead, 1 failed"),
        (failed(other_errors=(PrintedError("no", "x:y:Z", "z"),)), "Failed: 1 error, nothing changed"),
        (
            failed(FAILED, other_errors=(PrintedError("no", "x:y:Z", "z"),) * 2),
            "Failed: 1 link, 2 other errors, nothing changed",
        ),
        (failed(is_interrupted=True), "Interrupted: nothing changed"),
        (
            failed(INTERRUPTED, FAILED, is_interrupted=True),
            "Interrupted: 1 failed, 1 unfinished, nothing changed",
        ),
    ],
)
def test_verdict_says_in_ten_words_what_was_done(result: Applied, verdict: str) -> None:
    assert write_verdict(result) == verdict
    assert render_result(result).startswith(f"### {verdict}\n\nRecording links of `p/dev`.\n")


@pytest.mark.parametrize("count", [1, 12])
def test_verdict_never_has_more_than_ten_words(count: int) -> None:
    links = [link(kind, old=old) for kind in ResultKind for old in OldAddress for _ in range(count)]
    for result in (applied(*links), failed(*links), failed(*links, is_interrupted=True)):
        assert 5 < len(write_verdict(result).split()) <= 10


def test_addresses_are_shown_whole_and_unfolded() -> None:
    address = f"https://help.acme.example/record?session={'x' * 1_500}"
    comment = render_result(applied(replace(REPLACED, old_address=address + "1", new_address=address + "2")))
    old, new = (to_markdown((Address(f"{address}{end}"),)) for end in (1, 2))
    assert f"| `a` | {old} **is dead**<br>→ {new} |" in comment
    assert html.unescape(comment.replace("<wbr>", "")).count(address) == 2
    assert "<details>" not in comment


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (OldAddress.STAYS, "still works"),
        (OldAddress.UNMANAGED, "still works, unmanaged"),
        (OldAddress.WAS_DEAD, "was dead before: its link had been deleted"),
        (OldAddress.UNDELETED, "**still works: the link could not be deleted**"),
        (OldAddress.UNKNOWN, "**may be dead: the link was to end with another resource (`deleted_with`)**"),
    ],
)
def test_row_says_what_became_of_the_old_address(old: OldAddress, words: str) -> None:
    comment = render_result(applied(link(ResultKind.REPLACED, old=old)))
    rest = "<br>The old link still takes recordings. " if old is OldAddress.UNDELETED else " |"
    assert f"| `a` | `{ADDRESS}a` {words}<br>→ `{ADDRESS}a_2`{rest}" in comment


def test_row_says_why_a_link_got_another_address() -> None:
    fields = tuple(
        FieldChange(path, FieldChangeKind.CHANGED, "a", "b") for path in ("workspace_id", "domain_id", "meta.a")
    )
    comment = render_result(applied(replace(REPLACED, fields=fields)))
    assert f"`{ADDRESS}a_2`<br>since it has another workspace and another domain |" in comment
    assert "since" not in render_result(applied(replace(REPLACED, fields=fields[2:])))


def test_link_is_described_once_when_something_went_wrong_with_its_address() -> None:
    undeleted = [
        link(ResultKind.REPLACED, name, old=OldAddress.UNDELETED, errors=(error("403"),)) for name in ("u", "v")
    ]
    comment = render_result(failed(REPLACED, *undeleted, link(ResultKind.FAILED, "w", errors=(error("403"),))))
    rows = [row for row in comment.split("\n") if row.startswith("| `")]
    assert [row[:7] for row in rows] == ["| `u` |", "| `v` |", "| `a` |", "| `w` |"]
    assert rows[0].endswith(
        f"<br>→ `{ADDRESS}u_2`<br>`403`<br>The old link still takes recordings. The next `pulumi up` deletes it; or "
        "delete it in the dashboard.<br>To do: see the log of the run |"
    )
    assert rows[1].endswith(f"<br>→ `{ADDRESS}v_2`<br>went wrong as `u` did |")
    assert rows[3].startswith("| `w` | `403` |")


def test_row_says_that_an_address_is_hidden() -> None:
    comment = render_result(applied(replace(REPLACED, old_address=None, new_address=None)))
    assert "| an address that the state hides **is dead**<br>→ an address that the state hides |" in comment


def test_deleted_link_names_what_took_its_place() -> None:
    gone = link(ResultKind.DELETED, old=OldAddress.DEAD)
    assert "**is dead**<br>→ the new link `z` declares the same |" in render_result(
        applied(replace(gone, successor="z"))
    )
    earlier = render_result(applied(replace(gone, is_from_earlier_replacement=True)))
    assert "**is dead**<br>it was the old link of an earlier replacement |" in earlier


@pytest.mark.parametrize(
    ("result", "error", "rest"),
    [
        (FAILED, "`no`", "The link keeps its address and what it had. The next `pulumi up` changes it."),
        (replace(FAILED, pending="deleting"), "`no`", "The link still works, and the state still has it."),
        (replace(FAILED, pending="creating"), "`no`", "The old link stays and its address works."),
        (replace(FAILED, pending="creating", old=OldAddress.NONE), "`no`", "The state has no link for it."),
        (replace(FAILED, pending=None), "`no`", "Run `pulumi up` again."),
        (replace(FAILED, errors=(error("1"), error("2"))), "`1`<br>`2`", "The link keeps its address"),
        (
            replace(FAILED, errors=(error("1; do this"), error("2; do this"))),
            "`1`<br>`2`",
            "The link keeps its address and what it had. The next `pulumi up` changes it.<br>To do: `do this` |",
        ),
        (
            replace(FAILED, errors=(), old=OldAddress.UNDELETED),
            "the old link could not be deleted",
            "The old link still",
        ),
        (INTERRUPTED, "the run was interrupted while creating it", "A link may live that the state does not have."),
        (replace(INTERRUPTED, pending="reading"), "the run was interrupted while reading it", "Whether the link was"),
    ],
)
def test_failure_says_what_it_leaves(result: LinkResult, error: str, rest: str) -> None:
    assert f"| `{result.name}` | {error} | {rest}" in render_result(failed(result))


def test_failure_that_cost_an_address_says_so_next_to_it() -> None:
    comment = render_result(failed(replace(FAILED, errors=(), old=OldAddress.DEAD)))
    assert f"| `b` | `{ADDRESS}b` **is dead**<br>the log does not say<br>The old link was deleted to make ro" in comment
    assert "What failed" not in comment


def test_nothing_was_done_when_the_preview_failed() -> None:
    comment = render_result(failed(FAILED, has_begun=False))
    assert "| `no` | Nothing was done.<br>To do: see the log of the run |" in comment


def test_links_share_a_row_when_they_failed_alike() -> None:
    links = [replace(FAILED, name=f"b{index}", title="B") for index in range(22)]
    comment = render_result(failed(*links, replace(FAILED, name="c", errors=(error("other"),))))
    assert re.search(r"\n\| `b0`, (`b\d+`, ){18}`b19` and 2 more \| `no` \|.*\n\| `c` \| `other` \|", comment)


def test_other_failures_and_links_not_reached_are_named() -> None:
    missed = [link(ResultKind.NOT_REACHED, f"m{index}") for index in range(22)]
    errors = (PrintedError("no", "pulumi:pulumi:Stack", "p-dev"), PrintedError("broken", "x:y:Z", "z"))
    comment = render_result(failed(*missed, other_errors=errors))
    assert (
        "\nFailed: `no`; see the log of the run\n\nFailed: `z` (`x:y:Z`): `broken`; see the log of the run\n" in comment
    )
    assert re.search(r"\nNot reached, so nothing was done: `m0`, (`m\d+`, ){18}`m19` and 2 more\.\n", comment)


def test_harmless_rest_is_folded() -> None:
    changed = link(
        ResultKind.UPDATED,
        "u",
        fields=(FieldChange("link_title", FieldChangeKind.CHANGED, "A", "B"),),
        put_back=("meta",),
    )
    comment = render_result(
        applied(
            link(ResultKind.RETAINED, "r", old=OldAddress.UNMANAGED),
            link(ResultKind.ADOPTED, "d", new_address=f"{ADDRESS}d"),
            replace(changed, renamed_from="v"),
            link(ResultKind.RENAMED, "n", renamed_from="o"),
            link(ResultKind.RENAMED, "p"),
        )
    )
    _, folded = comment.split("\n<details><summary>1 orphaned, 1 adopted, 1 changed, 2 renamed</summary>\n\n")
    assert folded.split("\n</details>\n")[0].split("\n") == [
        "| Link | What was done |",
        "| --- | --- |",
        f"| `r` | leaves the program; its address `{ADDRESS}r` still works, unmanaged |",
        f"| `d` | existing link is adopted and keeps its address `{ADDRESS}d` |",
        (
            '| `u` | was called `v` before<br>`link_title`: `"A"` → `"B"`<br>'
            "`meta` was changed outside Pulumi and is changed back |"
        ),
        "| `n` | was called `o` before |",
        "| `p` | another provider manages it now |",
        "",
    ]


def test_names_are_those_of_the_program_when_the_links_are_the_plugins() -> None:
    changed = link(
        ResultKind.UPDATED,
        fields=(FieldChange("link_title", FieldChangeKind.CHANGED, "A", "link_title"),),
        put_back=("link_reusable",),
    )
    gone = link(ResultKind.DELETED, old=OldAddress.UNKNOWN)
    of_plugin = applied(*(replace(one, type=PLUGIN_LINK_TYPE) for one in (changed, gone)))
    comment = render_result(of_plugin)
    assert '`linkTitle`: `"A"` → `"link_title"`<br>`linkReusable` was changed outside Pulumi' in comment
    assert "may be dead: the link was to end with another resource (`deletedWith`)" in comment


def test_text_of_others_does_nothing() -> None:
    links = [link(kind, HOSTILE, title=HOSTILE, errors=(error(HOSTILE),), successor=HOSTILE) for kind in ResultKind]
    result = failed(*links, other_errors=(PrintedError(HOSTILE, HOSTILE, HOSTILE),), stack=(HOSTILE, "--><b>"))
    comment, text = render_result(result), render_result_text(result)
    for output in (comment, text):
        assert "live_1234" not in output
        assert not re.search(r"^\s*(/close|::)|##\[|\u202e", output, re.MULTILINE)
    assert not re.search(r"<b>|[^>]@all", re.sub("`[^`]*`|<!--.*-->", "", comment))
    assert comment.count("-->") == 1 + comment.count("<!-- -->")
    assert comment.endswith("-->\n")


@pytest.mark.slow
def test_comment_fits_whatever_was_done() -> None:
    links = [
        link(kind, f"{kind.value}-{index}", errors=(error(f"{index} " + "é" * 300),))
        for kind in ResultKind
        for index in range(1_000)
    ]
    result = failed(*links, other_errors=(PrintedError("z" * 2_000, "x:y:Z", "z"),) * 100)
    comment, summary = render_result(result), render_result_summary(result)
    assert COMMENT_BYTES * 0.9 < len(comment.encode()) <= COMMENT_BYTES
    assert SUMMARY_BYTES * 0.9 < len(summary.encode()) <= SUMMARY_BYTES
    assert "more links are not shown**: `links.csv` of the report has all (`--format csv`)." in comment
    for kind in (ResultKind.REPLACED, ResultKind.FAILED):
        assert f"`{kind.value}-0`" in comment
    shown = sum(len(re.findall(rf"^\| `{kind.value}-", comment, re.MULTILINE)) for kind in ResultKind)
    assert 50 < shown < 1_000
    assert comment.count("<details>") == comment.count("</details>")
    assert "<!--" not in summary
    assert len(re.findall(r"^replaced-\d+: replaced$", render_result_text(result), re.MULTILINE)) == 1_000


def test_text_has_all() -> None:
    result = failed(REPLACED, link(ResultKind.ADOPTED, "d", title="D", new_address="x"), FAILED)
    assert render_result_text(replace(result, other_errors=(PrintedError("broken", "x:y:Z", "z"),))) == (
        "Half done: 1 new address, 1 address dead, 1 failed\n"
        "Recording links of p/dev\n\n"
        f"a: replaced\n  {ADDRESS}a is dead\n  → {ADDRESS}a_2\n\n"
        "d (D): adopted\n  existing link is adopted and keeps its address x\n\n"
        f"b: failed\n  {ADDRESS}b still works\n  no\n"
        "  The link keeps its address and what it had. The next `pulumi up` changes it.\n"
        "  To do: see the log of the run\n\n"
        "failed: z (x:y:Z): broken; see the log of the run\n"
    )
