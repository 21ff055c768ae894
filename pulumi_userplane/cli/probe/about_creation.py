"""Asks what a POST does: the defaults of a new link, the fields that it takes, and what it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.constants import PROVIDER_REF_LIMIT
from pulumi_userplane.api.responses import unexpected_response
from pulumi_userplane.cli.probe.exchange import describe_failure
from pulumi_userplane.cli.probe.findings import UNCLEAR
from pulumi_userplane.cli.probe.proofs import name_creation

if TYPE_CHECKING:
    from pulumi_userplane.cli.probe.about_lists import Domains
    from pulumi_userplane.cli.probe.context import ProbeContext

MAP_NAMES = ("meta", "linkMeta")
MAP = {"probe": "1"}

_REFUSED = " that should be refused"
_WORD = re.compile(r"[a-z_]{1,40}")


@dataclass
class ProbedLink:
    """The first link of a probe.

    Attributes:
        link_id: Its id.
        token: The text in the reference that it was made with.
        link: The link as last shown.
        map_name: The name under which the server takes the map; None until it has kept one.
        map_candidates: The names that may still be it, the likelier one first.
        shown_map_name: The name that the first response has, if it has one.
    """

    link_id: str
    token: str
    link: dict[str, Any]
    map_name: str | None = None
    map_candidates: tuple[str, ...] = MAP_NAMES
    shown_map_name: str | None = None

    def drop_candidate(self, name: str) -> None:
        """Strikes a name under which the server does not take the map."""
        self.map_candidates = tuple(other for other in self.map_candidates if other != name)

    def read_map(self) -> Any:  # noqa: ANN401 - whatever JSON came
        """Returns the map as last shown, under whichever name."""
        return read_map(self.link)


def read_map(link: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever JSON came
    """Returns a link's map, under whichever name it is."""
    shown = [link[name] for name in MAP_NAMES if link.get(name) is not None]
    return next((value for value in shown if value), shown[0] if shown else None)


def ask_defaults(context: ProbeContext, domain_id: str) -> ProbedLink:
    """Makes the first link, of a domain and a reference alone.

    Raises:
        UserplaneError: It was not made.
    """
    creation = context.create("", {"domainId": domain_id})
    link, findings = creation.link, context.findings
    if link is None:
        context.exchange.read_data(name_creation(), creation.reply)
        raise unexpected_response(name_creation(), "another link, or none")
    findings.record("created_status", creation.reply.status)
    for field, unknown, describe in _DEFAULTS:
        if field in link:
            findings.record(unknown, describe(link[field]))
        else:
            findings.skip(unknown, "the response does not show it")
    findings.record("default_meta", _describe_map(read_map(link)))
    if "linkProviderReference" in link and not link["linkProviderReference"]:
        context.ignored.add("linkReference")
    shown = [name for name in MAP_NAMES if name in link]
    likelier = (*shown, *(name for name in MAP_NAMES if name not in shown))
    return ProbedLink(
        link["linkId"], creation.token, link, map_candidates=likelier, shown_map_name=shown[0] if shown else None
    )


def ask_second(context: ProbeContext, domain_id: str, probed: ProbedLink) -> bool:
    """Makes the second link, with all that a POST takes and a reference of the documented length.

    Returns:
        Whether it was made.
    """
    name = probed.map_candidates[0]
    project = probed.link.get("project")
    project_id = project.get("projectId") if isinstance(project, dict) else None
    in_project = {} if project_id is None else {"projectId": project_id}
    fields = {"domainId": domain_id, **in_project, "linkReusable": True, name: MAP}
    link = context.create("", fields, PROVIDER_REF_LIMIT).link
    if link is None:
        return False
    if link.get("linkReusable", True) is not True:
        context.ignored.add("linkReusable")
    record_map(context, probed, name, link, MAP)
    return True


def record_map(
    context: ProbeContext, probed: ProbedLink, name: str, link: dict[str, Any], sent: dict[str, str]
) -> None:
    """Records whether the server has kept the map under the name under which it was sent."""
    if read_map(link) != sent:
        probed.drop_candidate(name)
        return
    probed.map_name = name
    context.findings.record("meta_key", name)
    context.findings.record("meta_returned_as", "same" if link.get(name) is not None else "other")


def ask_refused_creations(context: ProbeContext, domains: Domains, *, is_second_made: bool) -> None:
    """Sends POSTs that should be refused; a link that one makes all the same is deleted."""
    if domains.unverified_id is None:
        context.findings.skip("unverified_domain", domains.no_unverified)
    else:
        _ask_refused(context, "unverified_domain", {"domainId": domains.unverified_id})
    _ask_refused(context, "unknown_domain", {"domainId": context.make_up("dom_")})
    _ask_refused(context, "unknown_project", {"domainId": domains.domain_id, "projectId": context.make_up("prj_")})
    _ask_length(context, domains.domain_id, is_second_made=is_second_made)


def _ask_refused(context: ProbeContext, unknown: str, fields: dict[str, Any]) -> None:
    context.doubtful[unknown] = context.create(_REFUSED, fields).reply


def _ask_length(context: ProbeContext, domain_id: str, *, is_second_made: bool) -> None:
    unknown, findings = "created_reference_length", context.findings
    if "linkReference" in context.ignored:
        findings.skip(unknown, "the server drops the field")
        return
    creation = context.create(_REFUSED, {"domainId": domain_id}, PROVIDER_REF_LIMIT, is_longer=is_second_made)
    if creation.reply.is_refusal:
        findings.record(unknown, "documented" if is_second_made else "shorter")
    elif creation.link is None:
        findings.skip(unknown, describe_failure(creation.reply))
    elif not is_second_made:
        findings.skip(unknown, "one of the documented length is taken; a longer one was not tried")
    else:
        findings.record(unknown, describe_length(creation.reference, creation.link.get("linkProviderReference")))


def describe_length(sent: str, stored: object) -> str:
    """Returns how a text of one character more than documented was stored."""
    if stored == sent:
        return "longer"
    return "cut" if stored == sent[:-1] else UNCLEAR


def _describe_word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else UNCLEAR


def _describe_text(value: object) -> str:
    if value is None:
        return "none"
    return "text" if value else "empty"


def _describe_map(value: object) -> str:
    if value is None:
        return "none"
    return "empty" if value == {} else UNCLEAR


def _describe_bool(value: object) -> bool | str:
    return value if isinstance(value, bool) else UNCLEAR


_DEFAULTS = (
    ("linkType", "default_link_type", _describe_word),
    ("linkProviderType", "default_provider_type", _describe_word),
    ("linkReusable", "default_reusable", _describe_bool),
    ("linkTitle", "default_title", _describe_text),
    ("linkProviderId", "default_provider_id", _describe_text),
)
