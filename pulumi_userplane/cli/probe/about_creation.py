"""Asks what a POST makes of a link: its defaults, and what becomes of each field that is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.constants import PROVIDER_REF_LIMIT
from pulumi_userplane.api.responses import unexpected_response
from pulumi_userplane.cli.probe.exchange import describe_failure
from pulumi_userplane.cli.probe.findings import UNCLEAR
from pulumi_userplane.cli.probe.made_links import make_reference, make_token, name_creation

if TYPE_CHECKING:
    from pulumi_userplane.cli.probe.session import Session

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

    def read_map(self) -> Any:  # noqa: ANN401 - whatever JSON came
        """Returns the map as last shown, under whichever name."""
        return read_map(self.link)


def read_map(link: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever JSON came
    """Returns a link's map, under whichever name it is."""
    shown = [link[name] for name in MAP_NAMES if link.get(name) is not None]
    return shown[0] if shown else None


def ask_defaults(session: Session, domain_id: str) -> ProbedLink:
    """Makes the first link, of a domain and a reference alone.

    Raises:
        UserplaneError: It was not made.
    """
    token = make_token()
    reference = make_reference(token)
    creation = session.create("", token, {"domainId": domain_id, "linkReference": reference})
    link, findings = creation.link, session.findings
    if link is None:
        session.exchange.require_success(name_creation(), creation.reply)
        raise unexpected_response(name_creation(), "another link, or none")
    findings.see("created_status", creation.reply.status)
    findings.see("default_link_type", _describe_word(link.get("linkType")))
    findings.see("default_provider_type", _describe_word(link.get("linkProviderType")))
    findings.see(
        "default_reusable", link.get("linkReusable") if isinstance(link.get("linkReusable"), bool) else UNCLEAR
    )
    findings.see("default_title", _describe_text(link.get("linkTitle")))
    findings.see("default_provider_id", _describe_text(link.get("linkProviderId")))
    findings.see("default_meta", _describe_map(read_map(link)))
    shown = tuple(name for name in MAP_NAMES if name in link)
    if link.get("linkProviderReference") is None:
        session.ignored.add("linkReference")
    likelier = (*shown[:1], *(name for name in MAP_NAMES if name not in shown[:1]))
    return ProbedLink(link["linkId"], token, link, map_candidates=likelier, shown_map_name=next(iter(shown), None))


def ask_second(session: Session, domain_id: str, probed: ProbedLink) -> bool:
    """Makes the second link, with all that a POST takes and a reference of the documented length; returns whether."""
    token, name = make_token(), probed.map_candidates[0]
    reference = make_reference(token, PROVIDER_REF_LIMIT)
    project = probed.link.get("project")
    project_id = project.get("projectId") if isinstance(project, dict) else None
    body = {"domainId": domain_id, "linkReference": reference, "linkReusable": True, name: MAP}
    link = session.create("", token, body if project_id is None else {**body, "projectId": project_id}).link
    if link is None:
        return False
    if link.get("linkReusable") is not True:
        session.ignored.add("linkReusable")
    see_map(session, probed, name, link, MAP)
    return True


def see_map(session: Session, probed: ProbedLink, name: str, link: dict[str, Any], sent: dict[str, str]) -> None:
    """Records whether the server has kept the map under the name under which it was sent."""
    if read_map(link) != sent:
        probed.map_candidates = tuple(other for other in probed.map_candidates if other != name)
        return
    probed.map_name = name
    session.findings.see("meta_key", name)
    session.findings.see("meta_returned_as", "same" if link.get(name) is not None else "other")


def ask_refused_creations(session: Session, domain_id: str, unverified_id: str | None, *, is_second_made: bool) -> None:
    """Sends POSTs that should be refused; a link that one makes all the same is deleted."""
    if unverified_id is None:
        session.findings.skip("unverified_domain", "the workspace has no domain that is not verified")
    else:
        _ask_refused(session, "unverified_domain", {"domainId": unverified_id})
    _ask_refused(session, "unknown_domain", {"domainId": f"dom_{make_token()}"})
    _ask_refused(session, "unknown_project", {"domainId": domain_id, "projectId": f"prj_{make_token()}"})
    _ask_length(session, domain_id, is_second_made=is_second_made)


def _ask_refused(session: Session, unknown: str, body: dict[str, Any]) -> None:
    token = make_token()
    creation = session.create(_REFUSED, token, {**body, "linkReference": make_reference(token)})
    session.outcomes[unknown] = creation.reply


def _ask_length(session: Session, domain_id: str, *, is_second_made: bool) -> None:
    unknown, findings = "created_reference_length", session.findings
    if "linkReference" in session.ignored:
        findings.skip(unknown, "the server drops the field")
        return
    length = PROVIDER_REF_LIMIT + (1 if is_second_made else 0)
    token = make_token()
    reference = make_reference(token, length)
    creation = session.create(_REFUSED, token, {"domainId": domain_id, "linkReference": reference})
    if creation.reply.is_refusal:
        findings.see(unknown, "documented" if is_second_made else "shorter")
    elif creation.link is None:
        findings.skip(unknown, describe_failure(creation.reply))
    elif not is_second_made:
        findings.skip(unknown, "one of the documented length is taken; a longer one was not tried")
    else:
        findings.see(unknown, describe_length(reference, creation.link.get("linkProviderReference")))


def describe_length(sent: str, stored: object) -> str:
    """Returns what became of a text of one character more than documented."""
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
