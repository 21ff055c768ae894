"""Owns all that one run keeps in this provider process, and hands it down to the operations of a link's life.

A run is one run of the Pulumi CLI's engine; this process serves it with four threads.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from pulumi_userplane import diff
from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.lifecycle.claims import Claims
from pulumi_userplane.lifecycle.once_per_key import OncePerKey
from pulumi_userplane.lifecycle.shared_facts import Fact, SharedFacts, open_file
from pulumi_userplane.refresh.list_reader import ListReader

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.limit_store import LimitStore
    from pulumi_userplane.api.shared_file import SharedFile
    from pulumi_userplane.recovery.journal import Journal
    from pulumi_userplane.recovery.recent_links import RecentLink
    from pulumi_userplane.recovery.state_reader import Deployment, StateReader
    from pulumi_userplane.settings import Settings

_SKIP_CHECKPOINTS = "PULUMI_SKIP_CHECKPOINTS"
"""Pulumi's variable: where it is true, the engine writes the state only at the end."""


class Notify(Protocol):
    """Shows messages to the user; the module `pulumi.log` does it through the CLI."""

    def info(self, message: str, /) -> None:
        """Shows what a user may want to know."""

    def warn(self, message: str, /) -> None:
        """Shows what a user should look at."""


class OneAtATime:
    """Shows messages one after another: outside a program `pulumi.log` prints a message and the line's end apart."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._lock = threading.Lock()

    def info(self, message: str, /) -> None:
        """Shows what a user may want to know."""
        with self._lock:
            self._notify.info(message)

    def warn(self, message: str, /) -> None:
        """Shows what a user should look at."""
        with self._lock:
            self._notify.warn(message)


class RunState:
    """What this process keeps of its run.

    Args:
        notify: Shows messages to the user.
        clock: Tells the time and waits.
        facts: What the run's processes share; what this process knows alone when left out.
        read_state: Reads the state of the run's stack, or returns None where that can't be done.
        has_checkpoints: Whether the engine writes the state after each step.

    Attributes:
        notify: As given.
        clock: As given.
        facts: As given.
        has_checkpoints: As given.
        claims: Who has which link.
        looks: The newest links of a workspace, read once a run.
        workspace_by_mark: The workspace of each link that `check` has seen: for a replacement the engine checks again,
            without the old inputs.
        address_lists: The addresses of a workspace's links by id, read once for all adoptions by address.
        project_deletions: What proves that a project is deleted, empty while it lives; asked once for each project.
    """

    def __init__(
        self,
        notify: Notify,
        clock: Clock = SYSTEM_CLOCK,
        *,
        facts: SharedFacts | None = None,
        read_state: Callable[[], Deployment | None] | None = None,
        has_checkpoints: bool = True,
    ) -> None:
        self.notify = notify
        self.clock = clock
        self.facts = facts or SharedFacts()
        self.has_checkpoints = has_checkpoints
        self.claims = Claims(self.facts)
        self._read_state = read_state
        self._state_readers = OncePerKey[str, "StateReader"]()
        self.looks = OncePerKey[tuple["Client", str], list["RecentLink"]]()
        self.workspace_by_mark: dict[str, str] = {}
        self.address_lists = OncePerKey[tuple["Client", str], "Mapping[str, str]"]()
        self.project_deletions = OncePerKey[tuple["Client", str, str], str]()
        self._clients = OncePerKey["Settings", "Client"]()
        self._files = OncePerKey[tuple[str, str], "SharedFile"]()
        self._file_problems = OncePerKey[str, None]()
        self._list_readers = OncePerKey[tuple["Client", str], ListReader]()
        self._stores = OncePerKey["Settings", "LimitStore | None"]()
        self._journals = OncePerKey["Settings", "Journal"]()
        self._confirmed_ids: dict[Settings, list[str]] = {}
        self._journaled_ids = OncePerKey["Journal", "Collection[str]"]()
        self._watchdog = OncePerKey[str, None]()

    def client(self, settings: Settings) -> Client:
        """Returns the account's client, the same one each time.

        From here on this process ends when its CLI is killed.

        Raises:
            ConfigurationError: There is no key.
        """
        from pulumi_userplane.recovery import watchdog  # noqa: PLC0415 - it loads what previews don't need

        self._watchdog.get("", watchdog.exit_with_cli)
        account = replace(settings, workspace_id=None)
        return self._clients.get(account, lambda: self._make_client(account))

    def _make_client(self, account: Settings) -> Client:
        return account.make_client(self.notify.info, self.file(account), self.clock, self._limit_store(account))

    def _limit_store(self, account: Settings) -> LimitStore | None:
        def warn_once(message: str) -> None:
            if self.facts.add_if_new(Fact("warned", message)):  # each process of the run loses the store by itself
                self.notify.warn(message)

        return self._stores.get(account, lambda: account.open_limit_store(warn_once))

    def file(self, settings: Settings) -> SharedFile:
        """Returns what the processes of this machine share for the account; loads nothing of the API's client.

        Raises:
            ConfigurationError: There is no key.
        """
        account = (settings.require_api_key(), settings.base_url)
        return self._files.get(account, lambda: self._open_file(*account))

    def _open_file(self, api_key: str, base_url: str) -> SharedFile:
        from pulumi_userplane.api.shared_file import SharedFile  # noqa: PLC0415 - a program needs none

        return SharedFile(api_key, base_url, notify=self._notify_once)

    def journal(self, settings: Settings) -> Journal:
        """Returns the journal of the account, the same object each time. It may be one that other machines share.

        Raises:
            ConfigurationError: There is no key, or the packages that a shared journal needs are not installed.
        """
        from pulumi_userplane.recovery.journal import open_journal  # noqa: PLC0415 - it loads what previews don't need

        account = replace(settings, workspace_id=None)
        parts = (self.file(account), self._limit_store(account), self.notify.info, self.clock)
        journal = self._journals.get(account, lambda: open_journal(*parts))
        for link_id in self._confirmed_ids.pop(account, []):
            self.remove_journal_entry(journal, link_id)
        return journal

    def _notify_once(self, problem: str) -> None:
        """Tells the user of a problem that the files of all accounts have."""
        self._file_problems.get(problem, lambda: self.notify.info(problem))

    def read_state(self, since: float) -> Deployment | None:
        """Returns the state of the run's stack, or None where it can't be read; one read serves all that it can.

        Args:
            since: The state is read after this moment, in seconds of the clock's `monotonic`.
        """
        # Without checkpoints the engine writes nothing until the end, so the first read serves all.
        return self._state_readers.get("", self._make_state_reader).read(since if self.has_checkpoints else 0.0)

    def _make_state_reader(self) -> StateReader:
        from pulumi_userplane.recovery.state_reader import StateReader, read_state  # noqa: PLC0415 - it loads what previews don't need

        return StateReader(self._read_state or read_state, self.clock)

    def list_reader(self, client: Client, workspace_id: str) -> ListReader:
        """Returns the list of a workspace as far as this run has read it, the same object each time."""
        return self._list_readers.get(
            (client, workspace_id), lambda: ListReader(client, workspace_id, notify=self.notify.info)
        )

    def record_and_remove_entry(
        self, settings: Settings, link_id: str, properties: Mapping[str, Any], *, is_offline: bool = False
    ) -> None:
        """Records that the state holds this link, and removes its journal entry: the creation is complete.

        Args:
            settings: The account's settings.
            link_id: The link.
            properties: Its inputs or outputs; those of a look-up hold no link.
            is_offline: Whether this may be a preview, which sends nothing. The entry of a journal that other machines
                share is then removed by the first operation that may.
        """
        if diff.LOOKUP not in properties:
            self.record_link(link_id, str(properties.get("mark") or ""))
        if is_offline and settings.limit_store is not None:
            self._confirmed_ids.setdefault(replace(settings, workspace_id=None), []).append(link_id)
            return
        self.remove_journal_entry(self.journal(settings), link_id)

    def remove_journal_entry(self, journal: Journal, link_id: str) -> None:
        """Removes the entry of a link that the state holds; most have none, so the journal is asked only once."""
        if link_id in self._journaled_ids.get(journal, journal.list_link_ids):
            journal.remove_for_link(link_id)

    def record_unknown_link(self, mark: str) -> None:
        """Records that the state holds a link for the resource of this mark, before its id is known."""
        self._add(Fact("recorded", mark))

    def has_link_for(self, mark: str) -> bool:
        """Returns whether the state holds a link for the resource of this mark."""
        return Fact("recorded", mark) in self.facts.ask(lambda: self.facts.find("recorded", mark))

    def record_link(self, link_id: str, mark: str) -> None:
        """Records that the state holds this link, under this mark; `mark` may be empty."""
        self._add(Fact("recorded", mark, link_id), Fact("held", link_id, "in the state"))

    def record_removal(self, link_id: str) -> None:
        """Records that the state no longer holds this link."""
        self._add(Fact("held", link_id))

    def is_managed(self, link_id: str) -> bool:
        """Returns whether the state is known to hold this link."""
        held = self.facts.ask(lambda: self.facts.find("held", link_id))
        return bool(held and held[-1].detail)

    def find_ids(self, mark: str) -> Collection[str] | None:
        """Returns the links that the state holds for a mark; None when it holds one whose id is not known."""
        recorded = self.facts.ask(lambda: self.facts.find("recorded", mark))
        ids = frozenset(fact.detail for fact in recorded if fact.detail and self.is_managed(fact.detail))
        return None if Fact("recorded", mark) in recorded and not ids else ids

    def record_reference(self, reference: str) -> None:
        """Records that this run sends a POST with this reference."""
        self._add(Fact("sent", reference))

    def has_sent(self, reference: str) -> bool:
        """Returns whether this run has sent a POST with this reference, in any of its processes."""
        return bool(self.facts.ask(lambda: self.facts.find("sent", reference)))

    def _add(self, *facts: Fact) -> None:
        """Adds those facts that are not the newest of their kind."""

        def decide() -> tuple[None, list[Fact]]:
            return None, [fact for fact in facts if self.facts.find(fact.kind, fact.subject)[-1:] != [fact]]

        self.facts.exchange(decide)


_THIS_PROCESS = OncePerKey[str, RunState]()


def this_run_state(notify: Notify) -> RunState:
    """Returns the state of the run that this process serves, the same object each time.

    Args:
        notify: Shows messages to the user, if the run begins with this call.
    """
    return _THIS_PROCESS.get("", lambda: _begin(notify))


def _begin(notify: Notify) -> RunState:
    skips_checkpoints = os.environ.get(_SKIP_CHECKPOINTS, "").lower() in {"1", "true"}
    return RunState(OneAtATime(notify), facts=_open_shared_facts(), has_checkpoints=not skips_checkpoints)


def reset(run: RunState | None = None) -> None:
    """Forgets the run, as if a new process began.

    Args:
        run: The run that this process serves from now on; a new one when left out.
    """
    _THIS_PROCESS.clear()
    if run is not None:
        _THIS_PROCESS.get("", lambda: run)


def _open_shared_facts() -> SharedFacts:
    from pulumi_userplane.api.shared_file import cache_folder  # noqa: PLC0415 - a program needs none of them
    from pulumi_userplane.recovery.processes import find_cli, has_sibling_providers, this_run_id  # noqa: PLC0415 - as above

    if find_cli() is None:
        return SharedFacts()
    folder, engine = cache_folder(), sys.argv[1] if len(sys.argv) > 1 else ""
    file = None if folder is None else open_file(folder / "runs", this_run_id())
    return SharedFacts(file, engine, has_sibling_providers)
