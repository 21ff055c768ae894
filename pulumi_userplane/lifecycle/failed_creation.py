"""Cleans up after a failed creation: a new link is deleted again, a resumed one stays as it is.

In a canceled run both go to the engine as they are, since no request may follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.errors import APIError, UserplaneError

if TYPE_CHECKING:
    from pulumi_userplane.api import Link
    from pulumi_userplane.lifecycle.resource_creation import ResourceCreation

_ROLLBACK_SECONDS = 15.0
_ROLLBACK_REFUSED_SECONDS = 120.0


class IncompleteCreationError(Exception):
    """The run was canceled while it created a link that lacks its PUT: the engine has to record it as it is.

    It has a class apart from all other errors, whose creations leave no link for the engine.

    Attributes:
        link_id: The link.
        outputs: What the state records of it. Compared with the inputs it shows what the next run has to send.
        error: What is missing, and what to do.
    """

    def __init__(self, link_id: str, outputs: dict[str, Any], error: UserplaneError) -> None:
        self.link_id = link_id
        self.outputs = outputs
        self.error = error
        super().__init__(str(error))


def settle(creation: ResourceCreation, link: Link, error: UserplaneError, *, is_new: bool) -> None:
    """Deletes the link or leaves it, and adds the outcome to the error.

    Args:
        creation: The creation.
        link: The link, as the server last showed it.
        error: Why the creation failed.
        is_new: Whether this run created it; if not, it has resumed it, and somebody may use it.

    Raises:
        IncompleteCreationError: The run was canceled, and the link may live.
    """
    is_gone = _roll_back(creation, link, error) if is_new else _keep(creation, link, error)
    # In a canceled run the client sends no DELETE either.
    if creation.run.is_canceled and not is_gone:
        # Its journal entry stays as it is: the process may be killed before the engine has written the state.
        held = f"the state now holds {link.link_id} ({link.link_url})"
        remedy = "replaces the link" if diff.find_misplaced(link, creation.inputs) else "sends what is missing"
        error.next_step = steps(held, f"run `pulumi up` again, and it {remedy}")
        raise IncompleteCreationError(link.link_id, _build_outputs(creation, link), error)


def _build_outputs(creation: ResourceCreation, link: Link) -> dict[str, Any]:
    """Returns the outputs of an incomplete link: what the next run has to send is not managed yet."""
    outputs = diff.build_outputs(link, creation.inputs, creation.client.base_url)
    is_sent = {field: diff.are_equal(outputs[field], creation.inputs[field]) for field in outputs[diff.MANAGED]}
    return {**outputs, diff.MANAGED: [field for field in is_sent if is_sent[field]]}


def _keep(creation: ResourceCreation, link: Link, error: UserplaneError) -> bool:
    """Leaves a resumed link as it is; returns whether it is gone."""
    creation.run.claims.release(link.link_id)
    if isinstance(error, APIError) and error.proves_link_gone:
        creation.discard()
        error.next_step = "it was deleted meanwhile: run again"
        return True
    kept = f"the link of the interrupted run stays as it is ({link.link_url})"
    error.next_step = steps(kept, error.next_step or "run again")
    return False


def _roll_back(creation: ResourceCreation, link: Link, error: UserplaneError) -> bool:
    """Deletes a new link, in a little time of its own; returns whether it is gone."""
    client = creation.client
    # Advice about a link that can't be found is of no use for one that is deleted or orphaned.
    is_about_gone_link = isinstance(error, APIError) and error.proves_link_gone
    advice = "" if is_about_gone_link else error.next_step
    try:
        # It may be 429s that ended the creation: the deletion waits for the limit on its own account.
        with client.operation_deadline(_ROLLBACK_SECONDS, refused_wait=_ROLLBACK_REFUSED_SECONDS):
            client.delete_link(creation.workspace_id, link.link_id)
    except UserplaneError as failure:
        if not (isinstance(failure, APIError) and failure.proves_link_gone):
            orphan = (
                f"the new link {link.link_id} ({link.link_url}) is orphaned, since deleting it failed as well "
                f'({failure.reason}): {creation.recovery_hint}; as a last way, adopt="{link.link_id}" takes it over'
            )
            error.next_step = steps(orphan, advice)
            error.code = error.code or failure.code
            return False
    creation.discard()
    error.next_step = steps("the new link was deleted again, so nothing remains", advice or "run again")
    return True
