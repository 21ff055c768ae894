"""Records what only all responses of a probe together tell: how it refuses, and which headers it sends."""

from __future__ import annotations

import re
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

from pulumi_userplane.cli.probe.exchange import describe_failure
from pulumi_userplane.cli.probe.refusals import PrivateTexts, describe_body, describe_outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.probe.context import ProbeContext
    from pulumi_userplane.cli.probe.exchange import Reply
    from pulumi_userplane.cli.probe.findings import Findings

_RATE_HEADER = re.compile(r"(x-)?rate-?limit[a-z-]{0,40}")
_NO_429 = "no 429 came"
_NO_REFUSAL = "no input was refused"
_CREATION_FAILED = "LINK_CREATE_FAILED"
_PLAN_IS_FULL = "PLAN_LIMIT_EXCEEDED"


def conclude(context: ProbeContext) -> None:
    """Records it."""
    replies = context.exchange.replies
    if context.findings.get("updated_status") is not None:
        context.findings.record("ignored_fields", sorted(context.ignored))
    private = PrivateTexts(reply.content for reply in replies if reply.is_success)
    _conclude_refusals(context, private)
    _conclude_headers(context.findings, replies)


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
    if reply.status < 400 or reply.code == _PLAN_IS_FULL or (reply.is_temporary and reply.code != _CREATION_FAILED):
        return False
    is_page = not isinstance(reply.content, dict)
    return not is_page or (refusal is not None and not isinstance(refusal.content, dict))


def _conclude_headers(findings: Findings, replies: Sequence[Reply]) -> None:
    successes = [reply.response.headers for reply in replies if reply.is_success]
    limited = [reply.response.headers for reply in replies if reply.status == HTTPStatus.TOO_MANY_REQUESTS]
    if successes:
        findings.record("date_header", all("Date" in headers for headers in successes))
        names = {name.lower() for headers in successes for name in headers}
        findings.record("rate_headers", sorted(filter(_RATE_HEADER.fullmatch, names)))
    if limited:
        findings.record("retry_after", all("Retry-After" in headers for headers in limited))
    else:
        findings.skip("retry_after", _NO_429)
