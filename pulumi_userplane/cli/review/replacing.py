"""Why a link is replaced: the properties and options that ask for it, or what is replaced with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.field_diff import PLACES, at_place, holds_unknown, masked, text
from pulumi_userplane.cli.review.model import Mask
from pulumi_userplane.diff import PUT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from pulumi_userplane.cli.review.digest import Digest, State, Step

_STEP_INTO = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[]+)')
"""One part of a path: `["a.b"]`, `[0]`, `name`."""
_OPTIONS = frozenset({"replacement_trigger", "replace_with", "deleted_with"})
"""Those that are a reason by themselves."""
_PENDING = "pending_replacement"
"""The only reason where nothing has changed since an earlier `up` deleted the resource and made no new one."""
_NO_PROPERTIES = frozenset({"provider", "id", "taint", _PENDING})


@dataclass(frozen=True)
class Why:
    """The reasons for one replacement.

    Attributes:
        reasons: The properties that ask for it, and the options that do so themselves; `provider` and `id` are the
            engine's words for another provider and for a replacement that was asked for by hand.
        options: By the reasons for which the program asks by a resource option, its name.
        replaced_first: The names of the resources that are replaced before, and that some of those come from.
        is_uncertain: Whether it may turn out that nothing is replaced.
        is_already_deleted: Whether an earlier `up` has deleted the resource and not made it anew.
    """

    reasons: tuple[str, ...]
    options: Mapping[str, str]
    replaced_first: tuple[str, ...]
    is_uncertain: bool
    is_already_deleted: bool


@dataclass(frozen=True)
class _Cause:
    """One reason.

    Attributes:
        is_certain: Whether it holds whatever comes out while `up` runs; otherwise it does if one of the resources is
            replaced for certain.
        urns: The replaced resources behind it.
    """

    is_certain: bool = True
    urns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replacements:
    """All that a preview replaces.

    Attributes:
        steps: The replacements by their URNs, in the program and in the state.
        reasons_of_parts: The reasons that stand at a part of a replacement.
        already_deleted: The resources that an earlier `up` has deleted and not made anew.
    """

    steps: Mapping[str, Step]
    reasons_of_parts: Mapping[str, tuple[str, ...]]
    already_deleted: frozenset[str]

    @classmethod
    def of(cls, preview: Digest) -> Replacements:
        """Returns the replacements of a preview."""
        replaced = [step for step in preview.planned if step.op == "replace"]
        return cls(
            {urn: step for step in replaced for urn in (step.urn, *([step.old.urn] if step.old else []))},
            {
                step.urn: tuple(step.replace_reasons)
                for step in preview.planned
                if step.op == "create-replacement" and step.replace_reasons
            },
            frozenset(_already_deleted(preview)),
        )

    def why(self, step: Step) -> Why:
        """Returns why a resource is replaced.

        The engine names no reason where `replacement_trigger` changes, for a part of `meta`, and for a resource that
        makes room for another replacement (`delete_before_replace`). Where it does not ask the provider, it does not
        tell that the place changes as well.
        """
        causes = self._causes(step)
        return Why(
            tuple(sorted(causes)),
            {reason: option for reason in sorted(causes) if (option := _option(reason, step))},
            tuple(sorted({self.steps[urn].name for cause in causes.values() for urn in cause.urns})),
            is_uncertain=step.urn not in self._certain,
            is_already_deleted=step.urn in self.already_deleted or _PENDING in causes,
        )

    @cached_property
    def _certain(self) -> set[str]:
        """The URNs of what is replaced for certain; a resource that is replaced with another one as certainly as it."""
        causes = {urn: self._causes(step).values() for urn, step in self.steps.items()}
        certain = {urn for urn, found in causes.items() if not found or any(each.is_certain for each in found)}
        while more := {
            urn
            for urn, found in causes.items()
            if urn not in certain and not all(certain.isdisjoint(each.urns) for each in found)
        }:
            certain |= more
        return certain

    def _causes(self, step: Step) -> dict[str, _Cause]:
        causes = dict([*self._told(step), *_triggered(step)])
        if not causes and step.old is not None:
            causes = dict(self._followed(step, step.old))
        causes |= {place: _Cause() for place in _moved(step)}
        if not causes and step.old is not None and step.old.pending_replacement:
            causes = {_PENDING: _Cause()}
        return causes

    def _told(self, step: Step) -> Iterator[tuple[str, _Cause]]:
        """What the engine names, and the parts of a property, for which it names nothing."""
        told = step.replace_reasons or []
        for key in [*told, *(path for path in step.replacing_paths if _head(path) not in told)]:
            if key == "replaceWith":
                yield "replace_with", self._with(step.new.replace_with if step.new else [])
            elif key == "deletedWith":
                yield "deleted_with", self._with([step.new.deleted_with] if step.new else [])
            elif key == "id":
                # A link that this machine has just made, and that no run has looked at since, is taken up once.
                yield "taint" if step.old and step.old.taint else "id", _Cause(is_certain=not step.is_of_link)
            else:
                yield key, _Cause(is_certain=not step.new or _value_at(step.new.inputs, key) is not Mask.UNKNOWN)

    def _followed(self, step: Step, old: State) -> Iterator[tuple[str, _Cause]]:
        """Why a resource is deleted to make room for another replacement, whatever its own values turn out to be."""
        for key in self.reasons_of_parts.get(step.urn, ()):
            yield key, _Cause()
        for key, urns in old.property_dependencies.items():
            if replaced := self._replaced(urns or ()):
                yield key, _Cause(urns=replaced)
        if self._replaced([old.provider.rpartition("::")[0]]):
            yield "provider", _Cause()
        for option, urns in (("replace_with", old.replace_with), ("deleted_with", [old.deleted_with])):
            if self._replaced(urns):
                yield option, self._with(urns)

    def _with(self, urns: Iterable[str]) -> _Cause:
        replaced = self._replaced(urns)
        return _Cause(is_certain=not replaced, urns=replaced)

    def _replaced(self, urns: Iterable[str]) -> tuple[str, ...]:
        return tuple(urn for urn in urns if urn in self.steps)


def _already_deleted(preview: Digest) -> Iterator[str]:
    """The URNs of what is made anew without being deleted first; a deletion of now marks its state in the same way."""
    made = {step.urn for step in preview.planned if step.op == "create-replacement"}
    deleted = {step.urn for step in preview.planned if step.op == "delete-replaced"}
    were_pending = {step.urn for step in preview.steps if step.is_refresh and step.old and step.old.pending_replacement}
    for step in preview.planned:
        if step.op == "replace" and step.old is not None and step.old.pending_replacement:
            urns = {*step.recorded_urns}
            if (step.urn in made and deleted.isdisjoint(urns)) or not were_pending.isdisjoint(urns):
                yield step.urn


def _triggered(step: Step) -> Iterator[tuple[str, _Cause]]:
    if step.changed_trigger:
        yield "replacement_trigger", _Cause(is_certain=not any(map(holds_unknown, step.changed_trigger)))


def _moved(step: Step) -> Iterator[str]:
    """The places that change for certain."""
    if step.old is None or step.new is None or not step.is_of_link:
        return
    for key in PLACES:
        was = text(step.old.inputs.get(key)) or text(at_place(step.old.outputs, key))
        declared = text(step.new.inputs.get(key))
        if was and declared and was != declared:
            yield key


def _option(reason: str, step: Step) -> str | None:
    """Returns the option of the program that makes a reason one, if there is any."""
    if reason in _OPTIONS:
        return reason
    if reason in {*PLACES, *_NO_PROPERTIES}:
        return None
    declared = {_head(path) for state in (step.old, step.new) if state for path in state.replace_on_changes}
    # Nothing else replaces a link for one of its fields.
    is_wish = not declared.isdisjoint({"*", _head(reason)}) or _head(reason) in PUT_FIELDS
    return "replace_on_changes" if is_wish else None


def _head(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _value_at(inputs: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON
    value: Any = inputs
    for quoted, index, name in _STEP_INTO.findall(path):
        if isinstance(value, dict):
            value = value.get(quoted or index or name)
        elif isinstance(value, list) and index:
            value = value[int(index)] if int(index) < len(value) else None
    return masked(value)
