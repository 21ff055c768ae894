"""Reads and writes this repository at GitHub, with the command `gh` of GitHub's runners."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_BOT = "github-actions[bot]"


def get(path: str) -> Any:  # noqa: ANN401 - any JSON
    """Returns the response of the API."""
    return json.loads(_gh("api", _in_repository(path)))


def get_all(path: str) -> list[dict[str, Any]]:
    """Returns the rows of all pages of a list."""
    query = f"{'&' if '?' in path else '?'}per_page=100"
    pages = json.loads(_gh("api", "--paginate", "--slurp", _in_repository(path) + query))
    return [row for page in pages for row in page]


def send(method: str, path: str, **fields: Any) -> None:  # noqa: ANN401 - any JSON
    """Sends fields as JSON, so that `gh` takes no text for a file name or a number."""
    _gh("api", "--method", method, "--input", "-", _in_repository(path), stdin=json.dumps(fields))


def download(run: int, artifact: str, folder: Path) -> None:
    """Downloads an artifact of a run."""
    repository = os.environ["GITHUB_REPOSITORY"]
    _gh("run", "download", str(run), "--repo", repository, "--name", artifact, "--dir", str(folder))


def run_url() -> str:
    """Returns the address of this run."""
    return "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(os.environ)


def find_marker(text: str) -> str:
    """Returns the last line of a review, which marks its comment or issue."""
    return text.rstrip().rpartition("\n")[2]


def find_ours(candidates: list[dict[str, Any]], marker: str) -> dict[str, Any] | None:
    """Returns the first comment or issue of these workflows that has the marker.

    The author counts as well, since anybody can write a comment with the marker.
    """
    for candidate in candidates:
        lines = re.split("\r?\n", candidate["body"] or "")
        if (candidate["user"] or {}).get("login") == _BOT and marker in lines:
            return candidate
    return None


def _in_repository(path: str) -> str:
    return f"repos/{os.environ['GITHUB_REPOSITORY']}/{path}"


def _gh(*arguments: str, stdin: str | None = None) -> str:
    command = ["gh", *arguments]
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, encoding="utf-8", check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"::error::`{' '.join(command)}` failed; its message is above")
    return done.stdout
