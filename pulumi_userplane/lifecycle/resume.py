"""Resumes an interrupted creation: finds the link that an interrupted run has created for the resource.

The journal is asked first, then the newest links of the workspace, for runs of other machines. Of a
creation whose POST was answered, only the state tells whether it was interrupted. A POST may still be processing when
the run that sent it has ended, so a recent one is waited for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.progress import MIN_WAIT_TO_NOTIFY, format_wait
from pulumi_userplane.recovery import find_created
from pulumi_userplane.recovery.interruption import LiveLink, Verdict, judge
from pulumi_userplane.recovery.journal import JournalEntry
from pulumi_userplane.recovery.ownership import mark_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_userplane.api import Link
    from pulumi_userplane.lifecycle.look import Look
    from pulumi_userplane.lifecycle.resource_creation import ResourceCreation
    from pulumi_userplane.recovery.recent_links import RecentLink

_LATE_POST_SECONDS = 30.0
_CLAIM_REASON = "it matched an interrupted creation, which this run resumed; run the replacement again for a new one"
_NEVER = "; `pulumi config set userplane:lookForInterrupted never` creates a new link as well"
_PROOFS = {
    Verdict.PENDING: (
        "an interrupted run created it; the state shows that creation as interrupted until you run "
        "`pulumi refresh --clear-pending-creates`, best when this run has ended well"
    ),
    Verdict.WITHOUT_CHECKPOINTS: (
        "the state does not hold it, and without checkpoints (PULUMI_SKIP_CHECKPOINTS) that counts as interrupted; if "
        "another stack has the link, remove this resource by `pulumi state delete`"
    ),
    Verdict.UNPROVED: "an earlier run created it, and its creation never ended well",
}


def resume_interrupted(creation: ResourceCreation, look: Look | None) -> Link | None:
    """Claims the first live link that an interrupted run has created for this mark, or returns None.

    Never a link that the state holds: a replacement must not resume the link that it replaces.

    Args:
        creation: The creation.
        look: The newest links with its mark, or with its reference, that other runs have created. None where the
            settings say not to look: then only creations count whose POST was never answered.

    Raises:
        UserplaneError: Another run is creating this link, nothing proves whose a link with this mark is, or the look-up
            failed.
    """
    if not creation.mark:
        return None
    creation.require_no_other_run(creation.journal.find_other_writer(creation.mark))
    with creation.client.operation_step(replace(creation.operation, step="the look-up of an interrupted creation")):
        for link, entry in _find_live(creation, look):
            if _may_resume(creation, link, entry):
                # From here on it is a creation of this run.
                own = entry._replace(link_id=link.link_id, is_answered=False, is_reported=False)
                creation.record(own._replace(has_checkpoints=creation.run.has_checkpoints))
                return link
    return None


def _find_live(creation: ResourceCreation, look: Look | None) -> Iterator[tuple[Link, JournalEntry]]:
    """Yields the live links that other runs have created for this mark, and that the state is not known to hold."""
    entries = creation.journal.find_interrupted(creation.mark)
    for entry in entries:
        if not entry.is_answered or look is not None:
            yield from _find_journaled(creation, entry)
    if look is None:
        return
    references = {entry.reference for entry in entries}
    for candidate in look.links:
        if candidate.reference not in references:
            yield from _find_recent(creation, candidate)
    if not look.is_whole and not entries:
        _require_no_pending(creation)


def _find_journaled(creation: ResourceCreation, entry: JournalEntry) -> Iterator[tuple[Link, JournalEntry]]:
    is_managed = creation.run.held.is_managed
    if is_managed(entry.link_id or "") or _may_be_replaced(creation):
        return
    link = find_created.find_for_entry(creation.client, entry) or _await_late_post(creation, entry)
    if link is None:
        creation.journal.discard(entry.reference)
    elif not is_managed(link.link_id):
        yield link, entry


def _find_recent(creation: ResourceCreation, candidate: RecentLink) -> Iterator[tuple[Link, JournalEntry]]:
    if creation.run.held.is_managed(candidate.link_id) or _may_be_replaced(creation):
        return
    entry = _make_entry(creation, candidate)
    is_marked = mark_in(candidate.reference) == creation.mark
    # Of any other only the state can prove anything: people keep links, and make new ones with the same mark.
    needs_proof = not (candidate.is_recent and is_marked)
    if needs_proof and _judge(creation, LiveLink(candidate.link_id), entry) is not Verdict.PENDING:
        return
    link = find_created.find_for_entry(creation.client, entry)
    if link is not None and is_marked:
        yield link, entry
    elif link is not None and _matches_location(creation.inputs, entry, link):
        raise _build_unmarked_error(creation, link)


def _require_no_pending(creation: ResourceCreation) -> None:
    """Raises where the state shows an interrupted creation, whose link nothing has found."""
    if _judge(creation, LiveLink("")) is Verdict.PENDING:
        raise UserplaneError(
            "the state shows that a run was interrupted while it created this link, and the look for it failed, so "
            "nothing was created",
            operation=creation.operation,
            next_step="run again; if the look fails again, `pulumi-userplane recover --check` finds the link, and if "
            "there is none, run `pulumi refresh --clear-pending-creates` first",
        )


def _may_be_replaced(creation: ResourceCreation) -> bool:
    """Returns whether any link may be the one that this creation replaces: no id is known, and no state tells it."""
    run = creation.run
    return run.held.find_ids(creation.mark) is None and run.read_state(creation.began) is None


def _make_entry(creation: ResourceCreation, candidate: RecentLink) -> JournalEntry:
    """Returns the entry that this run makes for a link of another one."""
    run, inputs = creation.run, creation.inputs
    times = (run.clock.time(), None, run.clock.monotonic())
    place = (inputs["workspace_id"], inputs["domain_id"], candidate.link_id)
    return JournalEntry(candidate.reference, *place, *times, is_answered=True, has_checkpoints=run.has_checkpoints)


def _may_resume(creation: ResourceCreation, link: Link, entry: JournalEntry) -> bool:
    """Returns whether a link is what an interrupted creation of this resource left, and claims it then.

    Raises:
        UserplaneError: Another run is writing the state, or nothing proves whose the link is.
    """
    run, verdict = creation.run, _judge(creation, LiveLink(link.link_id, link.created_at), entry)
    name = f"{link.link_id} ({link.link_url})"
    if verdict is Verdict.HELD_SINCE:
        raise UserplaneError(
            f"the state now holds {name} for this resource, and did not when this run began: another run changes it",
            operation=creation.operation,
            next_step="wait until that run has ended, then run again",
        )
    if verdict in {Verdict.HELD, Verdict.EARLIER}:
        return False
    if verdict is Verdict.UNPROVED and not _needs_no_proof(creation, entry):
        raise _build_unproved_error(creation, link, entry)
    if not _matches_location(creation.inputs, entry, link):
        _warn_elsewhere(creation, link)
        return False
    if run.claims.claim(link.link_id, _CLAIM_REASON) is not None:
        return False
    run.notify.warn(f"{creation.operation}: resuming {name}: {_PROOFS[verdict]}")
    return True


def _needs_no_proof(creation: ResourceCreation, entry: JournalEntry) -> bool:
    """Returns whether a journal entry alone counts: its creation never ended well, and no state would show it.

    Where the state would show it as pending, and does not, somebody has cleared that since: the link may have been
    resumed on another machine, and then moved to another stack or kept on purpose.
    """
    return not entry.is_answered and (entry.is_reported or creation.run.read_state(creation.began) is None)


def _judge(creation: ResourceCreation, link: LiveLink, entry: JournalEntry | None = None) -> Verdict:
    run = creation.run
    return judge(
        run.read_state(creation.began),
        link,
        creation.mark,
        is_replacement=run.held.has_link_for(creation.mark),
        has_checkpoints=(entry is None or entry.has_checkpoints) and run.has_checkpoints,
    )


def _build_unmarked_error(creation: ResourceCreation, link: Link) -> UserplaneError:
    """Returns the error about a link that has the declared reference, which others may have as well."""
    return UserplaneError(
        f"{link.link_id} ({link.link_url}) has the declared link_provider_ref, and a run was interrupted that may have "
        "created it, so nothing was created",
        operation=creation.operation,
        next_step=f'if it belongs to this resource, write adopt="{link.link_id}" to take it over; if not, run '
        "`pulumi refresh --clear-pending-creates`, then run again",
    )


def _build_unproved_error(creation: ResourceCreation, link: Link, entry: JournalEntry) -> UserplaneError:
    is_readable = creation.run.read_state(creation.began) is not None
    shown = "the state neither holds it nor shows an interrupted creation" if is_readable else "the state can't be read"
    take_over = f'if it belongs to this resource, write adopt="{link.link_id}" to take it over'
    if creation.run.held.has_link_for(creation.mark):
        take_over = "a replacement can't take it over"
    return UserplaneError(
        f"{link.link_id} ({link.link_url}) was created for this resource, and {shown}, so nothing was created",
        operation=creation.operation,
        next_step=f"{take_over}; if another stack has it, or it is kept on purpose, write another mark= for a new "
        f"link; if nobody needs it, delete it in the dashboard{_NEVER if entry.is_answered else ''}",
    )


def _await_late_post(creation: ResourceCreation, entry: JournalEntry) -> Link | None:
    """Waits as long as a server may need for a POST whose sender has ended, then looks again."""
    clock = creation.run.clock
    # The clock may have been set since; after a restart of the machine it is all that counts.
    passed = max(clock.time() - entry.sent_at, 0.0)
    if clock.monotonic() >= entry.sent_monotonic:
        passed = min(passed, clock.monotonic() - entry.sent_monotonic)
    remaining = _LATE_POST_SECONDS - passed
    if entry.link_id is not None or remaining <= 0:
        return None
    if remaining >= MIN_WAIT_TO_NOTIFY:
        wait = format_wait(remaining)
        creation.run.notify.info(
            f"{creation.operation}: waiting {wait}: a POST of an interrupted run may still be processing"
        )
    clock.sleep(remaining)
    return find_created.find_for_entry(creation.client, entry)


def _matches_location(inputs: Mapping[str, Any], entry: JournalEntry, link: Link) -> bool:
    return entry.workspace_id == inputs["workspace_id"] and not diff.find_misplaced(link, inputs)


def _warn_elsewhere(creation: ResourceCreation, link: Link) -> None:
    creation.run.notify.warn(
        f"{creation.operation}: an interrupted run created {link.link_id} ({link.link_url}) on another domain or in "
        "another project than declared now: delete it in the dashboard if nobody uses it, or adopt it with "
        f'adopt="{link.link_id}" in a resource of its own'
    )
