"""A platform in memory: pull requests, comments, labels and issues of one repository."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pulumi_userplane.cli.ci.platform import Comment, Issue, PlatformError, PullRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PULL = PullRequest(7, "c1")


@dataclass
class MemoryPlatform:
    """The platform of one run.

    Attributes:
        pull: The pull request that the run is about.
        merged: What `find_merged` finds.
        labels: The labels of each pull request, by its number.
        comments: Our comments on each pull request, by its number.
        issues: Our open issues.
        plan: The text of the plan that is kept for each stack.
        reports: The files of the report that a job has left in a folder.
        heads: The newest commit of a pull request, if it is no longer that of the run.
        before: What happens just before a request, by the request's name: somebody else is faster, or it fails.
        requests: The names of all requests.
    """

    pull: PullRequest | None = PULL
    run_commit: str = "merge1"
    merged: list[PullRequest] = field(default_factory=list)
    labels: dict[int, set[str]] = field(default_factory=dict)
    comments: dict[int, list[Comment]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    closed: dict[int, str] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    plans: dict[str, str] = field(default_factory=dict)
    reports: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    is_quiet: bool = False
    name: str = "Memory"
    _ids: int = 0

    def fail(self, request: str, message: str) -> None:
        """Lets a request fail from now on."""

        def refuse() -> None:
            raise PlatformError(message)

        self.before[request] = refuse

    def say(self, body: str, number: int = PULL.number) -> Comment:
        """Adds a comment of ours, as an earlier run has written it."""
        self._ids += 1
        comment = Comment(self._ids, body)
        self.comments.setdefault(number, []).append(comment)
        return comment

    def bodies(self, number: int = PULL.number) -> list[str]:
        """Returns our comments on a pull request."""
        return [comment.body for comment in self.comments.get(number, ())]

    def label_names(self, number: int = PULL.number) -> set[str]:
        """Returns the labels of a pull request."""
        return self.labels.setdefault(number, set())

    def _begin(self, request: str) -> None:
        self.requests.append(request)
        self.before.get(request, lambda: None)()

    def pull_request(self) -> PullRequest | None:
        return self.pull

    def commit(self) -> str:
        return self.pull.head if self.pull else self.run_commit

    def read_head(self, pull: PullRequest) -> str:
        self._begin("read_head")
        return self.heads.get(pull.number, pull.head)

    def read_labels(self, pull: PullRequest) -> set[str]:
        self._begin("read_labels")
        return {*self.label_names(pull.number)}

    def list_comments(self, pull: PullRequest) -> list[Comment]:
        self._begin("list_comments")
        return [*self.comments.get(pull.number, ())]

    def create_comment(self, pull: PullRequest, body: str) -> None:
        self._begin("create_comment")
        self.say(body, pull.number)

    def update_comment(self, pull: PullRequest, comment: Comment, body: str) -> None:
        self._begin("update_comment")
        comments = self.comments[pull.number]
        comments[[entry.id for entry in comments].index(comment.id)] = Comment(comment.id, body)

    def delete_comment(self, pull: PullRequest, comment: Comment) -> None:
        self._begin("delete_comment")
        self.comments[pull.number] = [entry for entry in self.comments[pull.number] if entry.id != comment.id]

    def add_label(self, pull: PullRequest, name: str) -> None:
        self._begin("add_label")
        self.label_names(pull.number).add(name)

    def remove_label(self, pull: PullRequest, name: str) -> None:
        self._begin("remove_label")
        self.label_names(pull.number).discard(name)

    def find_merged(self, commit: str) -> list[PullRequest]:
        self._begin("find_merged")
        assert commit == self.run_commit
        return self.merged

    def download_plan(self, pull: PullRequest, stack: str, folder: Path) -> Path | None:
        self._begin("download_plan")
        if stack not in self.plans:
            return None
        file = folder / "reviewed.json"
        file.write_text(self.plans[stack], "utf-8")
        return file

    def download_report(self, job: str, path: str, folder: Path) -> bool:
        self._begin("download_report")
        report = self.reports.get((job, path), {})
        for name, text in report.items():
            (folder / name).write_text(text, "utf-8")
        return bool(report)

    def list_issues(self, label: str) -> list[Issue]:
        self._begin("list_issues")
        return [*self.issues]

    def create_issue(self, title: str, body: str, label: str) -> None:
        self._begin("create_issue")
        self._ids += 1
        self.titles.append(f"{title} [{label}]")
        self.issues.append(Issue(self._ids, body))

    def update_issue(self, issue: Issue, body: str) -> None:
        self._begin("update_issue")
        self.issues[self.issues.index(issue)] = Issue(issue.number, body)

    def close_issue(self, issue: Issue, comment: str) -> None:
        self._begin("close_issue")
        self.issues.remove(issue)
        self.closed[issue.number] = comment

    def run_url(self) -> str:
        return "https://ci.example/runs/99"

    def write_summary(self, markdown: str) -> None:
        self.summary += markdown

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        self.outputs.update(outputs)

    def log(self, level: Literal["error", "warning"], text: str) -> None:
        self.lines.append((level, text))

    @contextmanager
    def quiet_log(self) -> Iterator[Any]:
        self.is_quiet = True
        yield
        self.is_quiet = False
