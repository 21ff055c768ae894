"""`pulumi-userplane export`: writes a workspace's links as a program, a catalog, or a seed for the emulator."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from pulumi_userplane.api import Client
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.export import catalog, import_json, program, seed
from pulumi_userplane.cli.export.generated_files import read_generated, write_generated
from pulumi_userplane.cli.export.selection import Selection, select_links
from pulumi_userplane.cli.options import (
    BaseUrlOption,
    ConfigFileOption,
    DomainOption,
    FolderOption,
    ProjectOption,
    StackOption,
    TitleOption,
)
from pulumi_userplane.cli.settings import load_account
from pulumi_userplane.cli.stack import find_managers, read_states
from pulumi_userplane.cli.text import enumerate_first, name_link, pluralize
from pulumi_userplane.cli.workspace import Filters, Workspace, read_links
from pulumi_userplane.settings import Settings

EXAMPLE = (
    "Example: `pulumi-userplane export --out links --domain help.acme.example` writes a program of all links on that "
    "domain, and the file that imports them."
)
_IMPORT_FILE = "import.json"
_MAX_NAMED = 10
_HOW_TO_SELECT = "change the filters or the workspace, or add --all for links that a Pulumi program has created"
_ADOPT_LINE = re.compile(r"^ +adopt[=:]", re.MULTILINE)
_CHECK_COMMAND = "pulumi preview --expect-no-changes"


class Format(Enum):
    """What is written."""

    program = "program"
    catalogue = "catalogue"
    seed = "seed"


class ImportMethod(Enum):
    """How the links get into a stack's state."""

    import_file = "import-file"
    adopt = "adopt"


@dataclass(frozen=True)
class _Options:
    """What the command line asks for."""

    format: Format
    method: ImportMethod
    protect: bool
    out: Path

    @property
    def adopts(self) -> bool:
        return self.method is ImportMethod.adopt

    @property
    def import_file(self) -> Path:
        return self.out / _IMPORT_FILE


@dataclass(frozen=True)
class _Export:
    """The files of an export, what the user should know, and the commands to run next."""

    files: Mapping[str, str]
    count: int
    remarks: Sequence[str]
    next_steps: Sequence[str]


def export(
    *,
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Folder for the files: a new one, an empty one, or that of an earlier export."
        ),
    ],
    format_: Annotated[
        Format,
        typer.Option(
            "--format",
            help="program: a Pulumi program; catalogue: a YAML file for a program that reads a catalog; seed: a seed "
            "file for the emulator.",
        ),
    ] = Format.program,
    method: Annotated[
        ImportMethod | None,
        typer.Option(
            "--with",
            help="How the links get into the state. import-file: write import.json for `pulumi import`; adopt: write "
            "`adopt=` lines. Default: import-file.",
            show_default=False,
        ),
    ] = None,
    domain: DomainOption = None,
    project: ProjectOption = None,
    creator: Annotated[
        list[str] | None,
        typer.Option(metavar="MEMBER", help="Only links that this member created (name, e-mail or id); repeatable."),
    ] = None,
    title: TitleOption = None,
    with_marked: Annotated[
        bool,
        typer.Option("--all", help="Also links that a Pulumi program has created (remove them from its state first)."),
    ] = False,
    protect: Annotated[bool, typer.Option(help="Protect each link against deletion.")] = True,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Overwrite files that no export wrote, and exports that hold links the new one lacks."
        ),
    ] = False,
    workspaces: Annotated[
        list[str] | None,
        typer.Option(
            "--workspace",
            metavar="ID",
            help="Workspace to use; repeatable. Default: the configured one.",
            show_default=False,
        ),
    ] = None,
    stack: StackOption = None,
    folder: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    base_url: BaseUrlOption = None,
) -> None:
    """Write existing links as a program, a catalog, or a seed file for the emulator.

    The program's first run changes nothing. Nothing is changed at Userplane, and no file holds a secret.
    """
    options = _Options(format_, method or ImportMethod.import_file, protect, out)
    is_seed = format_ is Format.seed
    filters = Filters(domain or (), project or (), creator or ())
    with exit_on_error():
        if method is not None and is_seed:
            raise ConfigurationError("--with has no meaning for a seed file", next_step="leave it out")
        first = workspaces[0] if workspaces else None
        account = load_account(stack=stack, folder=folder, config_file=config_file, workspace=first, base_url=base_url)
        workspace_ids = list(dict.fromkeys(workspaces or [account.settings.require_workspace_id()]))
        if len(workspace_ids) > 1 and format_ is not Format.program:
            raise ConfigurationError(f"a {format_.value} holds one workspace", next_step="give one --workspace")
        sources = read_links(account.client, workspace_ids, filters, with_members=is_seed)
        states = read_states(stack, folder, with_stack=account.stack is not None and not is_seed)
        managed_ids = set(find_managers(states))
        selection = select_links(
            sources,
            title or (),
            with_marked=with_marked or is_seed,
            once_per_mark=options.adopts and format_ is Format.program,
            managed_ids=managed_ids,
            extra_provider_types=account.settings.extra_provider_types,
        )
        result = _render(options, selection, sources[0].workspace, account.client, account.settings)
        if not result.count:
            _print_remarks(result, err=True)
            raise ConfigurationError("there is no link to export", next_step=_HOW_TO_SELECT)
        if not force and not is_seed:
            _check_no_link_is_lost(options, selection, managed_ids, is_filtered=bool(domain or project or creator))
        outdated = [_IMPORT_FILE] if options.adopts else []
        write_generated(out, result.files, force=force, outdated=outdated)
    _print(out, result)


def _check_no_link_is_lost(
    options: _Options, selection: Selection, managed_ids: set[str], *, is_filtered: bool
) -> None:
    """Stops if the folder holds an export with links that the new one lacks: an `up` would delete them."""
    earlier = set(import_json.read_names(options.import_file)) or _find_adopted(options.out, managed_ids)
    lost = earlier - {link.id for link in selection.links}
    if not is_filtered:
        # All links were read: a link that is not among them no longer exists.
        lost &= {link.id for link in selection.all_links}
    if lost:
        titles = {link.id: link.title for link in selection.all_links}
        names = enumerate_first([name_link(link_id, titles.get(link_id)) for link_id in sorted(lost)], _MAX_NAMED)
        raise ConfigurationError(
            f"nothing was written: the earlier export in {options.out} has {pluralize(len(lost), 'link')} that the new "
            f"one lacks, and a `pulumi up` of the new one could delete {'it' if len(lost) == 1 else 'them'}: {names}",
            next_step="write the new export into another folder with --out, or overwrite this one with --force",
        )


def _find_adopted(out: Path, managed_ids: set[str]) -> set[str]:
    """Returns the links of a stack that an earlier export --with adopt may declare; all, without `adopt` lines."""
    text = read_generated(out)
    if _ADOPT_LINE.search(text):
        return {link_id for link_id in managed_ids if link_id in text}
    return managed_ids if text else set()


def _render(
    options: _Options, selection: Selection, workspace: Workspace, client: Client, settings: Settings
) -> _Export:
    if options.format is Format.seed:
        return _render_seed(options, selection, workspace, client)
    if options.format is Format.catalogue:
        return _render_catalog(options, selection, client.base_url)
    return _render_program(options, selection, client.base_url, settings)


def _render_program(options: _Options, selection: Selection, server: str, settings: Settings) -> _Export:
    links = program.name_links(selection, import_json.read_names(options.import_file))
    files = {
        "__main__.py": program.render_program(links, protect=options.protect, adopt=options.adopts),
        "Pulumi.yaml": program.render_project(options.out, selection.links, settings),
    }
    if not options.adopts:
        files[_IMPORT_FILE] = import_json.render_for_program(links, server)
    return _Export(
        files,
        len(links),
        selection.remarks,
        [
            f"cd {shlex.quote(str(options.out))}",
            "pulumi stack init dev",
            "pulumi config set --secret userplane:apiKey",
            *_list_import_commands(options),
        ],
    )


def _render_catalog(options: _Options, selection: Selection, server: str) -> _Export:
    content = catalog.build_catalog(selection, import_json.read_names(options.import_file), adopt=options.adopts)
    files = {"links.yaml": catalog.render_catalog(content, adopt=options.adopts)}
    if not options.adopts:
        files[_IMPORT_FILE] = import_json.render_for_catalog(content.teams, server)
    return _Export(
        files,
        content.count,
        [*selection.remarks, *content.remarks],
        ["# in the folder of the catalog's program, with these files copied into it", *_list_import_commands(options)],
    )


def _render_seed(options: _Options, selection: Selection, workspace: Workspace, client: Client) -> _Export:
    name = client.get_workspace(workspace.workspace_id).workspace_name
    files = {"seed.yaml": seed.render_seed(name, workspace, selection.links)}
    command = f"pulumi-userplane emulator --seed {shlex.quote(str(options.out / 'seed.yaml'))}"
    return _Export(files, len(selection.links), [], [command])


def _list_import_commands(options: _Options) -> list[str]:
    """Returns the commands that bring the links into the state of the selected stack."""
    if not options.adopts:
        unprotected = "" if options.protect else " --protect=false"
        return [f"pulumi import --file {_IMPORT_FILE} --generate-code=false{unprotected}", _CHECK_COMMAND]
    if options.format is Format.catalogue:
        return ["pulumi up", "sed -i.bak '/^    adopt: /d' links.yaml", _CHECK_COMMAND]
    return ["pulumi up", "sed -i.bak -e '/^    adopt=/d' -e '/^    mark=/d' __main__.py", _CHECK_COMMAND]


def _print(out: Path, result: _Export) -> None:
    typer.echo(f"{pluralize(result.count, 'link')} written to {out}: {', '.join(result.files)}")
    _print_remarks(result)
    typer.echo("\nNext:\n")
    for step in result.next_steps:
        typer.echo(f"  {step}")


def _print_remarks(result: _Export, *, err: bool = False) -> None:
    for remark in result.remarks:
        typer.echo(f"- {remark}", err=err)
