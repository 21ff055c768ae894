"""Compares the response to a write with what was sent, so that no field is dropped in silence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.recovery.ownership import mark_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pulumi_userplane.api import Link
    from pulumi_userplane.api.errors import Operation

_REFRESH_PREVIEW = "`pulumi refresh --preview-only --diff`"
_CHECK_PLACE = {
    "domain_id": "check that the domain exists in this workspace and is verified",
    "project_id": "check that the project exists in this workspace",
}
_REPORT_IT = "attach the report of `pulumi-userplane probe` to an issue"
_SHOW_AND_UNDO = "`pulumi preview --refresh --diff` shows it, and `pulumi up --refresh` changes it back"


def verify_applied(
    operation: Operation,
    sent: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    notify: Callable[[str], None],
) -> None:
    """Warns about sent fields that the server stored in another form.

    Args:
        operation: What was being done, for the messages.
        sent: The fields that were sent.
        before: The link before.
        after: The link in the response.
        notify: Shows a warning.

    Raises:
        UserplaneError: Sent fields still have their old value; names them.
    """
    ignored = diff.find_unapplied(sent, before, after)
    if ignored:
        hint = "if its name for meta is linkMeta, run `pulumi config set userplane:metaField linkMeta`"
        raise UserplaneError(
            f"the server accepted the request but did not apply {_join(ignored)}",
            operation=operation,
            next_step=steps(
                f"check what the server allows for {'it' if len(ignored) == 1 else 'them'}",
                hint if "meta" in ignored else "",
            ),
        )
    for field in diff.find_normalized(sent, before, after):
        declaration = (
            f"{field}={json.dumps(after[field])}"
            if field in diff.PUBLIC_FIELDS
            else f"the value that {_REFRESH_PREVIEW} shows"
        )
        notify(
            f"{operation}: the server stored {field} in another form than was sent, such as trimmed; "
            f"declare {declaration}, or each refresh shows a change"
        )


def verify_place(operation: Operation, inputs: Mapping[str, Any], link: Link) -> None:
    """Verifies that a new link is on the declared domain and in the declared project: it can't be moved later.

    Args:
        operation: What was being done, for the message.
        inputs: What is declared.
        link: The link in the response.

    Raises:
        UserplaneError: The server has put it elsewhere; names where it is.
    """
    if misplaced := diff.find_misplaced(link, inputs):
        places = [f"{key} {place} instead of {inputs[key]}" for key, place in misplaced.items()]
        raise UserplaneError(
            f"the server created the link with {_join(places)}",
            operation=operation,
            next_step=steps(*(_CHECK_PLACE[key] for key in misplaced)),
        )


def verify_kept(
    operation: Operation,
    inputs: Mapping[str, Any],
    sent: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Verifies that a PUT changed none of the declared fields that it did not send.

    It is for a link that was read or created just before: where only the state knows the fields, see `warn_drift`.

    Args:
        operation: What was being done, for the message.
        inputs: What is declared.
        sent: The fields that were sent.
        before: The link before.
        after: The link in the response.

    Raises:
        UserplaneError: Other declared fields have another value than before; names them.
    """
    if changed := diff.find_drifted(diff.list_managed_fields(inputs), sent, before, after):
        values = _join([f"{field} {_describe_value(field, after[field])}" for field in changed])
        raise UserplaneError(
            f"the server also changed what the request did not send: {values}",
            operation=operation,
            next_step=f"leave {'it' if len(changed) == 1 else 'them'} out of the program, and {_REPORT_IT}",
        )


def warn_lost_mark(operation: Operation, before: Link, after: Link, *, notify: Callable[[str], None]) -> None:
    """Warns where a PUT that did not send the reference has cleared it, and with it the ownership mark."""
    if mark_in(before.link_provider_ref) and diff.is_empty(after.link_provider_ref):
        notify(
            f"{operation}: the server cleared the link's reference, which is its ownership mark: if this run is "
            f"interrupted, no other machine finds the link; {_REPORT_IT}"
        )


def _describe_value(field: str, value: Any) -> str:  # noqa: ANN401 - any JSON
    if diff.is_empty(value):
        return "is empty now"
    return f"is {json.dumps(value)} now" if field in diff.PUBLIC_FIELDS else "has another value now"


def _join(fields: list[str]) -> str:
    *others, last = fields
    return f"{', '.join(others)} and {last}" if others else last


def warn_drift(
    operation: Operation, fields: Iterable[str], after: Mapping[str, Any], *, notify: Callable[[str], None]
) -> None:
    """Warns about drift: the state keeps the recorded values of these fields, so that a refresh shows the change.

    Args:
        operation: What was being done, for the messages.
        fields: The fields that were not sent and came back changed.
        after: The link in the response.
        notify: Shows a warning.
    """
    for field in fields:
        if diff.is_empty(after.get(field)):
            # The state alone does not tell which.
            change = "is empty now: it was cleared outside Pulumi, or the server clears what an update does not send;"
        else:
            change = "was changed outside Pulumi:"
        notify(f"{operation}: {field} {change} {_SHOW_AND_UNDO}")
