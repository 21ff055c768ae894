"""States of the stack p/dev, as `pulumi stack export` writes them, built by tests."""

from __future__ import annotations

import json
from typing import Any

from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from pulumi_userplane.property_names import to_camel_case_names

STACK_TYPE = "pulumi:pulumi:Stack"
ADDRESS = "https://help.acme.example/record?session="

Resource = dict[str, Any]

_BESIDE_INPUTS = (
    "id",
    "aliases",
    "custom",
    "delete",
    "deletedWith",
    "external",
    "importID",
    "outputs",
    "pendingReplacement",
    "propertyDependencies",
    "protect",
    "provider",
    "replaceOnChanges",
    "replaceWith",
    "replacementTrigger",
    "retainOnDelete",
    "taint",
)


def urn(name: str, type_: str = LINK_TYPE, *, project: str = "p", stack: str = "dev") -> str:
    """A resource's URN; before its type may stand its parents' types."""
    return f"urn:pulumi:{stack}::{project}::{type_}::{name}"


def resource(name: str, id_: str = "", /, type_: str = LINK_TYPE, **more: Any) -> Resource:
    """Returns a resource with these keys, as well as those that all have; a component is not `custom`."""
    return {"urn": urn(name, type_), "type": type_, "custom": True, **({"id": id_} if id_ else {}), **more}


STACK = resource("p-dev", type_=STACK_TYPE, custom=False)


def of_plugin(recorded: Resource) -> Resource:
    """Returns a resource as it is where the links are the plugin's, from how it is with the dynamic provider."""
    if LINK_TYPE not in recorded["urn"]:
        return recorded
    renamed: Resource = {key: recorded[key].replace(LINK_TYPE, PLUGIN_LINK_TYPE) for key in ("urn", "type")}
    if recorded["type"] == LINK_TYPE:
        keys = {"inputs", "outputs", "propertyDependencies"} & recorded.keys()
        renamed.update({key: to_camel_case_names(recorded[key]) for key in keys})
    return {**recorded, **renamed}


def held(name: str, link_id: str, **outputs: Any) -> Resource:
    """Returns a link with only the values by which it is found again."""
    return resource(name, link_id, outputs={"mark": f"pulumi:p/dev/{name}", "workspace_id": "ws_demo", **outputs})


def state(name: str, /, type_: str = LINK_TYPE, **fields: Any) -> Resource:
    """A resource as it is recorded: links are whole, and others as much like them as a review looks at.

    Args:
        name: Its name; its id is made of it.
        type_: Its type; another type is a component, unless `custom` says otherwise.
        fields: The inputs as well as those that every link has, of which None removes one; and keys next to the
            inputs, `outputs` added to those that follow from the inputs.
    """
    keys: dict[str, Any] = {"custom": type_ == LINK_TYPE}
    keys.update((key, fields.pop(key)) for key in _BESIDE_INPUTS if key in fields)
    inputs = {"domain_id": "dom_help", "workspace_id": "ws_demo", "mark": f"pulumi:p/dev/{name}", **fields}
    given = {key: value for key, value in inputs.items() if value is not None}
    outputs = {
        **given,
        "domain": {"domain_id": "dom_help", "url": "help.acme.example", "status": "verified"},
        "project": {"project_id": "prj_1", "title": "Acme"},
        "link_url": f"{ADDRESS}{name}",
        **keys.pop("outputs", {}),
    }
    return resource(name, keys.pop("id", f"lnk_{name}"), type_=type_, inputs=given, outputs=outputs, **keys)


def planned(name: str, /, type_: str = LINK_TYPE, **fields: Any) -> Resource:
    """A resource as it is declared: no outputs yet."""
    return {key: value for key, value in state(name, type_, **fields).items() if key not in {"outputs", "id"}}


def export(*resources: Resource, pending: tuple[Resource | None, ...] = ()) -> str:
    """What `pulumi stack export` prints; pending resources are those whose creation no run has seen the end of."""
    operations = [{"type": "creating", "resource": interrupted} for interrupted in pending]
    return export_of({"resources": resources, "pending_operations": operations})


def export_of(deployment: dict[str, Any] | None) -> str:
    """What `pulumi stack export` prints around a deployment."""
    return json.dumps({"version": 3, "deployment": deployment})


def resources_of(text: str) -> list[Resource]:
    """What stands in an export, or in the checkpoint of a file backend."""
    content = json.loads(text)
    deployment = content["checkpoint"].get("latest") if "checkpoint" in content else content["deployment"]
    return list((deployment or {}).get("resources") or [])
