"""This repository at GitHub, as far as the other scripts need it: through `gh`, which GitHub's runners have."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_BOT = "github-actions[bot]"


def get(path: str) -> Any:  # noqa: ANN401 - any JSON
    """Returns what the API answers."""
    return json.loads(_gh("api", _whole(path)))


def get_all(path: str) -> list[dict[str, Any]]:
    """Returns what is on all pages of a list."""
    query = f"{'&' if '?' in path else '?'}per_page=100"
    pages = json.loads(_gh("api", "--paginate", "--slurp", _whole(path) + query))
    return [each for page in pages for each in page]


def send(method: str, path: str, **fields: Any) -> None:  # noqa: ANN401 - any JSON
    """Sends fields as they are: no text is taken for a file's name or a number."""
    _gh("api", "--method", method, "--input", "-", _whole(path), stdin=json.dumps(fields))


def download(run: int, artifact: str, folder: Path) -> None:
    """Downloads an artifact of a run."""
    repository = os.environ["GITHUB_REPOSITORY"]
    _gh("run", "download", str(run), "--repo", repository, "--name", artifact, "--dir", str(folder))


def this_run() -> str:
    """Returns the address of the run that this is."""
    return "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(os.environ)


def marker(text: str) -> str:
    """Returns the line by which the comment or issue with this review is found again: its last one."""
    return text.rstrip().rpartition("\n")[2]


def ours(things: list[dict[str, Any]], line: str) -> dict[str, Any] | None:
    """Returns the first comment or issue of these workflows that has the line.

    Anybody can write one with that line, and change it again after us.
    """
    for each in things:
        if (each["user"] or {}).get("login") == _BOT and line in re.split("\r?\n", each["body"] or ""):
            return each
    return None


def _whole(path: str) -> str:
    return f"repos/{os.environ['GITHUB_REPOSITORY']}/{path}"


def _gh(*arguments: str, stdin: str | None = None) -> str:
    command = ["gh", *arguments]
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, encoding="utf-8", check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"::error::`{' '.join(command)}` failed; what it said stands above")
    return done.stdout
