"""A GitLab project as its API shows it: merge requests, comments, issues, jobs and deployments, in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json: TypeAlias = "dict[str, Any]"

PROJECT = 42
FORK = 43
MAIN = "main"
BOT: Json = {"id": 7, "username": f"project_{PROJECT}_bot_0a1b2c"}
MALLORY: Json = {"id": 666, "username": "mallory"}

_FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.MULTILINE | re.DOTALL)
_QUICK_ACTION = re.compile(r"^\s*/([a-z_]+)\b.*$", re.MULTILINE)


class RefusedError(Exception):
    """What the API refuses.

    Args:
        status: The HTTP status.
        body: What it responds.
    """

    def __init__(self, status: int, **body: str) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


@dataclass
class Call:
    """One request.

    Attributes:
        parts: What the path's groups matched.
        query: The query; of a name that is there twice the last value.
        fields: What was sent.
    """

    parts: tuple[str, ...]
    query: Mapping[str, str]
    fields: Json


class GitLabProject:
    """The project; what people and runners do to it are methods.

    Attributes:
        commits: Those of the default branch, the oldest first.
        obeyed: The quick actions that were written in comments and issues.
    """

    def __init__(self) -> None:
        self.merge_requests: dict[int, Json] = {}
        self.issues: dict[int, Json] = {}
        self.all_notes: list[Json] = []
        self.jobs: list[Json] = []
        self.artifacts: dict[int, Path] = {}
        self.deployments: list[Json] = []
        self.commits: list[str] = []
        self.obeyed: list[str] = []

    def open_merge_request(self, number: int, head: str, *, source: int = PROJECT) -> Json:
        """Opens a merge request."""
        opened = {
            "iid": number,
            "sha": head,
            "state": "opened",
            "labels": [],
            "source_project_id": source,
            "target_project_id": PROJECT,
            "target_branch": MAIN,
            "merge_commit_sha": None,
            "squash_commit_sha": None,
            "head_pipeline": None,
        }
        self.merge_requests[number] = opened
        return opened

    def merge(self, number: int, **commits: str) -> None:
        """Merges a merge request by `merge_commit_sha`, `squash_commit_sha` or neither, for a fast-forward."""
        merged = self.merge_requests[number]
        merged.update(commits, state="merged")
        self.commits += [commit for commit in (merged["sha"], *commits.values()) if commit]

    def add_note(self, number: int, body: str, author: Json = BOT, *, on: str = "merge_requests") -> Json:
        """Adds a comment as it stands, as if another request had written it."""
        note = {"id": 100 + len(self.all_notes), "body": body, "author": author, "system": False}
        self.all_notes.append({**note, "on": (on, number)})
        return note

    def notes(self, number: int, author: Json = BOT, *, on: str = "merge_requests") -> list[str]:
        """Returns the texts of an author's comments."""
        return [note["body"] for note in self.all_notes if note["on"] == (on, number) and note["author"] == author]

    def add_job(self, pipeline: int, name: str, commit: str, artifacts: Path | None = None, **fields: Any) -> Json:
        """Adds a job of a pipeline, with a folder of artifacts."""
        at = {"id": pipeline, "sha": commit, "project_id": PROJECT}
        file = {"filename": "artifacts.zip"} if artifacts else None
        job = {"id": 1000 + len(self.jobs), "name": name, "pipeline": at, "artifacts_file": file, **fields}
        self.jobs.append(job)
        if artifacts:
            self.artifacts[job["id"]] = artifacts
        return job

    def deploy(self, pipeline: int, environment: str, commit: str, status: str = "success") -> None:
        """Adds a deployment, as a job with an environment leaves one."""
        deployable = {"id": 1, "pipeline": {"id": pipeline}}
        fields = {"sha": commit, "status": status, "environment": environment, "created_at": "2026-01-01T00:00:00Z"}
        self.deployments.append({"id": 1 + len(self.deployments), "deployable": deployable, **fields})

    def obey(self, body: str) -> str:
        """Obeys the quick actions in a text, and returns the rest."""
        visible = _FENCED.sub("", body)
        self.obeyed += [found[0].strip() for found in _QUICK_ACTION.finditer(visible)]
        return body


def _find(rows: dict[int, Json], number: str) -> Json:
    if int(number) not in rows:
        raise RefusedError(404, message="404 Not found")
    return rows[int(number)]


def _read_merge_request(project: GitLabProject, call: Call) -> Json:
    return _find(project.merge_requests, call.parts[0])


def _list_merge_requests(project: GitLabProject, call: Call) -> list[Json]:
    wanted = {name: call.query[name] for name in ("state", "target_branch") if name in call.query}
    rows = project.merge_requests.values()
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def _change_merge_request(project: GitLabProject, call: Call) -> Json:
    changed = _read_merge_request(project, call)
    removed = call.fields.get("remove_labels", "").split(",")
    labels = [label for label in changed["labels"] if label not in removed]
    added = [label for label in call.fields.get("add_labels", "").split(",") if label and label not in labels]
    changed["labels"] = [*labels, *added]
    return changed


def _list_notes(project: GitLabProject, call: Call) -> list[Json]:
    rows = [row for row in project.all_notes if row["on"] == (call.parts[0], int(call.parts[1]))]
    return rows if call.query.get("sort") == "asc" else rows[::-1]


def _create_note(project: GitLabProject, call: Call) -> Json:
    kind, number = call.parts
    return project.add_note(int(number), project.obey(call.fields["body"]), on=kind)


def _find_note(project: GitLabProject, call: Call) -> Json:
    return _find({note["id"]: note for note in project.all_notes if note["author"] == BOT}, call.parts[2])


def _change_note(project: GitLabProject, call: Call) -> Json:
    note = _find_note(project, call)
    note["body"] = project.obey(call.fields["body"])
    return note


def _delete_note(project: GitLabProject, call: Call) -> None:
    project.all_notes.remove(_find_note(project, call))


def _list_jobs(project: GitLabProject, call: Call) -> list[Json]:
    rows = [job for job in project.jobs if job["pipeline"]["id"] == int(call.parts[0])]
    # A retried job is not there without `include_retried`.
    return list({job["name"]: job for job in rows}.values())[::-1]


def _read_artifact(project: GitLabProject, call: Call) -> Path:
    path = PurePosixPath(call.parts[1])
    file = project.artifacts.get(int(call.parts[0]), Path("/nowhere")) / path
    if ".." in path.parts or not file.is_file():
        raise RefusedError(404, message="404 Not Found")
    return file


def _list_of_commit(project: GitLabProject, call: Call) -> list[Json]:
    names = ("sha", "merge_commit_sha", "squash_commit_sha")
    rows = [row for row in project.merge_requests.values() if call.parts[0] in [row[name] for name in names]]
    return [row for row in rows if row["state"] == call.query.get("state", row["state"])]


def _compare(project: GitLabProject, call: Call) -> Json:
    commits = project.commits
    if call.query["from"] not in commits:
        raise RefusedError(404, message="404 Commit Not Found")
    begin, end = (commits.index(call.query[name]) for name in ("from", "to"))
    return {"commits": [{"id": commit} for commit in commits[begin + 1 : end + 1]]}


def _list_deployments(project: GitLabProject, call: Call) -> list[Json]:
    wanted = {name: call.query[name] for name in ("environment", "status") if name in call.query}
    rows = project.deployments
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return found[::-1] if call.query.get("sort") == "desc" else found


def _list_issues(project: GitLabProject, call: Call) -> list[Json]:
    rows = [row for row in project.issues.values() if call.query["labels"] in row["labels"]]
    return [row for row in rows if row["state"] == call.query["state"]]


def _create_issue(project: GitLabProject, call: Call) -> Json:
    number = 1 + len(project.issues)
    fields = {**call.fields, "labels": call.fields["labels"].split(",")}
    project.obey(fields["description"])
    project.issues[number] = {"iid": number, "state": "opened", "author": BOT, **fields}
    return project.issues[number]


def _change_issue(project: GitLabProject, call: Call) -> Json:
    issue = _find(project.issues, call.parts[0])
    issue.update({name: value for name, value in call.fields.items() if name != "state_event"})
    if call.fields.get("state_event") == "close":
        issue["state"] = "closed"
    return issue


_HOME = f"/api/v4/projects/{PROJECT}"
_NOTES = f"{_HOME}/(merge_requests|issues)/(\\d+)/notes"
ROUTES: dict[str, tuple[Callable[[GitLabProject, Call], Any], bool]] = {
    "GET /api/v4/user": (lambda _project, _call: BOT, False),
    f"GET {_HOME}/merge_requests": (_list_merge_requests, True),
    f"GET {_HOME}/merge_requests/(\\d+)": (_read_merge_request, True),
    f"PUT {_HOME}/merge_requests/(\\d+)": (_change_merge_request, False),
    f"GET {_NOTES}": (_list_notes, True),
    f"POST {_NOTES}": (_create_note, False),
    f"PUT {_NOTES}/(\\d+)": (_change_note, False),
    f"DELETE {_NOTES}/(\\d+)": (_delete_note, False),
    f"GET {_HOME}/pipelines/(\\d+)/jobs": (_list_jobs, True),
    f"GET {_HOME}/jobs/(\\d+)/artifacts/(.+)": (_read_artifact, True),
    f"GET {_HOME}/repository/commits/(\\w+)/merge_requests": (_list_of_commit, True),
    f"GET {_HOME}/repository/compare": (_compare, False),
    f"GET {_HOME}/deployments": (_list_deployments, True),
    f"GET {_HOME}/issues": (_list_issues, False),
    f"POST {_HOME}/issues": (_create_issue, False),
    f"PUT {_HOME}/issues/(\\d+)": (_change_issue, False),
}
