"""A fake GitHub, as far as the example's workflows use it: a store, and a `gh` that works on it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
REPOSITORY = "acme/links"
_STORE = "GITHUB_STAND_IN"


class GitHub:
    """One repository with pull requests, issues, comments and artifacts; `gh` finds it by the environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "store.json"

    @classmethod
    def empty(cls, folder: Path) -> GitHub:
        """Creates an empty repository, and a `gh` that works on it."""
        (folder / "bin").mkdir(parents=True)
        gh = folder / "bin" / "gh"
        gh.write_text(f"#!{sys.executable}\nimport runpy\nrunpy.run_path({__file__!r}, run_name='__main__')\n", "utf-8")
        gh.chmod(0o755)
        github = cls(folder)
        github.write({"pulls": [], "issues": [], "comments": [], "artifacts": []})
        return github

    @property
    def environ(self) -> dict[str, str]:
        """Returns what `gh` needs in its environment."""
        return {
            _STORE: str(self.folder),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.example",
        }

    def read(self) -> dict[str, list[dict[str, Any]]]:
        """Returns the whole store."""
        store: dict[str, list[dict[str, Any]]] = json.loads(self._file.read_text("utf-8"))
        return store

    def write(self, store: dict[str, list[dict[str, Any]]]) -> None:
        """Replaces the whole store."""
        self._file.write_text(json.dumps(store), "utf-8")

    def add(self, kind: str, **fields: Any) -> int:
        """Adds an entry, and returns its number."""
        store = self.read()
        number = 1 + sum(map(len, store.values()))
        store[kind].append({"id": number, "number": number, "user": {"login": BOT}, "state": "open", **fields})
        self.write(store)
        return number

    def change(self, kind: str, number: int, **fields: Any) -> None:
        """Changes fields of an entry."""
        store = self.read()
        [found] = [entry for entry in store[kind] if entry["number"] == number]
        found.update(fields)
        self.write(store)

    def upload(self, name: str, file: Path, commit: str, repository_id: int = 1) -> None:
        """Stores an artifact with one file."""
        number = self.add(
            "artifacts",
            name=name,
            expired=False,
            workflow_run={"head_sha": commit, "repository_id": 1, "head_repository_id": repository_id},
        )
        run = {"id": 1000 + number, "head_sha": commit, "repository_id": 1, "head_repository_id": repository_id}
        self.change("artifacts", number, workflow_run=run, created_at=f"2026-01-01T00:00:{number:02}Z")
        kept = self.folder / "artifacts" / str(run["id"]) / name
        kept.mkdir(parents=True)
        shutil.copy(file, kept)

    def download(self, name: str, folder: Path, run: int | None = None) -> None:
        """Copies the files of the newest artifact of that name, or of one run's."""
        runs = [entry["workflow_run"]["id"] for entry in self.read()["artifacts"] if entry["name"] == name]
        shutil.copytree(self.folder / "artifacts" / str(run or runs[-1]) / name, folder, dirs_exist_ok=True)

    def _unlabel(self, pull: int, name: str) -> None:
        [found] = [entry for entry in self.read()["pulls"] if entry["number"] == pull]
        self.change("pulls", pull, labels=[entry for entry in found["labels"] if entry["name"] != name])

    def answer(self, method: str, path: str, fields: dict[str, Any]) -> Any:  # noqa: PLR0911 - a table of requests
        """Responds to one request."""
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        match method, parts.path.removeprefix(f"repos/{REPOSITORY}/").split("/"):
            case "GET", ["commits", _, "pulls"]:
                return self.read()["pulls"]
            case "GET", ["actions", "artifacts"]:
                return {"artifacts": [entry for entry in self.read()["artifacts"] if entry["name"] == query["name"]]}
            case "GET", ["issues"]:
                return [
                    issue
                    for issue in self.read()["issues"]
                    if issue["state"] == query["state"] and {"name": query["labels"]} in issue["labels"]
                ]
            case "GET", ["issues", number, "comments"]:
                return [entry for entry in self.read()["comments"] if entry["on"] == int(number)]
            case "POST", ["issues", number, "comments"]:
                return self.add("comments", on=int(number), **fields)
            case "PATCH", ["issues", "comments", number]:
                return self.change("comments", int(number), **fields)
            case "POST", ["issues"]:
                return self.add("issues", **{**fields, "labels": [{"name": entry} for entry in fields["labels"]]})
            case "DELETE", ["issues", number, "labels", name]:
                return self._unlabel(int(number), name)
            case "PATCH", ["issues", number]:
                return self.change("issues", int(number), **fields)
        raise LookupError(f"the workflows have no business with {method} {path}")


def main() -> None:
    """Does what `gh api` and `gh run download` do."""
    parser = argparse.ArgumentParser(prog="gh")
    commands = parser.add_subparsers(dest="command", required=True)
    api = commands.add_parser("api")
    api.add_argument("path")
    api.add_argument("--paginate", action="store_true")
    api.add_argument("--method", default="GET")
    api.add_argument("--slurp", action="store_true")
    api.add_argument("--silent", action="store_true")
    api.add_argument("--input", choices=["-"])
    download = commands.add_parser("run").add_subparsers(required=True).add_parser("download")
    download.add_argument("run", type=int)
    for option in ("--repo", "--name", "--dir"):
        download.add_argument(option, required=True)
    given = parser.parse_args()
    if "GH_TOKEN" not in os.environ:
        sys.exit("gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.")
    github = GitHub(Path(os.environ[_STORE]))
    if given.command == "api":
        fields = json.load(sys.stdin) if given.input else {}
        answer = github.answer(given.method, given.path, fields)
        if not given.silent:
            sys.stdout.write(json.dumps([answer[:1], answer[1:]] if given.slurp else answer))
    else:
        github.download(given.name, Path(given.dir), given.run)


if __name__ == "__main__":
    main()
