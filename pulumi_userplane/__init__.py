"""Userplane recording links as resources in Pulumi programs."""

from pulumi_userplane.program import program_folder as _program_folder  # noqa: F401 - what it does comes before all other imports

# isort: split
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.program.account import Provider
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.program.functions import (
    Domain,
    Link,
    Member,
    Project,
    User,
    Workspace,
    get_domain,
    get_domain_output,
    get_domains,
    get_domains_output,
    get_members,
    get_members_output,
    get_project,
    get_project_output,
    get_projects,
    get_projects_output,
    get_recording_link,
    get_recording_link_output,
    get_recording_links,
    get_recording_links_output,
    get_user,
    get_user_output,
    get_workspaces,
    get_workspaces_output,
)
from pulumi_userplane.program.recording_link import (
    LinkCreator,
    LinkDomain,
    LinkProject,
    RecordingLink,
    RecordingLinkArgs,
    RecordingLinkArgsDict,
)

__all__ = [
    "Domain",
    "Link",
    "LinkCreator",
    "LinkDomain",
    "LinkProject",
    "Member",
    "ProgramError",
    "Project",
    "Provider",
    "RecordingLink",
    "RecordingLinkArgs",
    "RecordingLinkArgsDict",
    "User",
    "UserplaneError",
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
