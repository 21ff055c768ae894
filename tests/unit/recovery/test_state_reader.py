"""Reading the state that the CLI exports: its links, and which stack it is."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, cast

import psutil
import pytest

from pulumi_userplane.api.cancellation import Cancellation
from pulumi_userplane.api.errors import RunCanceledError
from pulumi_userplane.link_types import LINK_TYPE
from pulumi_userplane.recovery.state_reader import (
    TRY_AGAIN_SECONDS,
    Deployment,
    Entry,
    Resource,
    StateReader,
    parse_stack_option,
    read_state,
)
from tests.support.canceled import Work
from tests.support.states import STACK, held, of_plugin, resource

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clock import Clock


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


def started_by(cli: Cli | None) -> list[Entry] | None:
    """What a provider reads that this CLI started."""
    state = read_state(lambda: cast("psutil.Process | None", cli), timeout=10)
    return None if state is None else state.entries


def started_by_up(folder: Path) -> list[Entry] | None:
    """What a provider reads that `pulumi up --stack dev` started."""
    return started_by(Cli(folder / "iac", "up", "--stack", "dev"))


@pytest.fixture
def exporting(tmp_path: Path) -> Path:
    """The folder of a program that records how it was started and prints a state."""
    (tmp_path / "state.json").write_text(json.dumps({"version": 3, "deployment": {"resources": RESOURCES}}))
    program = tmp_path / "iac"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "json.dump([sys.argv[1:], dict(os.environ)], open('asked.json', 'w'))\n"
        "print(open('state.json').read())\n"
    )
    program.chmod(0o755)
    return tmp_path


def test_read_entries_returns_each_link_under_each_of_its_names(
    exporting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_OPTION_FILE", "elsewhere.json")
    monkeypatch.setenv("PULUMI_OPTION_STACK", "dev")
    assert started_by_up(exporting) == [Entry("lnk_1", urn("a")), Entry("lnk_0", urn("a"))]
    words, environ = json.loads((exporting / "asked.json").read_text())
    assert words == ["stack", "export", "--non-interactive", "--stack", "dev"]
    assert {name for name in environ if name.startswith("PULUMI_OPTION_")} == {"PULUMI_OPTION_STACK"}
    assert environ["PATH"] == os.environ["PATH"]


def test_read_entries_returns_none_of_them_when_nothing_was_ever_deployed(exporting: Path) -> None:
    (exporting / "state.json").write_text('{"deployment": null}')
    assert started_by_up(exporting) == []


@pytest.mark.parametrize(("attempts", "is_read"), [(3, True), (1000, False)])
def test_read_entries_tries_again_when_the_engine_is_writing_the_state(
    exporting: Path, clock: Clock, attempts: int, is_read: bool
) -> None:
    program = exporting / "iac"
    program.rename(exporting / "whole")
    program.write_text(
        f"#!/bin/sh\necho >> tries\n[ $(wc -l < tries) -gt {attempts} ] && exec ./whole\n"
        "echo error: EOF >&2\nexit 255\n"
    )
    program.chmod(0o755)
    cli = cast("psutil.Process", Cli(program, "up"))
    assert (read_state(lambda: cli, clock=clock) is not None) == is_read
    # The real time of the attempts counts as well.
    assert 0 < sum(clock.slept) < TRY_AGAIN_SECONDS + 0.3
    assert not is_read or len(clock.slept) == attempts


def test_export_is_ended_when_the_run_is_canceled(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "started")
    program = tmp_path / "iac"
    program.write_text("#!/bin/sh\necho $$ > started\nexec sleep 600\n")
    program.chmod(0o755)
    cancellation = Cancellation()
    cli = cast("psutil.Process", Cli(program, "up"))
    reading = Work(lambda: read_state(lambda: cli, cancellation=cancellation))
    pid = int((tmp_path / "started").read_text())
    cancellation.request()
    with pytest.raises(RunCanceledError):
        reading.result()
    assert not psutil.pid_exists(pid)


def test_state_is_not_read_any_more_when_the_run_was_canceled(exporting: Path, clock: Clock) -> None:
    cancellation = Cancellation()
    cancellation.request()
    cli = cast("psutil.Process", Cli(exporting / "iac", "up"))
    reader = StateReader(lambda: read_state(lambda: cli, clock=clock, cancellation=cancellation), clock)
    since = clock.monotonic()
    for _ in range(2):
        with pytest.raises(RunCanceledError):
            reader.read(since)


def test_reader_reads_again_only_for_those_who_came_later(clock: Clock) -> None:
    states = iter([Deployment(), None, Deployment()])
    reader = StateReader(lambda: next(states), clock)
    first = clock.monotonic()
    clock.sleep(1)
    second = clock.monotonic()
    clock.sleep(1)
    read = reader.read(second)
    assert read is not None
    assert reader.read(second) is reader.read(first) is read
    clock.sleep(1)
    third = clock.monotonic()
    assert reader.read(third) is None
    assert reader.read(second) is None


def test_deployment_lists_the_links_that_are_being_created() -> None:
    link, other = {"type": LINK_TYPE}, {"type": "other:Thing", "urn": "o"}
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}
    operations = [
        {"type": "creating", "resource": {**link, "urn": urn("a"), "inputs": {"mark": "m"}}},
        {"type": "creating", "resource": {**link, "urn": urn("b"), "inputs": {"mark": secret}}},
        {"type": "creating", "resource": {**link, "urn": urn("c")}},
        {"type": "updating", "resource": {**link, "urn": urn("d")}},
        {"type": "creating", "resource": other},
        {"type": "creating"},
    ]
    state = Deployment.model_validate({"pending_operations": operations})
    assert [creation.mark for creation in state.pending_creations] == ["m", "pulumi:p/dev/b", ""]


def test_link_of_plugin_has_python_names_and_is_listed_as_any_other() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}
    recorded = held(
        "a", "lnk_a", link_title=secret, project=secret, domain={"domain_id": "d", "url": secret}, meta={"linkTitle": 1}
    )
    creating = resource("b", inputs={"mark": secret, "link_provider_ref": secret})
    other = resource("t", "x", type_="other:Thing", inputs={"linkTitle": "kept"})
    state = Deployment.model_validate(
        {
            "resources": [of_plugin(recorded), other],
            "pending_operations": [{"type": "creating", "resource": of_plugin(creating)}],
        }
    )
    assert state.entries == [Entry("lnk_a", "urn:pulumi:dev::p::userplane:index:RecordingLink::a")]
    link, thing = state.resources
    assert link.outputs == recorded["outputs"]
    assert (link.is_managed_link, thing.is_managed_link, thing.inputs) == (True, False, {"linkTitle": "kept"})
    [creation] = state.pending_creations
    assert (creation.mark, creation.inputs) == ("pulumi:p/dev/b", creating["inputs"])


def test_read_entries_names_no_stack_when_command_names_none(exporting: Path) -> None:
    assert started_by(Cli(exporting / "iac", "destroy", "--yes")) is not None
    assert json.loads((exporting / "asked.json").read_text())[0] == ["stack", "export", "--non-interactive"]


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"deployment": {"resources": [{}]}}'])
def test_read_entries_returns_none_when_export_is_not_a_state(exporting: Path, state: str) -> None:
    (exporting / "state.json").write_text(state)
    assert started_by_up(exporting) is None


def test_read_entries_returns_none_when_cli_fails_or_is_gone(exporting: Path) -> None:
    (exporting / "iac").write_text("#!/bin/sh\nexit 1\n")
    assert started_by_up(exporting) is None
    (exporting / "iac").unlink()
    assert started_by_up(exporting) is None

    class Gone(Cli):
        def cmdline(self) -> list[str]:
            raise psutil.NoSuchProcess(1)

    assert started_by(Gone(exporting / "iac")) is None


def test_read_entries_returns_none_when_export_takes_too_long(exporting: Path) -> None:
    (exporting / "iac").write_text("#!/bin/sh\nexec sleep 60\n")
    cli = cast("psutil.Process", Cli(exporting / "iac", "up"))
    assert read_state(lambda: cli, timeout=0.01) is None


@pytest.mark.parametrize("words", [("-test.run", "TestStack"), ("import", "--file", "f.json"), ()])
def test_read_entries_starts_nothing_when_program_is_not_a_known_cli(exporting: Path, words: tuple[str, ...]) -> None:
    assert started_by(Cli(exporting / "iac", *words)) is None
    assert not (exporting / "asked.json").exists()


def test_read_entries_returns_none_when_there_is_no_cli(exporting: Path) -> None:
    assert started_by(None) is None
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
def test_parse_stack_option_returns_last_stack_of_command_line(words: str, stack: str | None) -> None:
    assert parse_stack_option(words.split()) == stack


def test_is_managed_link_is_false_when_link_is_deleted_or_looked_up() -> None:
    kinds: dict[str, dict[str, Any]] = {
        "managed": held("a", "lnk_a"),
        "deleted": {**held("a", "lnk_a"), "delete": True},
        "looked up": {**held("a", "lnk_a"), "external": True},
        "other": STACK,
    }
    managed = {kind for kind, fields in kinds.items() if Resource.model_validate(fields).is_managed_link}
    assert managed == {"managed"}


def test_resource_name_keeps_colons_when_name_has_them() -> None:
    assert Resource.model_validate(resource("a::b")).name == "a::b"
