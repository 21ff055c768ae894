"""Runs a probe: asks in the order of the plan, deletes what it has made whatever happens, and returns what it found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import TransportError, UserplaneError
from pulumi_userplane.cli.probe.about_creation import ask_defaults, ask_refused_creations, ask_second
from pulumi_userplane.cli.probe.about_lists import (
    ask_order,
    ask_page_limits,
    ask_search,
    ask_whether_listed,
    find_domains,
)
from pulumi_userplane.cli.probe.about_updates import ask_clearing, ask_fields, ask_lengths, ask_map
from pulumi_userplane.cli.probe.exchange import Allowance, Exchange, OutOfRequestsError, describe_failure
from pulumi_userplane.cli.probe.findings import Findings
from pulumi_userplane.cli.probe.made_links import MadeLinks, make_token
from pulumi_userplane.cli.probe.plan import PLAN
from pulumi_userplane.cli.probe.refusals import describe_body, describe_outcome
from pulumi_userplane.cli.probe.session import Session
from pulumi_userplane.cli.probe.unknowns import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.cli.probe.exchange import Reply
    from pulumi_userplane.cli.probe.findings import Finding
    from pulumi_userplane.cli.probe.made_links import Cleanup

_RATE_HEADER = re.compile(r"(x-)?rate-?limit[a-z-]{0,40}")
_RUN_OUT = "the requests were used up"
_NO_429 = "no 429 came"
_NO_REFUSAL = "no input was refused"


@dataclass
class Outcome:
    """What a probe has found, and what remains of it.

    Attributes:
        findings: One for each unknown.
        cleanup: What became of the links.
        requests: How many requests were sent.
        error: What has ended the probe early, or None.
    """

    findings: list[Finding]
    cleanup: Cleanup
    requests: int
    error: UserplaneError | None = None

    @property
    def has_begun(self) -> bool:
        """Whether it has made a link, so that there is something to report."""
        return any(finding.id == "created_status" and not finding.not_tried for finding in self.findings)


@dataclass
class Probe:
    """One probe.

    Args:
        client: Sends what asks; stops at once when the probe is interrupted.
        cleanup_client: Sends what deletes the links, whatever happens.
        workspace_id: The workspace.
        clock: What pauses go by while it asks.
        cleanup_clock: The same while it deletes.
    """

    client: Client
    cleanup_client: Client
    workspace_id: str
    clock: Clock
    cleanup_clock: Clock
    _findings: Findings = field(default_factory=Findings)

    def run(self, domain: str) -> Outcome:
        """Asks everything, and deletes the links.

        Args:
            domain: The domain of the links, its id or its address.
        """
        allowance = Allowance(len(PLAN))
        made = MadeLinks(Exchange(self.cleanup_client, self.cleanup_clock, allowance), self.workspace_id)
        exchange = Exchange(self.client, self.clock, allowance, made.count_needed)
        session = Session(exchange, made, self._findings, self.workspace_id)
        error: UserplaneError | None = None
        try:
            self._ask(session, domain)
        except OutOfRequestsError:
            self._skip_rest(_RUN_OUT)
        except UserplaneError as failure:
            error = failure
        finally:
            result = made.delete_all(is_list_current=self._is_list_current(session))
        self._conclude(session)
        return Outcome(self._findings.list_all(EXPECTED), result, len(PLAN) - allowance.left, error)

    def _ask(self, session: Session, domain: str) -> None:
        domains = find_domains(session, domain)
        ask_page_limits(session)
        probed = ask_defaults(session, domains.domain_id)
        ask_whether_listed(session, probed.link_id)
        is_second_made = ask_second(session, domains.domain_id, probed)
        title_word = f"probe{make_token()}"
        ask_fields(session, probed, title_word)
        ask_order(session)
        ask_search(session, probed.link, probed.token, title_word)
        ask_map(session, probed)
        ask_clearing(session, probed)
        ask_lengths(session, probed)
        ask_refused_creations(session, domains.domain_id, domains.unverified_id, is_second_made=is_second_made)
        self._ask_second_delete(session, probed.link_id)

    def _ask_second_delete(self, session: Session, link_id: str) -> None:
        if not session.made.delete(link_id):
            self._findings.skip("second_delete", "the first one failed")
            return
        try:
            session.outcomes["second_delete"] = session.made.delete_again(link_id)
        except TransportError:
            self._findings.skip("second_delete", "there was no response")

    def _is_list_current(self, session: Session) -> bool:
        """Returns whether a new link is in the list at once, with its reference."""
        return self._findings.get("listed_at_once") is True and "linkReference" not in session.ignored

    def _skip_rest(self, reason: str) -> None:
        for unknown in EXPECTED:
            if self._findings.get(unknown) is None:
                self._findings.skip(unknown, reason)

    def _conclude(self, session: Session) -> None:
        """Records what only all responses together tell."""
        if self._findings.get("updated_status") is not None:
            self._findings.see("ignored_fields", sorted(session.ignored))
        self._conclude_refusals(session)
        self._conclude_headers(session.exchange.replies)

    def _conclude_refusals(self, session: Session) -> None:
        is_private = _Private(reply for reply in session.exchange.replies if reply.is_success)
        refusal = session.find_refusal()
        if refusal is None:
            self._findings.skip("refused_status", _NO_REFUSAL)
            self._findings.skip("refused_input", _NO_REFUSAL)
        else:
            self._findings.see("refused_status", refusal.status)
            self._findings.see("refused_input", describe_body(refusal, is_private))
        for unknown, reply in session.outcomes.items():
            self._see_outcome(unknown, reply, refusal, is_private)

    def _conclude_headers(self, replies: Iterable[Reply]) -> None:
        successes = [reply.response.headers for reply in replies if reply.is_success]
        refusals = [reply.response.headers for reply in replies if reply.status == HTTPStatus.TOO_MANY_REQUESTS]
        if successes:
            self._findings.see("date_header", all("Date" in headers for headers in successes))
            names = {name.lower() for headers in successes for name in headers}
            self._findings.see("rate_headers", sorted(filter(_RATE_HEADER.fullmatch, names)))
        if refusals:
            self._findings.see("retry_after", all("Retry-After" in headers for headers in refusals))
        else:
            self._findings.skip("retry_after", _NO_429)

    def _see_outcome(self, unknown: str, reply: Reply, refusal: Reply | None, is_private: _Private) -> None:
        if reply.status < 400 and not reply.is_success:
            self._findings.skip(unknown, describe_failure(reply))
        else:
            self._findings.see(unknown, describe_outcome(reply, refusal, is_private))


class _Private:
    """Knows the account's names, ids and addresses from the responses, so that none gets into a report."""

    def __init__(self, replies: Iterable[Reply]) -> None:
        self._texts = {text.casefold() for reply in replies for text in _find_texts(reply.content)}

    def __call__(self, text: str) -> bool:
        """Returns whether a text is one of them."""
        return text.casefold() in self._texts


def _find_texts(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from _find_texts(value)
    elif isinstance(content, list):
        for value in content:
            yield from _find_texts(value)
