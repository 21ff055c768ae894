"""A failed preview becomes a comment that says which link has a problem, what is wrong and what to do."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.review.comment import COMMENT_BYTES, render_comment, render_summary
from pulumi_userplane.cli.review.failed_preview import FailedPreview, Problem, parse_failed_preview
from pulumi_userplane.cli.review.model import Severity, find_worst
from pulumi_userplane.cli.review.render import Format, render, render_json, render_text
from pulumi_userplane.cli.review.safe_text import to_plain_text
from pulumi_userplane.cli.review.section import ReviewedStack
from tests.support.previews import reviewed, step
from tests.support.rendered_comments import RenderedComment
from tests.support.states import state
from tests.unit.cli.review import failed_recordings
from tests.unit.cli.review.failed_recordings import FOLDER, RECORDINGS, STACK, parse, read
from tests.unit.cli.review.recorded import IS_RECORDING

SAMPLES = [read(name) for name in RECORDINGS]
NAMES_NO_STACK = {
    "no-such-stack.txt",
    "panic.txt",
    "plugin-broken-yaml.txt",
    "program-exits.json",
    "wrong-passphrase.txt",
}


def plain(problem: Problem) -> tuple[str | None, str, str]:
    return problem.link, to_plain_text(problem.what), to_plain_text(problem.what_to_do)


def problems(text: str) -> list[tuple[str | None, str, str]]:
    return [plain(problem) for problem in parse_failed_preview(text, "it", STACK).problems]


@pytest.mark.parametrize("name", RECORDINGS)
def test_comment_on_a_failure_equals_the_recorded_one(name: str) -> None:
    file = FOLDER / f"{name}.md"
    comment = failed_recordings.render(read(name))
    if IS_RECORDING:
        file.write_text(comment, encoding="utf-8")
    assert comment == file.read_text(encoding="utf-8")
    assert comment.startswith("### The preview failed: ")
    assert comment.endswith("\n\n<!-- pulumi-userplane review p/dev -->\n")
    assert len(comment.partition("\n")[0].split()) <= 11
    # The only link is that of our own advice, to where keys are made.
    rendered = RenderedComment(comment.replace("https://dash.userplane.io/", ""))
    assert rendered.problems == []
    assert [len({*rows}) for rows in rendered.rows] == [1]


@pytest.mark.parametrize("name", RECORDINGS)
def test_stack_is_found_where_anything_names_it(name: str) -> None:
    if name in NAMES_NO_STACK:
        with pytest.raises(ConfigurationError, match=r"^it does not name its stack; add --stack PROJECT/STACK$"):
            parse_failed_preview(read(name), "it")
    else:
        assert parse_failed_preview(read(name), "it").stack == STACK
    failed = parse_failed_preview(read(name), "it", ("other", "prod"))
    assert (failed.stack, failed.severity) == (("other", "prod"), Severity.CHANGE)


@pytest.mark.parametrize("name", [name for name in RECORDINGS if name.endswith("json")])
def test_failure_is_told_alike_in_json_and_in_text(name: str) -> None:
    in_text = name.replace(".json", ".txt")
    if in_text in RECORDINGS and name != "policy.json":
        assert sorted(map(plain, parse(name).problems), key=str) == sorted(map(plain, parse(in_text).problems), key=str)


def test_key_is_masked_and_no_line_is_obeyed_when_the_program_is_hostile() -> None:
    for name in ("hostile.json", "hostile.txt", "exception.json", "exception.txt"):
        assert "uspl_" in read(name)
        assert_harmless(parse(name))


def assert_harmless(failed: FailedPreview) -> None:
    """Asserts that neither a code host nor a runner obeys anything, and that no key is in it."""
    for form in (Format.MARKDOWN, Format.TEXT, Format.JSON, Format.GITHUB_SUMMARY):
        written = render([failed], form)
        assert "Traceback (most recent call last):" not in written
        assert not re.search(r"uspl(_|&#95;)(?!\*\*\*|(&#42;){3})", written.replace("\\u005f", "_"))
        assert not re.search(r"^[\s\u200e>*-]*(/|::)|##\w*\[", written, re.MULTILINE)
        if form is Format.JSON:
            assert json.loads(written)["failed"] is True
        elif form is Format.MARKDOWN:
            assert written.count("<!-- pulumi-userplane") == 1


LINES = st.sampled_from(
    [
        "Diagnostics:",
        "Policies:",
        "  userplane:index:RecordingLink (help):",
        "    error: Preview failed: x; y",
        "    error: Traceback (most recent call last):",
        '      File "/a/__main__.py", line 4, in <module>',
        "    /close",
        "/close",
        "::error::x",
        "    ValueError: uspl_s3cr3t",
        "error: ##vso[x] uspl_s3cr3t",
        "        - [mandatory]  /close  (userplane:index:RecordingLink: ::error::x)",
        "          uspl_s3cr3t",
        '{"diagnostics": [{"severity": "error", "message": "error: /close\\n::x uspl_s3cr3t"}',
        '{"sequence":1,"diagnosticEvent":{"severity":"error","message":"uspl_s3cr3t"}}',
        "",
    ]
)
HOSTILE = st.one_of(
    st.lists(st.one_of(LINES, st.text(max_size=9)), max_size=12).map("\n".join),
    st.tuples(st.sampled_from(SAMPLES), st.integers(0, 4000)).map(lambda cut: cut[0][: cut[1]]),
    st.tuples(st.sampled_from(SAMPLES), st.integers(0, 4000), st.text(max_size=5), LINES).map(
        lambda put: put[0][: put[1]] + put[2] + put[3] + put[0][put[1] :]
    ),
)


@pytest.mark.slow
@settings(deadline=None)
@given(text=HOSTILE)
def test_any_text_becomes_a_harmless_comment(text: str) -> None:
    failed = parse_failed_preview(text, "it", STACK)
    assert failed.problems
    assert_harmless(failed)
    assert render_comment([failed]).encode()
    with suppress(ConfigurationError):
        parse_failed_preview(text, "it", refuse_success=True)


@pytest.mark.parametrize(
    "line", ["\n", " ", "error: x\n", "    error: \n", "{\n", '{"sequence":', "  a (b):\n", "uspl_", "; "]
)
def test_long_output_is_read_in_a_moment(line: str) -> None:
    text = f"Diagnostics:\n  userplane:index:RecordingLink (a):\n    error: {line * 50_000}"
    start = time.process_time()
    assert parse_failed_preview(text, "it", STACK).problems
    assert time.process_time() - start < 5


def test_output_that_is_cut_off_still_tells_the_error() -> None:
    text = read("wrong-provider-type.json")
    cut = text[: text.index("did you mean")]
    [(link, what, _)] = problems(cut)
    assert (link, what) == ("help", "link_provider_type: is not one of the 28 provider types;")
    assert problems(cut[: cut.index('"diagnostics"')]) == [
        (None, "the preview was cut off before it printed an error", "see the log of the run")
    ]


def test_file_may_hold_standard_error_next_to_the_json() -> None:
    text = read("key-refused.json")
    [*of_json] = problems(text)
    more = (None, "getting plugin: x", "see the log of the run")
    assert (
        problems(f"error: getting plugin: x\n{text}")
        == problems(f"{text}error: getting plugin: x\n")
        == [*of_json, more]
    )
    assert problems(f"warning: a new version\n{text}\n\x1b[31merror: \x1b[0mpreview failed\r\n") == of_json


def test_stream_of_events_tells_its_errors() -> None:
    events = [
        {"sequence": 0, "preludeEvent": {"config": {}}},
        {"sequence": 1, "diagnosticEvent": {"severity": "debug", "message": "Traceback"}},
        {
            "sequence": 2,
            "diagnosticEvent": {
                "severity": "error",
                "prefix": "error: ",
                "message": "userplane:index:RecordingLink resource 'a' has a problem: meta: is no map\n",
                "urn": "urn:pulumi:dev::p::x:index:Y$userplane:index:RecordingLink::a",
            },
        },
    ]
    failed = parse_failed_preview("\n".join(json.dumps(event, separators=(",", ":")) for event in events), "it")
    assert failed.stack == STACK
    assert [plain(problem) for problem in failed.problems] == [("a", "meta: is no map", "correct it in the program")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the preview printed nothing"),
        (" \n\n", "the preview printed nothing"),
        ("Killed\n", "the preview printed no error; its last line: Killed"),
        ("error: preview failed\n", "Pulumi's JSON names no reason, as when a policy stops a preview"),
        ("fatal error: out of memory\n\ngoroutine 1:\n", "fatal error: out of memory"),
        ("error: program exited with non-zero exit code: 3", "program exited with non-zero exit code: 3"),
        ("error: \n", "the preview printed no error; its last line: error:"),
    ],
)
def test_comment_is_written_when_there_is_hardly_anything_to_tell(text: str, what: str) -> None:
    assert problems(text) == [(None, what, "see the log of the run")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "p"}', "it is not what `pulumi preview` prints; give all that the failed preview printed"),
        ("[1]", "it is not what `pulumi preview` prints; give all that the failed preview printed"),
        ('{"steps": [], "diagnostics": []}', "it holds no error, so it is not of a preview that failed; review it "),
        ("Previewing update (dev):\n\nResources:\n    2 unchanged\n", "it holds no error, so it is not of a preview "),
    ],
)
def test_what_does_not_show_a_failure_is_refused_unless_an_exit_code_tells_it(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{re.escape(message)}"):
        parse_failed_preview(text, "it", STACK, refuse_success=True)
    assert len(parse_failed_preview(text, "it", STACK).problems) == 1


def of_link(text: str, type_: str = "userplane:index:RecordingLink") -> list[tuple[str | None, str, str]]:
    return problems(f"Diagnostics:\n  {type_} (a):\n    error: " + text.replace("\n", "\n    "))


@pytest.mark.parametrize(
    ("text", "what", "what_to_do"),
    [
        ('read of recording link "m" (lnk_1) failed: 500 "a; b"; c; d', 'read failed: 500 "a; b"', "c; d"),
        ("update of recording link lnk_1 failed at step 1 of 2, x: y", "update failed at step 1 of 2, x: y", None),
        (
            "userplane:index:RecordingLink resource 'a' has a problem: meta[\"k\"]: b; c",
            'meta["k"]: b; c',
            "correct it",
        ),
        ("Traceback (most recent call last):\n", "the program failed", None),
        (
            'Traceback (most recent call last):\n  File "C:\\\\a\\\\b.py", line 5\n    x\nE: f\n  g',
            "E: f g",
            "line 5 of b.py",
        ),
        ('Traceback (most recent call last):\n  File "<frozen runpy>", line 5\nE', "E", None),
    ],
)
def test_error_of_a_link_is_split_into_what_is_wrong_and_what_to_do(
    text: str, what: str, what_to_do: str | None
) -> None:
    [(link, shown, advice)] = of_link(text)
    assert (link, shown) == ("a", what)
    assert (what_to_do or "see the log of the run") in advice


def test_error_of_another_resource_names_its_type_and_is_not_split() -> None:
    text = (
        "Diagnostics:\n  aws:s3/bucket:Bucket (b):\n    error: 1 error occurred:\n    \t* a; b\n        at f (x.js:1)\n"
    )
    failed = parse_failed_preview(text, "it", STACK)
    [problem] = failed.problems
    assert (problem.resource, plain(problem)[1:]) == (
        ("aws:s3/bucket:Bucket", "b"),
        ("1 error occurred: * a; b", "see the log of the run"),
    )
    assert "| `b` (`aws:s3/bucket:Bucket`) | `1 error occurred: * a; b` | see the log of the run |" in render_comment(
        [failed]
    )
    assert json.loads(render_json([failed]))["problems"] == [
        {
            "link": None,
            "title": None,
            "resource": {"type": "aws:s3/bucket:Bucket", "name": "b"},
            "what": "1 error occurred: * a; b",
            "what_to_do": "see the log of the run",
        }
    ]


def test_text_has_a_block_for_each_problem() -> None:
    assert render_text([parse("key-refused.json")]).splitlines()[:5] == [
        "The preview failed: 1 problem",
        "Recording links of p/dev: what this change does to them is not known",
        "",
        "help, other",
        '  what is wrong: read failed: 401 API_KEY_INVALID "This API key is not known."',
    ]


def many(count: int, *, are_alike: bool) -> FailedPreview:
    whats = ("x" if are_alike else f"{index} {'|' * 400}" for index in range(count))
    return FailedPreview(STACK, tuple(Problem((what,), ("y",), f"l{index}") for index, what in enumerate(whats)))


def test_links_with_the_same_problem_share_a_row() -> None:
    assert "| `l0`<br>`l1` | x | y |" in render_comment([many(2, are_alike=True)])
    assert "`l19`<br>and 5 more | x | y |" in render_comment([many(25, are_alike=True)])
    assert "The preview failed: 1 problem\n" in render_text([many(25, are_alike=True)])


def test_comment_counts_the_problems_that_do_not_fit() -> None:
    failed = many(500, are_alike=False)
    comment = render_comment([failed])
    shown = comment.count("| y |")
    assert 100 < shown < 500
    assert f"**{500 - shown} more problems not shown.**" in comment
    assert len(comment.encode()) <= COMMENT_BYTES
    assert "not shown" not in render_summary([failed])


def test_failed_preview_is_a_section_next_to_others() -> None:
    failed, unchanged = parse("hostile.json"), ReviewedStack(reviewed())
    comment = render_comment([unchanged, failed])
    assert comment.startswith("### 1 of 2 previews failed\n\nNothing changes in `p/dev`")
    assert "The preview of `p/dev` failed: what this change does to its recording links is not known.\n\n| L" in comment
    content = json.loads(render_json([failed, unchanged]))
    assert (content["severity"], content["stacks"][0]["failed"]) == ("change", True)

    losing = ReviewedStack(reviewed(step("delete", state("a"))))
    comment = render_comment([FailedPreview(("p", "prod"), failed.problems), losing])
    assert comment.startswith("### 1 address stops working; 1 preview failed\n")
    assert "\n#### `p/prod`\n\nThe preview of `p/prod` failed: " in comment
    assert "\n#### `p/dev`\n" in comment
    assert find_worst([failed.severity, losing.severity]) is Severity.ADDRESS_DIES
    assert find_worst([failed.severity, unchanged.severity]) is Severity.CHANGE


def test_every_recording_has_a_comment() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {file for name in RECORDINGS for file in (name, f"{name}.md")}
