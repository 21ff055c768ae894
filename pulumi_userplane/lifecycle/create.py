"""Creates a link, atomically and never twice: a failed PUT rolls it back, an interrupted creation is resumed.

The API has no idempotency key. Instead each POST carries a new reference that begins with the ownership mark: the mark
names the resource, and the whole reference proves which POST created a link. When the response to a POST is lost, the
link is looked up by its reference, and another POST is sent only when the list proves that the first one created
nothing. What an interrupted run created is found by its journal entry (`resume`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_userplane import diff
from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.cancellation import name_operation
from pulumi_userplane.api.errors import (
    APIError,
    ConnectError,
    InvalidResponseError,
    Operation,
    RateLimitError,
    RedirectError,
    ResponseLostError,
    ResponseTimeoutError,
    ServerError,
    UserplaneError,
)
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.lifecycle import adopt
from pulumi_userplane.lifecycle.failed_creation import settle
from pulumi_userplane.lifecycle.look import find_recent
from pulumi_userplane.lifecycle.resource_creation import ResourceCreation
from pulumi_userplane.lifecycle.resume import resume_interrupted
from pulumi_userplane.lifecycle.write_check import verify_applied, verify_kept, verify_place, warn_lost_mark
from pulumi_userplane.recovery import find_created
from pulumi_userplane.recovery.journal import JournalEntry
from pulumi_userplane.recovery.ownership import new_reference

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pulumi_userplane.api import Link
    from pulumi_userplane.lifecycle.look import Look
    from pulumi_userplane.lifecycle.run_state import RunState
    from pulumi_userplane.settings import Settings

_POST_FIELDS = ("link_reusable", "meta")
_MAX_POSTS = 3
_LOOK_AGAIN_SECONDS = 2.0
_STATUSES_OF_REFUSED_INPUT = {400, 422}


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
        UserplaneError: The creation failed and was rolled back. Where the link may exist nevertheless, the error says
            how to find it.
        IncompleteCreationError: The run was canceled between its two requests.
    """
    began = run.clock.monotonic()
    client = run.client(settings)
    journal = run.journal(settings)
    # The look and the creation have times of their own, but what 429s make them wait is bounded together.
    with client.progress.track_link("created"), client.operation_deadline():
        if inputs.get("adopt") is None:
            link = _create(_Creation(run, client, journal, inputs, began), settings)
        else:
            link = adopt.adopt(run, client, inputs)
            # No creation may resume it now.
            run.remove_journal_entry(journal, link.link_id, link.link_provider_ref)
    run.claims.record_replacement(str(inputs.get("mark") or ""))
    run.list_reader(client, inputs["workspace_id"]).require_read_by_id(link.link_id)
    return CreatedLink(link.link_id, diff.build_outputs(link, inputs, client.base_url))


def _create(creation: _Creation, settings: Settings) -> Link:
    """Creates the declared link by one POST, and one PUT for the declared fields that a POST does not take."""
    look = creation.look() if creation.mark and settings.look_for_interrupted == "auto" else None
    with creation.client.operation_deadline(), creation.reporting_failure(), name_operation(creation.operation):
        resumed = resume_interrupted(creation, look)
        link = resumed or creation.post()
        try:
            if resumed:
                complete = creation.apply_remaining(link)
            else:
                creation.verify_post(link)
                complete = creation.apply_remaining(link, posted=_POST_FIELDS)
        except UserplaneError as error:
            settle(creation, link, error, is_new=not resumed)
            raise
        creation.record_answered()
        return complete


@dataclass
class _Creation(ResourceCreation):
    """One creation, step by step."""

    mismatched: Link | None = None
    """The link that the response to the POST shows, where its reference is not the one that was sent."""

    def at_step(self, step: str, subject: str = "") -> Operation:
        """The operation at one of its steps."""
        return Operation("creation", subject or self.operation.subject, step)

    def look(self) -> Look:
        """Returns the newest links with the mark that other runs have created, in a time of its own."""
        with self.client.operation_step(self.at_step("the look for interrupted creations")):
            own_reference = self.inputs.get("link_provider_ref")
            return find_recent(self.run, self.client, self.workspace_id, self.mark, own_reference)

    def post(self) -> Link:
        """Sends the POST, up to three times in all: again only when the one before provably created nothing."""
        attempts = 0
        while True:
            attempts += 1
            sent_monotonic = self.run.clock.monotonic()
            try:
                link = self._send_post(new_reference(self.mark) if self.mark else self.inputs.get("link_provider_ref"))
            except UserplaneError as error:
                created = self._find_after_lost_response(error, sent_monotonic)
                if created is None and (attempts == _MAX_POSTS or not _may_pass(error)):
                    is_about_way = error.is_about_intermediary or not _may_pass(error)
                    advice = error.next_step if is_about_way else "run again later"
                    error.next_step = f"the list shows that nothing was created: {advice}"
                    raise
                if created is None:
                    continue
                link = created
            if self.entry is not None:
                self.record(self.entry._replace(link_id=link.link_id))
            return link

    def _send_post(self, reference: str | None) -> Link:
        if self.mark:
            self.run.held.record_reference(str(reference))

        def record_attempt() -> None:
            # Before each attempt: the time in which its link may still appear begins with the last one.
            sent_monotonic = self.run.clock.monotonic()
            sent_at = (self.run.clock.time(), self.client.server_time(sent_monotonic), sent_monotonic)
            place = (self.workspace_id, self.inputs["domain_id"], None)
            checkpoints = self.run.has_checkpoints
            self.record(JournalEntry(str(reference), *place, *sent_at, has_checkpoints=checkpoints))

        try:
            link = self.client.create_link(
                self.workspace_id,
                domain_id=self.inputs["domain_id"],
                project_id=self.inputs.get("project_id"),
                link_provider_ref=reference,
                link_reusable=self.inputs.get("link_reusable"),
                meta=diff.canonicalize(self.inputs.get("meta")),
                label=self.mark,
                before_send=record_attempt if self.mark else None,
            )
        except APIError as error:
            if error.is_about_intermediary:
                # Its advice is about the way to Userplane.
                raise
            if error.status == 400:
                error.next_step = (
                    "change what the server names, then run again; often the domain is not verified, "
                    "or the project is in another workspace"
                )
            if error.proves_link_gone:
                error.next_step = "that is not a response to a creation: check the base URL and the workspace id"
            elif error.status in {404, 410} and "project" in error.next_step and self.inputs.get("project_id"):
                error.next_step = f"{error.next_step} (it is {self.inputs['project_id']} now)"
            raise
        if self.mark and link.link_provider_ref not in {None, reference}:
            self.mismatched = link
            raise InvalidResponseError(
                f"the server's response shows {link.link_id} ({link.link_url}) with another reference than was sent",
                operation=self.operation,
            )
        return link

    def _find_after_lost_response(self, error: UserplaneError, sent_monotonic: float) -> Link | None:
        """Returns the link that the POST created after all, or None when it provably created none.

        Raises:
            UserplaneError: The given error, where the POST was refused, or where nothing is proved.
        """
        if not _may_have_succeeded(error):
            self.discard()
            raise error
        advice = error.next_step if error.is_about_intermediary else ""
        with self.client.operation_step(self.at_step("the look-up of the link that its POST may have created")):
            if self.entry is None:
                candidates = find_created.describe_candidates(
                    self.client, self.workspace_id, self.inputs["domain_id"], sent_monotonic
                )
                error.next_step = steps(candidates, advice)
                raise error
            try:
                link = find_created.find_for_entry(self.client, self.entry, is_own=True)
                if link is None:
                    # The server may still be processing the POST.
                    self.run.clock.sleep(_LOOK_AGAIN_SECONDS)
                    link = find_created.find_for_entry(self.client, self.entry, is_own=True)
            except UserplaneError as failure:
                why = "the list got the same response" if failure.reason == error.reason else failure.reason
                unknown = f"whether the link was created is unknown ({why}): {self.recovery_hint}"
                error.next_step = steps(unknown, advice)
                error.code = error.code or failure.code
                raise error from None
        if link is None and isinstance(error, ResponseTimeoutError):
            error.next_step = f"the link may still be created: {self.recovery_hint}"
            raise error
        if link is None and self.mismatched is not None:
            # Where the server changes references, each look-up misses, and another POST would create a second link.
            error.next_step = (
                "it may be the new link: look at it in the dashboard; if it is, "
                f'write adopt="{self.mismatched.link_id}" or delete it there, then run again'
            )
            raise error
        if link is None:
            self.discard()
        return link

    def verify_post(self, link: Link) -> None:
        """Raises where the POST did not apply what it takes, or put the link elsewhere."""
        verify_place(self.operation, self.inputs, link)
        sent = {key: self.inputs[key] for key in _POST_FIELDS if self.inputs.get(key) is not None}
        defaults = {"link_reusable": False, "meta": {}}
        verify_applied(self.operation, sent, defaults, link.model_dump(), notify=self.run.notify.warn)

    def apply_remaining(self, link: Link, posted: Collection[str] = ()) -> Link:
        """Sends the fields that differ in a PUT, if any do; never those that were posted."""
        before = link.model_dump()
        declared = {key: value for key, value in self.inputs.items() if key not in posted}
        fields = diff.find_changed_fields(before, declared)
        if not fields:
            return link
        operation = self.at_step(f"step 2 of 2, the PUT of {', '.join(fields)}", describe_link(link.link_id, self.mark))
        with self.client.operation_step(operation):
            updated = self.client.update_link(self.workspace_id, link.link_id, **fields)
        after = updated.model_dump()
        verify_applied(operation, fields, before, after, notify=self.run.notify.warn)
        verify_kept(operation, self.inputs, fields, before, after)
        if "link_provider_ref" not in fields:
            warn_lost_mark(operation, link, updated, notify=self.run.notify.warn)
        return updated


def _may_have_succeeded(error: UserplaneError) -> bool:
    if isinstance(error, ConnectError):
        return False
    if error.is_about_intermediary:
        # A proxy may pass the POST on and keep back the response, which it looks into: only the list tells.
        return True
    if isinstance(error, ServerError):
        return error.code != "SERVICE_UNAVAILABLE"
    if isinstance(error, APIError):
        # Userplane's refusals have a code, but for input that it refuses: their shape is undocumented. A code that says
        # that a link is gone is not about a creation.
        has_no_code = not error.code and error.status not in _STATUSES_OF_REFUSED_INPUT
        return has_no_code or error.proves_link_gone
    return isinstance(error, (ResponseLostError, InvalidResponseError)) and not isinstance(error, RedirectError)


def _may_pass(error: UserplaneError) -> bool:
    """Returns whether another POST may fare better: not past what blocks or redirects it."""
    is_blocked = isinstance(error, APIError) and not isinstance(error, (RateLimitError, ServerError))
    return not is_blocked and not isinstance(error, RedirectError)
