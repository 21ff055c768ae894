"""Compares the response to a write with what was sent, so that no field is dropped in silence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.errors import UserplaneError, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pulumi_userplane.api.errors import Operation

_REFRESH_PREVIEW = "`pulumi refresh --preview-only --diff`"
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


def _join(fields: list[str]) -> str:
    *others, last = fields
    return f"{', '.join(others)} and {last}" if others else last


def warn_drift(operation: Operation, fields: Iterable[str], *, notify: Callable[[str], None]) -> None:
    """Warns about drift: the state keeps the recorded values of these fields, so that a refresh shows the change."""
    for field in fields:
        notify(f"{operation}: {field} was changed outside Pulumi: {_SHOW_AND_UNDO}")
