"""Owns all that one run keeps in this provider process, and hands it down to the operations of a link's life.

A run is one run of the Pulumi CLI's engine; this process serves it with four threads.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from pulumi_userplane import diff
from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.lifecycle.claims import Claims
from pulumi_userplane.lifecycle.shared_facts import SharedFacts, open_file
from pulumi_userplane.refresh.list_reader import ListReader

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.shared_file import SharedFile
    from pulumi_userplane.recovery.journal import Journal
    from pulumi_userplane.settings import Settings

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class Notify(Protocol):
    """Shows messages to the user; the module `pulumi.log` does it through the CLI."""

    def info(self, message: str, /) -> None:
        """Shows what a user may want to know."""

    def warn(self, message: str, /) -> None:
        """Shows what a user should look at."""


class OncePerKey(Generic[K, V]):
    """Values that are made once for each key; a thread that asks meanwhile waits for the one that makes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: defaultdict[K, threading.Lock] = defaultdict(threading.Lock)
        self._values: dict[K, V] = {}

    def get(self, key: K, make: Callable[[], V], waited: Callable[[float], None] = lambda _seconds: None) -> V:
        """Returns the value of a key, made now if need be; where making it fails, the next caller tries again.

        Args:
            key: The key.
            make: Makes the value.
            waited: Is told how many seconds this thread waited for another one.
        """
        with self._lock:
            lock = self._locks[key]
        began = time.monotonic()
        with lock:
            waited(time.monotonic() - began)
            if key not in self._values:
                self._values[key] = make()
            return self._values[key]

    def clear(self) -> None:
        """Forgets all values."""
        with self._lock:
            self._values.clear()


class RunState:
    """What this process keeps of its run.

    Args:
        notify: Shows messages to the user.
        clock: Tells the time and waits.
        claims: Who has which link, shared with the run's other processes; of this process alone when left out.

    Attributes:
        notify: As given.
        clock: As given.
        claims: As given.
        workspace_by_mark: The workspace of each link that `check` has seen: for a replacement the engine checks again,
            without the old inputs.
        address_lists: The addresses of a workspace's links by id, read once for all adoptions by address.
        project_deletions: What proves that a project is deleted, empty while it lives; asked once for each project.
    """

    def __init__(self, notify: Notify, clock: Clock = SYSTEM_CLOCK, claims: Claims | None = None) -> None:
        self.notify = notify
        self.clock = clock
        self.claims = claims or Claims()
        self.workspace_by_mark: dict[str, str] = {}
        self.address_lists = OncePerKey[tuple["Client", str], "Mapping[str, str]"]()
        self.project_deletions = OncePerKey[tuple["Client", str, str], str]()
        self._clients = OncePerKey["Settings", "Client"]()
        self._files = OncePerKey[tuple[str, str], "SharedFile"]()
        self._file_problems = OncePerKey[str, None]()
        self._list_readers = OncePerKey[tuple["Client", str], ListReader]()
        self._journals = OncePerKey["SharedFile", "Journal"]()
        self._journaled_ids = OncePerKey["Journal", "Collection[str]"]()
        self._watchdog = OncePerKey[str, None]()
        self._lock = threading.Lock()
        self._ids_by_mark: defaultdict[str, set[str]] = defaultdict(set)
        self._marks_in_state: set[str] = set()

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
        return account.make_client(notify=self.notify.info, shared_file=self.file(account), clock=self.clock)

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
        """Returns the journal of the account, the same object each time.

        Raises:
            ConfigurationError: There is no key.
        """
        from pulumi_userplane.recovery.journal import Journal  # noqa: PLC0415 - it loads what previews don't need

        file = self.file(settings)
        return self._journals.get(file, lambda: Journal(file))

    def _notify_once(self, problem: str) -> None:
        """Tells the user of a problem that the files of all accounts have."""
        self._file_problems.get(problem, lambda: self.notify.info(problem))

    def list_reader(self, client: Client, workspace_id: str) -> ListReader:
        """Returns the list of a workspace as far as this run has read it, the same object each time."""
        return self._list_readers.get(
            (client, workspace_id), lambda: ListReader(client, workspace_id, notify=self.notify.info)
        )

    def record_and_remove_entry(self, settings: Settings, link_id: str, properties: Mapping[str, Any]) -> None:
        """Records that the state holds this link, and removes its journal entry: the creation is complete.

        Args:
            settings: The account's settings.
            link_id: The link.
            properties: Its inputs or outputs; those of a look-up hold no link.
        """
        if diff.LOOKUP not in properties:
            self.record_link(link_id, str(properties.get("mark") or ""))
        self.remove_journal_entry(self.journal(settings), link_id)

    def remove_journal_entry(self, journal: Journal, link_id: str) -> None:
        """Removes the entry of a link that the state holds; most have none, so the journal is asked only once."""
        if link_id in self._journaled_ids.get(journal, journal.list_link_ids):
            journal.remove_for_link(link_id)

    def record_unknown_link(self, mark: str) -> None:
        """Records that the state holds a link for the resource of this mark, before its id is known."""
        with self._lock:
            self._marks_in_state.add(mark)

    def has_link_for(self, mark: str) -> bool:
        """Returns whether the state holds a link for the resource of this mark."""
        with self._lock:
            return mark in self._marks_in_state

    def record_link(self, link_id: str, mark: str) -> None:
        """Records that the state holds this link, under this mark; `mark` may be empty."""
        with self._lock:
            self._ids_by_mark[mark].add(link_id)

    def record_removal(self, link_id: str) -> None:
        """Records that the state no longer holds this link."""
        with self._lock:
            for ids in self._ids_by_mark.values():
                ids.discard(link_id)

    def is_managed(self, link_id: str) -> bool:
        """Returns whether the state is known to hold this link."""
        with self._lock:
            return any(link_id in ids for ids in self._ids_by_mark.values())

    def find_ids(self, mark: str) -> Collection[str] | None:
        """Returns the links that the state holds for a mark; None when it holds one whose id is not known."""
        with self._lock:
            ids = frozenset(self._ids_by_mark[mark])
            return None if mark in self._marks_in_state and not ids else ids


_THIS_PROCESS = OncePerKey[str, RunState]()


def this_run_state(notify: Notify) -> RunState:
    """Returns the state of the run that this process serves, the same object each time.

    Args:
        notify: Shows messages to the user, if the run begins with this call.
    """
    return _THIS_PROCESS.get("", lambda: RunState(notify, claims=Claims(_open_shared_facts())))


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
    from pulumi_userplane.recovery.processes import find_cli, this_run_id  # noqa: PLC0415 - as above

    folder = cache_folder()
    if find_cli() is None or folder is None:
        return SharedFacts()
    return SharedFacts(open_file(folder / "runs", this_run_id()), sys.argv[1] if len(sys.argv) > 1 else "")
