"""docs/export.md and the help of `export` and `import-file` name the options that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from pulumi_userplane.cli.export import command as export
from pulumi_userplane.cli.import_file import command as import_file

PAGE = (Path(__file__).parents[4] / "docs" / "export.md").read_text(encoding="utf-8")
WITHOUT_A_ROW = {"export": {"--help", "--protect", "--cwd"}, "import-file": {"--help", "--cwd"}}


@pytest.mark.parametrize(
    ("name", "title", "module"),
    [("export", "What is written", export), ("import-file", "A program that is there already", import_file)],
)
def test_page_names_every_option_and_no_other(name: str, title: str, module: object) -> None:
    [chapter] = re.findall(rf"^## {title}.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| (`-.+?) \|", chapter, re.MULTILINE)
    named = set(re.findall(r"(?<=`)--?[\w-]+", " ".join(cells)))
    app = typer.Typer(add_completion=False)
    app.command()(getattr(module, name.replace("-", "_")))
    options = {
        option
        for parameter in typer.main.get_command(app).params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("-")
    }
    assert named == options - WITHOUT_A_ROW[name] | {"-C", "--cwd"}


@pytest.mark.parametrize(("module", "example"), [(export, "--out links"), (import_file, "--by title")])
def test_example_lists_commands_in_order(module: object, example: str) -> None:
    assert example in getattr(module, "EXAMPLE")  # noqa: B009 - a module of any name
