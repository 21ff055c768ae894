"""Makes a link, all or nothing and once: either it is there as declared, or it is not there.

The API has no idempotency key; the reference `<mark>#<8 hex>` of a POST stands for one. The text before `#` says who
made the link, the whole of it which POST did. After a lost answer the link is looked for by it, and a POST is sent
again only when the list proves that the first one made nothing. What a killed run has left is found by its note.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from pulumi_userplane import diff
from pulumi_userplane.api.errors import (
    APIError,
    InvalidResponseError,
    Operation,
    RedirectError,
    ResponseLostError,
    ResponseTimeoutError,
    ServerError,
    UserplaneError,
    steps,
)
from pulumi_userplane.api.progress import MIN_WAIT_TO_NOTIFY, format_wait
from pulumi_userplane.api.text import describe_link, sanitize
from pulumi_userplane.lifecycle import adopt, write_check
from pulumi_userplane.recovery import find_created, journal
from pulumi_userplane.recovery.journal import JournalEntry, Writer
from pulumi_userplane.recovery.ownership import new_reference, parse_owner

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.lifecycle.run_state import RunState
    from pulumi_userplane.settings import Settings

_RESUMED = "this run took it for an unfinished creation and went on with it; replace it again for a new address"
_POSTED = ("link_reusable", "meta")
_LOOK_AGAIN_AFTER = 2.0
_SERVER_BUSY_SECONDS = 30.0
_CLEAN_UP_SECONDS = 15.0


class CreatedLink(NamedTuple):
    """The id of a new or adopted link, and what the state records of it."""

    link_id: str
    outputs: dict[str, Any]


def create(run: RunState, settings: Settings, inputs: Mapping[str, Any]) -> CreatedLink:
    """Creates the declared link, or adopts the one that the program names.

    Args:
        run: The run.
        settings: The account's settings.
        inputs: What `check` returned.

    Raises:
        UserplaneError: It could not be made; what had been made is deleted again. Where the link may exist all the
            same, the error says how to find it.
    """
    client = run.client(settings)
    make = _create if inputs.get("adopt") is None else adopt.adopt
    with client.progress.track_link("created"):
        link = make(run, client, inputs)
    run.claims.record_replacement(str(inputs.get("mark") or ""))
    run.list_reader(client, inputs["workspace_id"]).forget(link.link_id)
    return CreatedLink(link.link_id, diff.outputs(link, inputs, client.base_url))


def _create(run: RunState, client: Client, inputs: Mapping[str, Any]) -> Link:
    """Makes the declared link: one POST, and one PUT where something is declared that a POST doesn't take."""
    creation = _Creation(run, client, inputs["workspace_id"], inputs)
    with client.operation_deadline():
        with client.operation_step(creation.at("the look for what an earlier run has left")):
            found = creation.resume_interrupted()
        link = found or creation.post()
        try:
            if found:
                return creation.apply_remaining(link)
            creation.verify_post(link)
            return creation.apply_remaining(link, posted=_POSTED)
        except UserplaneError as error:
            creation.roll_back(link, error)
            raise


@dataclass
class _Creation:
    """One creation: what is to be made, and the note of the POST that is under way."""

    run: RunState
    client: Client
    workspace_id: str
    inputs: Mapping[str, Any]
    entry: JournalEntry | None = None

    @property
    def mark(self) -> str:
        return str(self.inputs.get("mark") or "")

    @property
    def name(self) -> str:
        return diff.label(self.inputs) or ""

    @property
    def operation(self) -> Operation:
        return Operation("creation", f'recording link "{sanitize(self.name)}"' if self.name else "a recording link")

    def at(self, step: str, subject: str = "") -> Operation:
        """The operation at one of its steps."""
        return Operation("creation", subject or self.operation.subject, step)

    @property
    def recovery_hint(self) -> str:
        """What to do about a link that may be left: it can be told only where it has a mark."""
        if not self.mark:
            return "it can be deleted in the dashboard"
        who = parse_owner(self.mark)
        command = f"`pulumi-userplane recover --stack {shlex.quote(who.stack)}`" if who else ""
        return "the next `pulumi up` on this machine looks for it and goes on with it" + (
            f", {command} finds it from any" if command else ""
        )

    def resume_interrupted(self) -> Link | None:
        """Looks for the links that dead processes have noted under this mark; goes on with the first that lives.

        Not with one that the state holds: a replacement never takes up the link that it replaces.
        """
        if not self.mark:
            return None
        self._refuse_other_run(journal.find_other_writer(self.client.shared_file, self.mark))
        held_ids = self.run.ids_for_mark(self.mark)
        if held_ids is None:
            return None
        for note in journal.find_abandoned(self.client.shared_file, self.mark):
            if note.link_id in held_ids:
                continue
            link = find_created.find_pending(self.client, note) or self._await_late_post(note)
            if link is None:
                journal.discard(self.client.shared_file, note.reference)
            elif not self._matches_location(note, link):
                self.run.notify.warn(
                    f"{self.operation}: a killed run has left {link.link_id} ({link.link_url}) on another domain or in "
                    "another project than now declared: delete it in the dashboard if nobody uses it, or take it over "
                    f'by adopt="{link.link_id}" in a resource of its own'
                )
            elif not self.run.is_managed(link.link_id) and self.run.claims.claim(link.link_id, _RESUMED) is None:
                self._journal(note._replace(link_id=link.link_id))
                self.run.notify.warn(
                    f"{self.operation}: an earlier run on this machine has made {link.link_id} ({link.link_url}), and "
                    "nothing shows that the state holds it: going on with it"
                )
                return link
        return None

    def post(self) -> Link:
        """Sends the POST; again, up to three times in all, when it is proved that it made nothing."""
        return self._post_once(is_last=False) or self._post_once(is_last=False) or self._post_once(is_last=True)

    def verify_post(self, link: Link) -> None:
        """Raises where the POST did not apply what it takes."""
        sent = {key: self.inputs[key] for key in _POSTED if self.inputs.get(key) is not None}
        write_check.verify_applied(
            self.operation, sent, {"link_reusable": False, "meta": {}}, link.model_dump(), notify=self.run.notify.warn
        )

    def apply_remaining(self, link: Link, posted: Collection[str] = ()) -> Link:
        """Sends the rest in a PUT, if there is any; what was posted and stored in another form is not sent again."""
        made = link.model_dump()
        rest = diff.changed_fields(made, {key: value for key, value in self.inputs.items() if key not in posted})
        if not rest:
            return link
        operation = self.at(f"step 2 of 2, the PUT of {', '.join(rest)}", describe_link(link.link_id, self.name))
        with self.client.operation_step(operation):
            updated = self.client.update_link(self.workspace_id, link.link_id, **rest)
        write_check.verify_applied(operation, rest, made, updated.model_dump(), notify=self.run.notify.warn)
        return updated

    def roll_back(self, link: Link, error: UserplaneError) -> None:
        """Deletes what was made for nothing, with a little time of its own, and says how that ended."""
        try:
            with self.client.operation_deadline(_CLEAN_UP_SECONDS):
                self.client.delete_link(self.workspace_id, link.link_id)
        except UserplaneError as second:
            if not (isinstance(second, APIError) and second.proves_link_gone):
                left = (
                    f"the new link {link.link_id} ({link.link_url}) is left at the server, since deleting it failed "
                    f'as well ({second.reason}): {self.recovery_hint}, adopt="{link.link_id}" takes it over'
                )
                error.next_step = steps(left, error.next_step)
                return
        self._discard()
        error.next_step = steps("the new link was deleted again, nothing is left", error.next_step)

    @overload
    def _post_once(self, *, is_last: Literal[True]) -> Link: ...

    @overload
    def _post_once(self, *, is_last: Literal[False]) -> Link | None: ...

    def _post_once(self, *, is_last: bool) -> Link | None:
        """Returns the link that one POST has made, None when it is proved that it made none and another may follow."""
        reference = new_reference(self.mark) if self.mark else self.inputs.get("link_provider_ref")
        uptime = self.run.clock.monotonic()
        try:
            link = self._send_post(reference)
        except UserplaneError as error:
            if not _may_have_succeeded(error):
                self._discard()
                raise
            with self.client.operation_step(self.at("the look for what its POST has made")):
                found = self._find_after_lost_response(error, uptime)
            if found is None:
                self._discard()
                if is_last:
                    error.next_step = "nothing was made, as the list shows: run again later"
                    raise
                return None
            link = found
        if self.entry is not None:
            self._journal(self.entry._replace(link_id=link.link_id))
        return link

    def _send_post(self, reference: str | None) -> Link:
        def note() -> None:
            # Before each attempt: how long a link may still come counts from the last one.
            uptime = self.run.clock.monotonic()
            when = (self.run.clock.time(), self.client.server_time(uptime), uptime)
            self._journal(JournalEntry(str(reference), self.workspace_id, self.inputs["domain_id"], None, *when))

        try:
            link = self.client.create_link(
                self.workspace_id,
                domain_id=self.inputs["domain_id"],
                project_id=self.inputs.get("project_id"),
                link_provider_ref=reference,
                link_reusable=self.inputs.get("link_reusable"),
                meta=diff.canonical(self.inputs.get("meta")),
                label=self.name,
                before_send=note if self.mark else None,
            )
        except APIError as error:
            if error.status == 400:
                error.next_step = "the domain must be verified, and the project must be one of this workspace"
            if error.proves_link_gone:
                error.next_step = "that is no answer to a creation: check the base URL and the workspace id"
            elif error.status in {404, 410} and self.inputs.get("project_id") is not None:
                error.next_step = f"{error.next_step} (it is {self.inputs['project_id']} now)"
            raise
        if self.mark and link.link_provider_ref not in {None, reference}:
            raise InvalidResponseError("the server answered with another link", operation=self.operation)
        return link

    def _find_after_lost_response(self, error: UserplaneError, uptime: float) -> Link | None:
        """Returns the link that the POST has made after all, or None when it is proved that it made none."""
        if self.entry is None:
            error.next_step = find_created.describe_candidates(
                self.client, self.workspace_id, self.inputs["domain_id"], uptime
            )
            raise error
        try:
            link = find_created.find_pending(self.client, self.entry, is_own=True)
            if link is None:
                # The server may still be busy with it.
                self.run.clock.sleep(_LOOK_AGAIN_AFTER)
                link = find_created.find_pending(self.client, self.entry, is_own=True)
        except UserplaneError as second:
            error.next_step = f"whether it was made can't be told ({second.reason}): {self.recovery_hint}"
            raise error from None
        if link is None and isinstance(error, ResponseTimeoutError):
            error.next_step = f"it may still be made: {self.recovery_hint}"
            raise error
        return link

    def _await_late_post(self, note: JournalEntry) -> Link | None:
        """Looks again when the server has had the time that a POST is waited for: it may outlive who sent it."""
        # The clock may have been set since; after a start of the machine it is all that there is.
        passed = max(self.run.clock.time() - note.sent_at, 0.0)
        if self.run.clock.monotonic() >= note.uptime:
            passed = min(passed, self.run.clock.monotonic() - note.uptime)
        left = _SERVER_BUSY_SECONDS - passed
        if note.link_id is not None or left <= 0:
            return None
        if left >= MIN_WAIT_TO_NOTIFY:
            wait = format_wait(left)
            self.run.notify.info(f"{self.operation}: waiting {wait} for what the POST of a killed run may still make")
        self.run.clock.sleep(left)
        return find_created.find_pending(self.client, note)

    def _matches_location(self, note: JournalEntry, link: Link) -> bool:
        project_id = self.inputs.get("project_id")
        return (
            note.workspace_id == self.workspace_id
            and link.domain.domain_id == self.inputs["domain_id"]
            and project_id in {None, link.project.project_id}
        )

    def _journal(self, note: JournalEntry) -> None:
        self._refuse_other_run(journal.record(self.client.shared_file, note))
        self.entry = note

    def _refuse_other_run(self, writer: Writer | None) -> None:
        if writer is not None:
            raise UserplaneError(
                f"another run makes this link: its provider process {writer.process.pid}, started by process "
                f"{writer.run.pid}, still runs",
                operation=self.operation,
                next_step="wait until that run has ended, or end it, then run again",
            )

    def _discard(self) -> None:
        if self.entry is not None:
            journal.discard(self.client.shared_file, self.entry.reference)
            self.entry = None


def _may_have_succeeded(error: UserplaneError) -> bool:
    if isinstance(error, ServerError):
        return error.code != "SERVICE_UNAVAILABLE"
    return isinstance(error, (ResponseLostError, InvalidResponseError)) and not isinstance(error, RedirectError)
