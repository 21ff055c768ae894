"""Runs a probe: asks in the order of the plan, deletes what it has made whatever happens, and returns what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import TransportError, UserplaneError
from pulumi_userplane.api.responses import read_server_time
from pulumi_userplane.cli.probe.about_creation import ask_defaults, ask_refused_creations, ask_second
from pulumi_userplane.cli.probe.about_lists import (
    ask_order,
    ask_page_limits,
    ask_search,
    ask_whether_listed,
    find_domains,
)
from pulumi_userplane.cli.probe.about_updates import ask_clearing, ask_fields, ask_lengths, ask_map
from pulumi_userplane.cli.probe.conclusions import conclude
from pulumi_userplane.cli.probe.context import ProbeContext
from pulumi_userplane.cli.probe.exchange import MAX_SECONDS, Allowance, Exchange, OutOfRequestsError
from pulumi_userplane.cli.probe.findings import Findings
from pulumi_userplane.cli.probe.plan import PLAN
from pulumi_userplane.cli.probe.probe_links import ProbeLinks
from pulumi_userplane.cli.probe.unknowns import EXPECTED

if TYPE_CHECKING:
    from pulumi_userplane.api import Client
    from pulumi_userplane.cli.probe.deletions import Cleanup
    from pulumi_userplane.cli.probe.findings import Finding

_OUT_OF_REQUESTS = "the server failed so often that the probe's requests did not suffice"


@dataclass
class Outcome:
    """How a probe has ended.

    Attributes:
        findings: One for each unknown.
        cleanup: Which links were deleted, and which remain.
        requests: How many requests were sent.
        leftovers: The ids of links of other probes.
        error: What has ended the probe early, or None.
    """

    findings: list[Finding]
    cleanup: Cleanup
    requests: int
    leftovers: list[str]
    error: Exception | None = None

    @property
    def has_begun(self) -> bool:
        """Whether it has made a link, so that there is something to report."""
        return any(finding.id == "created_status" and not finding.not_tried for finding in self.findings)


@dataclass(frozen=True)
class Probe:
    """A probe of one workspace.

    Attributes:
        client: Sends what asks; sends nothing more once the probe is interrupted.
        cleanup_client: Sends what deletes the links, whatever happens.
        workspace_id: The workspace.
        secrets: What must not get into a report, such as the key.
        max_seconds: How long a request may take.
    """

    client: Client
    cleanup_client: Client
    workspace_id: str
    secrets: tuple[str, ...] = ()
    max_seconds: float = MAX_SECONDS

    def run(self, domain: str) -> Outcome:
        """Asks everything, and deletes the links.

        Args:
            domain: The domain of the links, its id or its address.
        """
        allowance = Allowance(len(PLAN))
        cleanup = Exchange(self.cleanup_client, allowance, max_seconds=self.max_seconds)
        links = ProbeLinks(cleanup, self.workspace_id)
        exchange = Exchange(self.client, allowance, links.count_needed, self.max_seconds)
        context = ProbeContext(exchange, links, Findings(), self.workspace_id, [self.workspace_id, *self.secrets])
        error: Exception | None = None
        try:
            _ask(context, domain)
        except OutOfRequestsError:
            error = UserplaneError(_OUT_OF_REQUESTS, next_step="run it again later")
        except Exception as failure:  # noqa: BLE001 - a mistake of the probe must not keep its links from being deleted
            error = failure
        result = links.delete_all(is_list_current=_is_list_current(context))
        conclude(context)
        findings = context.findings.list_all(EXPECTED)
        return Outcome(findings, result, len(PLAN) - allowance.left, context.leftovers, error)


def _ask(context: ProbeContext, domain: str) -> None:
    domains = find_domains(context, domain)
    ask_page_limits(context)
    context.links.begin(read_server_time(context.exchange.replies[0].response))
    probed = ask_defaults(context, domains.domain_id)
    ask_whether_listed(context, probed.link)
    is_second_made = ask_second(context, domains.domain_id, probed)
    title_word = context.make_up("probe")
    ask_fields(context, probed, title_word)
    ask_order(context)
    ask_search(context, probed.link, probed.token, title_word)
    ask_map(context, probed)
    ask_clearing(context, probed)
    ask_lengths(context, probed)
    ask_refused_creations(context, domains, is_second_made=is_second_made)
    context.links.settle(is_list_current=_is_list_current(context))
    _ask_second_delete(context, probed.link_id)


def _ask_second_delete(context: ProbeContext, link_id: str) -> None:
    if not context.links.delete(link_id):
        context.findings.skip("second_delete", "the first one failed")
        return
    if not context.links.deletions.was_found(link_id):
        context.findings.skip("second_delete", "the first one did not find the link")
        return
    try:
        context.doubtful["second_delete"] = context.links.deletions.delete_again(link_id)
    except TransportError:
        context.findings.skip("second_delete", "there was no response")


def _is_list_current(context: ProbeContext) -> bool:
    """Returns whether a new link is in the list at once, with its reference."""
    return context.findings.get("listed_at_once") is True and "linkReference" not in context.ignored
