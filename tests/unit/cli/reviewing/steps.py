"""Steps of a preview as the CLI writes them, made by hand; the recordings beside this file show the real ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.reviewing.deciding import decide
from pulumi_userplane.cli.reviewing.digest import Digest, digest
from pulumi_userplane.import_file import LINK_TYPE

if TYPE_CHECKING:
    from pulumi_userplane.cli.reviewing.model import Review

SECRET = "[secret]"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ADDRESS = "https://help.acme.example/record?session="
_BESIDE_INPUTS = (
    "id",
    "aliases",
    "custom",
    "delete",
    "external",
    "outputs",
    "pendingReplacement",
    "propertyDependencies",
    "protect",
    "provider",
    "retainOnDelete",
)


def urn(name: str, type_: str = LINK_TYPE, stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::p::{type_}::{name}"


STACK_URN = urn("p-dev", "pulumi:pulumi:Stack")


def state(name: str, /, type_: str = LINK_TYPE, **fields: Any) -> dict[str, Any]:
    """A resource; the inputs are its fields, beside those that every link has."""
    keys: dict[str, Any] = {key: fields.pop(key) for key in _BESIDE_INPUTS if key in fields}
    inputs = {"domain_id": "dom_help", "workspace_id": "ws_demo", "mark": f"pulumi:p/dev/{name}", **fields}
    given = {key: value for key, value in inputs.items() if value is not None}
    outputs = {
        **given,
        "domain": {"domain_id": "dom_help", "url": "help.acme.example", "status": "verified"},
        "project": {"project_id": "prj_1", "title": "Acme"},
        "link_url": f"{ADDRESS}{name}",
        **keys.pop("outputs", {}),
    }
    return {"urn": urn(name, type_), "type": type_, "id": f"lnk_{name}", "inputs": given, "outputs": outputs, **keys}


def planned(name: str, /, **fields: Any) -> dict[str, Any]:
    """A resource as declared: no outputs yet."""
    return {key: value for key, value in state(name, **fields).items() if key not in {"outputs", "id"}}


def step(op: str, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One step about the resource that is given."""
    one = new or old or {"urn": STACK_URN}
    states = {key: value for key, value in (("oldState", old), ("newState", new)) if value is not None}
    return {"op": op, "urn": one["urn"], **states, "detailedDiff": None, **more}


def stack_step(op: str = "same") -> dict[str, Any]:
    own = {"urn": STACK_URN, "type": "pulumi:pulumi:Stack"}
    return step(op, own, own)


def text(*steps: dict[str, Any], op: str = "same", **more: Any) -> str:
    """A whole file; its first step is about the stack."""
    return json.dumps({"steps": [stack_step(op), *steps], **more})


def preview(*steps: dict[str, Any], **summary: int) -> Digest:
    """A preview; the summary counts what the engine does, also what it lists no step for."""
    return digest(text(*steps, changeSummary=summary or None), "preview.json")


def refresh(*steps: dict[str, Any]) -> Digest:
    return digest(text(*steps, op="refresh"), "refresh.json")


def reviewed(*steps: dict[str, Any]) -> Review:
    """What a preview without a refresh says."""
    return decide(preview(*steps))
