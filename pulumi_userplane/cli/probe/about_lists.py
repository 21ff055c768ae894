"""Asks about lists and the search: page limits, order, whether a new link is there at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.identifiers import normalize_url
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.probe.exchange import describe_failure
from pulumi_userplane.cli.probe.findings import UNCLEAR
from pulumi_userplane.cli.probe.probe_links import NEWEST_PARAMS
from pulumi_userplane.cli.probe.proofs import PROBE

if TYPE_CHECKING:
    from pulumi_userplane.cli.probe.context import ProbeContext
    from pulumi_userplane.cli.probe.exchange import Reply

_VERIFIED = "verified"
_MIN_ROWS_FOR_ORDER = 3
"""Two links stand in each order by chance."""

_NOT_SEARCHED = "the search does not find the link by its title either: it may be late"


@dataclass(frozen=True)
class Domains:
    """The domains that the probe uses.

    Attributes:
        domain_id: The domain of its links.
        unverified_id: One that is not verified, or None.
        no_unverified: Why there is none.
    """

    domain_id: str
    unverified_id: str | None
    no_unverified: str


def find_domains(context: ProbeContext, wanted: str) -> Domains:
    """Returns the domain that is meant by its id or address, and one that is not verified.

    Raises:
        UserplaneError: The list can't be read: the key or the workspace is wrong, say.
        ConfigurationError: There is no such domain, or it is not verified.
    """
    reply = context.list("domains", {"page": 1, "per_page": 100})
    _record_page_limit(context, "domains_per_page", reply, 100)
    if reply.is_refusal:
        reply = context.list("domains", {"page": 1, "per_page": 10})
    context.exchange.read_data(context.name_list("domains"), reply)
    wanted = wanted.strip()
    domains = [row for row in reply.list_rows("domains") if isinstance(row.get("domainId"), str)]
    found = [row for row in domains if _is_meant(row, wanted)]
    verified = [row for row in domains if _is_verified(row)]
    offer = f"name a verified domain with --domain: {', '.join(map(_describe_domain, verified)) or 'there is none'}"
    if not found:
        among = f"among its first {len(domains)} " if _has_more(reply) else ""
        raise ConfigurationError(
            f"the workspace {sanitize(context.workspace_id)} has no domain {sanitize(wanted)} {among}".rstrip(),
            next_step=offer,
        )
    usable = next(filter(_is_verified, found), None)
    if usable is None:
        raise ConfigurationError(f"no link can be made on the domain {_describe_domain(found[0])}", next_step=offer)
    unverified = (row["domainId"] for row in domains if not _is_verified(row))
    no_unverified = (
        f"none of the first {len(domains)} domains is one that is not verified"
        if _has_more(reply)
        else "the workspace has no domain that is not verified"
    )
    return Domains(usable["domainId"], next(unverified, None), no_unverified)


def ask_page_limits(context: ProbeContext) -> None:
    """Asks for more items on a page than are documented, or known to work."""
    for kind, size in (("members", 100), ("projects", 11), ("links", 21)):
        reply = context.list(kind, {"page": 1, "per_page": size})
        _record_page_limit(context, f"{kind}_per_page", reply, size)


def ask_whether_listed(context: ProbeContext, link: dict[str, Any]) -> None:
    """Asks whether a link that was made just now is in the list, which also proves that it is the probe's.

    Raises:
        InvalidResponseError: It may be another link.
    """
    reply = context.list("links", NEWEST_PARAMS)
    rows = reply.list_rows("links")
    context.links.take_rows(rows)
    context.links.require_own(link, rows)
    context.links.note_older(rows)
    context.leftovers.extend(
        str(row.get("linkId")) for row in rows if _is_of_a_probe(row) and not context.links.knows(row)
    )
    if reply.is_success:
        context.findings.record("listed_at_once", link["linkId"] in _list_ids(reply, "links"))
        if not context.links.is_confirmed(link["linkId"]):
            context.ignored.add("linkReference")
    else:
        context.findings.skip("listed_at_once", describe_failure(reply))


def ask_order(context: ProbeContext) -> None:
    """Asks in which order the list is without a sort."""
    reply = context.list("links", {"page": 1, "per_page": 20})
    rows = reply.list_rows("links")
    if len(rows) >= _MIN_ROWS_FOR_ORDER:
        context.findings.record("list_order", _find_order(rows))
    else:
        reason = "the list has too few links to tell" if reply.is_success else describe_failure(reply)
        context.findings.skip("list_order", reason)


def ask_search(context: ProbeContext, link: dict[str, Any], token: str, title_word: str) -> None:
    """Asks whether the search finds a link by the beginning of its reference, by the whole, or by its title alone.

    Args:
        context: What all questions need.
        link: The link as last shown.
        token: The first word of its reference.
        title_word: A word of its title.
    """
    reference = link.get("linkProviderReference")
    if not isinstance(reference, str) or token not in reference:
        context.findings.skip("search_reference", "the link has no reference")
        return
    for term, value in ((token, "beginning"), (reference, "whole"), (title_word, "no")):
        reply = context.list("search", {"q": term, "type": "links", "limit": 20})
        if not reply.is_success:
            context.findings.skip("search_reference", describe_failure(reply))
            return
        if link["linkId"] in _list_ids(reply, "results"):
            context.findings.record("search_reference", value)
            return
    context.findings.skip("search_reference", _NOT_SEARCHED)


def _record_page_limit(context: ProbeContext, unknown: str, reply: Reply, size: int) -> None:
    if reply.is_refusal:
        context.findings.record(unknown, "refuse")
    elif not reply.is_success:
        context.findings.skip(unknown, describe_failure(reply))
    else:
        context.findings.record(unknown, _describe_page(reply, size))


def _describe_page(reply: Reply, size: int) -> str | int:
    """Returns whether a page of this size was served; else of which size it was."""
    pagination = reply.data.get("pagination")
    served = pagination.get("perPage") if isinstance(pagination, dict) else None
    if isinstance(served, bool) or not isinstance(served, int) or not 0 < served <= size:
        return UNCLEAR
    rows = next((len(value) for value in reply.data.values() if isinstance(value, list)), 0)
    if served == size and _has_more(reply) and 0 < rows < size:
        return rows
    return "take" if served == size else served


def _find_order(rows: list[dict[str, Any]]) -> str:
    moments = [str(row.get("createdAt")) for row in rows]
    titles = [row["linkTitle"] for row in rows if isinstance(row.get("linkTitle"), str)]
    if len(set(moments)) == 1:
        return UNCLEAR
    if moments == sorted(moments, reverse=True):
        return "newest"
    if moments == sorted(moments):
        return "oldest"
    return "title" if len(set(titles)) > 1 and titles == sorted(titles) else "other"


def _list_ids(reply: Reply, key: str) -> list[object]:
    return [row.get("linkId") for row in reply.list_rows(key)]


def _is_of_a_probe(row: dict[str, Any]) -> bool:
    return PROBE in f"{row.get('linkTitle')} {row.get('linkProviderReference')}"


def _is_meant(row: dict[str, Any], wanted: str) -> bool:
    return row["domainId"] == wanted or normalize_url(str(row.get("domainUrl"))) == normalize_url(wanted)


def _is_verified(row: dict[str, Any]) -> bool:
    return row.get("domainStatus") == _VERIFIED


def _has_more(reply: Reply) -> bool:
    pagination = reply.data.get("pagination")
    return isinstance(pagination, dict) and pagination.get("hasMore") is True


def _describe_domain(row: dict[str, Any]) -> str:
    status = "" if _is_verified(row) else f", {sanitize(str(row.get('domainStatus')))}"
    return f"{sanitize(str(row.get('domainUrl')))} ({sanitize(row['domainId'])}{status})"
