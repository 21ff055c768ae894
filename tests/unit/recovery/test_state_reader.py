"""What the state holds, asked from the CLI that runs the provider."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from pulumi_userplane.recovery import state_reader
from pulumi_userplane.recovery.state_reader import LINK_TYPE, Entry, read_entries, stack_named_in

if TYPE_CHECKING:
    from pathlib import Path


def urn(name: str) -> str:
    return f"urn:pulumi:dev::p::{LINK_TYPE}::{name}"


RESOURCES: list[dict[str, Any]] = [
    {"urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "type": "pulumi:pulumi:Stack"},
    {"urn": urn("a"), "type": LINK_TYPE, "id": "lnk_1"},
    {"urn": urn("a"), "type": LINK_TYPE, "id": "lnk_0", "delete": True},
    {"urn": urn("looked-up"), "type": LINK_TYPE, "id": "lnk_1", "external": True},
    {"urn": urn("deleted"), "type": LINK_TYPE, "id": "lnk_3", "pendingReplacement": True},
    {"urn": urn("unknown"), "type": LINK_TYPE},
    {"urn": "urn:pulumi:dev::p::other:Thing::t", "type": "other:Thing", "id": "lnk_1"},
]


class Cli:
    """A process that runs another program when it is asked for the state: this test's."""

    def __init__(self, program: Path, *words: str) -> None:
        self._program = program
        self._words = ["pulumi", *words]

    def exe(self) -> str:
        return str(self._program)

    def cwd(self) -> str:
        return str(self._program.parent)

    def cmdline(self) -> list[str]:
        return self._words


@pytest.fixture
def exporting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that writes down how it was started and prints a state; `pulumi up --stack dev` runs the provider."""
    (tmp_path / "state.json").write_text(json.dumps({"version": 3, "deployment": {"resources": RESOURCES}}))
    program = tmp_path / "iac"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "json.dump([sys.argv[1:], dict(os.environ)], open('asked.json', 'w'))\n"
        "print(open('state.json').read())\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(state_reader, "find_cli", lambda: Cli(program, "up", "--stack", "dev"))
    return tmp_path


def test_each_link_comes_under_each_of_its_names(exporting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_OPTION_FILE", "elsewhere.json")
    monkeypatch.setenv("PULUMI_OPTION_STACK", "dev")
    assert read_entries() == [Entry("lnk_1", urn("a")), Entry("lnk_0", urn("a"))]
    words, environ = json.loads((exporting / "asked.json").read_text())
    assert words == ["stack", "export", "--non-interactive", "--stack", "dev"]
    assert {name for name in environ if name.startswith("PULUMI_OPTION_")} == {"PULUMI_OPTION_STACK"}
    assert environ["PATH"] == os.environ["PATH"]


def test_the_selected_stack_is_not_named(exporting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_reader, "find_cli", lambda: Cli(exporting / "iac", "destroy", "--yes"))
    assert read_entries() is not None
    assert json.loads((exporting / "asked.json").read_text())[0] == ["stack", "export", "--non-interactive"]


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"deployment": {"resources": [{}]}}', '{"deployment": null}'])
def test_what_is_no_state_is_not_read(exporting: Path, state: str) -> None:
    (exporting / "state.json").write_text(state)
    assert read_entries() is None


def test_a_cli_that_fails_or_is_gone_is_not_read(exporting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (exporting / "iac").write_text("#!/bin/sh\nexit 1\n")
    assert read_entries() is None
    (exporting / "iac").unlink()
    assert read_entries() is None

    class Gone(Cli):
        def cmdline(self) -> list[str]:
            raise psutil.NoSuchProcess(1)

    monkeypatch.setattr(state_reader, "find_cli", lambda: Gone(exporting / "iac"))
    assert read_entries() is None


def test_a_cli_that_does_not_end_is_not_waited_for_without_end(
    exporting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (exporting / "iac").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(state_reader, "_LONGEST_SECONDS", 0.01)
    assert read_entries() is None


@pytest.mark.parametrize("words", [("-test.run", "TestStack"), ("import", "--file", "f.json"), ()])
def test_a_program_that_is_not_known_to_be_a_cli_is_not_started(
    exporting: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(state_reader, "find_cli", lambda: Cli(exporting / "iac", *words))
    assert read_entries() is None
    monkeypatch.setattr(state_reader, "find_cli", lambda: None)
    assert read_entries() is None
    assert not (exporting / "asked.json").exists()


@pytest.mark.parametrize(
    ("words", "stack"),
    [
        ("up --yes", None),
        ("-s prod up --stack dev", "dev"),
        ("up --stack org/p/dev", "org/p/dev"),
        ("up --stack=dev --yes", "dev"),
        ("-s dev up", "dev"),
        ("up -s=dev", "dev"),
        ("up -sdev", "dev"),
        ("up -ys dev", "dev"),
        ("up -ysdev", "dev"),
        ("up -C sub -m ms", None),
        ("up -ms", None),
        ("up --stack", None),
        ("up -s", None),
        ("up -- -s dev", None),
    ],
)
def test_the_stack_is_read_from_the_command_line(words: str, stack: str | None) -> None:
    assert stack_named_in(words.split()) == stack
