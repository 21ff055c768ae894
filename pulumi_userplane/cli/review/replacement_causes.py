"""Finds why a link is replaced: by which properties and options, or after which resource. `phrases.py` words it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.field_diff import live_value
from pulumi_userplane.cli.review.model import FieldChange, FieldChangeKind, Mask
from pulumi_userplane.cli.review.preview_digest import has_unknown, mask, plain_text
from pulumi_userplane.diff import LOCATION_KEYS, PUT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from pulumi_userplane.cli.review.preview_digest import Digest, State, Step

_PATH_PART = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[]+)')
"""One part of a path: `["a.b"]`, `[0]`, `name`."""
_REASON_OPTIONS = frozenset({"replacement_trigger", "replace_with", "deleted_with"})
"""The resource options that are a reason by themselves."""
_PENDING = "pending_replacement"
"""The only reason where nothing has changed since an earlier `up` deleted the resource and created no new one."""
_NOT_PROPERTIES = frozenset({"provider", "id", "taint", _PENDING})


@dataclass(frozen=True)
class Explanation:
    """Why a resource is replaced.

    Attributes:
        reasons: The properties and options that cause it; `provider` and `id` are the engine's words for another
            provider and for a replacement that was requested for this run.
        options: By the reason, the resource option by which the program asks for it.
        replaced_first: The names of the resources whose replacement is one of the reasons.
        changed_trigger: The change of `replacement_trigger`, if there is one.
        is_uncertain: Whether it may turn out that nothing is replaced.
        is_already_deleted: Whether an earlier `up` deleted the resource and created no new one.
    """

    reasons: tuple[str, ...]
    options: Mapping[str, str]
    replaced_first: tuple[str, ...]
    changed_trigger: tuple[FieldChange, ...]
    is_uncertain: bool
    is_already_deleted: bool


@dataclass(frozen=True)
class _Cause:
    """What is known of one reason.

    Attributes:
        is_certain: Whether it holds whatever `up` finds out; otherwise it holds if one of the resources is replaced for
            certain.
        urns: The replaced resources behind it.
    """

    is_certain: bool = True
    urns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replacements:
    """All that a preview replaces.

    Attributes:
        steps: The replacements by their URNs, in the program and in the state.
        reasons_of_parts: The reasons that the preview names at a part of a replacement.
        already_deleted: The resources that an earlier `up` deleted and did not create again.
    """

    steps: Mapping[str, Step]
    reasons_of_parts: Mapping[str, tuple[str, ...]]
    already_deleted: frozenset[str]

    @classmethod
    def find(cls, preview: Digest) -> Replacements:
        """Returns the replacements of a preview."""
        replaced = [step for step in preview.planned if step.op == "replace"]
        return cls(
            {urn: step for step in replaced for urn in (step.urn, *([step.old.urn] if step.old else []))},
            {
                step.urn: tuple(step.replace_reasons)
                for step in preview.planned
                if step.op == "create-replacement" and step.replace_reasons
            },
            frozenset(_find_already_deleted(preview)),
        )

    def explain(self, step: Step) -> Explanation:
        """Returns why a resource is replaced.

        The engine names no reason where `replacement_trigger` changes, for a part of `meta`, and for a resource that
        makes room for another replacement (`delete_before_replace`). Where it does not ask the provider, it does not
        tell that the location changes as well.
        """
        causes = self._find_causes(step)
        return Explanation(
            tuple(sorted(causes)),
            {reason: option for reason in sorted(causes) if (option := _option_for(reason, step))},
            tuple(sorted({self.steps[urn].name for cause in causes.values() for urn in cause.urns})),
            tuple(_diff_trigger(step)),
            is_uncertain=step.urn not in self._certain,
            is_already_deleted=step.urn in self.already_deleted or _PENDING in causes,
        )

    @cached_property
    def _certain(self) -> set[str]:
        """The URNs of what is replaced for certain; one that follows another is as certain as that one."""
        causes_by_urn = {urn: self._find_causes(step).values() for urn, step in self.steps.items()}
        certain = {
            urn for urn, causes in causes_by_urn.items() if not causes or any(cause.is_certain for cause in causes)
        }
        while more := {
            urn
            for urn, causes in causes_by_urn.items()
            if urn not in certain and not all(certain.isdisjoint(cause.urns) for cause in causes)
        }:
            certain |= more
        return certain

    def _find_causes(self, step: Step) -> dict[str, _Cause]:
        causes = dict([*self._find_named_causes(step), *_find_trigger(step)])
        if not causes and step.old is not None:
            causes = dict(self._find_followed(step, step.old))
        causes |= {key: _Cause() for key in _find_changed_location(step)}
        if not causes and step.old is not None and step.old.pending_replacement:
            causes = {_PENDING: _Cause()}
        return causes

    def _find_named_causes(self, step: Step) -> Iterator[tuple[str, _Cause]]:
        """Yields what the engine names, and the parts of a property, for which it names nothing."""
        named = step.replace_reasons or []
        for key in [*named, *(path for path in step.replacing_paths if _root_of(path) not in named)]:
            if key == "replaceWith":
                yield "replace_with", self._cause_from(step.new.replace_with if step.new else [])
            elif key == "deletedWith":
                yield "deleted_with", self._cause_from([step.new.deleted_with] if step.new else [])
            elif key == "id":
                yield "taint" if step.old and step.old.taint else "id", _Cause()
            else:
                yield key, _Cause(is_certain=not step.new or _value_at(step.new.inputs, key) is not Mask.UNKNOWN)

    def _find_followed(self, step: Step, old: State) -> Iterator[tuple[str, _Cause]]:
        """Yields why a resource is deleted to make room for another replacement, whatever its own values will be."""
        for key in self.reasons_of_parts.get(step.urn, ()):
            yield key, _Cause()
        for key, urns in old.property_dependencies.items():
            if replaced := self._select_replaced(urns or ()):
                yield key, _Cause(urns=replaced)
        if self._select_replaced([old.provider.rpartition("::")[0]]):
            yield "provider", _Cause()
        for option, urns in (("replace_with", old.replace_with), ("deleted_with", [old.deleted_with])):
            if self._select_replaced(urns):
                yield option, self._cause_from(urns)

    def _cause_from(self, urns: Iterable[str]) -> _Cause:
        replaced = self._select_replaced(urns)
        return _Cause(is_certain=not replaced, urns=replaced)

    def _select_replaced(self, urns: Iterable[str]) -> tuple[str, ...]:
        return tuple(urn for urn in urns if urn in self.steps)


def _find_already_deleted(preview: Digest) -> Iterator[str]:
    """Yields the URNs of what is created again without being deleted first; a deletion of now marks its state alike."""
    created = {step.urn for step in preview.planned if step.op == "create-replacement"}
    deleted = {step.urn for step in preview.planned if step.op == "delete-replaced"}
    were_pending = {step.urn for step in preview.steps if step.is_refresh and step.old and step.old.pending_replacement}
    for step in preview.planned:
        if step.op == "replace" and step.old is not None and step.old.pending_replacement:
            urns = {*step.recorded_urns}
            if (step.urn in created and deleted.isdisjoint(urns)) or not were_pending.isdisjoint(urns):
                yield step.urn


def _find_trigger(step: Step) -> Iterator[tuple[str, _Cause]]:
    if step.changed_trigger:
        yield "replacement_trigger", _Cause(is_certain=not any(map(has_unknown, step.changed_trigger)))


def _diff_trigger(step: Step) -> Iterator[FieldChange]:
    if step.changed_trigger:
        before, after = (Mask.ABSENT if value is None else mask(value) for value in step.changed_trigger)
        yield FieldChange("replacement_trigger", FieldChangeKind.CHANGED, before, after)


def _find_changed_location(step: Step) -> Iterator[str]:
    """Yields the parts of the location that change for certain."""
    if step.old is None or step.new is None or not step.is_of_link:
        return
    for key in LOCATION_KEYS:
        recorded = plain_text(step.old.inputs.get(key)) or plain_text(live_value(step.old.outputs, key))
        declared = plain_text(step.new.inputs.get(key))
        if recorded and declared and recorded != declared:
            yield key


def _option_for(reason: str, step: Step) -> str | None:
    """Returns the resource option by which the program asks for a replacement for this reason, if there is one."""
    if reason in _REASON_OPTIONS:
        return reason
    if reason in {*LOCATION_KEYS, *_NOT_PROPERTIES}:
        return None
    declared = {_root_of(path) for state in (step.old, step.new) if state for path in state.replace_on_changes}
    # Nothing else replaces a link for one of its fields.
    is_requested = not declared.isdisjoint({"*", _root_of(reason)}) or _root_of(reason) in PUT_FIELDS
    return "replace_on_changes" if is_requested else None


def _root_of(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _value_at(inputs: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON
    value: Any = inputs
    for quoted, index, name in _PATH_PART.findall(path):
        if isinstance(value, dict):
            value = value.get(quoted or index or name)
        elif isinstance(value, list) and index:
            value = value[int(index)] if int(index) < len(value) else None
    return mask(value)
