"""Looks up the domains of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.lookups.domains import find_domain, list_domains
from pulumi_userplane.program.functions.invoke import invoke, invoke_output

if TYPE_CHECKING:
    import pulumi

    from pulumi_userplane.lookups.domains import Domain
    from pulumi_userplane.program.account import Provider


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
    return invoke(find_domain, provider, workspace_id, url=url, domain_id=domain_id)


def get_domain_output(
    *,
    url: pulumi.Input[str] | None = None,
    domain_id: pulumi.Input[str] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Domain]:
    """`get_domain` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(find_domain, provider, workspace_id, url=url, domain_id=domain_id)


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
    return invoke(list_domains, provider, workspace_id, status=status)


def get_domains_output(
    *,
    status: pulumi.Input[str] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[list[Domain]]:
    """`get_domains` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(list_domains, provider, workspace_id, status=status)
