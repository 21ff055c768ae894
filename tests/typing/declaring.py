"""The types of the ways to declare a link, for mypy and pyright; nothing here runs.

A line with a mistake names the error that each checker must report. The check fails if a checker reports none.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

import pulumi
from typing_extensions import assert_type

import pulumi_userplane as userplane
from pulumi_userplane import RecordingLink, RecordingLinkArgs, RecordingLinkArgsDict


def keywords() -> None:
    """All arguments as keywords."""
    link = RecordingLink(
        "help",
        domain_id="dom",
        workspace_id="ws",
        project_id="prj",
        link_title="Help",
        link_reusable=True,
        link_provider_type="zendesk",
        link_provider_id="7",
        link_provider_ref="ref",
        meta={"area": "checkout", "deep": {"n": 1}},
        adopt="lnk_1",
        mark="",
    )
    assert_type(link, RecordingLink)
    # None counts as left out, so that a program can decide with an expression.
    RecordingLink("bare", domain_id="dom", project_id=None, link_title=None, link_reusable=None, meta=None, mark=None)


def later_values(
    text: pulumi.Output[str],
    later: Awaitable[str],
    truth: pulumi.Output[bool],
    texts: pulumi.Output[dict[str, str]],
    config: pulumi.Config,
) -> None:
    """Outputs and awaitables as arguments."""
    RecordingLink("a", domain_id=text, workspace_id=later, link_title=text, link_reusable=truth, meta=texts)
    RecordingLink("b", domain_id=config.require("domain"), link_title=config.get("title"), link_reusable=True)
    RecordingLink("c", domain_id=config.require_secret("domain"), link_title=config.get_secret("title"))
    RecordingLink("d", domain_id=text, meta={"who": text})
    first = RecordingLink("first", domain_id=text, link_title=pulumi.Output.concat("Help with ", text))
    RecordingLink("second", domain_id=first.domain_id, workspace_id=first.workspace_id, meta={"of": first.link_url})
    RecordingLink("third", domain_id=first.domain.domain_id, project_id=first.project.project_id)


def maps(texts: dict[str, str], mapping: Mapping[str, int], anything: dict[str, Any]) -> None:
    """Maps of any type as `meta`."""
    RecordingLink("a", domain_id="dom", meta=texts)
    RecordingLink("b", domain_id="dom", meta=mapping)
    RecordingLink("c", domain_id="dom", meta=anything)


def args_object(text: pulumi.Output[str]) -> None:
    """An args object, by position and by name."""
    args = RecordingLinkArgs(domain_id=text, link_title="Help", meta={"area": text})
    assert_type(RecordingLink("a", args), RecordingLink)
    RecordingLink("b", args=args)
    args.link_title = text
    args.link_title = None


def dictionary(text: pulumi.Output[str]) -> None:
    """A dictionary, by position, by name, from a variable and as keywords."""
    RecordingLink("a", {"domain_id": text, "link_title": "Help", "meta": {"area": "checkout"}})
    RecordingLink("b", args={"domain_id": "dom", "link_reusable": None})
    declared: RecordingLinkArgsDict = {"domain_id": "dom", "link_title": text}
    RecordingLink("c", declared)
    RecordingLink("d", **declared)


def options(account: userplane.Provider, parent: pulumi.ComponentResource) -> None:
    """The options of a resource, by position and by name, in each way to declare."""
    opts = pulumi.ResourceOptions(provider=account, parent=parent, protect=True, ignore_changes=["link_title"])
    args = RecordingLinkArgs(domain_id="dom")
    RecordingLink("a", args, opts)
    RecordingLink("b", args, opts=opts)
    RecordingLink("c", args=args, opts=opts)
    RecordingLink("d", {"domain_id": "dom"}, opts)
    RecordingLink("e", opts, domain_id="dom")
    RecordingLink("f", opts=opts, domain_id="dom")
    RecordingLink("g", domain_id="dom", opts=None)
    link = RecordingLink("h", args)
    RecordingLink("i", domain_id="dom", opts=pulumi.ResourceOptions(depends_on=[link], parent=link))


class Support(RecordingLink):
    """A subclass with one more output."""

    team: str


class Titled(RecordingLink):
    """A subclass with arguments of its own."""

    def __init__(self, title: str, *, domain: pulumi.Input[str]) -> None:
        super().__init__(title.lower(), domain_id=domain, link_title=title, link_reusable=True)


def subclasses() -> None:
    """A subclass is declared like a link or with its own arguments, and has the outputs of a link."""
    support = Support("a", domain_id="dom", link_title="Help")
    assert_type(support.link_url, pulumi.Output[str])
    assert_type(support.team, str)
    Support("b", {"domain_id": "dom"}, pulumi.ResourceOptions(protect=True))
    assert_type(Titled("Help", domain="dom").link_url, pulumi.Output[str])
    Titled("Help", domain_id="dom")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def existing(text: pulumi.Output[str]) -> None:
    """Links that another program manages."""
    assert_type(RecordingLink.get("a", "lnk_1"), RecordingLink)
    assert_type(Support.get("support", "lnk_1"), Support)
    RecordingLink.get("b", text, pulumi.ResourceOptions(), workspace_id=text)
    RecordingLink.get("c", id="lnk_1", opts=None, workspace_id=None)
    RecordingLink.get("d")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RecordingLink.get("e", "lnk_1", domain_id="dom")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def mistakes_in_keywords(number: int, domain: userplane.Domain, whole: pulumi.Output[userplane.Domain]) -> None:
    """Mistakes that a type checker finds before a program runs."""
    RecordingLink("a")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    RecordingLink(domain_id="dom")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    RecordingLink("b", link_title="Help")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    RecordingLink("c", domain_id="dom", link_titel="")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    RecordingLink("d", domain_id=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("e", domain_id=number)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("f", domain_id=domain)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("g", domain_id=whole)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    RecordingLink("h", domain_id="dom", link_title=number)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("i", domain_id="dom", link_reusable="yes")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("j", domain_id="dom", meta=["area"])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("k", domain_id="dom", meta={1: "area"})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    RecordingLink("l", domain_id="dom", opts={"protect": True})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("m", "dom")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    # An output that only the server sets.
    RecordingLink("n", domain_id="dom", link_url="")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def mistakes_in_args(args: RecordingLinkArgs, texts: dict[str, str]) -> None:
    """Mistakes in an args object or a dictionary."""
    RecordingLinkArgs()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RecordingLinkArgs("dom")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RecordingLinkArgs(domain_id="dom", link_titel="Help")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RecordingLinkArgs(domain_id=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    args.link_titel = "Help"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    args.link_reusable = "yes"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    RecordingLink("a", {})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("b", {"domain_id": "dom", "titel": ""})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("c", {"domain_id": 7})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    # A dictionary of texts may hold any keys.
    RecordingLink("d", texts)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("e", args, link_title="Help")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    RecordingLink("f", args, args)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    RecordingLink("g", opts=args)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
