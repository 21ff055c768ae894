"""Resumes an interrupted creation: finds the link that an interrupted run journaled for the resource's mark.

A POST may still be processing when the run that sent it has ended, so a recent one is waited for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.progress import MIN_WAIT_TO_NOTIFY, format_wait
from pulumi_userplane.recovery import find_created

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.lifecycle.run_state import RunState
    from pulumi_userplane.recovery.journal import Journal, JournalEntry, Writer

_LATE_POST_SECONDS = 30.0
_CLAIM_REASON = "it matched an interrupted creation, which this run resumed; run the replacement again for a new one"


class ResumedLink(NamedTuple):
    """The link of an interrupted creation, and its journal entry."""

    link: Link
    entry: JournalEntry


def resume_interrupted(
    run: RunState, client: Client, journal: Journal, inputs: Mapping[str, Any], operation: Operation
) -> ResumedLink | None:
    """Claims the first live link that an interrupted run journaled for this mark, or returns None.

    Never a link that the state holds: a replacement must not resume the link that it replaces.

    Args:
        run: The run.
        client: The account.
        journal: Its journal.
        inputs: What `check` returned.
        operation: The creation.

    Raises:
        UserplaneError: Another run is creating this link, or the look-up failed.
    """
    mark = str(inputs.get("mark") or "")
    if not mark:
        return None
    require_no_other_run(operation, journal.find_other_writer(mark))
    managed_ids = run.find_ids(mark)
    if managed_ids is None:
        return None
    with client.operation_step(replace(operation, step="the look-up of an interrupted creation")):
        for entry in journal.find_interrupted(mark):
            if entry.link_id in managed_ids:
                continue
            link = find_created.find_for_entry(client, entry) or _await_late_post(run, client, entry, operation)
            if link is None:
                journal.discard(entry.reference)
            elif not _matches_location(inputs, entry, link):
                _warn_elsewhere(run, operation, link)
            elif not run.is_managed(link.link_id) and run.claims.claim(link.link_id, _CLAIM_REASON) is None:
                entry_with_id = entry._replace(link_id=link.link_id)
                require_no_other_run(operation, journal.record(entry_with_id))
                run.notify.warn(
                    f"{operation}: resuming {link.link_id} ({link.link_url}): an interrupted run on this machine "
                    "created it, and nothing shows that the state holds it"
                )
                return ResumedLink(link, entry_with_id)
    return None


def require_no_other_run(operation: Operation, writer: Writer | None) -> None:
    """Raises unless no other run is creating the link.

    Args:
        operation: The creation.
        writer: Who else has a journal entry for it, if anybody.

    Raises:
        UserplaneError: Another run is creating it, and still runs.
    """
    if writer is not None:
        raise UserplaneError(
            f"another run is creating this link: its provider process {writer.process.pid}, started by process "
            f"{writer.run.pid}, is still running",
            operation=operation,
            next_step=f"wait until that run ends, or end process {writer.run.pid}, then run again",
        )


def _await_late_post(run: RunState, client: Client, entry: JournalEntry, operation: Operation) -> Link | None:
    """Waits as long as a server may need for a POST whose sender has ended, then looks again."""
    # The clock may have been set since; after a restart of the machine it is all that counts.
    passed = max(run.clock.time() - entry.sent_at, 0.0)
    if run.clock.monotonic() >= entry.sent_monotonic:
        passed = min(passed, run.clock.monotonic() - entry.sent_monotonic)
    remaining = _LATE_POST_SECONDS - passed
    if entry.link_id is not None or remaining <= 0:
        return None
    if remaining >= MIN_WAIT_TO_NOTIFY:
        wait = format_wait(remaining)
        run.notify.info(f"{operation}: waiting {wait}: a POST of an interrupted run may still be processing")
    run.clock.sleep(remaining)
    return find_created.find_for_entry(client, entry)


def _matches_location(inputs: Mapping[str, Any], entry: JournalEntry, link: Link) -> bool:
    return (
        entry.workspace_id == inputs["workspace_id"]
        and link.domain.domain_id == inputs["domain_id"]
        and inputs.get("project_id") in {None, link.project.project_id}
    )


def _warn_elsewhere(run: RunState, operation: Operation, link: Link) -> None:
    run.notify.warn(
        f"{operation}: an interrupted run created {link.link_id} ({link.link_url}) on another domain or in another "
        "project than declared now: delete it in the dashboard if nobody uses it, or adopt it with "
        f'adopt="{link.link_id}" in a resource of its own'
    )
