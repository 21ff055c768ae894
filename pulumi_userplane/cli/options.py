"""Command-line options that several commands take, each with one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StackOption = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        envvar="PULUMI_OPTION_STACK",
        show_envvar=False,
        help="Stack to use. Default: the one selected in the project's folder.",
    ),
]
FolderOption = Annotated[
    Path,
    typer.Option(
        "--cwd",
        "-C",
        metavar="DIR",
        envvar="PULUMI_OPTION_CWD",
        show_envvar=False,
        exists=True,
        file_okay=False,
        help="The project's folder. Default: the current one.",
        show_default=False,
    ),
]
ConfigFileOption = Annotated[
    Path | None,
    typer.Option(
        "--config-file",
        metavar="FILE",
        envvar="PULUMI_OPTION_CONFIG_FILE",
        show_envvar=False,
        help="Configuration file to read, as for `pulumi`. Default: the stack's own.",
    ),
]
WorkspaceOption = Annotated[
    str | None, typer.Option("--workspace", metavar="ID", help="Workspace to use. Default: the configured one.")
]
BaseUrlOption = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="Userplane's address. Default: the configured one.")
]
StateOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--state",
        metavar="FILE",
        help="State from `pulumi stack export --file FILE`; repeatable.",
        show_default=False,
    ),
]
OtherStateOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--state",
        metavar="FILE",
        help="Another state whose links count as managed, from `pulumi stack export --file FILE`; repeatable.",
        show_default=False,
    ),
]
DomainOption = Annotated[
    list[str] | None,
    typer.Option("--domain", metavar="DOMAIN", help="Only links on this domain (its address or id); repeatable."),
]
ProjectOption = Annotated[
    list[str] | None,
    typer.Option("--project", metavar="PROJECT", help="Only links in this project (its title or id); repeatable."),
]
TitleOption = Annotated[
    list[str] | None,
    typer.Option("--title", metavar="PATTERN", help="Only links whose title matches this shell pattern; repeatable."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
