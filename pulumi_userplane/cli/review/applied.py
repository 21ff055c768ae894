"""Compares the states before and after an `up`, with its log: what was done to each link, and what went wrong. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.review.applied_model import Applied, LinkResult, OldAddress, ResultKind
from pulumi_userplane.cli.review.field_diff import diff_fields
from pulumi_userplane.cli.review.model import FieldChange, FieldChangeKind, Mask
from pulumi_userplane.cli.review.preview_digest import SECRET
from pulumi_userplane.cli.review.printed_errors import PrintedError
from pulumi_userplane.cli.review.up_log import Named, UpLog, parse_log
from pulumi_userplane.link_types import LINK_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_userplane.cli.stack import Stack
    from pulumi_userplane.recovery.state_reader import Resource


_DONE = {
    ResultKind.REPLACED,
    ResultKind.DELETED,
    ResultKind.CREATED,
    ResultKind.RETAINED,
    ResultKind.ADOPTED,
    ResultKind.RENAMED,
}


def compare(before: Stack, after: Stack, log: str | None, stack: tuple[str, str] | None = None) -> Applied:
    """Returns what an `up` did.

    Args:
        before: The state before it.
        after: The state after it.
        log: What it printed. Without it nothing tells why something failed, or what was changed back.
        stack: Project and stack, where states without a resource don't tell them.

    Raises:
        ConfigurationError: The states are of two stacks, or nothing tells of which.
    """
    up_log = parse_log(log or "")
    named = _name_stack(before, after, stack or up_log.stack)
    comparison = _Comparison(before, after, up_log, has_log=log is not None)
    links = comparison.compare()
    others = [*_list_other_errors(up_log), *_list_other_interruptions(before, after)]
    is_cut_off = log is not None and not up_log.has_ended
    # The states know better than a log that is cut off, or of another run.
    has_begun = log is None or up_log.has_begun or any(link.kind in _DONE for link in links)
    is_interrupted = is_cut_off or any(link.kind is ResultKind.INTERRUPTED for link in links)
    return Applied(
        named,
        tuple(sorted(links, key=lambda link: (list(ResultKind).index(link.kind), link.name, link.type))),
        tuple(others),
        has_failed=is_interrupted or bool(others) or any(link.is_failure for link in links),
        has_begun=has_begun,
        is_interrupted=is_interrupted,
    )


def _name_stack(before: Stack, after: Stack, stack: tuple[str, str] | None) -> tuple[str, str]:
    names = {(state.project, state.name) for state in (before, after) if state.name}
    if len(names) > 1:
        texts = " and ".join(sorted(sanitize("/".join(name)) for name in names))
        raise ConfigurationError(
            f"the states are of two stacks, {texts}",
            next_step="give two exports of one stack to --before and --applied",
        )
    if not names and stack is None:
        raise ConfigurationError(
            "neither state holds a resource, so nothing tells their stack",
            next_step="name it with --stack PROJECT/STACK",
        )
    return names.pop() if names else stack or ("", "")


def _list_other_errors(log: UpLog) -> Iterator[PrintedError]:
    for name, errors in sorted(log.errors.items()):
        if name.type not in LINK_TYPES:
            yield from errors


def _list_other_interruptions(before: Stack, after: Stack) -> Iterator[PrintedError]:
    known = {(kind, resource.urn) for kind, resource in before.pending}
    for kind, resource in after.pending:
        if not resource.is_link and (kind, resource.urn) not in known:
            yield PrintedError(f"the run was interrupted while {kind} it", resource.type, resource.name)


class _Comparison:
    """What the comparison of two states looks up in them."""

    def __init__(self, before: Stack, after: Stack, log: UpLog, *, has_log: bool) -> None:
        self._log = log
        self._knows_updates = has_log and (log.shows_progress or not log.has_begun)
        self._before = [*_list_links(before)]
        self._after = [*_list_links(after)]
        self._looked_up = {resource.id for resource in after.recorded if resource.is_link and resource.external}
        self._current = {link.urn: link for link in self._before if not link.delete}
        self._now = {link.urn: link for link in self._after if not link.delete}
        self._by_name = {_name(link): link for link in self._now.values()}
        self._held = {link.id for link in self._now.values() if not link.pending_replacement}
        self._to_delete = {link.id for link in self._after if link.delete}
        self._pending = [(kind, resource) for kind, resource in after.pending if resource.is_managed_link]

    def compare(self) -> list[LinkResult]:
        found = [*self._compare_current(), *self._compare_removed(), *self._compare_earlier()]
        found += self._list_interrupted(found)
        return [*self._add_errors(found), *self._list_not_reached(found)]

    def _compare_current(self) -> Iterator[LinkResult]:
        """Yields what was done to the links that resources have now."""
        old_names = {link.id: link for link in self._current.values() if not link.pending_replacement}
        for now in self._now.values():
            same_name, same_link = self._current.get(now.urn), old_names.get(now.id)
            if now.pending_replacement:
                yield self._made_room(now, same_name)
            elif same_name is not None and same_name.id != now.id:
                result = self._result(now, ResultKind.REPLACED, same_name.text("link_url"), self._judge(same_name))
                yield replace(result, fields=_diff(same_name, now))
            elif same_name is not None:
                yield from self._compare_kept(same_name, now)
            elif same_link is not None and not self._is_second_name(same_link, now):
                yield from self._compare_kept(same_link, now)
            elif now.import_id or now.inputs.get("adopt"):
                yield self._result(now, ResultKind.ADOPTED, now.text("link_url"), OldAddress.STAYS)
            else:
                yield self._result(now, ResultKind.CREATED, None, OldAddress.NONE)

    def _is_second_name(self, old: Resource, now: Resource) -> bool:
        """Returns whether a link has a new name as well as its old one."""
        still = self._now.get(old.urn)
        return still is not None and still is not now and still.id == now.id

    def _made_room(self, now: Resource, old: Resource | None) -> LinkResult:
        """Returns the result of a link that made room for one that was not created."""
        was_dead = old is None or old.pending_replacement
        address = OldAddress.WAS_DEAD if was_dead else OldAddress.DEAD
        address = OldAddress.STAYS if now.id in self._held else address
        is_interrupted = ("creating", now.urn) in {(kind, resource.urn) for kind, resource in self._pending}
        kind = ResultKind.INTERRUPTED if is_interrupted else ResultKind.FAILED
        result = self._result(now, kind, now.text("link_url"), address)
        return replace(result, new_address=None, pending="creating")

    def _compare_kept(self, old: Resource, now: Resource) -> Iterator[LinkResult]:
        paths = self._log.updated.get(_name(now), ())
        is_updated = _name(now) in self._log.updated or not self._knows_updates
        fields = _diff(old, now) if is_updated else ()
        changed = {change.path.partition(".")[0] for change in fields}
        unseen = [path for path in paths if path in diff.PUT_FIELDS and path not in changed]
        secret = {path for path in unseen if SECRET in json.dumps(_hide(now.inputs.get(path)))}
        fields += tuple(FieldChange(path, FieldChangeKind.CHANGED, Mask.SECRET, Mask.SECRET) for path in sorted(secret))
        put_back = tuple(path for path in unseen if path not in secret)
        if fields or put_back or old.urn != now.urn:
            kind = ResultKind.UPDATED if (fields or put_back) else ResultKind.RENAMED
            result = self._result(now, kind, old.text("link_url"), OldAddress.STAYS)
            renamed_from = old.name if old.name != now.name else None
            yield replace(result, fields=fields, put_back=put_back, renamed_from=renamed_from)

    def _compare_removed(self) -> Iterator[LinkResult]:
        """Yields what happened to links whose resource is no longer there."""
        new = self._list_new()
        for old in self._current.values():
            if old.urn in self._now or old.id in self._held:
                continue
            address = self._judge(old)
            kept = {OldAddress.UNMANAGED: ResultKind.RETAINED, OldAddress.UNDELETED: ResultKind.FAILED}
            result = self._result(old, kept.get(address, ResultKind.DELETED), old.text("link_url"), address)
            # Probably the program calls it so now.
            successors = new.get(_declaration(old))
            yield replace(result, successor=successors.pop(0) if successors else None)

    def _list_new(self) -> dict[str, list[str]]:
        """Returns the names of the links that are new, by what they declare."""
        known = {link.id for link in self._before}
        names: dict[str, list[str]] = {}
        for urn, now in self._now.items():
            if urn not in self._current and now.id not in known:
                names.setdefault(_declaration(now), []).append(now.name)
        return names

    def _compare_earlier(self) -> Iterator[LinkResult]:
        """Yields what happened to the old links of earlier replacements."""
        for old in self._before:
            if not old.delete or old.pending_replacement or old.id in self._held:
                continue
            address = self._judge(old)
            kind = ResultKind.FAILED if address is OldAddress.UNDELETED else ResultKind.DELETED
            result = self._result(old, kind, old.text("link_url"), address)
            yield replace(result, is_from_earlier_replacement=True)

    def _judge(self, old: Resource) -> OldAddress:
        """Returns what happened to the address of a link that its resource no longer has."""
        if old.id in self._to_delete:
            return OldAddress.UNDELETED
        if old.pending_replacement or self._was_deleted_outside(old):
            return OldAddress.WAS_DEAD
        if old.id in self._held:
            return OldAddress.STAYS
        if old.retain_on_delete or old.id in self._looked_up:
            return OldAddress.UNMANAGED
        return OldAddress.UNKNOWN if old.deleted_with else OldAddress.DEAD

    def _was_deleted_outside(self, old: Resource) -> bool:
        is_created_alone = old.urn in self._now and not old.delete and _name(old) in self._log.created
        return is_created_alone or self._log.was_deleted_outside(old.id)

    def _list_interrupted(self, found: Iterable[LinkResult]) -> Iterator[LinkResult]:
        urns = {result.urn for result in found}
        for kind, resource in self._pending:
            now = self._now.get(resource.urn)
            old = self._current.get(resource.urn)
            # Pulumi keeps the entry of a creation after an `up` that completed it.
            is_over = kind == "creating" and now is not None and (old is None or old.id != now.id)
            if resource.urn in urns or is_over:
                continue
            works = OldAddress.NONE if now is None else OldAddress.STAYS
            works = OldAddress.UNKNOWN if kind == "deleting" else works
            address = None if now is None else now.text("link_url")
            yield replace(self._result(now or resource, ResultKind.INTERRUPTED, address, works), pending=kind)

    def _add_errors(self, found: list[LinkResult]) -> Iterator[LinkResult]:
        """Yields the results with what went wrong, and one for each link to which nothing else happened."""
        errors = {name: lines for name, lines in self._log.errors.items() if name.type in LINK_TYPES}
        for result in sorted(found, key=lambda result: not result.is_failure):
            lines = errors.pop(Named(result.type, result.name), ())
            yield replace(result, errors=lines) if lines else result
        for name, lines in errors.items():
            yield replace(self._untouched(name, ResultKind.FAILED), errors=lines, pending=self._log.failed.get(name))

    def _list_not_reached(self, found: Iterable[LinkResult]) -> Iterator[LinkResult]:
        if not self._log.has_begun or not (self._log.errors or self._pending or not self._log.has_ended):
            return
        told = {Named(result.type, result.name) for result in found} | self._log.errors.keys() | self._log.done
        for name in self._log.planned - told:
            yield self._untouched(name, ResultKind.NOT_REACHED)

    def _untouched(self, name: Named, kind: ResultKind) -> LinkResult:
        """Returns the result of a link to which nothing was done."""
        now = self._by_name.get(name)
        if now is None:
            return LinkResult(name.type, name.name, kind)
        return self._result(now, kind, now.text("link_url"), OldAddress.STAYS)

    def _result(self, link: Resource, kind: ResultKind, old_address: str | None, old: OldAddress) -> LinkResult:
        return LinkResult(
            link.type,
            link.name,
            kind,
            urn=link.urn,
            title=link.text("link_title"),
            old_address=old_address,
            old=old,
            new_address=link.text("link_url") if link.id in self._held else None,
            link_id=link.id or None,
        )


def _list_links(stack: Stack) -> Iterator[Resource]:
    return (resource for resource in stack.recorded if resource.is_link and resource.id and not resource.external)


def _name(resource: Resource) -> Named:
    return Named(resource.type, resource.name)


def _declaration(link: Resource) -> str:
    return json.dumps({key: value for key, value in link.inputs.items() if key != "mark"}, sort_keys=True)


def _diff(old: Resource, now: Resource) -> tuple[FieldChange, ...]:
    return diff_fields(_hide(old.inputs), _hide(now.inputs), outputs=_hide(old.outputs))


def _hide(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns a value of a state as a preview shows it; an export has secrets encrypted, or in plaintext if asked."""
    if isinstance(value, dict):
        return SECRET if diff.RESERVED & value.keys() else {key: _hide(inner) for key, inner in value.items()}
    return [_hide(inner) for inner in value] if isinstance(value, list) else value
