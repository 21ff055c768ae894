"""No module but `recovery/ownership.py` knows the format of ownership marks.

The test reads the syntax tree of each module, without its docstrings. It forbids what makes or takes apart a mark or a
reference; Pulumi's own words that look like it are in `ALLOWED`, each with its reason.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pulumi_userplane

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(pulumi_userplane.__file__).parent
OWNER = "recovery/ownership.py"
EXEMPT = "emulator/"
"""The emulator is written apart from the provider and imports nothing of it; it seeds links with marks of its own."""

ALLOWED = {
    ("program/", "literal 'pulumi:disable-default-providers'"): "a key of Pulumi's own configuration",
    ("cli/stack.py", "literal 'pulumi:providers:userplane'"): "the type of the plugin's own provider resource",
    ("cli/review/", "literal 'pulumi:providers:'"): "how the types of Pulumi's providers begin",
    ("cli/review/", "literal 'pulumi:pulumi:Stack'"): "the type that Pulumi gives a stack",
    ("cli/review/", "literal '$'"): "takes the type of a resource out of its URN",
    ("api/", "literal '#'"): "the fragment of an address",
}
"""By folder and offence: the reason."""

_LITERALS = (
    re.compile(r"pulumi:(?!//).*", re.DOTALL),
    re.compile(r"[#$]"),
    re.compile(r".*#\(?\[0-9a-f.*", re.DOTALL),
)
"""How a mark begins; what joins a mark and its digits, or the types of parents; a pattern for the digits."""
_OF_MARKS = re.compile(r"(?:.*_)?(?:marks?|reference|owner|made_by|qualified|link_provider_ref)")
_SURGERY = {"endswith", "partition", "removeprefix", "removesuffix", "rpartition", "rsplit", "split", "startswith"}
_DIGITS = {"token_hex", "randbytes", "token_bytes"}
_BYTES_OF_DIGITS = 4


def offences(source: str) -> list[str]:
    """Returns what a module does with the format of marks, in the order of its lines."""
    tree = ast.parse(source)
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    nodes = sorted((node for node in ast.walk(tree) if hasattr(node, "lineno")), key=lambda node: node.lineno)
    return [offence for node in nodes if id(node) not in docstrings for offence in _offences_of(node)]


def _offences_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if any(pattern.fullmatch(node.value) for pattern in _LITERALS):
            yield f"literal {node.value!r}"
    elif isinstance(node, ast.JoinedStr):
        for text, following in zip(node.values, node.values[1:], strict=False):
            if isinstance(text, ast.Constant) and isinstance(following, ast.FormattedValue):
                yield from _offences_before_value(str(text.value))
    elif isinstance(node, ast.Call):
        yield from _offences_of_call(node)
    elif (
        isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and _OF_MARKS.fullmatch(_name(node.value))
    ):
        yield f"slice of {_name(node.value)}"
    elif isinstance(node, ast.BinOp) and "PROVIDER_REF_LIMIT" in {_name(node.left), _name(node.right)}:
        yield "arithmetic with PROVIDER_REF_LIMIT"
    elif isinstance(node, ast.BinOp) and isinstance(node.left, ast.Call) and _name(node.left.func) == "prefix":
        yield "text joined to a mark's prefix"


def _offences_before_value(text: str) -> Iterator[str]:
    # A piece that is nothing but the joint is found as a literal.
    if len(text) > 1 and re.search(r"(?<!&)#$|\$$", text):
        yield f"value joined by {text[-1]!r}"


def _offences_of_call(call: ast.Call) -> Iterator[str]:
    method = _name(call.func)
    if method in _DIGITS and [_value(argument) for argument in call.args] == [_BYTES_OF_DIGITS]:
        yield f"{method}({_BYTES_OF_DIGITS})"
    if isinstance(call.func, ast.Attribute) and method in _SURGERY and _OF_MARKS.fullmatch(_name(call.func.value)):
        yield f"{_name(call.func.value)}.{method}"


def _name(node: ast.AST) -> str:
    """Returns the last word of a name, an attribute or an item; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return str(_value(node.slice)) if isinstance(node, ast.Subscript) else ""


def _value(node: ast.AST) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def modules() -> list[str]:
    """Returns the modules that must not know the format, as paths in the package."""
    paths = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    return [path for path in paths if path != OWNER and not path.startswith(EXEMPT)]


def offences_in(module: str) -> list[str]:
    """Returns what a module of the package does with the format of marks."""
    return offences((PACKAGE / module).read_text("utf-8"))


@pytest.mark.parametrize(
    ("source", "offence"),
    [
        ('f"pulumi:{project}/{stack}/{name}"', "literal 'pulumi:'"),
        ('mark == "pulumi:shop/prod/help"', "literal 'pulumi:shop/prod/help'"),
        ('re.compile("pulumi:([^/]+)/")', "literal 'pulumi:([^/]+)/'"),
        ('f"{mark}#{digits}"', "literal '#'"),
        ('f"made by {mark} as x#{digits}"', "value joined by '#'"),
        ('"#".join((mark, digits))', "literal '#'"),
        ('re.compile("(.+)#[0-9a-f]{8}")', "literal '(.+)#[0-9a-f]{8}'"),
        ('"$".join(types)', "literal '$'"),
        ('f"{parents}${name}"', "literal '$'"),
        ("secrets.token_hex(4)", "token_hex(4)"),
        ("PROVIDER_REF_LIMIT - 9", "arithmetic with PROVIDER_REF_LIMIT"),
        ("constants.PROVIDER_REF_LIMIT - 9", "arithmetic with PROVIDER_REF_LIMIT"),
        ("ownership.prefix(project, stack) + name", "text joined to a mark's prefix"),
        ('link.mark.rpartition("/")', "mark.rpartition"),
        ('inputs["mark"].split("/")', "mark.split"),
        ("recorded_mark.endswith(name)", "recorded_mark.endswith"),
        ("link.link_provider_ref[:-9]", "slice of link_provider_ref"),
        ("link.link_provider_ref.startswith(prefix)", "link_provider_ref.startswith"),
    ],
)
def test_offences_are_found_in_a_module_that_knows_the_format(source: str, offence: str) -> None:
    assert offences(source) == [offence]


@pytest.mark.parametrize(
    "source",
    [
        '"""The mark `pulumi:<project>/<stack>/<name>#0123abcd`."""',
        'def f() -> None:\n    """The mark pulumi:a/b/c."""',
        '"pulumi-python:dynamic/userplane:RecordingLink"',
        'urn.removeprefix("urn:pulumi:")',
        '"pulumi://stack"',
        'f"## {title}"',
        'f"in HTML &#{number};"',
        "secrets.token_hex(8)",
        'mark_in(reference) == "ours"',
    ],
)
def test_offences_are_not_found_in_what_only_looks_like_a_mark(source: str) -> None:
    assert offences(source) == []


@pytest.mark.parametrize("module", modules())
def test_module_leaves_the_format_of_marks_to_ownership(module: str) -> None:
    allowed = {offence for folder, offence in ALLOWED if module.startswith(folder)}
    assert [offence for offence in offences_in(module) if offence not in allowed] == []


def test_allowed_offences_still_stand_in_their_folders() -> None:
    standing = {
        (folder, offence)
        for folder, _ in ALLOWED
        for path in modules()
        if path.startswith(folder)
        for offence in offences_in(path)
    }
    assert ALLOWED.keys() <= standing


def test_offences_are_found_in_ownership_itself() -> None:
    assert {"literal 'pulumi:'", "literal '#'", "literal '$'"} <= set(offences_in(OWNER))
