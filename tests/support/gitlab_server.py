"""A stand-in for GitLab's API on 127.0.0.1, with the tokens that a pipeline can have.

What a job's own token may read is what GitLab's list of endpoints for `CI_JOB_TOKEN` names; it may write nothing. A
request that is not on it counts as one without a token, so a private project is not there for it.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.gitlab_project import ROUTES, Call, GitLabProject, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self

    from tests.support.gitlab_project import Json

JOB_TOKEN, READ_TOKEN, WRITE_TOKEN = "glcbt-job", "glpat-read", "glpat-write"


class GitLabServer:
    """The API, served inside a `with` block.

    Args:
        page_size: The most rows of one page.
    """

    def __init__(self, page_size: int = 100) -> None:
        self.project = GitLabProject()
        self.page_size = page_size
        self.is_public = False
        self.requests: list[tuple[str, str]] = []
        self.refusals: list[tuple[str, RefusedError]] = []
        self.redirects: list[tuple[str, str]] = []
        self.tokens: list[str] = []
        handler = type("Handler", (_Handler,), {"gitlab": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends it; a second time does nothing."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def api(self) -> str:
        """The address that jobs know as `CI_API_V4_URL`."""
        return f"{self.address}/api/v4"

    @property
    def address(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def refuse(self, path: str, status: int, **body: str) -> None:
        """Refuses what has this in its method and path."""
        self.refusals.append((path, RefusedError(status, **body)))

    def redirect(self, path: str, address: str) -> None:
        """Redirects what has this in its path to the same path at another address."""
        self.redirects.append((path, address))

    def respond(self, method: str, path: str, query: Mapping[str, str], fields: Json, tokens: Mapping[str, str]) -> Any:
        """Responds to one request.

        Raises:
            RefusedError: The token may not do that, or it is not there.
        """
        self.requests.append((method, path))
        for part, refusal in self.refusals:
            if part in f"{method} {path}":
                raise refusal
        for route, (do, is_for_jobs) in ROUTES.items():
            wanted, _, pattern = route.partition(" ")
            found = re.fullmatch(pattern, path)
            if method == wanted and found:
                if not self.is_public:
                    _check_token(method, tokens, is_for_jobs=is_for_jobs)
                return do(self.project, Call(found.groups(), query, fields))
        raise RefusedError(404, error="404 Not Found")


def _check_token(method: str, tokens: Mapping[str, str], *, is_for_jobs: bool) -> None:
    private, job = tokens.get("private-token"), tokens.get("job-token")
    if private == WRITE_TOKEN or (private == READ_TOKEN and method == "GET"):
        return
    if private == READ_TOKEN:
        raise RefusedError(403, error="insufficient_scope")
    if job == JOB_TOKEN and is_for_jobs:
        return
    if method == "GET" and not private:
        raise RefusedError(404, message="404 Project Not Found")
    raise RefusedError(401, message="401 Unauthorized")


class _Handler(BaseHTTPRequestHandler):
    gitlab: GitLabServer
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields = json.loads(sent) if sent else {}
        tokens = {name.lower(): value for name, value in self.headers.items()}
        self.gitlab.tokens += [tokens[name] for name in ("private-token", "job-token") if name in tokens]
        headers: dict[str, str] = {}
        for part, address in self.gitlab.redirects:
            if part in self.path:
                self.send_response(302)
                self.send_header("Location", f"{address}{self.path}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
        status = 201 if self.command == "POST" else 200
        try:
            body = self.gitlab.respond(self.command, unquote(parts.path), query, fields, tokens)
        except RefusedError as refused:
            status, body = refused.status, refused.body
        if isinstance(body, list):
            body, headers = self._page(body, query)
        content = body.read_bytes() if isinstance(body, Path) else json.dumps(body).encode()
        if body is None:
            status, content = 204, b""
        kind = "application/octet-stream" if isinstance(body, Path) else "application/json"
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _page(self, rows: list[Json], query: Mapping[str, str]) -> tuple[list[Json], dict[str, str]]:
        size = min(int(query.get("per_page", 20)), self.gitlab.page_size)
        page = int(query.get("page", 1))
        shown = [{name: value for name, value in row.items() if name != "on"} for row in rows]
        headers = {"X-Page": str(page), "X-Per-Page": str(size)}
        if page * size < len(rows):
            rest = "&".join(f"{name}={value}" for name, value in query.items() if name != "page")
            address = f"http://{self.headers['Host']}{urlsplit(self.path).path}?{rest}&page={page + 1}"
            headers |= {"X-Next-Page": str(page + 1), "Link": f'<{address}>; rel="next"'}
        return shown[(page - 1) * size : page * size], headers

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Writes nothing."""
