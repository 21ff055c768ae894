"""A stand-in for GitHub's REST API on 127.0.0.1: one repository in a folder, and tokens that may do only what they say.

Which permission a request needs is GitHub's own table, "Permissions required for GitHub Apps": comments and labels of a
pull request take `issues` or `pull_requests`. A private repository: without a permission nothing is read either.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

BOT = "github-actions[bot]"
REPOSITORY = "acme/links"
MAX_BODY = 65_536
_ROOT = f"/repos/{REPOSITORY}"

Entry: TypeAlias = "dict[str, Any]"
Query: TypeAlias = "Mapping[str, str]"


class Refused(Exception):  # noqa: N818 - a response, not an error
    """A response that is not a success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Redirect(Exception):  # noqa: N818 - a response, not an error
    """A response that sends the client somewhere else."""


class GitHubServer:
    """One repository with pull requests, issues, comments, labels, runs and artifacts; all of it is in the folder.

    Attributes:
        most_per_page: Rows of a page at most, whatever the client asks for.
        requests: Method and path of each request, in order.
        leaked: Whether a token was sent to the host that holds the artifacts.
        faults: Responses to the next requests, as status, message and headers, instead of what they ask for.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.most_per_page = 100
        self.requests: list[str] = []
        self.leaked = False
        self.faults: list[tuple[int, str, dict[str, str]]] = []
        self._file = folder / "store.json"
        self._lock = threading.RLock()
        self._tokens: dict[str, tuple[str, Mapping[str, str]]] = {}
        self._api = _serve(self._respond)
        self._blobs = _serve(self._respond_with_blob)
        if not self._file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            kinds = ("pulls", "issues", "comments", "artifacts", "runs", "commits")
            self.write({**{kind: [] for kind in kinds}, "labels": []})

    @property
    def url(self) -> str:
        """Returns the address of the API."""
        return f"http://127.0.0.1:{self._api.server_port}"

    def stop(self) -> None:
        """Ends it; the folder stays."""
        for server in (self._api, self._blobs):
            server.shutdown()
            server.server_close()

    @property
    def environ(self) -> dict[str, str]:
        """Returns what a runner's environment says of it."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.example",
        }

    def grant(self, login: str = BOT, **permissions: str) -> str:
        """Returns a new token with permissions such as `pull_requests="write"`; what is not named is refused."""
        token = f"ghs_{secrets.token_hex(16)}"
        self._tokens[token] = (login, permissions)
        return token

    def read(self) -> dict[str, list[Any]]:
        """Returns the whole store."""
        with self._lock:
            store: dict[str, list[Any]] = json.loads(self._file.read_text("utf-8"))
            return store

    def write(self, store: Mapping[str, list[Any]]) -> None:
        """Replaces the whole store."""
        with self._lock:
            self._file.write_text(json.dumps(store), "utf-8")

    def add(self, kind: str, **fields: Any) -> int:
        """Adds an entry, and returns its number."""
        with self._lock:
            store = self.read()
            number = 1 + sum(map(len, store.values()))
            moment = f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"
            common = {"id": number, "number": number, "user": {"login": BOT}, "state": "open", "labels": []}
            store[kind].append({**common, "created_at": moment, "updated_at": moment, **fields})
            self.write(store)
            return number

    def change(self, kind: str, number: int, **fields: Any) -> Entry:
        """Changes fields of an entry, and returns it."""
        with self._lock:
            store = self.read()
            found: Entry = _only(entry for entry in store[kind] if entry["id"] == number)
            found.update(fields)
            self.write(store)
            return found

    def open_pull(self, head: str, *, fork: bool = False) -> int:
        """Opens a pull request."""
        repository = {"full_name": "mallory/links" if fork else REPOSITORY}
        return self.add("pulls", head={"sha": head, "repo": repository}, base={"ref": "main"}, merged_at=None)

    def push(self, commit: str, *, merges: int | None = None, squashed: str = "") -> None:
        """Adds a commit to main, which may merge a pull request."""
        with self._lock:
            store = self.read()
            store["commits"] += [squashed, commit] if squashed else [commit]
            self.write(store)
            if merges is not None:
                merged = {"merged_at": "2026-01-02T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}
                self.change("pulls", merges, state="closed", merge_commit_sha=commit, **merged)

    def label(self, number: int, *names: str) -> None:
        """Sets the labels of a pull request, as a person does."""
        self.change("pulls", number, labels=[{"name": name} for name in names])

    def labels(self, number: int) -> set[str]:
        """Returns the labels of a pull request."""
        return {label["name"] for label in self._labelled(number)[1]["labels"]}

    def comments(self, number: int) -> list[str]:
        """Returns the comments on a pull request or an issue."""
        return [comment["body"] for comment in self.read()["comments"] if comment["on"] == number]

    def upload(self, name: str, files: Mapping[str, bytes], commit: str, *, run: int = 0, fork: bool = False) -> int:
        """Stores an artifact of a run; one of the same name of the same run is replaced."""
        with self._lock:
            store = self.read()
            store["artifacts"] = [entry for entry in store["artifacts"] if not _is_named(entry, name, run)]
            self.write(store)
            origin = {"id": run, "head_sha": commit, "repository_id": 1, "head_repository_id": 2 if fork else 1}
            number = self.add("artifacts", name=name, expired=False, workflow_run=origin)
            kept = self.folder / "artifacts" / f"{number}.zip"
            kept.parent.mkdir(exist_ok=True)
            with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
                for file, content in files.items():
                    archive.writestr(file, content)
            return number

    def break_artifact(self, number: int) -> None:
        """Takes an artifact's file away, as if it had expired while it was downloaded."""
        (self.folder / "artifacts" / f"{number}.zip").unlink()

    def download(self, name: str, run: int) -> dict[str, bytes]:
        """Returns the files of an artifact of a run."""
        found = _only(entry for entry in self.read()["artifacts"] if _is_named(entry, name, run))
        with zipfile.ZipFile(self.folder / "artifacts" / f"{found['id']}.zip") as archive:
            return {file: archive.read(file) for file in archive.namelist()}

    def finish(self, workflow: str, commit: str, conclusion: str = "success", **fields: Any) -> int:
        """Adds a finished run of a workflow on main."""
        run = {"path": f".github/workflows/{workflow}.yml", "head_sha": commit, "head_branch": "main", **fields}
        return self.add("runs", status="completed", conclusion=conclusion, **run)

    # What it responds with.

    def _respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any, Query]:
        parts = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        with self._lock:
            self.requests.append(f"{method} {unquote(parts.path).removeprefix(_ROOT + '/')}")
            if self.faults:
                status, message, extra = self.faults.pop(0)
                return status, {"message": message}, extra
            try:
                answer = self._answer(method, parts.path, query, headers, json.loads(body) if body else {})
            except Refused as refused:
                return refused.status, {"message": str(refused)}, {}
            except Redirect as elsewhere:
                return 302, {}, {"Location": str(elsewhere)}
        if answer is None:
            return 204, None, {}
        if method == "GET":
            answer, links = self._page(parts.path, query, answer)
            return 200, answer, links
        return 201 if method == "POST" else 200, answer, {}

    def _page(self, path: str, query: Query, answer: Any) -> tuple[Any, Query]:
        kind = next((key for key in ("artifacts", "workflow_runs", "commits") if key in answer), None)
        if kind is None and not isinstance(answer, list):
            return answer, {}
        rows = answer if kind is None else answer[kind]
        size, page = min(int(query.get("per_page", 30)), self.most_per_page), int(query.get("page", 1))
        wanted = rows[(page - 1) * size : page * size]
        more = page * size < len(rows)
        address = f"{self.url}{path}?{urlencode({**query, 'page': page + 1})}"
        links = {"Link": f'<{address}>; rel="next"'} if more else {}
        return wanted if kind is None else {**answer, kind: wanted}, links

    def _answer(self, method: str, path: str, query: Query, headers: Mapping[str, str], fields: Any) -> Any:
        _, _, token = headers.get("Authorization", "").rpartition(" ")
        if token not in self._tokens:
            raise Refused(401, "Bad credentials")
        login, permissions = self._tokens[token]
        for pattern, needs, respond in self._routes():
            if found := re.fullmatch(pattern, f"{method} {path.removeprefix(_ROOT)}"):
                level = "read" if method == "GET" else "write"
                if not any(permissions.get(name) in {level, "write"} for name in needs):
                    raise Refused(403, "Resource not accessible by integration")
                groups = [unquote(group) for group in found.groups()]
                # The labels to add are sent as a list.
                named = {"labels": fields} if isinstance(fields, list) else fields
                return respond(
                    *groups, query={**query, "login": login, "creates": permissions.get("issues", "")}, **named
                )
        raise Refused(404, "Not Found")

    def _routes(self) -> list[tuple[str, tuple[str, ...], Callable[..., Any]]]:
        either = ("issues", "pull_requests")
        return [
            (r"GET /issues/(\d+)/comments", either, self._list_comments),
            (r"POST /issues/(\d+)/comments", either, self._comment),
            (r"PATCH /issues/comments/(\d+)", either, self._edit_comment),
            (r"DELETE /issues/comments/(\d+)", either, self._delete_comment),
            (r"GET /issues/(\d+)/labels", either, lambda number, query: self._labelled(int(number))[1]["labels"]),
            (r"POST /issues/(\d+)/labels", either, self._add_labels),
            (r"DELETE /issues/(\d+)/labels/(.+)", either, self._remove_label),
            (r"GET /issues", ("issues",), self._list_issues),
            (r"POST /issues", ("issues",), self._open_issue),
            (
                r"PATCH /issues/(\d+)",
                either,
                lambda number, query, **fields: self.change("issues", int(number), **fields),
            ),
            (r"GET /pulls", ("pull_requests",), self._list_pulls),
            (r"GET /pulls/(\d+)", ("pull_requests",), self._show_pull),
            (r"GET /commits/(\w+)/pulls", ("pull_requests",), self._list_pulls_of),
            (r"GET /compare/(\w+)\.\.\.(\w+)", ("contents",), self._compare),
            (r"GET /actions/workflows/([\w.]+)/runs", ("actions",), self._list_runs),
            (r"GET /actions/artifacts", ("actions",), self._list_artifacts),
            (r"GET /actions/artifacts/(\d+)/zip", ("actions",), self._redirect),
        ]

    def _shown(self, kind: str, entry: Entry) -> Entry:
        page = "pull" if "pull_request" in entry else "issues"
        html = f"{self.environ['GITHUB_SERVER_URL']}/{REPOSITORY}/{page}/{entry['id']}"
        return {**entry, "url": f"{self.url}{_ROOT}/{kind}/{entry['id']}", "html_url": html}

    def _list_comments(self, number: str, query: Query) -> list[Entry]:
        on = [entry for entry in self.read()["comments"] if entry["on"] == int(number)]
        return [self._shown("issues/comments", entry) for entry in on]

    def _comment(self, number: str, query: Query, body: str) -> Entry:
        _check_length(body)
        made = self.add("comments", on=int(number), body=body, user={"login": query["login"]})
        return self._shown("issues/comments", self.change("comments", made))

    def _edit_comment(self, number: str, query: Query, body: str) -> Entry:
        _check_length(body)
        return self._shown("issues/comments", self.change("comments", int(number), body=body))

    def _delete_comment(self, number: str, query: Query) -> None:
        self.change("comments", int(number))
        store = self.read()
        store["comments"] = [entry for entry in store["comments"] if entry["id"] != int(number)]
        self.write(store)

    def _labelled(self, number: int) -> tuple[str, Entry]:
        store = self.read()
        labelled = ((kind, entry) for kind in ("pulls", "issues") for entry in store[kind] if entry["id"] == number)
        found: tuple[str, Entry] = _only(labelled)
        return found

    def _create_labels(self, names: list[str], query: Query) -> list[Entry]:
        store = self.read()
        if unknown := [name for name in names if name not in store["labels"]]:
            # Since 2025 `pull_requests` does not create one: actions/labeler#870.
            if query["creates"] != "write":
                raise Refused(403, "You do not have permission to create labels on this repository.")
            self.write({**store, "labels": store["labels"] + unknown})
        return [{"name": name} for name in names]

    def _add_labels(self, number: str, query: Query, labels: list[str]) -> list[Entry]:
        made = self._create_labels(labels, query)
        kind, entry = self._labelled(int(number))
        kept = [label for label in entry["labels"] if label not in made]
        changed: list[Entry] = self.change(kind, int(number), labels=kept + made)["labels"]
        return changed

    def _remove_label(self, number: str, name: str, query: Query) -> list[Entry]:
        kind, entry = self._labelled(int(number))
        kept = [label for label in entry["labels"] if label["name"] != name]
        if kept == entry["labels"]:
            raise Refused(404, "Label does not exist")
        changed: list[Entry] = self.change(kind, int(number), labels=kept)["labels"]
        return changed

    def _list_issues(self, query: Query) -> list[Entry]:
        store = self.read()
        # GitHub lists pull requests here, too.
        pulls = [{**pull, "pull_request": {"url": ""}} for pull in store["pulls"]]
        return [
            self._shown("issues", issue)
            for issue in store["issues"] + pulls
            if issue["state"] == query["state"] and {"name": query["labels"]} in issue["labels"]
        ]

    def _open_issue(self, query: Query, title: str, body: str, labels: list[str]) -> Entry:
        _check_length(body)
        known = self._create_labels(labels, query)
        made = self.add("issues", title=title, body=body, labels=known, user={"login": query["login"]})
        return self._shown("issues", self.change("issues", made))

    def _list_pulls(self, query: Query) -> list[Entry]:
        assert (query["state"], query["sort"], query["direction"]) == ("closed", "updated", "desc")
        closed = [pull for pull in self.read()["pulls"] if pull["state"] == "closed"]
        on_base = [self._shown("pulls", pull) for pull in closed if pull["base"]["ref"] == query["base"]]
        return sorted(on_base, key=lambda pull: str(pull["updated_at"]), reverse=True)

    def _show_pull(self, number: str, query: Query) -> Entry:
        return self._shown("pulls", _only(pull for pull in self.read()["pulls"] if pull["id"] == int(number)))

    def _list_pulls_of(self, commit: str, query: Query) -> list[Entry]:
        # As GitHub does it: also those that merely hold the commit.
        held = [pull for pull in self.read()["pulls"] if commit in {pull.get("merge_commit_sha"), pull["head"]["sha"]}]
        return [self._shown("pulls", pull) for pull in held]

    def _compare(self, base: str, head: str, query: Query) -> Entry:
        commits: list[str] = self.read()["commits"]
        if base not in commits or head not in commits:
            raise Refused(404, "Not Found")
        between = commits[commits.index(base) + 1 : commits.index(head) + 1]
        return {"total_commits": len(between), "commits": [{"sha": sha} for sha in between]}

    def _list_runs(self, file: str, query: Query) -> Entry:
        runs = [
            self._shown("actions/runs", run)
            for run in reversed(self.read()["runs"])
            if run["path"].endswith(f"/{file}")
            and run["head_branch"] == query["branch"]
            and query["status"] in {run["status"], run["conclusion"]}
        ]
        return {"total_count": len(runs), "workflow_runs": runs}

    def _list_artifacts(self, query: Query) -> Entry:
        named = [entry for entry in reversed(self.read()["artifacts"]) if entry["name"] == query["name"]]
        addressed = [
            {**entry, "archive_download_url": f"{self.url}{_ROOT}/actions/artifacts/{entry['id']}/zip"}
            for entry in named
        ]
        return {"total_count": len(addressed), "artifacts": addressed}

    def _redirect(self, number: str, query: Query) -> None:
        found = _only(entry for entry in self.read()["artifacts"] if entry["id"] == int(number))
        if found["expired"]:
            raise Refused(410, "Artifact has expired")
        raise Redirect(f"http://127.0.0.1:{self._blobs.server_port}/{number}.zip?sig=0123")

    def _respond_with_blob(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Any, Query]:
        if "Authorization" in headers:
            self.leaked = True
            return 403, {"message": "AuthenticationFailed"}, {}
        file = self.folder / "artifacts" / urlsplit(target).path.strip("/")
        return (200, file.read_bytes(), {}) if file.exists() else (404, {"message": "BlobNotFound"}, {})


def _is_named(artifact: Entry, name: str, run: int) -> bool:
    # The run may have been deleted.
    return artifact["name"] == name and (artifact["workflow_run"] or {}).get("id") == run


def _check_length(body: str) -> None:
    if len(body) > MAX_BODY:
        raise Refused(422, f"Validation Failed: body is too long (maximum is {MAX_BODY} characters)")


def _only(found: Any) -> Any:
    entry = next(iter(found), None)
    if entry is None:
        raise Refused(404, "Not Found")
    return entry


def _serve(respond: Callable[[str, str, Mapping[str, str], bytes], tuple[int, Any, Query]]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer, headers = respond(self.command, self.path, dict(self.headers), body)
            content = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _handle  # noqa: N815 - names of the base class

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            """Prints nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server
