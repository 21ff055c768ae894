"""Records what only all responses of a probe together tell: how it refuses, and which headers it sends."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

from pulumi_userplane.api.constants import PROVIDER_TYPES
from pulumi_userplane.cli.probe.exchange import describe_failure
from pulumi_userplane.cli.probe.findings import UNCLEAR
from pulumi_userplane.cli.probe.refusals import PrivateTexts, describe_body, describe_outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.probe.context import ProbeContext
    from pulumi_userplane.cli.probe.exchange import Reply
    from pulumi_userplane.cli.probe.findings import Findings

_RATE_HEADERS = {
    f"{prefix}{suffix}"
    for prefix in ("ratelimit", "x-ratelimit", "x-rate-limit")
    for suffix in ("", "-limit", "-policy", "-remaining", "-reset", "-used")
}
"""The usual names; another one could hold a name of the account."""
_NO_429 = "no 429 came"
_NO_REFUSAL = "no input was refused"
_TYPES = {*PROVIDER_TYPES, "file", "recording", "session", "screenshot"}
_CREATION_FAILED = "LINK_CREATE_FAILED"
_PLAN_IS_FULL = "PLAN_LIMIT_EXCEEDED"


def conclude(context: ProbeContext) -> None:
    """Records it."""
    replies = context.exchange.replies
    if context.findings.get("updated_status") is None:
        context.findings.skip("ignored_fields", "no PUT has succeeded")
    else:
        context.findings.record("ignored_fields", sorted(context.ignored))
    private = PrivateTexts((reply.content for reply in replies if reply.is_success), context.secrets)
    _hide_private_types(context, private)
    _conclude_refusals(context, private)
    _conclude_headers(context.findings, replies)


def _hide_private_types(context: ProbeContext, private: PrivateTexts) -> None:
    for unknown in ("default_link_type", "default_provider_type"):
        word = context.findings.get(unknown)
        if word not in _TYPES and word is not None and word in private:
            context.findings.record(unknown, UNCLEAR)


def _conclude_refusals(context: ProbeContext, private: PrivateTexts) -> None:
    refusal = _find_usual_refusal(context, private)
    if refusal is None:
        context.findings.skip("refused_status", _NO_REFUSAL)
        context.findings.skip("refused_input", _NO_REFUSAL)
    else:
        context.findings.record("refused_status", refusal.status)
        context.findings.record("refused_input", describe_body(refusal, private))
    for unknown, reply in context.doubtful.items():
        if _tells_outcome(reply, refusal):
            context.findings.record(unknown, describe_outcome(reply, refusal, private))
        else:
            context.findings.skip(unknown, describe_failure(reply))


def _find_usual_refusal(context: ProbeContext, private: PrivateTexts) -> Reply | None:
    """Returns how the server refuses malformed input most often, by PUTs if it has refused any; or None."""
    refused = context.refused_updates or [reply for reply in context.exchange.replies if reply.is_refusal]
    shapes = [(reply.status, str(describe_body(reply, private))) for reply in refused]
    if not shapes:
        return None
    return refused[shapes.index(Counter(shapes).most_common(1)[0][0])]


def _tells_outcome(reply: Reply, refusal: Reply | None) -> bool:
    """Returns whether a response is about what was sent, and not about a passing failure, the plan or a proxy."""
    if reply.is_success:
        return True
    if (
        not 400 <= reply.status < 600
        or reply.code == _PLAN_IS_FULL
        or (reply.is_temporary and reply.code != _CREATION_FAILED)
    ):
        return False
    is_page = not isinstance(reply.content, dict)
    return not is_page or (refusal is not None and not isinstance(refusal.content, dict))


def _conclude_headers(findings: Findings, replies: Sequence[Reply]) -> None:
    successes = [reply.response.headers for reply in replies if reply.is_success]
    limited = [reply.response.headers for reply in replies if reply.status == HTTPStatus.TOO_MANY_REQUESTS]
    if successes:
        findings.record("date_header", all("Date" in headers for headers in successes))
        names = {name.lower() for headers in successes for name in headers}
        findings.record("rate_headers", sorted(names & _RATE_HEADERS))
    if limited:
        findings.record("retry_after", all("Retry-After" in headers for headers in limited))
    else:
        findings.skip("retry_after", _NO_429)
