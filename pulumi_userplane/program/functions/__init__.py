"""The look-ups that a Pulumi program calls to find what exists at Userplane."""

from pulumi_userplane.lookups.domains import Domain
from pulumi_userplane.lookups.projects import Project
from pulumi_userplane.lookups.workspaces import Member, User, Workspace
from pulumi_userplane.program.functions.domains import get_domain, get_domain_output, get_domains, get_domains_output
from pulumi_userplane.program.functions.links import (
    Link,
    get_recording_link,
    get_recording_link_output,
    get_recording_links,
    get_recording_links_output,
)
from pulumi_userplane.program.functions.projects import (
    get_project,
    get_project_output,
    get_projects,
    get_projects_output,
)
from pulumi_userplane.program.functions.workspaces import (
    get_members,
    get_members_output,
    get_user,
    get_user_output,
    get_workspaces,
    get_workspaces_output,
)

__all__ = [
    "Domain",
    "Link",
    "Member",
    "Project",
    "User",
    "Workspace",
    "get_domain",
    "get_domain_output",
    "get_domains",
    "get_domains_output",
    "get_members",
    "get_members_output",
    "get_project",
    "get_project_output",
    "get_projects",
    "get_projects_output",
    "get_recording_link",
    "get_recording_link_output",
    "get_recording_links",
    "get_recording_links_output",
    "get_user",
    "get_user_output",
    "get_workspaces",
    "get_workspaces_output",
]
