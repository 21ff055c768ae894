"""What the questions of a probe share: its account, how they send a request, and where they record what they see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api import paths
from pulumi_userplane.api.errors import Operation
from pulumi_userplane.api.responses import unexpected_response
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.cli.probe.proofs import make_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.probe.exchange import Exchange, Reply
    from pulumi_userplane.cli.probe.findings import Findings
    from pulumi_userplane.cli.probe.probe_links import ProbeLinks
    from pulumi_userplane.cli.probe.proofs import Creation


@dataclass(frozen=True)
class ProbeContext:
    """What all questions need.

    Attributes:
        exchange: Sends the requests.
        links: Makes and deletes the probe's links.
        findings: Where they record what they see.
        workspace_id: The workspace.
        secrets: What must not get into a report, besides what responses hold: the key, and texts made up for this run.
        leftovers: The ids of links in the list that are of another probe.
        ignored: The fields that the server has dropped without a word.
        refused_updates: Responses of PUTs that the server has refused for what they hold.
        doubtful: The responses to what may be refused for a reason of its own, by the ids of the unknowns. They can be
            described only once it is known how malformed input is refused.
    """

    exchange: Exchange
    links: ProbeLinks
    findings: Findings
    workspace_id: str
    secrets: list[str]
    leftovers: list[str] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    refused_updates: list[Reply] = field(default_factory=list)
    doubtful: dict[str, Reply] = field(default_factory=dict)

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

    def make_up(self, prefix: str) -> str:
        """Returns an id that nothing has; it never gets into a report."""
        made_up = f"{prefix}{make_token()}"
        self.secrets.append(made_up)
        return made_up

    def create(
        self, what: str, fields: dict[str, Any], length: int | None = None, *, is_longer: bool = False
    ) -> Creation:
        """Sends a POST, as `ProbeLinks.create`; with a reference of one character more if it is to be longer."""
        size = None if length is None else length + int(is_longer)
        creation = self.links.create(self.exchange, what, fields, size)
        self.secrets.append(creation.token)
        return creation

    def update(self, link_id: str, fields: Mapping[str, Any]) -> Reply:
        """Sends a PUT.

        Raises:
            UserplaneError: There is no response, or it shows another link; or somebody has deleted the link.
        """
        operation = Operation("update", describe_link(link_id))
        reply = self.exchange.send(operation, "PUT", paths.link(self.workspace_id, link_id), body=fields)
        if reply.is_refusal:
            self.refused_updates.append(reply)
        if reply.status in {404, 410} or (reply.status < 300 and reply.link is None):
            self.exchange.read_data(operation, reply)
        if reply.link is not None and reply.link["linkId"] != link_id:
            raise unexpected_response(operation, "another link")
        return reply
