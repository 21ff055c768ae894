"""Reads what the Pulumi CLI writes with `--json` of a preview or a refresh, as typed steps."""

from __future__ import annotations

import json
from enum import Enum
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator
from typing_extensions import Self

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.review.model import Mask
from pulumi_userplane.property_names import to_python_names, to_python_path
from pulumi_userplane.recovery.state_reader import Resource

SECRET = "[secret]"  # noqa: S105 - what the CLI writes for a secret value
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the CLI writes for a value that is known only while `up` runs."""

_STACK_TYPE = "pulumi:pulumi:Stack"
_REFRESH = "refresh"
_HOW_TO_WRITE = (
    "write it with `pulumi preview --refresh --show-replacement-steps --json` or `pulumi refresh --preview-only --json`"
)


def mask(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Returns a value with a `Mask` for each part that can't be shown, at any depth."""
    if value == SECRET:
        return Mask.SECRET
    if value == UNKNOWN:
        return Mask.UNKNOWN
    if isinstance(value, dict):
        return {key: mask(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [mask(inner) for inner in value]
    return value


def plain_text(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Returns a text that may be shown, or None."""
    text = mask(value)
    return text if isinstance(text, str) and text else None


def has_unknown(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Returns whether a value, or a part of it, is known only while `up` runs."""
    return UNKNOWN in json.dumps(value)


def _check_urn(value: str) -> str:
    # urn:pulumi:<stack>::<project>::<types>::<name>
    if value.count("::") < 3:
        raise ValueError(f"{sanitize(value)!r} is not a URN")
    return value


_Urn = Annotated[str, AfterValidator(_check_urn)]


class State(Resource):
    """A resource as a step shows it; secret values are masked."""

    urn: _Urn
    custom: bool = False
    protect: bool = False
    provider: str = ""
    aliases: list[str] = Field(default=[])
    property_dependencies: dict[str, list[str] | None] = Field(default={}, alias="propertyDependencies")
    taint: bool = False
    import_id: str = Field(default="", alias="importID")
    replace_with: list[str] = Field(default=[], alias="replaceWith")
    replace_on_changes: list[str] = Field(default=[], alias="replaceOnChanges")
    replacement_trigger: Any = Field(default=None, alias="replacementTrigger")

    @model_validator(mode="after")
    def _use_python_names_of_dependencies(self) -> Self:
        if self.is_link:
            self.property_dependencies = to_python_names(self.property_dependencies)
        return self

    @property
    def is_managed(self) -> bool:
        """Whether it lives and stays, as far as the state knows: not what a failed replacement left behind."""
        return not (self.external or self.delete or self.pending_replacement)

    @property
    def title(self) -> str | None:
        """The link's title as last read, if it may be shown."""
        return plain_text(self.outputs.get("link_title"))

    @property
    def address(self) -> str | None:
        """The link's address, if it is known."""
        return plain_text(self.outputs.get("link_url"))


class _PathDiff(BaseModel):
    kind: str = ""


class Step(BaseModel):
    """What happens to one resource; that of a link has its properties under Python's names."""

    op: str = Field(pattern="^[a-z-]+$")
    urn: _Urn
    old: State | None = Field(default=None, alias="oldState")
    new: State | None = Field(default=None, alias="newState")
    diff_reasons: list[str] | None = Field(default=None, alias="diffReasons")
    replace_reasons: list[str] | None = Field(default=None, alias="replaceReasons")
    detailed_diff: dict[str, _PathDiff] | None = Field(default=None, alias="detailedDiff")

    @model_validator(mode="after")
    def _use_python_paths(self) -> Self:
        if any(state is not None and state.is_link for state in (self.old, self.new)):
            self.diff_reasons = [to_python_path(path) for path in self.diff_reasons or ()]
            self.replace_reasons = [to_python_path(path) for path in self.replace_reasons or ()]
            self.detailed_diff = {to_python_path(path): diff for path, diff in (self.detailed_diff or {}).items()}
        return self

    @property
    def state(self) -> State | None:
        """What the resource becomes, or was."""
        return self.new or self.old

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]

    @property
    def type(self) -> str:
        """The resource's type."""
        return self.state.type if self.state else self.urn.split("::")[2].rpartition("$")[2]

    @property
    def is_of_link(self) -> bool:
        """Whether it is about a recording link that the program manages, not one that it looks up."""
        # Unlike in an export, one that is about to be deleted for a replacement counts: it is managed until then.
        states = [state for state in (self.old, None if self.is_replaced_by_lookup else self.new) if state is not None]
        return bool(states) and all(state.is_link and not state.external for state in states)

    @property
    def is_replaced_by_lookup(self) -> bool:
        """Whether what was managed is deleted, and something else is looked up under the same name."""
        return self.op == "replace" and self.old is not None and self.new is not None and self.new.external

    @property
    def is_of_stack(self) -> bool:
        """Whether it is about the stack itself."""
        return self.type == _STACK_TYPE

    @property
    def is_refresh(self) -> bool:
        """Whether it only reads."""
        return self.op == _REFRESH

    @property
    def changed_paths(self) -> frozenset[str]:
        """The properties that the engine calls changed; the only trace of a secret's change."""
        return frozenset([*(self.diff_reasons or ()), *(self.detailed_diff or ())])

    @property
    def replacing_paths(self) -> list[str]:
        """The properties, or parts of one, whose change makes the engine replace the resource."""
        return [path for path, diff in (self.detailed_diff or {}).items() if diff.kind.endswith("-replace")]

    @property
    def changed_trigger(self) -> tuple[Any, Any] | None:
        """The values of `replacement_trigger`, recorded and declared, if they replace the resource."""
        values = tuple(state.replacement_trigger if state else None for state in (self.old, self.new))
        before, after = (json.dumps(value, sort_keys=True) for value in values)
        # The engine takes one that is known only later for a change, also where there was none before.
        is_changed = before != after and None not in values
        return (values[0], values[1]) if is_changed or has_unknown(values) else None

    @property
    def recorded_urns(self) -> list[str]:
        """The URNs that the resource may have in the state: `aliases` give it another one in the program."""
        # An old state names it; a resource that is recreated has none.
        return [*([self.old.urn] if self.old else []), *(self.new.aliases if self.new else []), self.urn]

    @property
    def removes_protection(self) -> bool:
        """Whether the resource lives on and `protect` is taken off."""
        return self.old is not None and self.old.protect and self.new is not None and not self.new.protect


class Source(Enum):
    """The commands that write such files."""

    PREVIEW = "pulumi preview"
    REFRESH = "pulumi refresh"


class _Diagnostic(BaseModel):
    severity: str = ""
    message: str = ""


class Digest(BaseModel):
    """One preview, or one refresh that changes nothing."""

    steps: list[Step]
    diagnostics: list[_Diagnostic] = []
    summary: dict[str, int] | None = Field(default=None, alias="changeSummary")

    @property
    def stack(self) -> tuple[str, str]:
        """The names of project and stack."""
        stack, project, *_ = self.steps[0].urn.removeprefix("urn:pulumi:").split("::")
        return project, stack

    @property
    def source(self) -> Source | None:
        """The command that it comes from, or None where both write the same."""
        stack_steps = {step.is_refresh for step in self.steps if step.is_of_stack}
        if len(stack_steps) == 2:
            return Source.PREVIEW
        if True in stack_steps or any(step.is_refresh for step in self.steps):
            # With --run-program the stack's own step is that of an update.
            return Source.REFRESH
        for step in self.steps:
            if step.is_of_link and step.new is not None and step.op in {"create", "update", "replace"}:
                return Source.REFRESH if step.op == "update" and step.new.outputs else Source.PREVIEW
        return None

    @cached_property
    def refresh_steps(self) -> dict[str, Step]:
        """The steps that read a link before anything else, by URN."""
        return {
            step.urn: step
            for step in self.steps
            if step.is_refresh and step.is_of_link and step.old is not None and step.old.is_managed
        }

    @cached_property
    def planned(self) -> list[Step]:
        """The steps that do something."""
        return [step for step in self.steps if not step.is_refresh]


def parse_digest(text: str, source: str) -> Digest:
    """Reads what the CLI wrote.

    Args:
        text: The JSON.
        source: Where it comes from, in words.

    Raises:
        ConfigurationError: It is something else, or comes from a run that failed.
    """
    if not text.strip():
        raise ConfigurationError(f"{source} is empty", next_step="check whether the `pulumi` command before it failed")
    if _is_event_stream(text):
        raise ConfigurationError(
            f"{source} is a stream of events, which lacks what a review needs (`pulumi preview` and `pulumi refresh` "
            "write that with PULUMI_ENABLE_STREAMING_JSON_PREVIEW set, `pulumi up` always)",
            next_step=f"unset the variable and {_HOW_TO_WRITE}",
        )
    try:
        digest = Digest.model_validate_json(text)
    except ValidationError as error:
        [first, *_] = error.errors()
        # All but our own reasons name fields that nobody who runs `pulumi` knows.
        reason = f" ({first['msg'].removeprefix('Value error, ')})" if first["type"] == "value_error" else ""
        raise ConfigurationError(
            f"{source} is not what the Pulumi CLI writes with --json{reason}", next_step=_HOW_TO_WRITE
        ) from None
    failure = next((entry.message for entry in digest.diagnostics if entry.severity == "error"), None)
    if failure is not None:
        raise ConfigurationError(
            f"{source} comes from a run that failed, so it is incomplete: {sanitize(failure, 300)}",
            next_step="fix that first; `pulumi-userplane review --failed` makes a comment of it",
        )
    if not digest.steps:
        raise ConfigurationError(
            f"{source} lists no resource, not even the stack, so the preview did not finish", next_step=_HOW_TO_WRITE
        )
    return digest


def _is_event_stream(text: str) -> bool:
    """Whether each line is one event; the states in events lack options, aliases and more."""
    try:
        first = json.loads(text.lstrip().partition("\n")[0])
    except ValueError:
        return False
    return isinstance(first, dict) and "sequence" in first
