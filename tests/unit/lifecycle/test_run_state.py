"""What this process keeps of its run."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psutil
import pulumi
import pytest

from pulumi_userplane.api import Client, shared_file
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState, this_run_state
from pulumi_userplane.lifecycle.shared_facts import Fact
from pulumi_userplane.provider import RecordingLinkProvider
from pulumi_userplane.recovery import processes, watchdog
from pulumi_userplane.recovery.journal import Journal
from pulumi_userplane.recovery.processes import this_process
from pulumi_userplane.settings import Settings
from tests.support.messages import Messages

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.lifecycle.shared_facts import SharedFacts

HELD = "another resource of this program manages it"


@pytest.fixture(autouse=True)
def _begins_by_itself() -> None:
    """The provider makes the run's state, not the test."""
    run_state.reset()


def test_ids_for_mark_returns_the_links_that_the_state_holds() -> None:
    run = RunState(Messages())
    assert run.held.find_ids("m") == frozenset()
    assert not run.held.has_link_for("m")
    run.held.record_unknown_link("m")
    assert run.held.find_ids("m") is None
    assert run.held.has_link_for("m")
    run.held.record_link("lnk_1", "m")
    assert run.held.find_ids("m") == {"lnk_1"}
    run.held.record_link("lnk_2", "m")
    run.held.record_removal("lnk_1")
    assert run.held.find_ids("m") == {"lnk_2"}
    assert (run.held.is_managed("lnk_1"), run.held.is_managed("lnk_2")) == (False, True)


def test_run_shares_nothing_when_no_cli_started_the_process(tmp_path: Path) -> None:
    assert this_run_state(pulumi.log) is this_run_state(pulumi.log)
    this_run_state(pulumi.log).claims.claim("lnk_1", "how")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "words", [["__main__.py", "127.0.0.1:5"], ["pulumi-resource-userplane", "-v=9", "127.0.0.1:5"], ["__main__.py"]]
)
def test_run_has_a_file_for_its_cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]) -> None:
    monkeypatch.setattr(processes, "find_cli", psutil.Process)
    monkeypatch.setattr(processes, "this_run_id", this_process)
    monkeypatch.setattr(sys, "argv", words)
    this_run_state(pulumi.log).claims.claim("lnk_1", "how")
    [file] = (tmp_path / "cache" / "pulumi-userplane" / "runs").iterdir()
    assert file.name == f"{os.getpid()}.sqlite"


def test_run_is_one_for_dynamic_host_and_plugin_of_one_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "find_cli", psutil.Process)
    monkeypatch.setattr(processes, "this_run_id", this_process)

    def start(*words: str) -> SharedFacts:
        monkeypatch.setattr(sys, "argv", list(words))
        run_state.reset()
        return this_run_state(pulumi.log).facts

    fact = Fact("declared", "lnk_1")
    start("__main__.py", "127.0.0.1:5").add(fact)
    plugin = start("pulumi-resource-userplane", "--logtostderr", "--tracing", "http://a.example/x", "127.0.0.1:5")
    assert plugin.ask(lambda: plugin.find(*fact[:2])) == [fact]
    other = start("pulumi-resource-userplane", "127.0.0.1:6")
    assert other.ask(lambda: other.find(*fact[:2])) == []


def test_run_keeps_its_own_claims_when_there_is_no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "find_cli", psutil.Process)
    monkeypatch.setattr(shared_file, "cache_folder", lambda: None)
    assert this_run_state(pulumi.log).claims.claim("lnk_1", "how") is None
    assert this_run_state(pulumi.log).claims.claim("lnk_1", "how") == HELD
    assert not (tmp_path / "cache").exists()


def test_run_notifies_once_when_no_account_has_a_shared_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_file, "cache_folder", lambda: None)
    messages = Messages()
    run = RunState(messages)
    settings = Settings.read(lambda _: None)
    files = [run.file(replace(settings, api_key=key)) for key in ("uspl_a", "uspl_b", "uspl_a")]
    assert [file.is_shared for file in files] == [False, False, False]
    assert messages.infos == [files[0].problem]


def test_record_keeps_all_links_when_four_threads_record_at_once() -> None:
    run = RunState(Messages())

    def work(thread: int) -> None:
        for number in range(50):
            run.held.record_link(f"lnk_{thread}_{number}", f"m{number}")
            run.held.find_ids(f"m{number}")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert run.held.find_ids("m7") == {f"lnk_{thread}_7" for thread in range(4)}


def test_confirm_created_reads_the_file_once_for_links_without_an_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, file = RunState(Messages()), shared_file.SharedFile("key", "https://a", tmp_path)
    journal = Journal(file)
    run.remove_journal_entry(journal, "lnk_1", None)
    monkeypatch.setattr(file, "transaction", None)
    run.remove_journal_entry(journal, "lnk_2", "m#1")


def test_provider_shows_messages_through_pulumi_log(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", shown.append)
    RecordingLinkProvider()._run.notify.warn("careful")
    assert shown == ["careful"]


def test_messages_are_shown_one_after_another_when_two_threads_have_some(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    notify = RecordingLinkProvider()._run.notify
    other = threading.Thread(target=lambda: notify.info("other"))

    def show_slowly(message: str) -> None:
        other.start()
        other.join(timeout=0.05)
        shown.append(message)

    monkeypatch.setattr(pulumi.log, "info", shown.append)
    monkeypatch.setattr(pulumi.log, "warn", show_slowly)
    notify.warn("first")
    other.join()
    assert shown == ["first", "other"]


def read(configured: dict[str, str], environ: dict[str, str]) -> Settings:
    return Settings.read(configured.get, environ)


def test_account_has_one_client_in_a_run() -> None:
    run = RunState(Messages())
    one = read({"userplane:apiKey": "uspl_a"}, {})
    assert run.client(one) is run.client(read({}, {"USERPLANE_API_KEY": "uspl_a"}))
    assert run.client(one) is not run.client(read({"userplane:apiKey": "uspl_b"}, {}))
    assert run.client(one).base_url == "https://api.userplane.io/api/v1"


def test_client_has_the_cli_watched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(watchdog, "exit_with_cli", lambda: calls.append("watched"))
    run = RunState(Messages())
    for api_key in ("a", "a", "b"):
        run.client(read({"userplane:apiKey": api_key}, {}))
    assert calls == ["watched"]


def test_client_is_the_same_when_threads_begin_together(monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowlyMade(Client):
        def __init__(self, api_key: str, **settings: Any) -> None:
            time.sleep(0.05)
            super().__init__(api_key, **settings)

    monkeypatch.setattr("pulumi_userplane.api.client.Client", SlowlyMade)
    run, settings = RunState(Messages()), read({"userplane:apiKey": "uspl_a"}, {})
    with ThreadPoolExecutor(4) as threads:
        clients = list(threads.map(lambda _: run.client(settings), range(4)))
    assert len(set(map(id, clients))) == 1


def test_server_has_one_client_and_one_file_however_it_is_spelled() -> None:
    run, key = RunState(Messages()), {"userplane:apiKey": "uspl_a"}
    one, other = (
        read({**key, "userplane:baseUrl": url}, {}) for url in ("http://LOCALHOST.:80/v1/", "HTTP://localhost/v1")
    )
    assert run.file(one) is run.file(other)
    assert run.client(one) is run.client(other)
    assert Client("uspl_a", base_url="http://localhost:80/v1").shared_file._path == run.file(one)._path
