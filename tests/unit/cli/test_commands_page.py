"""docs/commands.md names every option and every check, and no others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.main import get_command

from pulumi_userplane.cli.doctor.command import doctor
from pulumi_userplane.cli.doctor.report import CHECK_NAMES
from pulumi_userplane.cli.explain.command import explain
from pulumi_userplane.cli.links.command import links
from pulumi_userplane.cli.schema.command import schema

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [doctor, explain, links, schema])
def test_page_names_every_option(command: Callable[..., None]) -> None:
    app = typer.Typer(add_completion=False)
    app.command()(command)
    section = re.search(rf"^## {command.__name__}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert section is not None
    named = {"--cwd" if option == "-C" else option for option in re.findall(r"`(-[\w-]+)", section[1])}
    spellings = {spelling for parameter in get_command(app).params for spelling in parameter.opts}
    options = {spelling for spelling in spellings if spelling.startswith("-")} - {"-C"}
    assert named - {"--secret", "--file"} == options - {"--help"}


def test_page_names_every_check() -> None:
    table = PAGE.partition("| check |")[2].partition("\n\n")[0]
    named = (
        [name for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])] if table else []
    )
    assert tuple(named) == CHECK_NAMES
