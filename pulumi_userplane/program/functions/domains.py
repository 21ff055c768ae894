"""The look-ups of domains."""

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
    """Returns the domain with this address or id, whatever its status.

    Reads the workspace's list of domains, 10 per request and each page once per run. A look-up by id stops at the page
    that has the domain.

    Args:
        url: The address. Scheme, capitals and a slash at the end make no difference. Give this or `domain_id`.
        domain_id: The id.
        workspace_id: The id of the workspace. Left out: the workspace of the settings.
        provider: An explicit account. If one of its settings is an Output, use `get_domain_output` instead.

    Raises:
        ProgramError: No domain or several match (the error lists what there is), a setting is missing, or a request
            failed.
    """
    return invoke(find_domain, provider, workspace_id, url=url, domain_id=domain_id)


def get_domain_output(
    *,
    url: pulumi.Input[str] | None = None,
    domain_id: pulumi.Input[str] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Domain]:
    """`get_domain` for arguments or account settings that are Outputs."""
    return invoke_output(find_domain, provider, workspace_id, url=url, domain_id=domain_id)


def get_domains(
    *, status: str | None = None, workspace_id: str | None = None, provider: Provider | None = None
) -> list[Domain]:
    """Returns the domains of a workspace; sends the same requests as `get_domain`.

    Args:
        status: Return only domains of this status: `pending`, `verified` or `revoked`.
        workspace_id: The id of the workspace. Left out: the workspace of the settings.
        provider: As in `get_domain`.

    Raises:
        ProgramError: There is no such status, a setting is missing, or a request failed.
    """
    return invoke(list_domains, provider, workspace_id, status=status)


def get_domains_output(
    *,
    status: pulumi.Input[str] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[list[Domain]]:
    """`get_domains` for arguments or account settings that are Outputs."""
    return invoke_output(list_domains, provider, workspace_id, status=status)
