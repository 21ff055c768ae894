"""What is posted of a report, and what happens to labels, to older comments, and to runs at the same time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.cli.ci.addresses import make_digests
from pulumi_userplane.cli.ci.approval import APPROVAL_LABEL, read_approval
from pulumi_userplane.cli.ci.comment import DRIFT_LABEL, post_report
from pulumi_userplane.cli.ci.platform import Comment, PlatformError, PullRequest
from pulumi_userplane.cli.ci.report import Kind, Outcome, Report, StackReport, write_report
from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.model import Severity
from pulumi_userplane.cli.review.section import ReviewedStack
from tests.support.ci_platform import PULL, MemoryPlatform
from tests.support.previews import reviewed, step
from tests.support.rendered_comments import RenderedComment
from tests.support.states import state as recorded

if TYPE_CHECKING:
    from collections.abc import Callable

NONE, CHANGE, DIES = Severity
REVIEWS = Path(__file__).parents[1] / "review"
GOLDEN = sorted([*REVIEWS.glob("*/*/comment.md"), *REVIEWS.glob("failed/*.md")])
PROD = ("links", "prod")
ADDRESS = "https://help.example.com/record?session=7YFCQ38DVtmE2dMwi8k9-_Zq0Lr5uKx4NcTgHbJsPyA"
OTHER = "https://help.example.com/record?session=checkout"
MARKER = "<!-- pulumi-userplane review links/prod -->"


def state(commit: str, severity: Severity, stack: str = "prod") -> str:
    """Returns a comment as an earlier run wrote it."""
    listed = f" {','.join(make_digests([ADDRESS]))}" if severity is DIES else ""
    return (
        f"old words\n\nOf commit {commit}.\r\n\n"
        f"<!-- pulumi-userplane state links/{stack} {commit} {severity.value}{listed} -->\r\n"
        f"<!-- pulumi-userplane review links/{stack} -->\n"
    )


def is_approved(platform: MemoryPlatform) -> bool:
    """Returns whether the address may die."""
    return read_approval(platform, PULL).list_approved(PROD) >= make_digests([ADDRESS])


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform()


@pytest.fixture
def post(tmp_path: Path, platform: MemoryPlatform) -> Callable[..., bool]:
    """Returns what posts a report about one or several stacks, given as their severities."""

    def post(
        *severities: Severity,
        text: str = "new words",
        kind: Kind = Kind.PREVIEW,
        outcome: Outcome = Outcome.FINE,
        names: tuple[str, ...] = ("prod", "dev"),
        dying: tuple[str, ...] = (ADDRESS,),
    ) -> bool:
        stacks = tuple(
            StackReport(
                project="links",
                stack=name,
                outcome=outcome,
                severity=severity,
                dying=dying if severity is DIES and kind is Kind.PREVIEW else (),
            )
            for name, severity in zip(names, severities, strict=False)
        )
        write_report(tmp_path, Report(kind=kind, stacks=stacks), {"comment.md": text})
        return post_report(platform, tmp_path, [stack.stack for stack in stacks])

    return post


def test_comment_says_of_which_commit_and_run_it_is(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    assert post(CHANGE)
    [body] = platform.bodies()
    assert body == (
        "new words\n\nOf commit c1 ([run](https://ci.example/runs/99)).\n\n"
        f"<!-- pulumi-userplane state links/prod c1 change -->\n{MARKER}\n"
    )
    assert platform.label_names() == {"links: change"}


def test_comment_is_rewritten_and_further_ones_are_deleted(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    first = platform.say(state("c0", CHANGE))
    other = platform.say(state("c0", NONE, "other"))
    platform.say("<!-- pulumi-userplane result links/prod -->")
    platform.say(state("c0", DIES, "dev"))
    platform.labels[PULL.number] = {"docs", "links: none", "links: address dies"}

    assert post(CHANGE, NONE)

    [ours, *others] = platform.comments[PULL.number]
    assert ours.id == first.id
    assert "new words" in ours.body
    assert [comment.body for comment in others] == [other.body, "<!-- pulumi-userplane result links/prod -->"]
    assert platform.label_names() == {"docs", "links: change"}


def test_nothing_is_written_where_nothing_changes_and_no_comment_stands(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    assert post(NONE)
    assert platform.bodies() == []
    assert platform.label_names() == {"links: none"}

    platform.say(state("c0", DIES))
    assert post(NONE, text="nothing changes")
    [body] = platform.bodies()
    assert body.startswith("nothing changes")
    assert platform.label_names() == {"links: none"}


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.STOPPED])
def test_what_is_not_fine_is_always_said(outcome: Outcome, platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    assert post(NONE if outcome is Outcome.STOPPED else CHANGE, outcome=outcome)
    assert len(platform.bodies()) == 1


def test_label_names_the_worst_comment_that_stands(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.say(state("c1", DIES, "other"))
    assert post(CHANGE)
    assert platform.label_names() == {"links: address dies"}


def test_label_that_cannot_be_set_fails_nothing(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.fail("add_label", "setting the label failed: 403; grant issues: write")
    assert post(CHANGE)
    assert len(platform.bodies()) == 1
    assert platform.lines == [("warning", "setting the label failed: 403; grant issues: write")]


def test_comment_that_cannot_be_written_fails(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.fail("create_comment", "403")
    with pytest.raises(PlatformError):
        post(CHANGE)


def test_overtaken_run_writes_nothing(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.heads[PULL.number] = "c2"
    platform.say(state("c2", DIES))
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    assert post(NONE)
    assert platform.bodies() == [state("c2", DIES)]
    assert platform.label_names() == {APPROVAL_LABEL}
    assert "c1 is no longer the newest commit" in platform.lines[0][1]


def push_at_look(platform: MemoryPlatform, number: int, comment: str | None = None) -> None:
    """Lets another run push, and perhaps comment, just before a look at the newest commit."""
    looks = 0

    def push() -> None:
        nonlocal looks
        looks += 1
        if looks == number:
            platform.heads[PULL.number] = "c2"
            if comment:
                platform.comments[PULL.number] = []
                platform.say(comment)

    platform.before["read_head"] = push


@pytest.mark.parametrize("has_written", [True, False])
def test_run_that_is_overtaken_while_it_writes_leaves_nothing_that_seems_true(
    has_written: bool, platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    """Lets another run push, and write or not, between the last look of this run and its writing."""
    ours = platform.say(state("c0", NONE))
    platform.labels[PULL.number] = {"links: address dies"}

    def push() -> None:
        platform.before = {}
        platform.heads[PULL.number] = "c2"
        if has_written:
            platform.comments[PULL.number] = [Comment(ours.id, state("c2", DIES))]

    platform.before["update_comment"] = push
    assert post(CHANGE)

    [body] = platform.bodies()
    assert body.startswith("### A newer commit was pushed\n\nThe run for `c2` will write here.")
    assert "\n\nWritten by the run of commit c1 (" in body
    assert "state links/prod - change -->" in body
    assert platform.label_names() == {"links: address dies"}
    assert platform.lines[-1] == (
        "warning",
        "c1 is no longer the newest commit; the run of the newest one writes the comment",
    )


def test_newer_comment_that_came_after_an_overtaken_run_stays(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.say(state("c1", CHANGE))
    # The look right after the writing.
    push_at_look(platform, 3, state("c2", DIES))
    assert post(CHANGE)
    assert platform.bodies() == [state("c2", DIES)]
    assert platform.label_names() == set()


def test_newest_run_writes_again_what_an_older_one_has_written_over(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    ours = platform.say(state("c0", CHANGE))
    original = platform.update_comment
    updates: list[str] = []

    def write_over(pull: PullRequest, comment: Comment, body: str) -> None:
        original(pull, comment, body)
        updates.append(body)
        if len(updates) == 1:
            platform.comments[PULL.number] = [Comment(ours.id, state("c0", NONE))]

    platform.update_comment = write_over  # type: ignore[method-assign]
    assert post(CHANGE)
    [body] = platform.bodies()
    assert body.startswith("new words\n\nOf commit c1 ")
    assert len(updates) == 2


def test_overtaken_run_leaves_the_labels_to_the_newer_one(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    """Lets another run push and label while this one sets its label."""

    def push() -> None:
        platform.before = {}
        platform.heads[PULL.number] = "c2"
        platform.comments[PULL.number] = []
        platform.say(state("c2", DIES))
        platform.labels[PULL.number] = {"links: address dies"}

    platform.say(state("c1", CHANGE))
    platform.before["add_label"] = push
    assert post(NONE)
    assert platform.label_names() == {"links: address dies"}


def test_run_that_is_overtaken_at_the_end_sets_no_label(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    push_at_look(platform, 4)
    assert post(NONE)
    assert platform.label_names() == set()


def test_refused_comment_is_replaced_by_a_short_one(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.say(state("c1", DIES))
    platform.labels[PULL.number] = {APPROVAL_LABEL, "links: address dies"}
    texts: list[str] = []
    original = platform.update_comment

    def refuse_long(pull: PullRequest, comment: Comment, body: str) -> None:
        texts.append(body)
        if len(texts) == 1:
            raise PlatformError("422 body is too long")
        assert APPROVAL_LABEL not in platform.label_names()
        original(pull, comment, body)

    platform.update_comment = refuse_long  # type: ignore[method-assign]
    with pytest.raises(PlatformError, match="422 body is too long"):
        post(DIES)
    [body] = platform.bodies()
    assert body.startswith("### The comment could not be written\n\nMemory did not take it")
    assert "state links/prod - change -->" in body
    assert platform.label_names() == {"links: address dies"}


@pytest.mark.parametrize(("request_name", "number"), [("list_comments", 1), ("read_labels", 1), ("read_head", 3)])
def test_request_that_fails_next_to_the_writing_leaves_approval_and_comment(
    request_name: str, number: int, platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    assert post(DIES)
    platform.label_names().add(APPROVAL_LABEL)
    before = platform.bodies()
    count = 0

    def fail_once() -> None:
        nonlocal count
        count += 1
        if count == number:
            raise PlatformError("502")

    platform.before[request_name] = fail_once
    if request_name == "read_labels":
        assert post(DIES)
    else:
        with pytest.raises(PlatformError, match="502"):
            post(DIES)
    assert count >= number
    assert platform.bodies() == before
    assert is_approved(platform)


def test_text_that_the_platform_took_before_it_failed_stays(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.say(state("c1", DIES))
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    original = platform.update_comment

    def take_and_fail(pull: PullRequest, comment: Comment, body: str) -> None:
        original(pull, comment, body.replace("\n", "\r\n"))
        raise PlatformError("504")

    platform.update_comment = take_and_fail  # type: ignore[method-assign]
    with pytest.raises(PlatformError, match="504"):
        post(DIES)
    [body] = platform.bodies()
    assert body.startswith("new words")
    assert is_approved(platform)


@pytest.mark.parametrize("with_report", [True, False])
def test_approval_outlasts_a_failed_run_of_the_same_commit(
    with_report: bool, platform: MemoryPlatform, post: Callable[..., bool], tmp_path: Path
) -> None:
    assert post(DIES, DIES, dying=(ADDRESS, OTHER))
    platform.label_names().add(APPROVAL_LABEL)
    if with_report:
        assert post(CHANGE, CHANGE, outcome=Outcome.FAILED, text="### The preview failed")
    else:
        (tmp_path / "report.json").unlink()
        assert not post_report(platform, tmp_path, ["prod", "dev"])
    [body] = platform.bodies()
    assert f"The label `links-may-die` lets these addresses die: `{ADDRESS}`, `{OTHER}`.\n\nOf commit c1 " in body
    assert is_approved(platform)
    assert platform.label_names() == {APPROVAL_LABEL, "links: address dies"}


@pytest.mark.parametrize(
    ("before", "text"),
    [
        # Nobody can show the addresses again, there is no room, or they died by another commit.
        (state("c1", DIES), "failed"),
        (f"`{ADDRESS}`\n{state('c1', DIES)}", f"{'word ' * 9}\n" * 2000),
        (f"`{ADDRESS}`\n{state('c0', DIES)}", "failed"),
    ],
)
def test_failed_run_keeps_no_list_that_it_cannot_show(
    before: str, text: str, platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.say(before)
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    assert post(CHANGE, outcome=Outcome.FAILED, text=text)
    [body] = platform.bodies()
    assert "lets die" not in body
    assert not is_approved(platform)


def test_approval_is_taken_off_also_where_no_comment_can_be_written(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.say(state("c0", DIES))
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    platform.fail("update_comment", "403")
    with pytest.raises(PlatformError, match="403"):
        post(DIES)
    assert platform.label_names() == set()


def test_two_runs_at_the_same_time_leave_one_comment(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    def be_faster() -> None:
        platform.say(state("c1", CHANGE))

    platform.before["create_comment"] = be_faster
    assert post(CHANGE)
    [body] = platform.bodies()
    assert body.startswith("new words")


def test_approval_holds_when_the_comment_showed_this_commit(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    platform.say(state("c1", DIES))
    assert is_approved(platform)
    assert post(DIES)
    assert platform.label_names() == {APPROVAL_LABEL, "links: address dies"}
    assert platform.requests.count("update_comment") == 1


@pytest.mark.parametrize(
    "before", [None, state("c0", DIES), state("c0", NONE), state("c1", CHANGE), state("c1", DIES, "other"), MARKER]
)
def test_approval_is_taken_off_when_nobody_was_shown_what_dies(
    before: str | None, platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    if before:
        platform.say(before)
    assert not is_approved(platform)
    assert post(DIES)
    assert platform.label_names() == {"links: address dies"}
    assert not is_approved(platform)
    # Whoever sets it now has seen the new comment.
    platform.label_names().add(APPROVAL_LABEL)
    assert is_approved(platform)


def test_push_takes_approval_off_when_nothing_dies_any_more(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    platform.say(state("c0", DIES))
    assert post(CHANGE)
    assert platform.label_names() == {"links: change"}
    assert platform.requests.count("update_comment") == 1


def test_approval_of_another_stack_stays(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    platform.say(state("c1", DIES, "other"))
    assert post(NONE)
    assert platform.label_names() == {APPROVAL_LABEL, "links: address dies"}


@pytest.mark.parametrize("request_name", ["list_comments", "read_labels", "remove_label", "update_comment"])
def test_label_that_is_set_while_the_comment_is_written_approves_only_what_was_shown(
    request_name: str, platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    """Sets the label just before each request of a run, and asks what the next run would make of it."""
    for chance in range(1, 9):
        platform.comments[PULL.number], platform.labels[PULL.number] = [], set()
        platform.say(state("c0", DIES))
        shown: list[str] = []
        count = 0

        def set_label(chance: int = chance, shown: list[str] = shown) -> None:
            nonlocal count
            count += 1
            if count == chance:
                shown.extend(platform.bodies())
                platform.label_names().add(APPROVAL_LABEL)

        platform.before = {request_name: set_label}
        assert post(DIES)
        platform.before = {}
        assert not is_approved(platform) or "new words" in shown[0]


def test_comment_approves_nothing_while_the_old_label_stays(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    platform.say(state("c0", DIES))
    platform.fail("remove_label", "taking the label off failed: 403; grant issues: write")
    assert post(DIES)
    [body] = platform.bodies()
    assert "\n\nOf commit c1 " in body
    assert not is_approved(platform)
    assert platform.lines[0] == (
        "error",
        "taking the label off failed: 403; grant issues: write; until links-may-die is taken off, no address may die",
    )


@pytest.mark.parametrize("request_name", ["list_comments", "read_labels"])
def test_old_label_and_new_comment_are_never_read_together(
    request_name: str, platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    platform.say(state("c0", DIES))

    def comment_meanwhile() -> None:
        platform.before = {}
        assert post(DIES)

    platform.before[request_name] = comment_meanwhile
    assert not is_approved(platform)
    assert platform.bodies()[0].startswith("new words")


def test_oldest_of_two_comments_counts(platform: MemoryPlatform) -> None:
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    platform.say(state("c1", CHANGE))
    platform.say(state("c1", DIES))
    assert not is_approved(platform)


def test_comment_lists_in_words_of_its_own_what_an_approval_lets_die(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    assert post(DIES, DIES, text="only a sandbox link changes", dying=(ADDRESS, OTHER))
    [body] = platform.bodies()
    assert (
        "only a sandbox link changes\n\n---\n\n#### What `links-may-die` lets die\n\nThe label `links-may-die` lets "
        f"these addresses die: `{ADDRESS}`, `{OTHER}`.\n\nOf commit c1 "
    ) in body
    assert f"links/prod c1 address dies {','.join(sorted(make_digests([ADDRESS, OTHER])))} -->\n" in body


def test_comment_says_of_which_stack_no_address_can_be_approved(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    assert post(DIES, dying=())
    [body] = platform.bodies()
    assert (
        "#### What `links-may-die` lets die\n\n"
        "The label lets no address of `links/prod` die: there are too many to list, or one can't be shown."
    ) in body
    assert "these addresses" not in body
    platform.label_names().add(APPROVAL_LABEL)
    assert not read_approval(platform, PULL).list_approved(PROD)


def test_approval_is_taken_off_when_another_address_dies_by_the_same_commit(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    platform.say(state("c1", DIES))
    assert post(DIES, dying=(ADDRESS, OTHER))
    assert platform.label_names() == {"links: address dies"}

    platform.label_names().add(APPROVAL_LABEL)
    assert post(DIES, dying=(OTHER,))
    assert APPROVAL_LABEL in platform.label_names()
    assert not is_approved(platform)


def test_report_that_leaves_a_stack_out_lets_no_comment_stand(platform: MemoryPlatform, tmp_path: Path) -> None:
    platform.say(state("c0", DIES))
    platform.say(state("c0", NONE, "dev"))
    platform.labels[PULL.number] = {APPROVAL_LABEL, "links: address dies"}
    dev = StackReport(project="links", stack="dev", outcome=Outcome.FINE, severity=NONE)
    write_report(tmp_path, Report(kind=Kind.PREVIEW, stacks=(dev,)), {"comment.md": "all is well"})

    assert not post_report(platform, tmp_path, ["prod", "dev"])

    [body] = platform.bodies()
    assert "it does not speak of each stack that --stack names" in body
    assert "links/prod c1 change -->\n" in body
    assert platform.label_names() == {"links: change"}


def test_report_of_another_project_is_refused_where_the_short_name_is_known(
    platform: MemoryPlatform, tmp_path: Path
) -> None:
    platform.say(state("c0", DIES))
    platform.labels[PULL.number] = {APPROVAL_LABEL}
    other = StackReport(project="nothere", stack="prod", outcome=Outcome.FINE, severity=NONE)
    write_report(tmp_path, Report(kind=Kind.PREVIEW, stacks=(other,)), {"comment.md": "all is well"})

    assert not post_report(platform, tmp_path, ["prod"])
    # It can be right, and approves nothing by this commit.
    assert platform.bodies() == [state("c0", DIES)]
    assert not is_approved(platform)
    assert "a comment on another project's stack prod stands here: name it whole in --stack" in platform.lines[0][1]
    assert "links: address dies" in platform.label_names()

    assert post_report(platform, tmp_path, ["acme/nothere/prod"])


def test_comment_on_a_stack_that_is_named_whole_is_no_reason_to_refuse_another_project(
    platform: MemoryPlatform, tmp_path: Path
) -> None:
    platform.say(state("c0", NONE))
    stacks = tuple(
        StackReport(project=project, stack="prod", outcome=Outcome.FINE, severity=CHANGE)
        for project in ("links", "shop")
    )
    write_report(tmp_path, Report(kind=Kind.PREVIEW, stacks=stacks), {"comment.md": "words"})
    assert post_report(platform, tmp_path, ["prod", "acme/links/prod"])
    [body] = platform.bodies()
    assert body.startswith("words\n\nOf commit c1 ")


def test_approval_needs_the_label(platform: MemoryPlatform) -> None:
    platform.say(state("c1", DIES))
    assert not is_approved(platform)


def test_fork_gets_no_comment(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.pull = PullRequest(7, "c1", is_fork=True)
    assert post(DIES)
    assert platform.requests == []


@pytest.mark.parametrize("kind", [Kind.RESULT, Kind.DRIFT])
def test_pull_request_can_speak_of_previews_only(
    kind: Kind, platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.merged = [PullRequest(3, "m", merge_commit="merge1")]
    outcome = Outcome.DRIFTED if kind is Kind.DRIFT else Outcome.FINE
    assert not post(CHANGE, kind=kind, outcome=outcome)
    assert platform.issues == []
    assert platform.bodies(3) == []
    assert f"a {kind.value} does not come from a run of this kind" in platform.lines[0][1]


def test_preview_outside_of_a_pull_request_is_refused(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.pull = None
    assert not post(CHANGE)
    assert platform.requests == []


def test_comment_does_not_stay_when_the_report_cannot_be_read(platform: MemoryPlatform, tmp_path: Path) -> None:
    platform.say(state("c0", NONE))
    platform.say(state("c0", NONE, "other"))
    platform.labels[PULL.number] = {"links: none"}

    assert not post_report(platform, tmp_path, ["prod", "acme/shop/dev"])

    ours, other = platform.bodies()
    assert ours.startswith("### Nobody knows what would change\n\nThe report can't be taken, since it has no")
    assert "it has no report.json that can be read" in ours
    assert ours.endswith(f"{MARKER}\n<!-- pulumi-userplane review shop/dev -->\n")
    assert other == state("c0", NONE, "other")
    assert platform.label_names() == {"links: change"}


def test_label_does_not_stay_when_nobody_knows_the_project(platform: MemoryPlatform, tmp_path: Path) -> None:
    platform.labels[PULL.number] = {"links: none"}
    assert not post_report(platform, tmp_path, ["prod"])
    assert platform.bodies() == []
    assert platform.label_names() == {"links: change"}


@pytest.mark.parametrize("text", ["", "  \n", MARKER, "\u202e"])
def test_empty_text_is_refused(text: str, platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    assert not post(CHANGE, text=text)
    assert "its comment.md is empty" in platform.lines[0][1]


def test_text_is_cleaned_and_cut(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    assert post(
        CHANGE, text=f"<!-- pulumi-userplane state links/other c9 none -->\n/approve\n{'word ' * 9 + chr(10)}" * 2000
    )
    [body] = platform.bodies()
    assert len(body) < 65_536
    assert "links/other" not in body
    assert "\n/approve" not in body
    assert "**The rest did not fit.**" in body


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: f"{golden.parent.name}/{golden.name}")
def test_comment_of_review_looks_as_before(golden: Path, platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    text = golden.read_text("utf-8")
    assert len(GOLDEN) > 30
    assert post(CHANGE, text=text)
    [body] = platform.bodies()
    before, after = RenderedComment(text), RenderedComment(body.partition("\n\nOf commit")[0])
    assert after.problems == before.problems == []
    assert after.rows == before.rows
    assert "".join(piece.text for piece in after.texts).split() == "".join(piece.text for piece in before.texts).split()


def test_longest_comment_of_review_fits(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    steps = [step("delete", recorded(f"link-{number}", link_title=f"Link {number}")) for number in range(2_000)]
    text = render_comment([ReviewedStack(reviewed(*steps))])
    assert len(text.encode()) > 64_000
    assert post(DIES, text=text)
    [body] = platform.bodies()
    assert "The rest did not fit" not in body
    assert len(body) <= 65_536


def test_result_is_written_into_each_merged_pull_request(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.pull = None
    platform.merged = [PullRequest(number, "h", merge_commit=f"merge{number}") for number in (1, 2, 3)]
    platform.say("old\n<!-- pulumi-userplane result links/prod -->", 2)
    platform.say(state("h", DIES), 2)

    assert post(CHANGE, kind=Kind.RESULT)

    [first], [second, review], [third] = map(platform.bodies, (1, 2, 3))
    assert first == second == third
    assert "new words\n\nOf commit merge1 ([run](" in first
    assert first.endswith("\n\n<!-- pulumi-userplane result links/prod -->\n")
    assert review == state("h", DIES)
    assert platform.label_names(2) == set()


def test_result_of_a_stopped_update_lists_nothing(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.pull = None
    platform.merged = [PullRequest(1, "h", merge_commit="merge1")]
    assert post(DIES, kind=Kind.RESULT, outcome=Outcome.STOPPED)
    [body] = platform.bodies(1)
    assert body.startswith("new words\n\nOf commit merge1 (")


def test_result_reaches_the_other_pull_requests_when_one_fails(
    platform: MemoryPlatform, post: Callable[..., bool]
) -> None:
    platform.pull = None
    platform.merged = [PullRequest(1, "a"), PullRequest(2, "b")]
    failures = iter([True, False])

    def fail_once() -> None:
        if next(failures):
            raise PlatformError("locked")

    platform.before["create_comment"] = fail_once
    with pytest.raises(PlatformError, match="locked"):
        post(CHANGE, kind=Kind.RESULT)
    assert len(platform.bodies(2)) == 1


def test_issue_about_drift_is_opened_rewritten_and_closed(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    platform.pull = None

    assert post(NONE, kind=Kind.DRIFT, outcome=Outcome.CLEAN)
    assert platform.issues == []

    assert post(CHANGE, kind=Kind.DRIFT, outcome=Outcome.DRIFTED, text="first")
    assert post(CHANGE, kind=Kind.DRIFT, outcome=Outcome.DRIFTED, text="second", names=("dev",))
    assert post(CHANGE, kind=Kind.DRIFT, outcome=Outcome.DRIFTED, text="third")
    prod, dev = platform.issues
    assert prod.body == f"third\n\nSeen ([run](https://ci.example/runs/99)).\n\n{MARKER}\n"
    assert dev.body.startswith("second")
    assert platform.titles == [
        f"Recording links of {name} were changed outside Pulumi [{DRIFT_LABEL}]" for name in ("prod", "dev")
    ]

    assert post(NONE, kind=Kind.DRIFT, outcome=Outcome.CLEAN)
    assert platform.issues == [dev]
    assert platform.closed == {prod.number: "The links are as declared again: https://ci.example/runs/99."}


def test_unknown_comment_is_left_alone(platform: MemoryPlatform, post: Callable[..., bool]) -> None:
    unknown = Comment(40, "text\n<!-- pulumi-userplane review links/prod --> and more")
    platform.comments[PULL.number] = [unknown]
    assert post(CHANGE)
    assert platform.comments[PULL.number][0] == unknown
