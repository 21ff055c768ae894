"""Owns all that one run keeps in this provider process, and hands it down to the operations of a link's life.

A run is one run of the Pulumi CLI's engine; this process serves it with several threads: the dynamic
provider's host has four, the plugin one for each operation.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from pulumi_userplane.api.cancellation import CancelableClock, Cancellation
from pulumi_userplane.lifecycle.claims import Claims
from pulumi_userplane.lifecycle.held_links import HeldLinks
from pulumi_userplane.lifecycle.once_per_key import OncePerKey
from pulumi_userplane.lifecycle.shared_facts import Fact, SharedFacts, open_file
from pulumi_userplane.refresh.list_reader import ListReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.limit_store import LimitStore
    from pulumi_userplane.api.shared_file import SharedFile
    from pulumi_userplane.lifecycle.look import Look
    from pulumi_userplane.recovery.journal import Journal
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
        clock: Tells the time and waits; the system's clock, whose waits `cancel` ends, when left out.
        facts: What the run's processes share; what this process knows alone when left out.
        read_state: Reads the state of the run's stack, or returns None where that can't be done.
        has_checkpoints: Whether the engine writes the state after each step.

    Attributes:
        notify: As given.
        cancellation: Whether the run was canceled.
        clock: As given.
        facts: As given.
        has_checkpoints: As given.
        claims: Who has which link.
        held: Which links the state holds, as far as the run has heard.
        looks: The newest links of a workspace, read once a run.
        workspace_by_mark: The workspace of each link that `check` has seen: for a replacement the engine checks again,
            without the old inputs.
        checked_marks: The mark of each link that `check` has seen: the program declares it.
        address_lists: The addresses of a workspace's links by id, read once for all adoptions by address.
        project_deletions: The status and the code that prove that a project is deleted, or None; asked for once.
    """

    def __init__(
        self,
        notify: Notify,
        clock: Clock | None = None,
        *,
        facts: SharedFacts | None = None,
        read_state: Callable[[], Deployment | None] | None = None,
        has_checkpoints: bool = True,
    ) -> None:
        self.notify = notify
        self.cancellation = Cancellation()
        self.clock = clock or CancelableClock(self.cancellation)
        self.facts = facts or SharedFacts()
        self.has_checkpoints = has_checkpoints
        self.claims = Claims(self.facts)
        self.held = HeldLinks(self.facts)
        self._read_state = read_state
        self._state_readers = OncePerKey[str, "StateReader"]()
        self.looks: OncePerKey[tuple[Client, str], Look] = OncePerKey()
        self.workspace_by_mark: dict[str, str] = {}
        self.checked_marks: set[str] = set()
        self.address_lists = OncePerKey[tuple["Client", str], "Mapping[str, str]"]()
        self.project_deletions = OncePerKey[tuple["Client", str, str], tuple[int, str] | None]()
        self._clients = OncePerKey["Settings", "Client"]()
        self._files = OncePerKey[tuple[str, str], "SharedFile"]()
        self._file_problems = OncePerKey[str, None]()
        self._list_readers = OncePerKey[tuple["Client", str], ListReader]()
        self._stores = OncePerKey["Settings", "LimitStore | None"]()
        self._journals = OncePerKey["Settings", "Journal"]()
        self._confirmed: dict[Settings, list[tuple[str, str | None]]] = {}
        self._journaled = OncePerKey["Journal", set[str]]()
        self._watchdog = OncePerKey[str, None]()

    @property
    def is_canceled(self) -> bool:
        """Whether `cancel` was called."""
        return self.cancellation.is_requested

    def cancel(self) -> None:
        """Ends at once, for good, what this process waits for, and lets no request begin any more.

        An operation fails then unless the response that it awaits completes it. A link that was created, and lacks its
        PUT, is an `IncompleteCreationError`.
        """
        self.cancellation.request()

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
        shared = (self.file(account), self.clock, self._limit_store(account), self.cancellation)
        return account.make_client(self.notify.info, *shared)

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
        for link_id, reference in self._confirmed.pop(account, []):
            self.remove_journal_entry(journal, link_id, reference)
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

        read = self._read_state or (lambda: read_state(clock=self.clock, cancellation=self.cancellation))
        return StateReader(read, self.clock)

    def list_reader(self, client: Client, workspace_id: str) -> ListReader:
        """Returns the list of a workspace as far as this run has read it, the same object each time."""
        return self._list_readers.get(
            (client, workspace_id), lambda: ListReader(client, workspace_id, notify=self.notify.info)
        )

    def record_and_remove_entry(
        self,
        settings: Settings,
        link_id: str,
        properties: Mapping[str, Any],
        recorded: Mapping[str, Any],
        *,
        is_offline: bool = False,
    ) -> None:
        """Records that the state holds this link, and removes its journal entry: the creation is complete.

        Args:
            settings: The account's settings.
            link_id: The link.
            properties: Its inputs or outputs.
            recorded: What the state holds of it: its reference tells which POST created it.
            is_offline: Whether this may be a preview, which sends nothing. The entry of a journal that other machines
                share is then removed by the first operation that may.
        """
        self.held.record_link(link_id, str(properties.get("mark") or ""))
        confirmed = (link_id, recorded.get("link_provider_ref"))
        if is_offline and settings.limit_store is not None:
            self._confirmed.setdefault(replace(settings, workspace_id=None), []).append(confirmed)
            return
        self.remove_journal_entry(self.journal(settings), *confirmed)

    def remove_journal_entry(self, journal: Journal, link_id: str, reference: str | None) -> None:
        """Removes the entry of a link that the state holds; most have none, so the journal is asked only once."""
        if {link_id, reference} & self._journaled.get(journal, journal.list_links):
            journal.remove_for_link(link_id, reference)


_THIS_PROCESS = OncePerKey[str, RunState]()


def this_run_state(notify: Notify) -> RunState:
    """Returns the state of the run that this process serves, the same object each time.

    Args:
        notify: Shows messages to the user, if the run begins with this call.
    """
    return _THIS_PROCESS.get("", lambda: _begin(notify))


def cancel_run() -> None:
    """Cancels the run that this process serves, if it has begun: the engine also cancels a process that did nothing."""
    for run in _THIS_PROCESS.values():
        run.cancel()


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
    from pulumi_userplane.recovery import processes  # noqa: PLC0415 - as above

    if processes.find_cli() is None:
        return SharedFacts()
    folder, engine = cache_folder(), processes.find_engine_address(sys.argv[1:]) or ""
    file = None if folder is None else open_file(folder / "runs", processes.this_run_id())
    return SharedFacts(file, engine, processes.has_sibling_providers)
