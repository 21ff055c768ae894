"""Writes docs/reference.md from the code; --check fails if it is stale."""

from __future__ import annotations

import ast
import inspect
import re
from typing import TYPE_CHECKING

import pulumi_userplane
from pulumi_userplane import api
from pulumi_userplane.diff import PUT_FIELDS
from pulumi_userplane.lifecycle.validation import validate
from pulumi_userplane.settings import SETTINGS
from scripts.generated_file import write_or_check
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
    from collections.abc import Iterable, Iterator

REFERENCE = ROOT / "docs" / "reference.md"
PLACES = ("workspace_id", "domain_id", "project_id")
MODELS = (
    "Link",
    "LinkCreator",
    "LinkProject",
    "LinkDomain",
    "LinkHit",
    "LinkPage",
    "Domain",
    "Project",
    "Workspace",
    "Member",
    "Me",
)

HEAD = """\
# Reference

Look up arguments, outputs, look-ups, settings and errors for programs in Python; other languages have a
[reference of their own](reference-languages.md). Which requests an operation sends is in
[what happens when](what-happens-when.md).

Made from the code by `make docs`; change the code, not this page.
"""


def main() -> None:
    """Writes the page, or says that it is stale."""
    write_or_check(REFERENCE, _render_reference, __doc__)


def _render_reference() -> str:
    resource = find_class("program/recording_link", "RecordingLink")
    account = find_class("program/account", "Provider")
    parts = [
        HEAD,
        "## RecordingLink",
        _doc(resource),
        "### Arguments",
        _doc(find_class("program/args", "RecordingLinkArgs")),
        _arguments(),
        "`RecordingLinkArgsDict` is the same as a dictionary. Keywords work too: `RecordingLink(name, domain_id=...)`.",
        "### Outputs",
        "The resource's `id` is the link's id. In the preview of an update, only outputs that are arguments are known.",
        _table(("output", "type", "what it is"), _attributes(resource)),
        *(_nested(name) for name in ("LinkCreator", "LinkProject", "LinkDomain")),
        _function(find_method(resource, "get"), "### ", "RecordingLink."),
        "## Look-ups",
        "Look-ups run in the program. They send their requests in each preview and `up`, each request once per run.",
        *(part for module, results in LOOK_UPS.items() for part in _look_ups(module, results)),
        "## Provider",
        _doc(account),
        "```python\n" + _signature(find_method(account, "__init__"), "Provider") + "\n```",
        _doc(find_method(account, "__init__")),
        "## Settings",
        "The first that is set counts, from left to right; see [settings and accounts](settings.md).",
        _settings(),
        "## Errors",
        "`str()` of each is one line without a secret. [Troubleshooting](troubleshooting.md) says what to do about it.",
        "\n".join(_error_tree(pulumi_userplane.UserplaneError)),
        "## The API client",
        "`from pulumi_userplane.api import Client` works without a Pulumi program.",
        *_client(),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _arguments() -> str:
    rows = [
        (name, kind, _limit(name), _on_change(name), text)
        for name, kind, text in _attributes(find_class("program/args", "RecordingLinkArgs"))
    ]
    return _table(("argument", "type", "limit", "a change", "what it is"), rows)


def _limit(argument: str) -> str:
    """Asks the check itself."""
    said = " ".join(validate({"domain_id": "d", argument.strip("`"): "x" * 100_000}, {}, ()))
    found = re.search(r"the limit is (\d+)", said)
    if found:
        return f"{found[1]} characters"
    return f"{len(api.PROVIDER_TYPES)} words" if "provider types" in said else ""


def _on_change(argument: str) -> str:
    name = argument.strip("`")
    if name in PUT_FIELDS:
        return "one PUT"
    return "**a new link, a new address**" if name in PLACES else "nothing"


def _settings() -> str:
    rows = [
        (
            setting.description,
            *(f"`{name}`" for name in (setting.argument, setting.config_key, setting.variable)),
            default,
        )
        for setting in SETTINGS
        for default in [f"`{setting.default}`" if setting.default else "none"]
    ]
    return _table(("setting", "`userplane.Provider(...)`", "stack configuration", "environment", "default"), rows)


def _error_tree(error: type[Exception], depth: int = 0) -> Iterator[str]:
    first = (inspect.getdoc(error) or "").partition("\n")[0]
    yield f"{'  ' * depth}- `{error.__name__}`: {first}"
    public = {*pulumi_userplane.__all__, *api.__all__}
    for child in (child for child in error.__subclasses__() if child.__name__ in public):
        yield from _error_tree(child, depth + 1)


def _look_ups(module: str, results: dict[str, str]) -> Iterator[str]:
    yield from (_function(function, "### ") for function in list_look_ups(module))
    yield from (_nested(name, home) for name, home in results.items())


def _client() -> Iterator[str]:
    client, base = find_class("api/client", "Client"), find_class("api/client_base", "ClientBase")
    yield "```python\n" + _signature(find_method(base, "__init__"), "Client") + "\n```"
    yield _doc(client)
    for method in [*base.body, *client.body]:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and not method.decorator_list:
            yield _function(method, "### ", "Client.")
    yield "### Fields that a PUT can change (`LinkFields`)"
    fields = find_class("api/models", "LinkFields")
    yield _doc(fields)
    yield _table(("field", "type"), ((name, kind) for name, kind, _ in _attributes(fields)))
    yield "### What the methods return"
    for model in MODELS:
        yield _nested(model, "api/models")


def _nested(name: str, module: str = "program/recording_link") -> str:
    found = find_class(module, name)
    fields = _attributes(found)
    if not all(text for _, _, text in fields):
        return f"`{name}`: {_doc(found)} Fields: {', '.join(f'{field} {kind}' for field, kind, _ in fields)}."
    lines = (f"- {field} {kind}: {text}" for field, kind, text in fields)
    return f"`{name}`: {_doc(found)} Fields:\n\n" + "\n".join(lines)


def _function(function: ast.FunctionDef, heading: str, prefix: str = "") -> str:
    signature = _signature(function, prefix + function.name)
    text = _doc(function)
    return f"{heading}{prefix}{function.name}\n\n```python\n{signature}\n```\n\n{text}"


def _signature(function: ast.FunctionDef, name: str) -> str:
    """Returns the call with one argument a line, as the formatter would break it."""
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    without = [None] * (len(plain) - len(given.defaults))
    lines = [_argument(one, default) for one, default in zip(plain, [*without, *given.defaults], strict=True)]
    lines = [line for line in lines if line not in {"self", "cls"}]
    if given.kwonlyargs:
        lines += ["*", *map(_argument, given.kwonlyargs, given.kw_defaults)]
    if given.kwarg:
        lines.append(f"**{_argument(given.kwarg, None)}")
    returns = "" if function.name == "__init__" else f" -> {describe_type(function.returns)}"
    in_one = f"{name}({', '.join(lines)}){returns}"
    broken = "".join(f"\n    {line}," for line in lines)
    return in_one if len(in_one) <= 100 else f"{name}({broken}\n){returns}"


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    if argument.annotation is None:
        return argument.arg
    value = f" = {ast.unparse(default)}".replace("'", '"') if default else ""
    return f"{argument.arg}: {describe_type(argument.annotation)}{value}"


def _attributes(of: ast.ClassDef) -> list[tuple[str, str, str]]:
    return [(f"`{one.name}`", f"`{one.kind}`", one.text) for one in list_attributes(of)]


def _doc(of: ast.ClassDef | ast.FunctionDef) -> str:
    return _text(docstring(of))


def _text(docstring: str) -> str:
    """Returns a docstring as Markdown: its sections become lists."""
    lines: list[str] = []
    in_section = False
    for line in docstring.splitlines():
        if re.fullmatch(r"(Args|Raises|Attributes):", line):
            in_section = True
            lines.append({"Args:": "Arguments:"}.get(line, line) + "\n")
        elif in_section and re.match(r"    \S", line):
            name, _, rest = line.strip().partition(": ")
            lines.append(f"- `{name}`: {rest}")
        else:
            in_section = in_section and (not line or line.startswith(" "))
            lines.append(f"  {line.strip()}" if in_section and line else line)
    return "\n".join(lines)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    cells = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in cells
    )


if __name__ == "__main__":
    main()
