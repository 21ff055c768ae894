"""Asks what a PUT does with each field: sets, clears, trims, merges, cuts or drops it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.constants import PROVIDER_ID_LIMIT, PROVIDER_REF_LIMIT, TITLE_LIMIT
from pulumi_userplane.cli.probe.about_creation import describe_length, read_map, see_map
from pulumi_userplane.cli.probe.exchange import describe_failure
from pulumi_userplane.cli.probe.findings import UNCLEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.probe.about_creation import ProbedLink
    from pulumi_userplane.cli.probe.exchange import Reply
    from pulumi_userplane.cli.probe.session import Session

_SHOWN_AS = {"linkProviderRef": "linkProviderReference"}
_PROVIDER_TYPES = ("zendesk", "intercom")
_TEXTS = {"linkTitle": "pulumi-userplane probe", "linkProviderId": "probe", "linkProviderRef": "probe"}
_MAP = {"kept": "1", "changed": "old"}
_CHANGED_MAP = {"changed": "new", "added": "2"}
_VALUES: dict[str, Any] = {"text": "1", "number": 5, "truth": True, "list": [1], "map": {"a": "b"}}
_LENGTHS = (
    ("title_length", "linkTitle", TITLE_LIMIT),
    ("provider_id_length", "linkProviderId", PROVIDER_ID_LIMIT),
    ("reference_length", "linkProviderRef", PROVIDER_REF_LIMIT),
)
_NOT_KEPT = "the server keeps no map"
_CLEARS_ALL = "a PUT clears each field that it leaves out"


def ask_fields(session: Session, probed: ProbedLink, title_word: str) -> None:
    """Sets the texts with white space around them, and the other fields; asks whether the reference is kept."""
    before = probed.link
    types = (name for name in _PROVIDER_TYPES if name != before.get("linkProviderType"))
    sent = {
        "linkTitle": f" {title_word} of pulumi-userplane probe ",
        "linkReusable": before.get("linkReusable") is not True,
        "linkProviderType": next(types),
        "linkProviderId": " probe ",
    }
    reply, findings = _update(session, probed, sent), session.findings
    if reply.link is None:
        _skip(session, reply, "updated_status", "trim_text", "reference_after_update")
        return
    findings.see("updated_status", reply.status)
    _see_ignored(session, before, reply.link, sent)
    kept = {"linkTitle", "linkProviderId"} - session.ignored
    stored = [(sent[name], reply.link.get(name)) for name in kept]
    if (trimming := _describe_trimming(stored)) is None:
        findings.skip("trim_text", "the server drops texts")
    else:
        findings.see("trim_text", trimming)
    if before.get("linkProviderReference") is None:
        findings.skip("reference_after_update", "the link has no reference")
    else:
        references = before["linkProviderReference"], reply.link.get("linkProviderReference")
        is_kept = references[0] == references[1]
        findings.see("reference_after_update", "keep" if is_kept else "clear" if not references[1] else UNCLEAR)


def ask_map(session: Session, probed: ProbedLink) -> None:
    """Asks about the map: its name, merging, values, null and {}; and whether a PUT keeps what it leaves out."""
    _ask_left_out(session, probed)
    _ask_merging(session, probed)
    if probed.map_name is None:
        _conclude_without_map(session, probed)
        return
    _ask_values(session, probed, probed.map_name)
    _ask_clearing_map(session, probed, "null_meta", {probed.map_name: None})
    # The texts are there when they are cleared next, even if a PUT clears what it leaves out.
    _ask_clearing_map(session, probed, "empty_meta", {probed.map_name: {}, **_TEXTS})


def _conclude_without_map(session: Session, probed: ProbedLink) -> None:
    """Records that the server drops the map under each name that it may have."""
    for unknown in ("meta_returned_as", "meta_update", "meta_values", "null_meta", "empty_meta"):
        session.findings.skip(unknown, _NOT_KEPT)
    if probed.map_candidates or probed.shown_map_name is None:
        session.findings.skip("meta_key", _NOT_KEPT)
    else:
        session.findings.see("meta_key", probed.shown_map_name)
        session.ignored.add(probed.shown_map_name)


def ask_clearing(session: Session, probed: ProbedLink) -> None:
    """Asks what null and "" do to a text, and what a field does that does not exist."""
    _ask_clearing(session, probed, "null_text", {**_TEXTS, "linkTitle": None})
    _ask_clearing(session, probed, "empty_text", {"linkProviderId": "", "linkProviderRef": ""})
    reply = _update(session, probed, {"linkTitle": "pulumi-userplane probe", "probeOfUnknownField": "1"})
    if reply.is_refusal:
        session.findings.see("unknown_fields", "refuse")
    elif reply.link is None:
        _skip(session, reply, "unknown_fields")
    else:
        session.findings.see("unknown_fields", "drop")


def ask_lengths(session: Session, probed: ProbedLink) -> None:
    """Sets texts of the documented lengths, then each with one character more; or each alone if they are refused."""
    reply = _update(session, probed, {name: _make_text(length) for _, name, length in _LENGTHS})
    excess = 0 if reply.is_refusal else 1
    for unknown, name, length in _LENGTHS:
        if name in session.ignored:
            session.findings.skip(unknown, "the server drops the field")
        else:
            _ask_length(session, probed, unknown, name, length + excess, is_above=bool(excess))


def _ask_left_out(session: Session, probed: ProbedLink) -> None:
    before, name = probed.link, probed.map_name or probed.map_candidates[0]
    reply = _update(session, probed, {"linkProviderRef": "probe", name: _MAP})
    if reply.link is None:
        _skip(session, reply, "left_out")
        return
    _see_ignored(session, before, reply.link, {"linkProviderRef": "probe"})
    see_map(session, probed, name, reply.link, _MAP)
    titles = before.get("linkTitle"), reply.link.get("linkTitle")
    if not titles[0]:
        session.findings.skip("left_out", "the link has no title that a PUT could leave out")
    elif titles[1]:
        session.findings.see("left_out", "keep" if titles[0] == titles[1] else UNCLEAR)
    else:
        session.findings.see("left_out", "clear")
        session.findings.forget("reference_after_update", _CLEARS_ALL)


def _ask_merging(session: Session, probed: ProbedLink) -> None:
    """Sends another map; or, if the server has kept none yet, a map under the remaining name."""
    before, name = probed.read_map(), probed.map_name
    if name is None and not probed.map_candidates:
        return
    sent = _CHANGED_MAP if name else _MAP
    reply = _update(session, probed, {name or probed.map_candidates[0]: sent})
    if name is None:
        session.findings.skip("meta_update", "the name of the map took the request")
        if reply.link is not None:
            see_map(session, probed, probed.map_candidates[0], reply.link, sent)
    elif reply.link is None:
        _skip(session, reply, "meta_update")
    else:
        merged = {**before, **sent} if isinstance(before, dict) else None
        stored = read_map(reply.link)
        session.findings.see("meta_update", "replace" if stored == sent else "merge" if stored == merged else UNCLEAR)


def _ask_values(session: Session, probed: ProbedLink, name: str) -> None:
    reply = _update(session, probed, {name: _VALUES})
    if reply.is_refusal:
        session.findings.see("meta_values", "strings")
    elif reply.link is None:
        _skip(session, reply, "meta_values")
    else:
        session.findings.see("meta_values", _describe_values(read_map(reply.link)))


def _ask_clearing_map(session: Session, probed: ProbedLink, unknown: str, sent: Mapping[str, Any]) -> None:
    before, value = probed.read_map(), sent[probed.map_name or ""]
    reply = _update(session, probed, sent)
    if reply.is_refusal:
        session.findings.see(unknown, "refuse")
    elif reply.link is None:
        _skip(session, reply, unknown)
    elif not before:
        session.findings.skip(unknown, "the map is empty already")
    elif (stored := read_map(reply.link)) == before:
        _see_unchanged_map(session, unknown, value)
    else:
        session.findings.see(unknown, "clear" if stored is None else "keep" if stored == value else UNCLEAR)


def _see_unchanged_map(session: Session, unknown: str, value: object) -> None:
    if value == {} and session.findings.get("meta_update") == "merge":
        session.findings.skip(unknown, "a PUT merges the map, and {} has nothing to merge")
    else:
        session.findings.see(unknown, "ignore")


def _ask_clearing(session: Session, probed: ProbedLink, unknown: str, sent: Mapping[str, str | None]) -> None:
    cleared = {name: value for name, value in sent.items() if not value and name not in session.ignored}
    before = probed.link
    reply = _update(session, probed, sent)
    if reply.is_refusal:
        session.findings.see(unknown, "refuse")
        return
    if reply.link is None:
        _skip(session, reply, unknown)
        return
    pairs = [(before.get(shown), reply.link.get(shown), cleared[name]) for name, shown in _name_shown(cleared)]
    effects = {_describe_clearing(*pair) for pair in pairs if pair[0]}
    if effects:
        session.findings.see(unknown, effects.pop() if len(effects) == 1 else UNCLEAR)
    else:
        session.findings.skip(unknown, "the link has no text that could be cleared")


def _name_shown(fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """Returns the names of fields in a PUT, each with its name in a response."""
    return [(name, _SHOWN_AS.get(name, name)) for name in fields]


def _describe_clearing(before: object, stored: object, value: str | None) -> str:
    if stored is None or (value is None and stored == ""):
        return "clear"
    if stored == "":
        return "keep"
    return "ignore" if stored == before else UNCLEAR


def _ask_length(session: Session, probed: ProbedLink, unknown: str, name: str, length: int, *, is_above: bool) -> None:
    text = _make_text(length)
    reply = _update(session, probed, {name: text})
    if reply.is_refusal:
        session.findings.see(unknown, "documented" if is_above else "shorter")
    elif reply.link is None:
        _skip(session, reply, unknown)
    elif is_above:
        session.findings.see(unknown, describe_length(text, reply.link.get(_SHOWN_AS.get(name, name))))
    else:
        session.findings.skip(unknown, "one of the documented length is taken; a longer one was not tried")


def _update(session: Session, probed: ProbedLink, fields: Mapping[str, Any]) -> Reply:
    reply = session.update(probed.link_id, fields)
    if reply.link is not None:
        probed.link = reply.link
    return reply


def _see_ignored(session: Session, before: dict[str, Any], after: dict[str, Any], sent: Mapping[str, Any]) -> None:
    for name, shown in _name_shown(sent):
        if after.get(shown) == before.get(shown) != sent[name]:
            session.ignored.add(name)


def _describe_trimming(stored: list[tuple[Any, object]]) -> bool | str | None:
    """Returns whether white space was dropped; None if no text was stored."""
    effects = {
        False if value == sent else True if value == sent.strip() else UNCLEAR for sent, value in stored if value
    }
    if not effects:
        return None
    return effects.pop() if len(effects) == 1 else UNCLEAR


def _describe_values(stored: object) -> str:
    if not isinstance(stored, dict):
        return UNCLEAR
    kept = {name: value for name, value in stored.items() if name in _VALUES}
    if kept == _VALUES and kept["truth"] is True:
        return "any"
    if kept.keys() == _VALUES.keys() and all(_is_text_of(kept[name], value) for name, value in _VALUES.items()):
        return "text"
    return "drop" if kept == {"text": "1"} else UNCLEAR


def _is_text_of(stored: object, value: object) -> bool:
    if not isinstance(stored, str):
        return False
    with suppress(ValueError):
        return stored == value or bool(json.loads(stored.lower()) == value)
    return False


def _make_text(length: int) -> str:
    return "pulumi-userplane probe".ljust(length, ".")


def _skip(session: Session, reply: Reply, *unknowns: str) -> None:
    for unknown in unknowns:
        session.findings.skip(unknown, describe_failure(reply))
