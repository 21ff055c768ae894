"""A component with the recording links of one team."""

from collections.abc import Mapping

import pulumi
from catalog import Catalog, Link

import pulumi_userplane as userplane


class TeamLinks(pulumi.ComponentResource):
    """The recording links of one team. Reusable links are protected: their addresses are on pages and in macros."""

    urls: dict[str, pulumi.Output[str]]
    """The address of each link, by the link's name."""

    def __init__(self, team: str, links: Mapping[str, userplane.RecordingLinkArgs]) -> None:
        super().__init__("catalog:index:TeamLinks", team)
        self.urls = {
            name: userplane.RecordingLink(
                f"{team}-{name}", args, pulumi.ResourceOptions(parent=self, protect=bool(args.link_reusable))
            ).link_url
            for name, args in links.items()
        }
        self.register_outputs({})


def arguments(catalog: Catalog, stack: str) -> dict[str, dict[str, userplane.RecordingLinkArgs]]:
    """Returns the arguments of the links of a stack, by team and name.

    Raises:
        CatalogError: The workspace does not have a domain or project of the catalog.
    """
    return {
        team: {name: _arguments(catalog, team, name, link) for name, link in links.items()}
        for team, links in catalog.for_stack(stack).items()
    }


def _arguments(catalog: Catalog, team: str, name: str, link: Link) -> userplane.RecordingLinkArgs:
    try:
        domain = userplane.get_domain(url=link["domain"])
        project = userplane.get_project(title=link["project"]) if "project" in link else None
    except userplane.ProgramError as error:
        raise catalog.error((team, name), str(error)) from None
    return userplane.RecordingLinkArgs(
        domain_id=domain.domain_id,
        project_id=project.project_id if project else None,
        link_title=link.get("link_title"),
        link_reusable=link.get("link_reusable"),
        link_provider_type=link.get("link_provider_type"),
        link_provider_id=link.get("link_provider_id"),
        link_provider_ref=link.get("link_provider_ref"),
        meta=link.get("meta"),
        adopt=link.get("adopt"),
    )
