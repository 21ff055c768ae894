"""Looks up the domains of a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.api.identifiers import normalize_url
from pulumi_userplane.lookups.matching import Finder, exactly_one_of
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.program.functions.invoke import invoke, invoke_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulumi

    from pulumi_userplane.program.account import Provider
    from pulumi_userplane.program.functions.invoke import InvokeContext

_STATUSES = ("pending", "verified", "revoked")


@dataclass(frozen=True)
class Domain:
    """A domain of a workspace; only one whose status is `verified` carries links."""

    domain_id: str
    url: str
    status: str


def get_domain(
    *,
    url: str | None = None,
    domain_id: str | None = None,
    workspace_id: str | None = None,
    provider: Provider | None = None,
) -> Domain:
    """Returns the domain with that address or id, of any status.

    Asks for the workspace's list of domains, 10 a request, and for each page once a run; by id no further than needed.

    Args:
        url: The address; scheme, capitals and a slash at the end make no difference. Either this or `domain_id`.
        domain_id: The id.
        workspace_id: Where to look; left out, the settings' workspace.
        provider: An explicit account. Its key must be known as text; with an Output use `get_domain_output`.

    Raises:
        ProgramError: No domain or several match (lists what there is), a setting is missing, or the request failed.
    """
    return invoke(_domain, provider, workspace_id, url=url, domain_id=domain_id)


def get_domain_output(
    *,
    url: pulumi.Input[str] | None = None,
    domain_id: pulumi.Input[str] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Domain]:
    """`get_domain` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(_domain, provider, workspace_id, url=url, domain_id=domain_id)


def get_domains(
    *, status: str | None = None, workspace_id: str | None = None, provider: Provider | None = None
) -> list[Domain]:
    """Returns the domains of a workspace, asked for as in `get_domain`.

    Args:
        status: Only those of this status: `pending`, `verified` or `revoked`.
        workspace_id: Where to look; left out, the settings' workspace.
        provider: As in `get_domain`.

    Raises:
        ProgramError: There is no such status, a setting is missing, or the request failed.
    """
    return invoke(_domains, provider, workspace_id, status=status)


def get_domains_output(
    *,
    status: pulumi.Input[str] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[list[Domain]]:
    """`get_domains` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(_domains, provider, workspace_id, status=status)


_KIND = Finder[Domain]("domain", lambda domain: f"{domain.url} ({domain.status}, {domain.domain_id})", "domain_id")


def _domain(place: InvokeContext, url: str | None, domain_id: str | None) -> Domain:
    exactly_one_of(url=url, domain_id=domain_id)
    if domain_id:
        return _KIND.with_id(domain_id, _listed(place), place.workspace)
    wanted = normalize_url(url or "")
    return _KIND.with_name(wanted, _listed(place), place.workspace, lambda domain: normalize_url(domain.url))


def _domains(place: InvokeContext, status: str | None) -> list[Domain]:
    domains = list(_listed(place))
    words = [*_STATUSES, *(domain.status for domain in domains)]
    if status and status not in words:
        raise ProgramError(f"no domain has the status {status!r}", next_step=f"ask for one of {', '.join(_STATUSES)}")
    return [domain for domain in domains if not status or domain.status == status]


def _listed(place: InvokeContext) -> Iterator[Domain]:
    for each in place.rows(place.client.list_domains, place.workspace_id):
        domain = Domain(each.domain_id, each.domain_url, each.domain_status)
        if domain.status != "verified":
            place.run.unverified[domain.domain_id] = f"domain {domain.url} ({domain.domain_id}) is {domain.status}"
        yield domain
