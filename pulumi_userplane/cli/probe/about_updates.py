"""Asks what a PUT does with each field: sets, clears, trims, merges, cuts or drops it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.constants import PROVIDER_ID_LIMIT, PROVIDER_REF_LIMIT, TITLE_LIMIT
from pulumi_userplane.cli.probe.about_creation import describe_length, read_map, record_map
from pulumi_userplane.cli.probe.exchange import describe_failure
from pulumi_userplane.cli.probe.findings import UNCLEAR
from pulumi_userplane.cli.probe.proofs import PROBE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.probe.about_creation import ProbedLink
    from pulumi_userplane.cli.probe.context import ProbeContext
    from pulumi_userplane.cli.probe.exchange import Reply

_SHOWN_AS = {"linkProviderRef": "linkProviderReference"}
_PROVIDER_TYPES = ("zendesk", "intercom")
_TEXTS = {"linkTitle": PROBE, "linkProviderId": "probe", "linkProviderRef": PROBE}
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


def ask_fields(context: ProbeContext, probed: ProbedLink, title_word: str) -> None:
    """Sets the texts with white space around them, and the other fields; asks whether the reference is kept."""
    before = probed.link
    types = (name for name in _PROVIDER_TYPES if name != before.get("linkProviderType"))
    sent = {
        "linkTitle": f" {title_word} of {PROBE} ",
        "linkReusable": before.get("linkReusable") is not True,
        "linkProviderType": next(types),
        "linkProviderId": " probe ",
    }
    reply, findings = _update(context, probed, sent), context.findings
    if reply.link is None:
        _skip(context, reply, "updated_status", "trim_text", "reference_after_update")
        return
    _record_ignored(context, before, reply.link, sent)
    kept = {"linkTitle", "linkProviderId"} - context.ignored
    stored = [(sent[name], reply.link.get(name)) for name in kept]
    if (trimming := _describe_trimming(stored)) is None:
        findings.skip("trim_text", "the server drops texts")
    else:
        findings.record("trim_text", trimming)
    if before.get("linkProviderReference") is None:
        findings.skip("reference_after_update", "the link has no reference")
    else:
        references = before["linkProviderReference"], reply.link.get("linkProviderReference")
        is_kept = references[0] == references[1]
        findings.record("reference_after_update", "keep" if is_kept else "clear" if not references[1] else UNCLEAR)


def ask_map(context: ProbeContext, probed: ProbedLink) -> None:
    """Asks about the map: its name, merging, values, null and {}; and whether a PUT keeps what it leaves out."""
    _ask_left_out(context, probed)
    _ask_merging(context, probed)
    if probed.map_name is None:
        _conclude_without_map(context, probed)
        return
    _ask_values(context, probed, probed.map_name)
    _ask_clearing_map(context, probed, "null_meta", {probed.map_name: None})
    # The texts are there when they are cleared next, even if a PUT clears what it leaves out.
    _ask_clearing_map(context, probed, "empty_meta", {probed.map_name: {}, **_TEXTS})


def _conclude_without_map(context: ProbeContext, probed: ProbedLink) -> None:
    """Records that the server drops the map under each name that it may have."""
    for unknown in ("meta_returned_as", "meta_update", "meta_values", "null_meta", "empty_meta"):
        context.findings.skip(unknown, _NOT_KEPT)
    if probed.map_candidates or probed.shown_map_name is None:
        context.findings.skip("meta_key", _NOT_KEPT)
    else:
        context.findings.record("meta_key", probed.shown_map_name)
        context.ignored.add(probed.shown_map_name)


def ask_clearing(context: ProbeContext, probed: ProbedLink) -> None:
    """Asks what null and "" do to a text, and what a field does that does not exist."""
    _ask_clearing(context, probed, "null_text", {**_TEXTS, "linkTitle": None})
    _ask_clearing(context, probed, "empty_text", {"linkProviderId": "", "linkProviderRef": ""})
    reply = _update(context, probed, {"linkTitle": PROBE, "probeOfUnknownField": "1"})
    if reply.is_refusal:
        _record_refusal(context, "unknown_fields", "refuse")
    elif reply.link is None:
        _skip(context, reply, "unknown_fields")
    else:
        context.findings.record("unknown_fields", "drop")


def ask_lengths(context: ProbeContext, probed: ProbedLink) -> None:
    """Sets texts of the documented lengths, then each with one character more; or each alone if they are refused."""
    reply = _update(context, probed, {name: _make_text(length) for _, name, length in _LENGTHS})
    excess = 0 if reply.is_refusal else 1
    for unknown, name, length in _LENGTHS:
        if name in context.ignored:
            context.findings.skip(unknown, "the server drops the field")
        else:
            _ask_length(context, probed, unknown, name, length + excess, is_above=bool(excess))


def _ask_left_out(context: ProbeContext, probed: ProbedLink) -> None:
    before, name = probed.link, probed.map_name or probed.map_candidates[0]
    reply = _update(context, probed, {"linkProviderRef": PROBE, name: _MAP})
    if reply.is_refusal:
        probed.drop_candidate(name)
    if reply.link is None:
        _skip(context, reply, "left_out")
        return
    _record_ignored(context, before, reply.link, {"linkProviderRef": PROBE})
    record_map(context, probed, name, reply.link, _MAP)
    titles = before.get("linkTitle"), reply.link.get("linkTitle")
    if not titles[0]:
        context.findings.skip("left_out", "the link has no title that a PUT could leave out")
    elif titles[1]:
        context.findings.record("left_out", "keep" if titles[0] == titles[1] else UNCLEAR)
    else:
        context.findings.record("left_out", "clear")
        context.findings.forget("reference_after_update", _CLEARS_ALL)


def _ask_merging(context: ProbeContext, probed: ProbedLink) -> None:
    """Sends another map; or, if the server has kept none yet, a map under the remaining name."""
    before = probed.read_map()
    if probed.map_name is None:
        if probed.map_candidates:
            context.findings.skip("meta_update", "the name of the map took the request")
            _ask_other_name(context, probed, probed.map_candidates[0])
        return
    reply = _update(context, probed, {probed.map_name: _CHANGED_MAP})
    if reply.link is None:
        _skip(context, reply, "meta_update")
        return
    merged = {**before, **_CHANGED_MAP} if isinstance(before, dict) else None
    stored = read_map(reply.link)
    effect = "replace" if stored == _CHANGED_MAP else "merge" if stored == merged else UNCLEAR
    context.findings.record("meta_update", effect)


def _ask_other_name(context: ProbeContext, probed: ProbedLink, name: str) -> None:
    reply = _update(context, probed, {"linkProviderRef": PROBE, name: _MAP})
    if reply.link is not None:
        record_map(context, probed, name, reply.link, _MAP)
    elif reply.is_refusal:
        probed.drop_candidate(name)


def _ask_values(context: ProbeContext, probed: ProbedLink, name: str) -> None:
    reply = _update(context, probed, {name: _VALUES})
    if reply.is_refusal:
        _record_refusal(context, "meta_values", "strings")
    elif reply.link is None:
        _skip(context, reply, "meta_values")
    else:
        context.findings.record("meta_values", _describe_values(read_map(reply.link)))


def _ask_clearing_map(context: ProbeContext, probed: ProbedLink, unknown: str, sent: Mapping[str, Any]) -> None:
    before, value = probed.read_map(), sent[probed.map_name or ""]
    reply = _update(context, probed, sent)
    if reply.is_refusal:
        _record_refusal(context, unknown, "refuse")
    elif reply.link is None:
        _skip(context, reply, unknown)
    elif not before:
        context.findings.skip(unknown, "the map is empty already")
    elif (stored := read_map(reply.link)) == before:
        _record_unchanged_map(context, unknown, value)
    else:
        context.findings.record(unknown, "clear" if stored is None else "keep" if stored == value else UNCLEAR)


def _record_unchanged_map(context: ProbeContext, unknown: str, value: object) -> None:
    if value == {} and context.findings.get("meta_update") == "merge":
        context.findings.skip(unknown, "a PUT merges the map, and {} has nothing to merge")
    else:
        context.findings.record(unknown, "ignore")


def _ask_clearing(context: ProbeContext, probed: ProbedLink, unknown: str, sent: Mapping[str, str | None]) -> None:
    cleared = {name: value for name, value in sent.items() if not value and name not in context.ignored}
    before = probed.link
    reply = _update(context, probed, sent)
    if reply.is_refusal:
        _record_refusal(context, unknown, "refuse")
        return
    if reply.link is None:
        _skip(context, reply, unknown)
        return
    pairs = [(before.get(shown), reply.link.get(shown), cleared[name]) for name, shown in _name_shown(cleared)]
    effects = {_describe_clearing(*pair) for pair in pairs if pair[0]}
    if effects:
        context.findings.record(unknown, effects.pop() if len(effects) == 1 else UNCLEAR)
    else:
        context.findings.skip(unknown, "the link has no text that could be cleared")


def _name_shown(fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """Returns the names of fields in a PUT, each with its name in a response."""
    return [(name, _SHOWN_AS.get(name, name)) for name in fields]


def _describe_clearing(before: object, stored: object, value: str | None) -> str:
    if stored is None or (value is None and stored == ""):
        return "clear"
    if stored == "":
        return "keep"
    return "ignore" if stored == before else UNCLEAR


def _ask_length(
    context: ProbeContext, probed: ProbedLink, unknown: str, name: str, length: int, *, is_above: bool
) -> None:
    text = _make_text(length)
    reply = _update(context, probed, {name: text})
    if reply.is_refusal:
        _record_refusal(context, unknown, "documented" if is_above else "shorter")
    elif reply.link is None:
        _skip(context, reply, unknown)
    elif is_above:
        context.findings.record(unknown, describe_length(text, reply.link.get(_SHOWN_AS.get(name, name))))
    else:
        context.findings.skip(unknown, "one of the documented length is taken; a longer one was not tried")


def _update(context: ProbeContext, probed: ProbedLink, fields: Mapping[str, Any]) -> Reply:
    reply = context.update(probed.link_id, fields)
    if reply.link is not None:
        probed.link = reply.link
        context.findings.record("updated_status", reply.status)
    return reply


def _record_ignored(
    context: ProbeContext, before: dict[str, Any], after: dict[str, Any], sent: Mapping[str, Any]
) -> None:
    for name, shown in _name_shown(sent):
        if after.get(shown) == before.get(shown) != sent[name]:
            context.ignored.add(name)


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
    with suppress(ValueError, RecursionError):
        return stored == value or bool(json.loads(stored.lower()) == value)
    return False


def _make_text(length: int) -> str:
    return PROBE.ljust(length, ".")


def _record_refusal(context: ProbeContext, unknown: str, value: str) -> None:
    """Records what a refused PUT tells: nothing, as long as the server has refused all."""
    if context.findings.get("updated_status") is None:
        context.findings.skip(unknown, "the server has refused every PUT")
    else:
        context.findings.record(unknown, value)


def _skip(context: ProbeContext, reply: Reply, *unknowns: str) -> None:
    for unknown in unknowns:
        context.findings.skip(unknown, describe_failure(reply))
