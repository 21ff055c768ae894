"""Checks what a program declares for a link: fills in the workspace and finds every wrong input; no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_userplane import diff
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.lifecycle.adopt import describe_other_owner
from pulumi_userplane.lifecycle.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_userplane.lifecycle.run_state import RunState
    from pulumi_userplane.settings import Settings


class CheckedLink(NamedTuple):
    """The inputs as they are to be applied, and what is wrong with them, a line for each problem."""

    inputs: dict[str, Any]
    problems: list[str]


def check(run: RunState, settings: Settings, old_inputs: Mapping[str, Any], declared: Mapping[str, Any]) -> CheckedLink:
    """Returns the completed inputs and all their problems at once.

    Args:
        run: The run.
        settings: The account's settings.
        old_inputs: The inputs in the state; empty for a new link.
        declared: What the program declares.
    """
    inputs = {key: diff.canonicalize(value) for key, value in declared.items() if key != "__provider"}
    if not settings.mark_links and inputs.get("adopt") is None:
        inputs.pop("mark", None)
    problems = validate(inputs, old_inputs, settings.extra_provider_types)
    for key in (diff.UNVERIFIED, diff.LONG_NAME):
        inputs.pop(key, None)
    try:
        inputs["workspace_id"] = _workspace_id(run, settings, old_inputs, inputs)
    except ConfigurationError as error:
        problems.append(str(error))
    try:
        settings.require_api_key()
    except ConfigurationError as error:
        problems.append(str(error))
    _record(run, old_inputs, inputs)
    return CheckedLink(inputs, problems)


def find_conflicts(
    run: RunState, urn: str, old_inputs: Mapping[str, Any], declared: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Iterator[str]:
    """Claims what only one resource of a program can have; yields a line for each thing that this one may not have.

    By Pulumi's option `import` the engine puts a link into the state before it checks the program: here the resource
    is refused what `adopt` would refuse. For the dynamic provider the program's class turns the option into `adopt`.

    Args:
        run: The run.
        urn: The resource.
        old_inputs: The inputs in the state; of a link that is only just imported they hold no mark, but its reference.
        declared: What the program declares, with the resource's mark even if links are not marked.
        inputs: What `check` returned for it.
    """
    yield from run.claims.find_shared(urn, inputs)
    reference = old_inputs.get("link_provider_ref")
    # Code that `pulumi import` has written names the reference: there the user has named the link.
    if not old_inputs.get("mark") and reference != inputs.get("link_provider_ref"):
        refusal = describe_other_owner(reference, declared.get("mark"), "the option import")
        if refusal is not None:
            yield f"import: {'; '.join(refusal)}"


def _workspace_id(run: RunState, settings: Settings, old_inputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:  # noqa: ANN401 - it may be unknown yet
    """The declared workspace, else where the link is, else the settings' one: a setting alone never moves a link."""
    if inputs.get("workspace_id") is not None:
        return inputs["workspace_id"]
    mark = inputs.get("mark")
    known = run.workspace_by_mark.get(mark) if isinstance(mark, str) and not settings.workspace_id else None
    current = old_inputs.get("workspace_id") or known
    if current is None:
        return settings.require_workspace_id()
    if settings.workspace_id not in {None, current}:
        raise ConfigurationError(
            f"workspace_id: the link is in workspace {current}, but the settings name {settings.workspace_id}",
            next_step=f'to move it (to a new address) write workspace_id="{settings.workspace_id}", '
            f'or to leave it there write workspace_id="{current}"',
        )
    if isinstance(mark, str) and mark:
        run.workspace_by_mark[mark] = current
    return current


def _record(run: RunState, old_inputs: Mapping[str, Any], inputs: dict[str, Any]) -> None:
    """Tells the run which link is to be adopted, which mark is declared, and for which the state holds a link."""
    if isinstance(inputs.get("adopt"), str):
        run.claims.request_adoption(inputs["adopt"], str(inputs.get("mark") or ""), is_new=not old_inputs)
    if not inputs.get("mark"):
        inputs.pop("mark", None)
        return
    run.checked_marks.add(str(inputs["mark"]))
    if old_inputs:
        run.held.record_unknown_link(str(inputs["mark"]))
