"""Texts and names keep to the words of docs/glossary.md."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PHRASES = {
    r"takes? down that": "records that",
    r"(?<!there )\bis no (?!longer\b|more\b)": "is not a",
    r"\bbeside\b": "next to, or: as well as",
    r"\bcomes? of it": "name the result",
    r"\b(?:goes|going|go|gone|went) on with it": "resumes it",
    r"in the place of": "instead of",
    r"to the letter": "exactly",
    r"in clear\b": "in plaintext",
    r"\bby[ -]hand\b": "outside Pulumi, or: in the dashboard",
    r"\bin vain\b": "name the time limit",
    r"\bis left\b(?! out\b)": "is orphaned, or: remains",
    r"\bvanished\b": "deleted outside Pulumi",
    r"\bkilled runs?\b": "interrupted run",
    r"(?<!take )(?<!taken )\bnotes?\b(?! that\b)|\bnoted\b": "journal entry, journaled",
    r"\bbudgets?\b": "rate limit",
    r"(?<!how )\bmany links\b": "a large workspace, or: the list",
    r"\bbirth\b": "creation",
    r"\bwhat (?:becomes?|became|has become) of\b": "what happens to, or: name the result",
    r"\b(?:an|the|its|this|no|any|other|each|every|lost|late|real|server's) answers?\b": "response",
}
"""What is not written, and what is written instead."""

PARTICIPLES = {"said", "held", "made", "asked", "shown", "filled", "found", "listed", "taken", "told", "heard", "noted"}

RETIRED_MODULES = {
    "held": "lifecycle/run_state.py",
    "remembered": "program/program_run.py",
    "notes": "recovery/journal.py",
    "whereabouts": "recovery/find_created.py",
    "marks": "recovery/ownership.py",
    "many_links": "refresh/list_reader.py",
    "page_search": "refresh/page_planner.py",
    "gone": "lifecycle/deletion.py",
    "echo": "lifecycle/write_check.py",
    "lifetime": "recovery/watchdog.py",
    "one_line": "error_reporting.py",
    "creation": "lifecycle/create.py",
    "adoption": "lifecycle/adopt.py",
    "changes": "diff.py",
    "answers": "api/responses.py, emulator/envelope.py",
    "vocabulary": "api/constants.py, api/identifiers.py, api/text.py",
    "connections": "api/read_deadline.py",
    "pages": "api/pagination.py",
    "checks": "cli/doctor",
    "exporting": "cli/export",
    "reviewing": "cli/review",
    "left_links": "cli/recover/orphans.py",
    "skeleton": "cli/import_file/fill_in.py",
    "deciding": "cli/review/build.py",
    "joining": "cli/review/match_steps.py",
    "changing": "cli/review/link_changes.py",
    "comparing": "cli/review/field_diff.py",
    "drifting": "cli/review/drift.py",
    "hand": "emulator/admin.py",
    "control": "emulator/admin_routes.py",
    "directory": "emulator/workspace_store.py",
    "gate": "emulator/auth.py",
    "wire": "emulator/faults.py",
    "bodies": "emulator/schemas.py",
    "link_shapes": "emulator/schemas.py",
    "switches": "emulator/behaviours.py",
    "budget": "api/rate_limit.py",
    "withheld": "api/redaction.py",
    "inputs": "lifecycle/validation.py",
    "examination": "cli/doctor/runner.py",
    "asking": "program/functions/invoke.py",
    "words": "cli/review/phrases.py",
}
"""Names that no module or folder of the package bears any more, and where their content is now."""

ALLOWED = {
    ("pulumi_userplane/cli/doctor/*", r'\bbudget"'): "the name of a check in the JSON of `doctor`, which scripts read",
    ("pulumi_userplane/cli/ci/gitlab.py", r"\)\.notes\."): "what GitLab's API calls comments",
    ("pulumi_userplane/cli/review/*", "[os][fo] many links"): "a number of links, not the list of them",
    ("changelog.d/+api-names.changed.md", "`budget` is"): "the old name of a module that was renamed",
    ("docs/commands.md", "[`✓] ?budget"): "the name of a check in the JSON of `doctor`, which scripts read",
}
"""(files, text that holds a banned phrase): why it may stay."""

TEXTS = ("docs", "examples", "changelog.d", ".github", "benchmarks", "README.md", "CONTRIBUTING.md", "SECURITY.md")
CODE = ("pulumi_userplane", "scripts", "benchmarks", "examples")


@pytest.mark.slow
def test_texts_hold_no_banned_phrase() -> None:
    files = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in _files()}
    found = [f"{name}:{line}: {problem}" for name, text in files.items() for line, problem in _in_file(name, text)]
    assert found == [], "\n".join(found)
    for pattern, phrase in ALLOWED:
        allowed = [name for name, text in files.items() if Path(name).match(pattern) and _pattern(phrase).search(text)]
        assert allowed != [], f"nothing needs to be allowed: {pattern}, {phrase}"


def test_package_has_no_retired_module_name() -> None:
    names = {path.relative_to(ROOT / "pulumi_userplane"): path.stem for path in _python("pulumi_userplane")}
    folders = {path.parent: path.parent.name for path in names}
    assert {
        str(path): RETIRED_MODULES[name] for path, name in {**names, **folders}.items() if name in RETIRED_MODULES
    } == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("It stands beside it.", 1),
        ("a\n# It was found in the\n    # place of it.", 2),
        ('("a run in "\n    f"the place of it")', 1),
        ("There is no link. It is no longer there. How many links are there? What is left out?", 0),
        ("It is no link.", 1),
    ],
)
def test_phrase_is_found_when_it_is_split_but_not_in_its_other_sense(text: str, line: int) -> None:
    assert [found for found, _ in _phrases("x.py", text, 1)] == [line] * (line > 0)


@pytest.mark.parametrize(
    "code",
    ["for each in links: pass", "[each for each in links]", "def _found(): pass", "def f(say): pass", "f(say=print)"],
)
def test_name_is_found_when_code_binds_it(code: str) -> None:
    assert len(list(_names(ast.parse(code)))) == 1


def _files() -> Iterator[Path]:
    for name in TEXTS:
        yield from [ROOT / name] if name.endswith(".md") else sorted((ROOT / name).rglob("*.md"))
    for folder in (*CODE, "tests"):
        yield from _python(folder)


def _python(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py") if path != Path(__file__))


def _in_file(name: str, text: str) -> Iterator[tuple[int, str]]:
    """Of a test only the docstrings count: what it does may hold any words."""
    if name.startswith("tests/"):
        for line, docstring in _docstrings(ast.parse(text)):
            yield from _phrases(name, docstring, line)
        return
    yield from _phrases(name, text, 1)
    if name.startswith("pulumi_userplane/"):
        yield from _names(ast.parse(text))


def _phrases(name: str, text: str, first_line: int) -> Iterator[tuple[int, str]]:
    text = _one_space_for_each_break(text)
    allowed = [
        match.span()
        for files, phrase in ALLOWED
        if Path(name).match(files)
        for match in _pattern(phrase).finditer(text)
    ]
    for match in _all_phrases().finditer(text):
        if not any(start <= match.start() and match.end() <= end for start, end in allowed):
            line = first_line + text.count("\n", 0, match.start())
            instead = list(PHRASES.values())[(match.lastindex or 1) - 1]
            yield line, f'"{" ".join(match[0].split())}": write {instead}'


def _names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The loop variable `each`, callbacks that are called `say`, and functions that are called by a participle."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "each" and isinstance(node.ctx, ast.Store):
            yield node.lineno, "`each` is a loop variable: name the thing"
        if isinstance(node, (ast.arg, ast.keyword)) and node.arg == "say":
            yield node.lineno, "`say` is a callback: call it `notify`"
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.strip("_") in PARTICIPLES:
            yield node.lineno, f"`{node.name}` is a function: use a verb in the imperative"


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[0] if node.body else None
            if (
                isinstance(body, ast.Expr)
                and isinstance(body.value, ast.Constant)
                and isinstance(body.value.value, str)
            ):
                yield body.lineno, body.value.value


def _one_space_for_each_break(text: str) -> str:
    """Returns the text with each line break, and what a comment or a string puts around it, as one character."""
    return re.sub(r'(?: *")?\n *(?:# |> |f?")?', "\n", text)


@cache
def _all_phrases() -> re.Pattern[str]:
    return _pattern("|".join(f"({phrase})" for phrase in PHRASES))


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(phrase.replace(" ", r"\s"), re.IGNORECASE)
