"""docs/probe.md names every option, and shows what the command prints."""

from __future__ import annotations

import re
from pathlib import Path

import typer
from typer.main import get_command

from pulumi_userplane.cli.probe.advice import find_settings
from pulumi_userplane.cli.probe.command import probe
from pulumi_userplane.cli.probe.findings import Finding
from pulumi_userplane.cli.probe.table import render_findings
from pulumi_userplane.cli.probe.unknowns import EXPECTED
from pulumi_userplane.settings import Settings

PAGE = (Path(__file__).parents[4] / "docs" / "probe.md").read_text(encoding="utf-8")
SETTINGS = Settings.read(lambda _: None, {})


def test_page_names_every_option() -> None:
    app = typer.Typer(add_completion=False)
    app.command()(probe)
    options = {option for parameter in get_command(app).params for option in parameter.opts if option != "-y"}
    named = set(re.findall(r"`(-[\w-]+)", PAGE))
    assert named - {"--like"} == options - {"--help", "--cwd"}


def test_page_shows_the_table_as_it_is_printed() -> None:
    findings = [
        Finding("meta_key", "meta", "linkMeta"),
        Finding("meta_returned_as", "same", "same"),
        *(
            Finding(unknown, value, value)
            for unknown, value in EXPECTED.items()
            if unknown not in {"meta_key", "meta_returned_as", "retry_after"}
        ),
        Finding("retry_after", True, None, "no 429 came"),
    ]
    printed = list(render_findings(findings, {"meta_key": "set userplane:metaField to linkMeta"}))
    assert "\n".join(printed[:4]) in PAGE
    assert printed[-1] in PAGE


def test_page_explains_every_setting_that_is_advised() -> None:
    findings = [
        Finding("meta_key", "meta", "linkMeta"),
        Finding("default_provider_type", "web", "new"),
        Finding("links_per_page", "refuse", 5),
        Finding("listed_at_once", True, False),
    ]
    keys = {setting.config_key for setting, _ in find_settings(findings, SETTINGS).values()}
    assert keys == set(re.findall(r"^\| `pulumi config set (\S+) ", PAGE, re.MULTILINE))
