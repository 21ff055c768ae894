"""Writes a Pulumi program that declares links: look-ups first, then the links by their names."""

from __future__ import annotations

import builtins
import keyword
import re
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.export.generated_files import GENERATED, to_yaml
from pulumi_userplane.cli.export.names import NameAllocator
from pulumi_userplane.cli.text import slug
from pulumi_userplane.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pulumi_userplane.cli.export.selection import ExportedLink, Selection
    from pulumi_userplane.settings import Settings

INDENT = "    "
_MAX_LINE_LENGTH = 88
_PROJECT_SETTINGS = ("base_url", "meta_field", "extra_provider_types")
_LOOKUP_FUNCTIONS = {"domain_id": ("get_domain", "url"), "project_id": ("get_project", "title")}


def name_links(selection: Selection, earlier: Mapping[str, str]) -> dict[str, ExportedLink]:
    """Returns the links to export by the names of their resources, sorted.

    All links that were read take part, so that a filter by title changes no name.

    Args:
        selection: The links.
        earlier: The names that an earlier export has given, by the ids of their links.
    """
    given = NameAllocator(earlier)
    by_key = {each.key: given.allocate(each.link.link_title or "", each.link.link_id) for each in selection.read}
    by_name = {by_key[each.key]: each for each in selection.items}
    return {name: by_name[name] for name in sorted(by_name)}


def render_program(links: Mapping[str, ExportedLink], *, protect: bool, adopt: bool) -> str:
    """Returns the text of `__main__.py`.

    Args:
        links: The links by name.
        protect: Whether each link is protected.
        adopt: Whether each link is taken over by an `adopt` line.
    """
    one_workspace = len({each.workspace.workspace_id for each in links.values()}) == 1
    look_ups = _Lookups(name_workspace=not one_workspace)
    blocks = []
    for name, item in links.items():
        declared = {key: look_ups.expression(item, key, value) for key, value in item.inputs.items()}
        if one_workspace:
            del declared["workspace_id"]
        if adopt:
            declared["adopt"] = render_text(item.link.link_id)
        if adopt and item.mark is not None:
            declared["mark"] = render_text(item.mark)
        if protect:
            declared["opts"] = "protected"
        lines = "".join(f"{INDENT}{key}={expression},\n" for key, expression in declared.items())
        blocks.append(f"userplane.RecordingLink(\n{INDENT}{render_text(name)},\n{lines})\n")
    head = [f"# {GENERATED}\n", '"""Recording links that were made before this program."""\n\n']
    head += ["import pulumi\n"] * protect + ["import pulumi_userplane as userplane\n\n"]
    head += [*look_ups.render(), "\n"] if look_ups.render() else []
    head += ["protected = pulumi.ResourceOptions(protect=True)\n\n"] * protect
    return "".join(head) + "\n".join(blocks)


def render_project(out: Path, links: Sequence[ExportedLink], settings: Settings) -> str:
    """Returns the text of `Pulumi.yaml`, with those settings that are no secret.

    Args:
        out: The project's folder, which names it.
        links: What the program declares.
        settings: Those that the links were read with.
    """
    workspace_ids = {each.workspace.workspace_id for each in links}
    configured = {
        setting.config_key: value if isinstance(value, str) else ",".join(value)
        for setting in SETTINGS
        if setting.argument in _PROJECT_SETTINGS
        and (value := getattr(settings, setting.argument)) not in {setting.default, ()}
    }
    if len(workspace_ids) == 1:
        configured["userplane:workspaceId"] = workspace_ids.pop()
    content = {
        "name": project_name_for(out),
        "runtime": "python",
        "description": "Userplane recording links",
        **({"config": dict(sorted(configured.items()))} if configured else {}),
    }
    return f"# {GENERATED}\n" + to_yaml(content)


def project_name_for(out: Path) -> str:
    """Returns the folder's name, as far as a project can be called so."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", out.absolute().resolve().name).strip("-._")[:100] or "links"


class _Lookups:
    """The look-ups that links need, each as a variable; a place that no name tells for sure stays an id."""

    def __init__(self, *, name_workspace: bool) -> None:
        self._name_workspace = name_workspace
        self._variables: dict[tuple[str, str, str], str] = {}
        self._texts: dict[str, str] = {}

    def expression(self, item: ExportedLink, key: str, value: Any) -> str:  # noqa: ANN401 - the value of an input
        if key not in _LOOKUP_FUNCTIONS:
            return render_literal(value, 1)
        name = item.workspace.unique_url(value) if key == "domain_id" else item.workspace.unique_title(value)
        return render_text(value) if name is None else f"{self._variable(item, key, name)}.{key}"

    def render(self) -> list[str]:
        return [self._texts[variable] for variable in sorted(self._texts)]

    def _variable(self, item: ExportedLink, key: str, name: str) -> str:
        place = (item.workspace.workspace_id, key, name)
        if place not in self._variables:
            function, argument = _LOOKUP_FUNCTIONS[key]
            variable = _variable_name(name, key.removesuffix("_id"), self._texts)
            self._variables[place] = variable
            arguments = [f"{argument}={render_text(name)}"]
            if self._name_workspace:
                arguments.append(f"workspace_id={render_text(item.workspace.workspace_id)}")
            self._texts[variable] = _render_call(f"{variable} = userplane.{function}", arguments)
        return self._variables[place]


def _variable_name(name: str, kind: str, taken: Mapping[str, str]) -> str:
    """A variable's name out of a place's, such as no other has."""
    plain = slug(name).replace("-", "_")
    readable = len(plain) > 1 and plain.isidentifier()
    if not readable or keyword.iskeyword(plain) or plain in {*dir(builtins), "pulumi", "userplane", "protected"}:
        plain = f"{kind}_{plain}".rstrip("_")
    return next(each for each in chain([plain], (f"{plain}_{number}" for number in count(2))) if each not in taken)


def _render_call(function: str, arguments: Sequence[str]) -> str:
    line = f"{function}({', '.join(arguments)})\n"
    # Characters of double width count twice for a formatter; to count too many does no harm.
    if len(line) + sum(not each.isascii() for each in line) <= _MAX_LINE_LENGTH:
        return line
    return f"{function}(\n" + "".join(f"{INDENT}{each},\n" for each in arguments) + ")\n"


def render_literal(value: Any, depth: int = 0) -> str:  # noqa: ANN401 - any JSON
    """Returns the literal of a JSON value, lists and maps an entry a line.

    Args:
        value: A text, number, truth value, None, list or map.
        depth: How far its first line is indented.
    """
    if isinstance(value, str):
        return render_text(value)
    if isinstance(value, dict):
        return _render_block(
            "{}", [f"{render_text(key)}: {render_literal(inner, depth + 1)}" for key, inner in value.items()], depth
        )
    if isinstance(value, list):
        return _render_block("[]", [render_literal(inner, depth + 1) for inner in value], depth)
    return repr(value)


def render_text(value: str) -> str:
    """Returns the literal of a text in double quotes, or in single ones where that takes fewer backslashes."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join(f"\\{quote}" if each == quote else repr(each)[1:-1] for each in value) + quote


def _render_block(brackets: str, entries: list[str], depth: int) -> str:
    if not entries:
        return brackets
    lines = "".join(f"{INDENT * (depth + 1)}{entry},\n" for entry in entries)
    return f"{brackets[0]}\n{lines}{INDENT * depth}{brackets[1]}"
