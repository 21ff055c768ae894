"""A project whose CLI says again what the real one printed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pulumi_userplane.cli.app import app
from pulumi_userplane.cli.ci.clean_text import clean_comment
from tests.support.rendered_comments import without_markers
from tests.support.replayed_cli import ReplayedCli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN_VARIABLES = ("PULUMI_", "USERPLANE_", "GITHUB_", "GITLAB_", "CI_")


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    errors: str


class Project:
    """A folder with a project, a CLI, and a folder for reports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        (self.folder / "Pulumi.yaml").write_text("name: p\nruntime: python\n", "utf-8")
        self.out = folder / "report"
        self.cli = ReplayedCli(folder / "recorded")

    def run(self, command: str, *arguments: object, platform: str = "none") -> Ended:
        """Runs `pulumi-userplane ci` on the stack dev."""
        options = ["--stack", "dev", "--out", self.out, "-C", self.folder, "--platform", platform]
        done = CliRunner().invoke(app, ["ci", command, *map(str, [*options, *arguments])])
        return Ended(done.exit_code, done.stdout, done.stderr)

    def read(self, name: str) -> str:
        """Returns a file of the report."""
        return (self.out / name).read_text("utf-8")

    @property
    def written(self) -> set[str]:
        """The files of the report."""
        return {str(file.relative_to(self.out)) for file in self.out.rglob("*") if file.is_file()}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    project = Project(tmp_path)
    for name in [name for name in os.environ if name.startswith(OWN_VARIABLES)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{project.cli.path}{os.pathsep}{os.environ['PATH']}")
    for name, text in project.cli.environ.items():
        monkeypatch.setenv(name, text)
    yield project
    if "comment.md" in project.written:
        comment = project.read("comment.md")
        assert clean_comment(comment, len(comment.encode())) == without_markers(comment)
