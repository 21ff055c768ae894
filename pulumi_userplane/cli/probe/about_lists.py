"""Asks about lists and the search: page limits, order, whether a new link is there at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.identifiers import normalize_url
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.probe.exchange import describe_failure
from pulumi_userplane.cli.probe.findings import UNCLEAR
from pulumi_userplane.cli.probe.made_links import NEWEST_PARAMS

if TYPE_CHECKING:
    from pulumi_userplane.cli.probe.exchange import Reply
    from pulumi_userplane.cli.probe.session import Session

_VERIFIED = "verified"
_NOT_SEARCHED = "the search does not find the link by its title either: it may be late"


@dataclass(frozen=True)
class Domains:
    """The domains that the probe uses.

    Attributes:
        domain_id: The domain of its links.
        unverified_id: One that is not verified, or None.
    """

    domain_id: str
    unverified_id: str | None


def find_domains(session: Session, wanted: str) -> Domains:
    """Returns the domain that is meant by its id or address, and one that is not verified.

    Raises:
        UserplaneError: The list can't be read: the key or the workspace is wrong, say.
        ConfigurationError: There is no such domain, or it is not verified.
    """
    reply = session.list("domains", {"page": 1, "per_page": 100})
    _see_page_limit(session, "domains_per_page", reply, 100)
    if reply.is_refusal:
        reply = session.list("domains", {"page": 1, "per_page": 10})
    session.exchange.require_success(session.name_list("domains"), reply)
    domains = [row for row in reply.list_rows("domains") if isinstance(row.get("domainId"), str)]
    names = ", ".join(map(_describe_domain, domains)) or "none"
    found = [row for row in domains if _is_meant(row, wanted)]
    if not found:
        raise ConfigurationError(
            f"the workspace {sanitize(session.workspace_id)} has no domain {sanitize(wanted)}",
            next_step=f"name one of these with --domain: {names}",
        )
    if found[0].get("domainStatus") != _VERIFIED:
        raise ConfigurationError(
            f"no link can be made on the domain {_describe_domain(found[0])}",
            next_step=f"name a verified one with --domain, of these: {names}",
        )
    unverified = (row["domainId"] for row in domains if row.get("domainStatus") != _VERIFIED)
    return Domains(found[0]["domainId"], next(unverified, None))


def ask_page_limits(session: Session) -> None:
    """Asks for more items on a page than are documented, or known to work."""
    for kind, size in (("members", 100), ("projects", 11), ("links", 21)):
        reply = session.list(kind, {"page": 1, "per_page": size})
        _see_page_limit(session, f"{kind}_per_page", reply, size)


def ask_whether_listed(session: Session, link_id: str) -> None:
    """Asks whether a link that was made just now is in the list."""
    reply = session.list("links", NEWEST_PARAMS)
    if reply.is_success:
        session.findings.see("listed_at_once", link_id in _list_ids(reply, "links"))
    else:
        session.findings.skip("listed_at_once", describe_failure(reply))


def ask_order(session: Session) -> None:
    """Asks in which order the list is without a sort."""
    reply = session.list("links", {"page": 1, "per_page": 20})
    rows = reply.list_rows("links")
    if len(rows) > 1:
        session.findings.see("list_order", _find_order(rows))
    else:
        reason = "the list has too few links" if reply.is_success else describe_failure(reply)
        session.findings.skip("list_order", reason)


def ask_search(session: Session, link: dict[str, Any], token: str, title_word: str) -> None:
    """Asks whether the search finds a link by the beginning of its reference, by the whole, or by its title alone.

    Args:
        session: What all questions need.
        link: The link as last shown.
        token: The first word of its reference.
        title_word: A word of its title.
    """
    reference = link.get("linkProviderReference")
    if not isinstance(reference, str) or not reference.startswith(token):
        session.findings.skip("search_reference", "the link has no reference")
        return
    for term, value in ((token, "beginning"), (reference, "whole"), (title_word, "no")):
        reply = session.list("search", {"q": term, "type": "links", "limit": 20})
        if not reply.is_success:
            session.findings.skip("search_reference", describe_failure(reply))
            return
        if link["linkId"] in _list_ids(reply, "results"):
            session.findings.see("search_reference", value)
            return
    session.findings.skip("search_reference", _NOT_SEARCHED)


def _see_page_limit(session: Session, unknown: str, reply: Reply, size: int) -> None:
    if reply.is_refusal:
        session.findings.see(unknown, "refuse")
    elif not reply.is_success:
        session.findings.skip(unknown, describe_failure(reply))
    else:
        pagination = reply.data.get("pagination")
        served = pagination.get("perPage") if isinstance(pagination, dict) else None
        is_number = isinstance(served, int) and served > 0
        session.findings.see(unknown, "take" if served == size else served if is_number else UNCLEAR)


def _find_order(rows: list[dict[str, Any]]) -> str:
    moments = [str(row.get("createdAt")) for row in rows]
    titles = [row["linkTitle"] for row in rows if isinstance(row.get("linkTitle"), str)]
    if moments == sorted(moments, reverse=True):
        return "newest"
    if moments == sorted(moments):
        return "oldest"
    return "title" if titles == sorted(titles) else "other"


def _list_ids(reply: Reply, key: str) -> list[object]:
    return [row.get("linkId") for row in reply.list_rows(key)]


def _is_meant(row: dict[str, Any], wanted: str) -> bool:
    return row["domainId"] == wanted or normalize_url(str(row.get("domainUrl"))) == normalize_url(wanted)


def _describe_domain(row: dict[str, Any]) -> str:
    status = "" if row.get("domainStatus") == _VERIFIED else f", {sanitize(str(row.get('domainStatus')))}"
    return f"{sanitize(str(row.get('domainUrl')))} ({sanitize(row['domainId'])}{status})"
