"""Writes docs/reference.md from the code; --check fails if it is stale."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import pulumi_userplane
from pulumi_userplane import api
from pulumi_userplane.diff import PUT_FIELDS
from pulumi_userplane.lifecycle.validation import validate
from pulumi_userplane.link_types import LINK_TYPE
from pulumi_userplane.property_names import to_camel_case
from pulumi_userplane.settings import SETTINGS
from scripts import language_reference
from scripts.docstring_markdown import (
    attribute_rows,
    describe_class,
    render_docstring,
    render_signature,
    render_table,
)
from scripts.generated_file import write_or_check
from scripts.language_names import LANGUAGES, respell, spell
from scripts.schema import MODULE, read_sections
from scripts.source import (
    LOOK_UPS,
    ROOT,
    describe_type,
    docstring,
    find_class,
    find_method,
    list_attributes,
    list_look_ups,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

REFERENCE = ROOT / "docs" / "reference.md"
PLACES = ("workspace_id", "domain_id", "project_id")

HEAD = """\
# Reference

Look up arguments, outputs, look-ups, settings and errors in each language. Which requests an operation sends is in
[what happens when](what-happens-when.md).

Choose a language on the tabs; on the code host open its fold. Python here is the dynamic provider, the others are the
[plugin](languages.md). Sentences outside the tabs use Python's names.

Made from the code by `make docs`; change the code, not this page.
"""

PACKAGES = """\
`pulumi package add` generates the package of the plugin in the program's folder; YAML needs none. The word of a
provider type can also be given as text. For a Python program with the plugin the package is `pulumi_userplane_sdk`: its
look-ups take the explicit provider in `opts`, and those of lists return an object with one list.
"""

LOOK_UPS_HEAD = """\
A look-up sends its requests in each preview and `up`, each request once per run. In Python its error is a
`ProgramError`, and an explicit account is the argument `provider`; in the other languages it is an option.
"""

OTHER_SETTINGS = "An explicit provider ignores the stack's configuration."


def main() -> None:
    """Writes the page, or says that it is stale."""
    write_or_check(REFERENCE, _render_reference, __doc__)


def _render_reference() -> str:
    resource = find_class("program/recording_link", "RecordingLink")
    account = find_class("program/account", "Provider")
    parts = [
        HEAD,
        "## A program",
        "A look-up, a link, and an account of their own.",
        language_reference.render_programs(),
        "## Names and types",
        language_reference.render_names(),
        PACKAGES,
        "## RecordingLink",
        f"{render_docstring(resource)} Its type is `{MODULE}RecordingLink`; in Python's states it is `{LINK_TYPE}`.",
        "### Arguments",
        render_docstring(find_class("program/args", "RecordingLinkArgs")),
        language_reference.make_tabs(_arguments()),
        f"The documented words of `link_provider_type`: {language_reference.list_provider_types()}.",
        "### Outputs",
        "The resource's `id` is the link's id. In the preview of an update, only outputs that are arguments are known.",
        language_reference.make_tabs({"Python": _outputs(resource), **language_reference.render_outputs()}),
        *_get(find_method(resource, "get")),
        "## Look-ups",
        LOOK_UPS_HEAD,
        *(part for module, results in LOOK_UPS.items() for part in _look_ups(module, results)),
        "## Provider",
        *_provider(account),
        "## Settings",
        "The first that is set counts, from left to right; see [settings and accounts](settings.md).",
        language_reference.make_tabs(_settings()),
        "## Errors",
        "`str()` of each is one line without a secret. [Troubleshooting](troubleshooting.md) says what to do about it.",
        "\n".join(_error_tree(pulumi_userplane.UserplaneError)),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _arguments() -> dict[str, str]:
    described = list_attributes(find_class("program/args", "RecordingLinkArgs"))
    facts = {one.name: (_limit(one.name), _on_change(one.name)) for one in described}
    names = {
        one.name: language_reference.mark_required(f"`{one.name}`", is_required=not one.kind.endswith("| None"))
        for one in described
    }
    rows = [(names[one.name], f"`{one.kind}`", *facts[one.name], one.text) for one in described]
    python = (
        render_table(("argument", "type", "limit", "a change", "what it is"), rows)
        + f"\n\n{language_reference.BOLD} `RecordingLinkArgsDict` is the same as a dictionary. "
        "Keywords work too: `RecordingLink(name, domain_id=...)`."
    )
    return {"Python": python, **language_reference.render_arguments(facts)}


def _outputs(resource: ast.ClassDef) -> str:
    table = render_table(("output", "type", "what it is"), attribute_rows(resource))
    return "\n\n".join([table, *(describe_class(name) for name in ("LinkCreator", "LinkProject", "LinkDomain"))])


def _limit(argument: str) -> str:
    """Asks the check itself."""
    said = " ".join(validate({"domain_id": "d", argument: "x" * 100_000}, {}, ()))
    found = re.search(r"the limit is (\d+)", said)
    if found:
        return f"{found[1]} characters"
    return f"{len(api.PROVIDER_TYPES)} words" if "provider types" in said else ""


def _on_change(argument: str) -> str:
    if argument in PUT_FIELDS:
        return "one PUT"
    return "**a new link, a new address**" if argument in PLACES else "nothing"


def _get(function: ast.FunctionDef) -> Iterator[str]:
    about = read_sections(docstring(function))
    yield f"### RecordingLink.get\n\n{about['']['']}"
    python = f"```python\n{render_signature(function, 'RecordingLink.get')}\n```\n\n" + "\n".join(
        f"- `{argument}`: {text}" for argument, text in about["Args"].items()
    )
    yield language_reference.make_tabs({"Python": python, **language_reference.render_get(about["Args"]["id"])})


def _provider(account: ast.ClassDef) -> Iterator[str]:
    first, rest = docstring(account).split("\n\n")
    method = find_method(account, "__init__")
    about = render_docstring(method).partition("\n\n")[2]
    yield first
    python = f"```python\n{render_signature(method, 'Provider')}\n```\n\n{rest}\n\n{about}"
    yield language_reference.make_tabs({"Python": python, **language_reference.render_provider()})


def _settings() -> dict[str, str]:
    return {
        language.name: _settings_table(language.name) + ("" if language.name == "Python" else f"\n\n{OTHER_SETTINGS}")
        for language in LANGUAGES
    }


def _settings_table(language: str) -> str:
    is_python = language == "Python"
    rows = [
        (
            setting.description if is_python else respell(setting.description, language, of=setting.argument),
            f"`{setting.argument}`" if is_python else spell(to_camel_case(setting.argument), language),
            f"`{setting.config_key}`",
            f"`{setting.variable}`",
            f"`{setting.default}`" if setting.default else "none",
        )
        for setting in SETTINGS
    ]
    return render_table(("setting", "`Provider`", "stack configuration", "environment", "default"), rows)


def _error_tree(error: type[Exception], depth: int = 0) -> Iterator[str]:
    first = (inspect.getdoc(error) or "").partition("\n")[0]
    yield f"{'  ' * depth}- `{error.__name__}`: {first}"
    public = {*pulumi_userplane.__all__, *api.__all__}
    for child in (child for child in error.__subclasses__() if child.__name__ in public):
        yield from _error_tree(child, depth + 1)


def _look_ups(module: str, results: dict[str, str]) -> Iterator[str]:
    """Yields the parts of a module's look-ups; what they return stands where one of them first returns it."""
    functions = {one.name: one for one in list_look_ups(module)}
    shown: set[str] = set()
    for name, function in functions.items():
        if name.endswith("_output"):
            continue
        about = read_sections(docstring(function))
        error = about["Raises"]["ProgramError"]
        yield f"### {name}\n\n{about['']['']}\n\nIt is an error if {error[0].lower()}{error[1:]}"
        [result] = [one for one in results if re.search(rf"\b{one}\b", describe_type(function.returns))]
        python = [
            f"```python\n{render_signature(function, name)}\n```",
            "\n".join(f"- `{argument}`: {text}" for argument, text in about["Args"].items()),
            f"```python\n{render_signature(functions[f'{name}_output'], f'{name}_output')}\n```",
            render_docstring(functions[f"{name}_output"]),
            *([] if result in shown else [describe_class(result, results[result])]),
        ]
        shown.add(result)
        yield language_reference.make_tabs({"Python": "\n\n".join(python), **language_reference.render_function(name)})


if __name__ == "__main__":
    main()
