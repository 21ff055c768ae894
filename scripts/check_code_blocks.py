"""Checks every code block of the documentation: `python -m scripts.check_code_blocks`; prints what is wrong.

Python is type-checked and run on the emulator. Commands and their options must exist. Data must be of a known kind.
What only a test can check, a test asks for: it calls `find_block` with the page and how the block begins. For all else
there is a reason in `NOT_CHECKED`; a block that is nowhere is an error. Nothing here needs the Pulumi CLI; tests/engine
asks that.
"""

from __future__ import annotations

import ast
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import compiled_blocks, data_blocks, python_blocks, shell_blocks
from scripts.code_blocks import list_blocks
from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scripts.code_blocks import Block

NOT_CHECKED: dict[tuple[str, str], str] = {}
"""Blocks that nothing checks, by the page and how they begin, each with the reason."""

SDK_LANGUAGES = frozenset({"typescript", "go"})
"""What tests/sdks checks, with the packages that Pulumi generates of the schema."""

WHOLE_PAGE = "*"
"""What a test asks for that takes all blocks of a page."""

_ASKS_FOR_FILES = {"find_files": "", "files_of": "docs/", "write_files": "docs/"}
"""Functions with which a test asks for files, and what they put before the name of the page."""


def find_problems(blocks: Sequence[Block], folder: Path) -> Iterator[str]:
    """Yields what is wrong with blocks, each with its place.

    Args:
        blocks: All of them.
        folder: Where programs are written.
    """
    yield from find_unchecked(blocks, find_claims(), NOT_CHECKED)
    yield from shell_blocks.find_shell_errors([block for block in blocks if block.language in shell_blocks.LANGUAGES])
    for block in blocks:
        if block.language in data_blocks.LANGUAGES:
            yield from data_blocks.find_data_errors(block)
        elif block.language in compiled_blocks.LANGUAGES:
            yield from compiled_blocks.find_name_errors(block)
    python = [block for block in blocks if block.language == "python" and not python_blocks.imports_sdk(block)]
    programs = python_blocks.build_programs(python)
    yield from python_blocks.find_type_errors(programs, folder)
    yield from python_blocks.find_run_errors([one for one in programs if python_blocks.can_run(one)], folder)


def find_unchecked(
    blocks: Sequence[Block], claims: frozenset[tuple[str, str]], reasons: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    """Yields the blocks that no rule and no test checks, and what is asked for but on no page.

    Args:
        blocks: All of them.
        claims: What tests ask for: a page, and how the block begins, the name of its file, or `WHOLE_PAGE`.
        reasons: Why nothing checks a block.
    """
    asked = {*claims, *reasons}
    for page, named in sorted(asked):
        if not any(_is_named(block, page, named) for block in blocks):
            yield f"{page}:1: no block begins with {named!r}, or has that name; a test or NOT_CHECKED asks for it"
    for block in blocks:
        if (needed := _need_test(block)) and not any(_is_named(block, *one) for one in asked):
            yield (
                f"{block.place}: {needed}: let a test call find_block({block.page!r}, {block.first_line[:40]!r}), "
                "or give the reason in NOT_CHECKED in scripts/check_code_blocks.py"
            )


def _is_named(block: Block, page: str, named: str) -> bool:
    return block.page == page and (block.begins_with(named) or named in {block.file, WHOLE_PAGE})


def _need_test(block: Block) -> str:
    """Why the rules of its language don't check a block, or nothing."""
    if not block.language:
        return "it names no language; write one behind the fence"
    if block.file:
        return "it shows a file that no test asks for"
    if block.language in {"python", "sh"} | SDK_LANGUAGES | compiled_blocks.LANGUAGES:
        return ""
    if block.language in data_blocks.LANGUAGES:
        return "" if data_blocks.is_known(block) else "no check knows what these data are"
    if block.language == "console":
        return "" if all(line.startswith(("$ ", "> ")) for line in block.text.splitlines()) else "it shows output"
    return f"no rule checks {block.language}"


@cache
def find_claims() -> frozenset[tuple[str, str]]:
    """Returns what the tests ask for, each as a page and a block's first line or the name of its file."""
    return frozenset(
        claim for path in (ROOT / "tests").rglob("*.py") for claim in _read_claims(ast.parse(path.read_text("utf-8")))
    )


def _read_claims(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        called = node.value if isinstance(node, ast.Subscript) else node
        if not (isinstance(called, ast.Call) and isinstance(called.func, ast.Name)):
            continue
        words = [one.value for one in called.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if called.func.id == "find_block":
            page, begin = words
            yield page, begin
        elif called.func.id == "find_blocks" and words:
            yield words[0], WHOLE_PAGE
        elif called.func.id in _ASKS_FOR_FILES and words:
            named = words[1:]
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                named.append(str(node.slice.value))
            yield from ((_ASKS_FOR_FILES[called.func.id] + words[0], name) for name in named)


def main() -> None:
    """Prints what is wrong with the blocks, and exits with 1 if anything is."""
    blocks = list_blocks()
    with tempfile.TemporaryDirectory() as folder:
        problems = list(find_problems(blocks, Path(folder)))
    if problems:
        sys.exit("\n".join(problems))
    print(f"{len(blocks)} code blocks are right.")


if __name__ == "__main__":
    main()
