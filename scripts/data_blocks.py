"""Checks the YAML, JSON and TOML blocks of the documentation: each is of a known kind, or a test reads it."""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import yaml

from pulumi_userplane.emulator.errors import EmulatorError
from pulumi_userplane.emulator.seed import Seed, read_seed
from scripts.sdk_tools import SCHEMA
from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scripts.code_blocks import Block

_READERS: dict[str, Callable[[str], Any]] = {
    "yaml": lambda text: list(yaml.safe_load_all(text)),
    "json": json.loads,
    "toml": import_module("tomllib" if sys.version_info >= (3, 11) else "tomli").loads,
}
LANGUAGES = frozenset(_READERS)


def find_data_errors(block: Block) -> Iterator[str]:
    """Yields what is wrong with a block, with its place on the page."""
    try:
        data = _READERS[block.language](block.text)
    except (ValueError, yaml.YAMLError) as error:
        yield f"{block.place}: not {block.language.upper()}: {' '.join(str(error).split())}"
        return
    if check := _find_check(block, data):
        yield from (f"{block.place}: {error}" for error in check(data[-1]))


def is_known(block: Block) -> bool:
    """Returns whether a check here knows what the block means; otherwise a test must ask for it."""
    return _find_check(block, _READERS[block.language](block.text)) is not None


def _find_check(block: Block, data: Any) -> Callable[[Any], Iterator[str]] | None:  # noqa: ANN401 - of any shape
    if block.language != "yaml":
        return None
    last = data[-1]
    if isinstance(last, list) and all("uses" in step or "run" in step for step in last):
        return _check_github_steps
    if isinstance(last, dict):
        if "runtime" in last:
            return _check_project
        if "include" in last:
            return _check_gitlab
        if last.keys() <= {field.alias for field in Seed.model_fields.values()}:
            return _check_seed
    return None


def _check_seed(data: Any) -> Iterator[str]:  # noqa: ANN401
    try:
        read_seed(data)
    except EmulatorError as error:
        yield str(error)


def _check_github_steps(steps: list[dict[str, Any]]) -> Iterator[str]:
    """The action has the inputs; tests/unit/test_workflows.py hands the steps to the linters."""
    inputs = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"]
    for step in steps:
        if step.get("uses", "").startswith("OWNER/pulumi-userplane@"):
            yield from (f"the action has no input {name}" for name in step.get("with", {}).keys() - inputs.keys())


def _check_gitlab(pipeline: dict[str, Any]) -> Iterator[str]:
    """The component has the inputs, and those that it needs are given."""
    header = next(yaml.safe_load_all((ROOT / "templates" / "links" / "template.yml").read_text("utf-8")))
    inputs = header["spec"]["inputs"]
    for used in pipeline["include"]:
        if "/pulumi-userplane/links@" in used.get("component", ""):
            given = used.get("inputs", {})
            yield from (f"the component has no input {name}" for name in given.keys() - inputs.keys())
            needed = {name for name, spec in inputs.items() if "default" not in (spec or {})}
            yield from (f"the component needs the input {name}" for name in needed - given.keys())


def _check_project(project: dict[str, Any]) -> Iterator[str]:
    """A YAML program has only resources, look-ups and names that exist; of other projects nothing more is known."""
    if project["runtime"] != "yaml":
        return
    schema = json.loads(SCHEMA.read_text("utf-8"))
    outputs: dict[str, set[str] | None] = dict.fromkeys(project.get("config", {}))
    for name, resource in project.get("resources", {}).items():
        properties = resource.get("properties", {}).keys()
        if resource["type"] == f"pulumi:providers:{schema['name']}":
            yield from (f"there is no setting {one}" for one in properties - schema["config"]["variables"].keys())
            continue
        spec = schema["resources"].get(_token(resource["type"]))
        if spec is None:
            yield f"the plugin has no resource {resource['type']}"
            continue
        outputs[name] = {*spec["properties"], "id", "urn"}
        yield from (f"{name} has no property {one}" for one in properties - spec["inputProperties"].keys())
        yield from (f"{name} needs {one}" for one in set(spec["requiredInputs"]) - properties)
    for name, variable in project.get("variables", {}).items():
        called = variable["fn::invoke"]
        function = schema["functions"].get(_token(called["function"]))
        if function is None:
            yield f"the plugin has no function {called['function']}"
            continue
        outputs[name] = set(function["outputs"]["properties"])
        unknown = called.get("arguments", {}).keys() - function.get("inputs", {"properties": {}})["properties"].keys()
        yield from (f"{called['function']} has no argument {one}" for one in unknown)
    for used, name, output in re.findall(r"\$\{((\w+)(?:\.(\w+))?)", json.dumps(project)):
        known = {*outputs, *project.get("resources", {})}
        if name not in known or (output and output not in (outputs.get(name) or {output})):
            yield f"there is no ${{{used}}}"


def _token(name: str) -> str:
    """A name of the schema, of which a program may leave out the module."""
    return name if name.count(":") > 1 else name.replace(":", ":index:")
