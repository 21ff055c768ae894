"""Runs on several machines that share a limit store: one link each, by name refused or resumed, and never a secret."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api import Client
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.limit_store import LimitStore
from pulumi_userplane.api.rate_limit import DAY_WINDOW, RateLimit
from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.api.store_address import parse_store_address
from pulumi_userplane.api.store_rate_limit import StoreRateLimit
from pulumi_userplane.emulator import auth
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.lifecycle.shared_facts import SharedFacts, open_file
from pulumi_userplane.recovery.journal import JournalEntry
from pulumi_userplane.recovery.processes import this_process
from pulumi_userplane.recovery.store_journal import Runner, StoreJournal
from scripts.code_blocks import find_block
from tests.support.journal_rows import read_rows
from tests.unit.conftest import CANARY, forget_run, this_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator
    from tests.support.messages import Messages
    from tests.support.request_log import Sent
    from tests.support.store_server import StoreServer
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/help"
REFERENCE = f"{MARK}#0123abcd"
LINK = {"domain_id": "dom_help", "mark": MARK}


@pytest.fixture(autouse=True)
def _no_secret_is_shown(messages: Messages) -> Iterator[None]:
    yield
    shown = " ".join([*messages.infos, *messages.warnings])
    assert "hunter22" not in shown
    assert CANARY not in shown


@pytest.fixture
def address(store_server: StoreServer) -> str:
    """The store's address, for a user with the rights that docs/scale.md says, and a password that nobody may show."""
    block = find_block("docs/scale.md", "ACL SETUSER ci on >PASSWORD ")
    keys, *commands = block.text.removeprefix("ACL SETUSER ci on >PASSWORD ").split()
    store_server.client.acl_setuser(
        "ci", enabled=True, passwords=["+hunter22"], keys=[keys.removeprefix("~")], commands=commands, reset=True
    )
    return f"redis://ci:hunter22@127.0.0.1:{store_server.port}"


@pytest.fixture
def shared_engine(make_engine: MakeEngine, address: str) -> Engine:
    """An engine whose account has the store."""
    return make_engine(limitStore=address)


@pytest.fixture
def other_machine(server: Emulator, address: str, tmp_path: Path) -> Iterator[Callable[[float], StoreJournal]]:
    """Makes the journal of a run on another machine, with a lease of so many seconds."""
    journals: list[StoreJournal] = []

    def make(lease_seconds: float) -> StoreJournal:
        store = LimitStore(parse_store_address(address), server.api_key, server.base_url)
        file = SharedFile(server.api_key, server.base_url, tmp_path / "other")
        runner = Runner("runner-2", "another machine", this_process(), this_process())
        journals.append(StoreJournal(store, file, print, lease_seconds=lease_seconds, runner=runner))
        return journals[-1]

    yield make
    for journal in journals:
        journal.lease.end()


def begin_creation(journal: StoreJournal) -> None:
    """Journals a creation whose POST is long over."""
    then = (time.time() - 60, time.time() - 60, time.monotonic() - 60)
    journal.record(JournalEntry(REFERENCE, "ws_demo", "dom_help", None, *then))


def fail(engine: Engine) -> str:
    with pytest.raises(UserplaneError) as caught:
        engine.up(**LINK)
    assert not {"hunter22", CANARY} & set(str(caught.value).split())
    assert "hunter22" not in str(caught.value)
    return str(caught.value)


@pytest.mark.slow
def test_next_machine_waits_for_a_killed_one_and_resumes_its_link(
    shared_engine: Engine,
    server: Emulator,
    other_machine: Callable[[float], StoreJournal],
    sent: Sent,
    messages: Messages,
) -> None:
    killed = other_machine(0.5)
    begin_creation(killed)
    server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)
    killed.lease._ended.set()
    shared_engine.up(**LINK)
    assert [link["linkId"] for link in server.links] == [shared_engine.id]
    assert "POST" not in [method for method, _ in sent()]
    waited = (
        f'creation of recording link "{MARK}": waiting up to less than 1 s: process {this_process().pid} on runner-2'
    )
    assert [message for message in messages.infos if message.startswith(waited)] != []


@pytest.mark.slow
def test_living_machine_is_named(
    shared_engine: Engine, other_machine: Callable[[float], StoreJournal], sent: Sent
) -> None:
    begin_creation(other_machine(0.9))
    pid = this_process().pid
    assert fail(shared_engine) == (
        f'creation of recording link "{MARK}" failed: another run is creating this link: its provider process {pid} on '
        f"runner-2, started by process {pid}, is still running; wait until that run ends, or end process {pid} on "
        "runner-2, then run again"
    )
    assert sent() == []


def test_entry_goes_when_a_later_operation_shows_the_link(
    shared_engine: Engine, store_server: StoreServer, messages: Messages
) -> None:
    shared_engine.up(**LINK)
    assert shared_engine.id in store_server.texts()
    forget_run()
    shared_engine.refresh()
    assert shared_engine.id not in store_server.texts()
    assert messages.warnings == []


def test_preview_asks_no_store(shared_engine: Engine, store_server: StoreServer) -> None:
    shared_engine.up(**LINK)
    store_server.stop()
    forget_run()
    assert shared_engine.diff(**LINK) == (False, [])
    assert shared_engine.diff(**LINK, link_title="Help") == (True, [])


def test_creation_confirms_what_checks_before_it_showed(
    shared_engine: Engine, make_engine: MakeEngine, address: str, store_server: StoreServer
) -> None:
    shared_engine.up(**LINK)
    forget_run()
    shared_engine.diff(**LINK)
    assert shared_engine.id in store_server.texts()
    make_engine(limitStore=address).up(domain_id="dom_help", mark="pulumi:proj/dev/other")
    assert shared_engine.id not in store_server.texts()


@pytest.mark.slow
def test_preview_loads_nothing_of_the_store() -> None:
    code = """
import sys
from pulumi.dynamic import Config, ConfigureRequest
from pulumi_userplane.provider import RecordingLinkProvider
provider = RecordingLinkProvider()
settings = {"apiKey": "uspl_a", "workspaceId": "ws", "limitStore": "redis://:p@127.0.0.1:1"}
provider.configure(ConfigureRequest(Config({f"userplane:{key}": text for key, text in settings.items()}, "p")))
checked = provider.check({}, {"domain_id": "dom", "mark": "pulumi:p/s/n", "link_title": "Help"})
assert not checked.failures, checked.failures
provider.diff("lnk_1", {**checked.inputs, "link_title": "Old", "domain": {"domain_id": "dom"}}, checked.inputs)
print(*sorted({"redis", "pyrate_limiter", "pulumi_userplane.api.limit_store"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == []


def test_nothing_is_created_when_the_store_is_down(
    shared_engine: Engine, store_server: StoreServer, sent: Sent, messages: Messages
) -> None:
    store_server.stop()
    said = fail(shared_engine)
    assert said.startswith(f'creation of recording link "{MARK}" failed: the limit store at 127.0.0.1:')
    assert sent() == []
    assert (messages.infos, messages.warnings) == ([], [])


def test_update_names_its_link_when_the_store_dies_in_the_middle(
    shared_engine: Engine, store_server: StoreServer, sent: Sent
) -> None:
    shared_engine.up(**LINK)
    sent()
    store_server.stop()
    with pytest.raises(UserplaneError) as caught:
        shared_engine.up(**LINK, link_title="Help")
    assert str(caught.value).startswith(
        f'update of recording link "{MARK}" ({shared_engine.id}) failed: the limit store at 127.0.0.1:'
    )
    assert sent() == []


def test_run_goes_on_with_its_own_file_when_the_store_is_not_required(
    make_engine: MakeEngine, address: str, store_server: StoreServer, server: Emulator, messages: Messages
) -> None:
    engine = make_engine(limitStore=address, limitStoreRequired="false")
    store_server.stop()
    engine.up(**LINK)
    engine.up(**LINK, link_title="Help")
    assert [link["linkTitle"] for link in server.links] == ["Help"]
    assert len(messages.warnings) == 1
    assert this_run().client(engine.provider._settings).shared_file is engine.file


def test_processes_of_one_run_warn_once_when_each_loses_the_store(
    make_engine: MakeEngine, address: str, store_server: StoreServer, messages: Messages, tmp_path: Path
) -> None:
    store_server.stop()
    for number in range(2):
        facts = SharedFacts(open_file(tmp_path / "runs", this_process()), "127.0.0.1:4711")
        run_state.reset(RunState(messages, facts=facts))
        engine = make_engine(limitStore=address, limitStoreRequired="false")
        engine.up(domain_id="dom_help", mark=f"{MARK}{number}")
    assert len(messages.warnings) == 1


def test_post_is_journaled_in_the_own_file_when_the_store_dies_before_it(
    make_engine: MakeEngine, address: str, store_server: StoreServer
) -> None:
    engine = make_engine(limitStore=address, limitStoreRequired="false")
    engine.up(domain_id="dom_help", mark="pulumi:proj/dev/first")
    store_server.stop()
    other = make_engine(limitStore=address, limitStoreRequired="false")
    other.up(**LINK)
    assert [link_id for _, link_id in read_rows(engine.file)] == [other.id]


@pytest.mark.slow
def test_no_request_is_refused_when_machines_share_a_store(
    server: Emulator, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "RATE_LIMIT_SECONDS", 1.0)
    server.set_behaviours(rate_limit=20)

    def open_machine(number: int) -> Client:
        store = LimitStore(parse_store_address(address), server.api_key, server.base_url)
        file = SharedFile(server.api_key, server.base_url, tmp_path / f"machine-{number}")
        client = Client(server.api_key, base_url=server.base_url, shared_file=file, limit_store=store)
        client.rate_limit = StoreRateLimit(store, RateLimit(file, 20, 0, print), (1.4, DAY_WINDOW))
        return client

    clients = [open_machine(number) for number in range(3)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda number: clients[number % 3].get_me(), range(70)))
    statuses = [request.status for request in server.requests]
    assert (len(statuses), set(statuses)) == (70, {200})
