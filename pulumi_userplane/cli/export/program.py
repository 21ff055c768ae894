"""Writes a Pulumi program that declares links: look-ups first, then the links by their names."""

from __future__ import annotations

import builtins
import keyword
import re
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.export.generated_files import GENERATED, to_yaml
from pulumi_userplane.cli.export.names import NameAllocator
from pulumi_userplane.cli.text import make_slug
from pulumi_userplane.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pulumi_userplane.cli.export.selection import ExportedLink, Selection
    from pulumi_userplane.settings import Settings

_INDENT = "    "
_MAX_LINE_LENGTH = 88
_PROJECT_SETTINGS = ("base_url", "meta_field", "extra_provider_types")
_LOOKUP_FUNCTIONS = {"domain_id": ("get_domain", "url"), "project_id": ("get_project", "title")}
_USED_NAMES = {*dir(builtins), "pulumi", "userplane", "protected"}


def name_links(selection: Selection, earlier_names: Mapping[str, str]) -> dict[str, ExportedLink]:
    """Returns the links to export by the names of their resources, sorted.

    All links that were read take part, so that a filter by title changes no name.

    Args:
        selection: The links.
        earlier_names: The names of resources in an earlier export, by the ids of their links.
    """
    allocator = NameAllocator(earlier_names)
    names = {link.key: allocator.allocate(link.title, link.id) for link in selection.all_links}
    by_name = {names[link.key]: link for link in selection.links}
    return {name: by_name[name] for name in sorted(by_name)}


def render_program(links: Mapping[str, ExportedLink], *, protect: bool, adopt: bool) -> str:
    """Returns the text of `__main__.py`.

    Args:
        links: The links by name.
        protect: Whether each link is protected.
        adopt: Whether each link is adopted.
    """
    has_one_workspace = len({link.workspace.workspace_id for link in links.values()}) == 1
    lookups = _Lookups(name_workspace=not has_one_workspace)
    resources = []
    for name, link in links.items():
        arguments = {key: lookups.render_value(link, key, value) for key, value in link.inputs.items()}
        if has_one_workspace:
            del arguments["workspace_id"]
        if adopt:
            arguments["adopt"] = render_text(link.id)
        if adopt and link.mark is not None:
            arguments["mark"] = render_text(link.mark)
        if protect:
            arguments["opts"] = "protected"
        lines = "".join(f"{_INDENT}{key}={expression},\n" for key, expression in arguments.items())
        resources.append(f"userplane.RecordingLink(\n{_INDENT}{render_text(name)},\n{lines})\n")
    head = [f"# {GENERATED}\n", '"""Recording links that were made before this program."""\n\n']
    head += ["import pulumi\n"] * protect + ["import pulumi_userplane as userplane\n\n"]
    head += [*lookups.render(), "\n"] if lookups.render() else []
    head += ["protected = pulumi.ResourceOptions(protect=True)\n\n"] * protect
    return "".join(head) + "\n".join(resources)


def render_project(out: Path, links: Iterable[ExportedLink], settings: Settings) -> str:
    """Returns the text of `Pulumi.yaml`, with the settings that are not secret.

    Args:
        out: The project's folder, which names it.
        links: What the program declares.
        settings: The settings with which the links were read.
    """
    workspace_ids = {link.workspace.workspace_id for link in links}
    config = {
        setting.config_key: value if isinstance(value, str) else ",".join(value)
        for setting in SETTINGS
        if setting.argument in _PROJECT_SETTINGS
        and (value := getattr(settings, setting.argument)) not in {setting.default, ()}
    }
    if len(workspace_ids) == 1:
        config["userplane:workspaceId"] = workspace_ids.pop()
    content = {
        "name": make_project_name(out),
        "runtime": "python",
        "description": "Userplane recording links",
        **({"config": dict(sorted(config.items()))} if config else {}),
    }
    return f"# {GENERATED}\n" + to_yaml(content)


def make_project_name(out: Path) -> str:
    """Returns the folder's name, without characters that a project's name can't have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", out.absolute().resolve().name).strip("-._")[:100] or "links"


class _Lookups:
    """The look-ups that links need, a variable each; what has no unique name stays an id."""

    def __init__(self, *, name_workspace: bool) -> None:
        self._name_workspace = name_workspace
        self._variables: dict[tuple[str, str, str], str] = {}
        self._texts: dict[str, str] = {}

    def render_value(self, link: ExportedLink, key: str, value: Any) -> str:  # noqa: ANN401 - the value of an input
        if key not in _LOOKUP_FUNCTIONS:
            return render_literal(value, 1)
        name = link.workspace.find_unique_url(value) if key == "domain_id" else link.workspace.find_unique_title(value)
        return render_text(value) if name is None else f"{self._add(link, key, name)}.{key}"

    def render(self) -> list[str]:
        return [self._texts[variable] for variable in sorted(self._texts)]

    def _add(self, link: ExportedLink, key: str, name: str) -> str:
        """Returns the variable of a look-up, which is added if it is new."""
        lookup = (link.workspace.workspace_id, key, name)
        if lookup not in self._variables:
            function, argument = _LOOKUP_FUNCTIONS[key]
            variable = _choose_variable(name, key.removesuffix("_id"), self._texts)
            self._variables[lookup] = variable
            arguments = [f"{argument}={render_text(name)}"]
            if self._name_workspace:
                arguments.append(f"workspace_id={render_text(link.workspace.workspace_id)}")
            self._texts[variable] = _render_call(f"{variable} = userplane.{function}", arguments)
        return self._variables[lookup]


def _choose_variable(name: str, kind: str, taken: Mapping[str, str]) -> str:
    """Returns a variable's name, made of a domain's or a project's name, that no other variable has."""
    stem = make_slug(name).replace("-", "_")
    is_readable = len(stem) > 1 and stem.isidentifier()
    if not is_readable or keyword.iskeyword(stem) or stem in _USED_NAMES:
        stem = f"{kind}_{stem}".rstrip("_")
    candidates = chain([stem], (f"{stem}_{number}" for number in count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)


def _render_call(function: str, arguments: Sequence[str]) -> str:
    line = f"{function}({', '.join(arguments)})\n"
    # Characters of double width count twice for a formatter; counting too many does no harm.
    if len(line) + sum(not character.isascii() for character in line) <= _MAX_LINE_LENGTH:
        return line
    return f"{function}(\n" + "".join(f"{_INDENT}{argument},\n" for argument in arguments) + ")\n"


def render_literal(value: Any, depth: int = 0) -> str:  # noqa: ANN401 - any JSON
    """Returns the Python literal of a JSON value as a formatter writes it, lists and maps an entry a line.

    Args:
        value: A text, number, truth value, None, list or map.
        depth: How far its first line is indented.
    """
    if isinstance(value, str):
        return render_text(value)
    if isinstance(value, dict):
        entries = [f"{render_text(key)}: {render_literal(inner, depth + 1)}" for key, inner in value.items()]
        return _render_block("{}", entries, depth)
    if isinstance(value, list):
        return _render_block("[]", [render_literal(inner, depth + 1) for inner in value], depth)
    return repr(value)


def render_text(value: str) -> str:
    """Returns the literal of a text in double quotes, or in single ones where that takes fewer backslashes."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    characters = (f"\\{quote}" if character == quote else repr(character)[1:-1] for character in value)
    return quote + "".join(characters) + quote


def _render_block(brackets: str, entries: list[str], depth: int) -> str:
    if not entries:
        return brackets
    lines = "".join(f"{_INDENT * (depth + 1)}{entry},\n" for entry in entries)
    return f"{brackets[0]}\n{lines}{_INDENT * depth}{brackets[1]}"
