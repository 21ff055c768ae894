"""What the questions of a probe share: its account, how they send a request, and where they record what they see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api import paths
from pulumi_userplane.api.errors import Operation
from pulumi_userplane.api.text import describe_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.probe.exchange import Exchange, Reply
    from pulumi_userplane.cli.probe.findings import Findings
    from pulumi_userplane.cli.probe.made_links import Creation, MadeLinks


@dataclass(frozen=True)
class Session:
    """What all questions need.

    Attributes:
        exchange: Sends the requests.
        made: Makes and deletes the links.
        findings: Where they record what they see.
        workspace_id: The workspace.
        ignored: The fields that the server has dropped without a word.
        refused_updates: Responses of PUTs that the server has refused for what they hold.
        outcomes: Responses that can only be described once it is known how malformed input is refused.
    """

    exchange: Exchange
    made: MadeLinks
    findings: Findings
    workspace_id: str
    ignored: set[str] = field(default_factory=set)
    refused_updates: list[Reply] = field(default_factory=list)
    outcomes: dict[str, Reply] = field(default_factory=dict)

    def find_refusal(self) -> Reply | None:
        """Returns how the server refuses malformed input, by the response to a PUT if there is one, or None."""
        refusals = [*self.refused_updates, *(reply for reply in self.exchange.replies if reply.is_refusal)]
        return next(iter(refusals), None)

    def list(self, kind: str, params: Mapping[str, Any]) -> Reply:
        """Requests a list of the workspace.

        Args:
            kind: `domains`, `members`, `projects`, `links` or `search`.
            params: The query.

        Raises:
            UserplaneError: There is no response.
        """
        path = f"{paths.workspace(self.workspace_id)}/{kind}"
        return self.exchange.send(self.name_list(kind), "GET", path, params)

    def name_list(self, kind: str) -> Operation:
        """Returns the operation that an error of a list names."""
        return Operation("list", f"{kind} of workspace {self.workspace_id}")

    def create(self, what: str, token: str, body: dict[str, Any]) -> Creation:
        """Sends a POST, as `MadeLinks.create`."""
        return self.made.create(self.exchange, what, token, body)

    def update(self, link_id: str, fields: Mapping[str, Any]) -> Reply:
        """Sends a PUT.

        Raises:
            UserplaneError: There is no response, or the link is gone: somebody has deleted it.
        """
        operation = Operation("update", describe_link(link_id, "the probe's"))
        reply = self.exchange.send(operation, "PUT", paths.link(self.workspace_id, link_id), body=fields)
        if reply.is_refusal:
            self.refused_updates.append(reply)
        if reply.status in {404, 410} or (reply.status < 300 and reply.link is None):
            self.exchange.require_success(operation, reply)
        return reply
