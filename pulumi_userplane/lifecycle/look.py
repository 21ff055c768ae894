"""Looks once a run at the newest links of a workspace for what interrupted runs, of any machine, have created.

One look serves all creations of a run, in all its provider processes that use the key.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from pulumi_userplane.api.errors import (
    AuthenticationError,
    LimitStoreError,
    LocalRateLimitError,
    RunCanceledError,
    UserplaneError,
)
from pulumi_userplane.api.progress import NOTIFY_INTERVAL
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.lifecycle.shared_facts import Fact
from pulumi_userplane.recovery.ownership import mark_in
from pulumi_userplane.recovery.processes import ProcessId, this_process
from pulumi_userplane.recovery.recent_links import RecentLink, read_recent_links

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.api import Client
    from pulumi_userplane.lifecycle.run_state import RunState

LOOK_SECONDS = 30.0
"""How long a look may take, apart from the operation's own time. Waits for the rate limit do not count."""

_RECHECK_SECONDS = 0.2
_MAX_WAIT_SECONDS = 120.0
"""How long a process waits for the look of another one, which may wait for the rate limit. Where the file fails only
for that one, its result never comes."""
_FAILED = "failed"
_RECOVER = "`pulumi-userplane recover` looks at all links"


class Look(NamedTuple):
    """What the look of a run has found.

    Attributes:
        links: The newest links with a reference.
        is_whole: Whether the list could be read.
    """

    links: list[RecentLink]
    is_whole: bool = True


def find_recent(run: RunState, client: Client, workspace_id: str, mark: str, own_reference: str | None = None) -> Look:
    """Returns the newest links that this run has not created and that may be a resource's, from its one look.

    Args:
        run: The run.
        client: The account.
        workspace_id: The workspace.
        mark: The mark of the resource.
        own_reference: The reference that the program declares; it replaces the one with the mark.

    Returns:
        The links with the mark, then those with the reference.
    """
    links, is_whole = run.looks.get((client, workspace_id), lambda: _look_once(run, client, workspace_id))
    marked = [link for link in links if mark_in(link.reference) == mark and not run.held.has_sent(link.reference)]
    return Look(marked + [link for link in links if link.reference == own_reference], is_whole)


def _look_once(run: RunState, client: Client, workspace_id: str) -> Look:
    """Returns what the look of this run has found, in whichever of its processes it was made."""
    subject = f"{client.shared_file.name}/{workspace_id}"
    began = run.clock.monotonic()
    while not run.facts.exchange(lambda: _take_turn(run, subject, began + _MAX_WAIT_SECONDS)):
        if looked := run.facts.ask(lambda: run.facts.find("looked", subject)):
            recent = [RecentLink(fact.detail, fact.other) for fact in run.facts.find("recent", subject)]
            older = [RecentLink(fact.detail, fact.other, is_recent=False) for fact in run.facts.find("older", subject)]
            return Look(recent + older, looked[-1].detail != _FAILED)
        if run.clock.monotonic() - began >= NOTIFY_INTERVAL:
            client.progress.notify_wait(
                "waiting for another provider process of this run, which looks for interrupted creations"
            )
        run.clock.sleep(_RECHECK_SECONDS)
    try:
        look = _look(run, client, workspace_id)
    except BaseException:
        # Nobody looks any more, so the next process may.
        run.facts.add(Fact("looking", subject))
        raise
    found = (
        Fact("recent" if link.is_recent else "older", subject, link.link_id, link.reference) for link in look.links
    )
    run.facts.add(Fact("looked", subject, "" if look.is_whole else _FAILED), *found)
    return look


def _take_turn(run: RunState, subject: str, until: float) -> tuple[bool, Sequence[Fact]]:
    """Returns whether this process is the one that looks, and records it then."""
    if run.facts.find("looked", subject):
        return False, ()
    is_heard_of = run.facts.is_shared and run.clock.monotonic() < until
    for fact in run.facts.find("looking", subject)[-1:]:
        if is_heard_of and fact.detail and _is_of_other_process(ProcessId(*json.loads(fact.detail))):
            return False, ()
    return True, (Fact("looking", subject, json.dumps(this_process())),)


def _is_of_other_process(process: ProcessId) -> bool:
    return process.pid != os.getpid() and process.is_alive()


def _look(run: RunState, client: Client, workspace_id: str) -> Look:
    try:
        with client.operation_deadline(LOOK_SECONDS):
            links, oldest, is_sorted = read_recent_links(client, workspace_id, run.clock)
    except (AuthenticationError, LimitStoreError, LocalRateLimitError, RunCanceledError):
        # The creation itself would fail on this.
        raise
    except UserplaneError as error:
        run.notify.warn(
            f"the look for interrupted creations in workspace {workspace_id} failed ({error.reason}): this run knows "
            f"only those of this machine; if an earlier run was interrupted elsewhere, {_RECOVER}"
        )
        return Look([], is_whole=False)
    if not is_sorted:
        run.notify.warn(
            f"the look for interrupted creations saw a part of workspace {workspace_id} only, since the server does "
            f"not sort links as requested; if an earlier run was interrupted elsewhere, {_RECOVER}"
        )
    elif oldest:
        run.notify.info(
            f"workspace {workspace_id} has many new links: the look for interrupted creations went back to "
            f"{sanitize(oldest)}; if a run was interrupted before that, {_RECOVER}"
        )
    return Look(links, is_whole=is_sorted)
