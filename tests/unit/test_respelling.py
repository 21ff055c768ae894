"""Messages in the spelling of all languages but Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.property_names import PYTHON_NAMES
from pulumi_userplane.respelling import respell
from pulumi_userplane.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "pulumi_userplane"
ROOMS = ("api", "lifecycle", "lookups", "recovery", "refresh")
NAMES = "|".join((*PYTHON_NAMES, *(setting.argument for setting in SETTINGS if "_" in setting.argument)))
ARGUMENTS_OF_OTHERS = {"db", "ssl_ca_certs"}


@pytest.mark.parametrize(
    ("message", "respelt"),
    [
        ('write adopt="lnk_1" or remove adopt=', 'write adopt: "lnk_1" or remove adopt'),
        ("set another project_id= (it is prj_1 now)", "set another projectId (it is prj_1 now)"),
        ('created_by= takes a list; write created_by=["..."]', 'createdBy takes a list; write createdBy: ["..."]'),
        (
            "base_url= of the Provider, or api_key= of userplane.Provider",
            "baseUrl of the Provider, or apiKey of userplane.Provider",
        ),
        ("link_title: is 300 characters long", "linkTitle: is 300 characters long"),
        (
            "'link_title' is not an argument; did you mean 'link_type'?",
            "'link_title' is not an argument; did you mean 'linkType'?",
        ),
        ("did you mean 'extra'? 'link_title' is a text", "did you mean 'extra'? 'link_title' is a text"),
        ('400 VALIDATION_ERROR: "no workspace_id=ws_1, adopt= or link_id"',) * 2,
        (
            "the link's title is 'Ines's link_title', not 'title=\"x\"'; a link's link_title",
            "the link's title is 'Ines's link_title', not 'title=\"x\"'; a link's linkTitle",
        ),
        (
            "it moved to https://x.example/start?url=/api&title=link_title: set base_url=",
            "it moved to https://x.example/start?url=/api&title=link_title: set baseUrl",
        ),
        (
            "look it up with default=True, title=link_title or url=",
            "look it up with default=True, title=link_title or url",
        ),
        ("exactly one of url=, domain_id=", "exactly one of url, domainId"),
        ("'api_key' is not a setting; did you mean 'api_key'?", "'api_key' is not a setting; did you mean 'apiKey'?"),
        ("link lnk_1 (pulumi:p/dev/link_title)", "link lnk_1 (pulumi:p/dev/link_title)"),
        ("the child x:y:Desk$link_title#0a", "the child x:y:Desk$link_title#0a"),
        ("`pulumi-userplane recover --stack link_id-1`", "`pulumi-userplane recover --stack link_id-1`"),
    ],
)
def test_message_names_arguments_as_the_caller_writes_them(message: str, respelt: str) -> None:
    assert respell(message) == respelt


def test_no_message_of_the_package_keeps_pythons_spelling() -> None:
    files = [
        PACKAGE / "setting.py",
        PACKAGE / "settings.py",
        *(f for room in ROOMS for f in (PACKAGE / room).rglob("*.py")),
    ]
    texts = [text for file in files for text in _list_texts(ast.parse(file.read_text(encoding="utf-8")))]
    spelt = [text for text in texts if _find_python_spelling(text)]
    assert len(spelt) > 20
    assert [text for text in spelt if _find_python_spelling(respell(text))] == []


def _list_texts(tree: ast.AST) -> Iterator[str]:
    """Yields the texts of several words that code holds, whole ones with a 1 for each value in them; no docstrings."""
    if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant):
        return
    parts = tree.values if isinstance(tree, ast.JoinedStr) else [tree]
    if isinstance(tree, ast.JoinedStr) or (isinstance(tree, ast.Constant) and isinstance(tree.value, str)):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in parts)
        if " " in text:
            yield text
        return
    for child in ast.iter_child_nodes(tree):
        yield from _list_texts(child)


def _find_python_spelling(text: str) -> set[str]:
    """Returns the arguments as Python spells them, `adopt=` as well as `link_title`."""
    return {*re.findall(r"\b([a-z_]+)=(?!\w)", text), *re.findall(rf"\b(?:{NAMES})\b", text)} - ARGUMENTS_OF_OTHERS
