"""The types of look-ups, of their results and of their `_output` twins, for mypy and pyright; nothing here runs."""

from typing import Any

import pulumi
from typing_extensions import assert_type

import pulumi_userplane as userplane
from pulumi_userplane import (
    Domain,
    Link,
    LinkCreator,
    LinkDomain,
    LinkProject,
    Member,
    Project,
    Provider,
    RecordingLink,
    User,
    Workspace,
)


def plain_look_ups(account: Provider) -> None:
    """The arguments and the result of each look-up."""
    assert_type(userplane.get_domain(url="help.acme.example"), Domain)
    userplane.get_domain(domain_id="dom", workspace_id="ws", provider=account)
    assert_type(userplane.get_domains(status="verified", workspace_id="ws", provider=account), list[Domain])
    assert_type(userplane.get_project(title="Help"), Project)
    userplane.get_project(project_id="prj", workspace_id=None, provider=None)
    userplane.get_project(default=True, workspace_id="ws", provider=account)
    assert_type(userplane.get_projects(workspace_id="ws", provider=account), list[Project])
    assert_type(userplane.get_recording_link("lnk_1", workspace_id="ws", provider=account), Link)
    found = userplane.get_recording_links(domain_ids=["dom"], project_ids=("prj",), created_by=[], provider=account)
    assert_type(found, list[Link])
    assert_type(userplane.get_workspaces(provider=account), list[Workspace])
    assert_type(userplane.get_members(workspace_id="ws", provider=account), list[Member])
    assert_type(userplane.get_user(provider=account), User)


def output_twins(account: Provider, text: pulumi.Output[str], truth: pulumi.Output[bool]) -> None:
    """The arguments of each twin, and the Output that it returns."""
    assert_type(userplane.get_domain_output(url=text), pulumi.Output[Domain])
    userplane.get_domain_output(domain_id="dom", workspace_id=text, provider=account)
    assert_type(userplane.get_domains_output(status=text, workspace_id=text), pulumi.Output[list[Domain]])
    assert_type(userplane.get_project_output(title=text, provider=account), pulumi.Output[Project])
    userplane.get_project_output(project_id=text, workspace_id=text)
    userplane.get_project_output(default=truth)
    assert_type(userplane.get_projects_output(workspace_id=text, provider=account), pulumi.Output[list[Project]])
    assert_type(userplane.get_recording_link_output(text, workspace_id=text), pulumi.Output[Link])
    found = userplane.get_recording_links_output(domain_ids=["dom", text], project_ids=text.apply(lambda one: [one]))
    assert_type(found, pulumi.Output[list[Link]])
    assert_type(userplane.get_workspaces_output(provider=account), pulumi.Output[list[Workspace]])
    assert_type(userplane.get_members_output(workspace_id=text, provider=account), pulumi.Output[list[Member]])
    assert_type(userplane.get_user_output(provider=account), pulumi.Output[User])


def results(domain: Domain, project: Project, member: Member, user: User, workspace: Workspace) -> None:
    """The fields of the results of look-ups."""
    assert_type((domain.domain_id, domain.url, domain.status), tuple[str, str, str])
    assert_type((project.project_id, project.title, project.is_default), tuple[str, str, bool])
    assert_type((member.workspace_member_id, member.name), tuple[str, str])
    assert_type((member.email, member.workspace_role), tuple[str, str])
    assert_type((user.id, user.name, user.email), tuple[str, str | None, str | None])
    assert_type((workspace.workspace_id, workspace.name), tuple[str, str])


def link_result(link: Link) -> None:
    """The fields of a link have the names of the outputs of `RecordingLink`."""
    assert_type((link.link_id, link.link_url, link.link_type, link.created_at), tuple[str, str, str, str])
    assert_type(link.creator, LinkCreator)
    assert_type(link.project, LinkProject)
    assert_type(link.domain, LinkDomain)
    assert_type((link.workspace_id, link.domain_id, link.project_id), tuple[str, str, str])
    assert_type(link.link_title, str | None)
    assert_type(link.link_reusable, bool)
    assert_type(link.link_provider_type, str)
    assert_type((link.link_provider_id, link.link_provider_ref), tuple[str | None, str | None])
    assert_type(link.meta, dict[str, Any] | None)


def results_in_declarations(text: pulumi.Output[str]) -> None:
    """A link is declared with the results of look-ups."""
    domain = userplane.get_domain(url="help.acme.example")
    project = userplane.get_project(default=True)
    RecordingLink("a", domain_id=domain.domain_id, project_id=project.project_id)
    later = userplane.get_domain_output(url=text)
    RecordingLink("b", domain_id=later.domain_id)
    RecordingLink("c", domain_id=later.apply(lambda found: found.domain_id))
    # The tests of a program create such results.
    Domain("dom_help", "help.acme.example", "verified")


def mistakes(account: Provider, text: pulumi.Output[str], domain: Domain) -> None:
    """Mistakes that a type checker finds before a program runs."""
    userplane.get_domain("help.acme.example")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    userplane.get_domain(title="Help")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    userplane.get_domain(url=text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    userplane.get_domain(url="help", provider="acme")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    userplane.get_project(default="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    userplane.get_project(workspace_id=account.urn)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    userplane.get_recording_link()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    userplane.get_recording_link(text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    userplane.get_recording_links("lnk_1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    userplane.get_recording_links(created_by=[7])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    userplane.get_recording_links_output(domain_ids="dom", created_by=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    userplane.get_user_output(workspace_id="ws")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    domain.url = "help"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    _ = domain.domain_url  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    _ = userplane.get_domian  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
