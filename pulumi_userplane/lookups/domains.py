"""Finds a workspace's domains by address, id or status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.api.identifiers import normalize_url
from pulumi_userplane.lookups.matching import Finder, MatchError, exactly_one_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_userplane.lookups.source import Source

_STATUSES = ("pending", "verified", "revoked")


@dataclass(frozen=True)
class Domain:
    """A domain of a workspace. New links need one whose status is `verified`."""

    domain_id: str
    """The domain's id."""

    url: str
    """The domain's address."""

    status: str
    """`pending`, `verified` or `revoked`."""


_FINDER = Finder[Domain]("domain", lambda domain: f"{domain.url} ({domain.status}, {domain.domain_id})", "domain_id")


def find_domain(source: Source, *, url: str | None, domain_id: str | None) -> Domain:
    """Returns the domain with that address or id, of any status.

    Raises:
        MatchError: Not exactly one argument is given, or no domain or several match.
    """
    exactly_one_of(url=url, domain_id=domain_id)
    if domain_id:
        return _FINDER.find_by_id(domain_id, _read_domains(source), source.workspace)
    address = normalize_url(url or "")
    return _FINDER.find_by_name(
        address, _read_domains(source), source.workspace, lambda domain: normalize_url(domain.url)
    )


def list_domains(source: Source, *, status: str | None) -> list[Domain]:
    """Returns the domains of a workspace, all of them or those of one status.

    Raises:
        MatchError: There is no such status.
    """
    domains = list(_read_domains(source))
    statuses = [*_STATUSES, *(domain.status for domain in domains)]
    if status and status not in statuses:
        raise MatchError(f"no domain has the status {status!r}", next_step=f"ask for one of {', '.join(_STATUSES)}")
    return [domain for domain in domains if not status or domain.status == status]


def _read_domains(source: Source) -> Iterator[Domain]:
    for row in source.read_list(source.client.list_domains, source.workspace_id):
        domain = Domain(row.domain_id, row.domain_url, row.domain_status)
        if domain.status != "verified":
            reason = f"domain {domain.url} ({domain.domain_id}) is {domain.status}"
            source.cache.unverified[domain.domain_id] = reason
        yield domain
