"""Userplane recording links as resources in Pulumi programs."""

from pulumi_userplane.account import Provider
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lookups import Domain, Project, get_domain, get_domain_output, get_project, get_project_output
from pulumi_userplane.program_error import ProgramError
from pulumi_userplane.recording_link import (
    LinkCreator,
    LinkDomain,
    LinkProject,
    RecordingLink,
    RecordingLinkArgs,
    RecordingLinkArgsDict,
)

__all__ = [
    "Domain",
    "LinkCreator",
    "LinkDomain",
    "LinkProject",
    "ProgramError",
    "Project",
    "Provider",
    "RecordingLink",
    "RecordingLinkArgs",
    "RecordingLinkArgsDict",
    "UserplaneError",
    "get_domain",
    "get_domain_output",
    "get_project",
    "get_project_output",
]
