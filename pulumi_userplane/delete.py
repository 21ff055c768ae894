"""Deletes a link when its last name leaves the state; as long as another resource has it, only the name goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_userplane import changes, gone, many_links
from pulumi_userplane.api.errors import APIError, Operation, UserplaneError
from pulumi_userplane.api.vocabulary import link_name
from pulumi_userplane.marks import same_resource
from pulumi_userplane.run_state import this_run_state
from pulumi_userplane.state_reader import read_entries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api import Client


def delete(client: Client, workspace_id: str, link_id: str, recorded: Mapping[str, Any]) -> None:
    """Sends one DELETE, or warns why the link stays; a link that is gone already is a success.

    Args:
        client: The account.
        workspace_id: Where the link is.
        link_id: Which one.
        recorded: What the state holds of it.

    Raises:
        UserplaneError: The server refused, its "gone" is no proof, or the program names the link to be adopted by the
            resource that loses it.
    """
    name = changes.name_of(recorded)
    if reason := _why_kept(link_id, recorded):
        pulumi.log.warn(f"{link_name(link_id, name)} was not deleted: {reason}")
        return
    many_links.forget(client, workspace_id, link_id)
    with client.progress.link("deleted"), client.one_operation():
        try:
            client.delete_link(workspace_id, link_id, title=name)
        except APIError as error:
            gone.prove_server(client, recorded, error)
            gone.warn_of_return(client, recorded, error)
    this_run_state().forget(link_id)


def _why_kept(link_id: str, recorded: Mapping[str, Any]) -> str | None:
    """Returns which other resource has the link, as the state and the run know, or None if none has."""
    run = this_run_state()
    run.read_state(read_entries)
    names = run.release(link_id)
    if names:
        return f"the state holds it as {' and as '.join(names)}, and only the last to leave deletes it"
    if claimed := run.claim_reason(link_id):
        return claimed
    mark = str(recorded.get("mark") or "")
    if run.is_managed_by_other(link_id, mark):
        return "another resource of the program manages it as well"
    requests = run.adoption_requests(link_id, recorded.get("link_url"))
    if any(same_resource(mark, each) for each in requests):
        raise UserplaneError(
            "the program still names it to be adopted",
            operation=Operation("delete", link_name(link_id, changes.name_of(recorded))),
            next_step="remove adopt= if it is to be replaced by a new link, with a new address",
        )
    return "another resource of the program adopts it" if requests else None
