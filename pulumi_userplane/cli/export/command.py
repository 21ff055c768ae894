"""`pulumi-userplane export`: the links of a workspace as a program, a catalogue, or a seed for the emulator."""

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
from pulumi_userplane.cli.export import catalog, generated_files, import_json, program, seed
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
from pulumi_userplane.cli.text import pluralize
from pulumi_userplane.cli.workspace import Filters, Workspace, read_links
from pulumi_userplane.settings import Settings

EXAMPLE = (
    "Example: `pulumi-userplane export --out links --domain help.acme.example` writes a program of all links on that "
    "domain, and the file that imports them."
)
_IMPORT_FILE = "import.json"
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
    format: Format
    way: ImportMethod
    protect: bool
    out: Path

    @property
    def adopts(self) -> bool:
        return self.way is ImportMethod.adopt


@dataclass(frozen=True)
class _Export:
    """The files of an export, what is to be said of it, and how to go on."""

    files: Mapping[str, str]
    count: int
    remarks: Sequence[str]
    next_steps: Sequence[str]


def export(
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the files; a new or an empty one.")],
    format_: Annotated[Format, typer.Option("--format", help="A Pulumi program, a YAML file, or a seed.")] = (
        Format.program
    ),
    way: Annotated[
        ImportMethod | None,
        typer.Option("--with", help="How the links get into the state.", show_default=ImportMethod.import_file.value),
    ] = None,
    domain: DomainOption = None,
    project: ProjectOption = None,
    creator: Annotated[list[str] | None, typer.Option(help="Only by this one: name, mail or id; repeatable.")] = None,
    title: TitleOption = None,
    every: Annotated[bool, typer.Option("--all", help="Also links that a Pulumi program has made.")] = False,
    protect: Annotated[bool, typer.Option(help="Guard each link against deletion.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Write there nevertheless.")] = False,
    workspaces: Annotated[
        list[str] | None,
        typer.Option("--workspace", metavar="ID", help="Before the configured one; repeatable.", show_default=False),
    ] = None,
    stack: StackOption = None,
    directory: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    base_url: BaseUrlOption = None,
) -> None:
    """Write the links that are there as a program that changes nothing.

    Nothing is changed at Userplane, and no file holds a secret.
    """
    options = _Options(format_, way or ImportMethod.import_file, protect, out)
    filters = Filters(domain or (), project or (), creator or ())
    with exit_on_error():
        if way is not None and format_ is Format.seed:
            raise ConfigurationError("--with says how links get into a state, and a seed goes into none: leave it out")
        first = workspaces[0] if workspaces else None
        account = load_account(
            stack=stack, folder=directory, config_file=config_file, workspace=first, base_url=base_url
        )
        ids = list(dict.fromkeys(workspaces or [account.settings.require_workspace_id()]))
        if len(ids) > 1 and format_ is not Format.program:
            raise ConfigurationError(f"a {format_.value} is of one workspace", next_step="give one --workspace")
        read = read_links(account.client, ids, filters, members=format_ is Format.seed)
        states = read_states(stack, directory, with_stack=account.stack is not None and format_ is not Format.seed)
        held = set(find_managers(states))
        selection = select_links(
            read,
            title or (),
            with_made=every or format_ is Format.seed,
            once_a_mark=options.adopts and format_ is Format.program,
            held=held,
            extra_provider_types=account.settings.extra_provider_types,
        )
        result = _render(options, selection, read[0].workspace, account.client, account.settings)
        if not result.count:
            raise ConfigurationError(f"there is no link to export{''.join(f'; {each}' for each in result.remarks)}")
        if not force and format_ is not Format.seed:
            _check_nothing_is_lost(out, selection, held, is_whole=not (domain or project or creator))
        generated_files.write_generated(
            out, result.files, force=force, outdated=[_IMPORT_FILE] if options.adopts else []
        )
    _print(out, result)


def _check_nothing_is_lost(out: Path, selection: Selection, held: set[str], *, is_whole: bool) -> None:
    """Stops where a folder's export has become a program whose links the new one would lack: an `up` deletes them."""
    earlier = set(import_json.read_names(out / _IMPORT_FILE)) or _adopted_ids(out, held)
    lost = earlier - {each.link.link_id for each in selection.items}
    if is_whole:
        # Without filters all links were read: what was not is deleted.
        lost &= {each.link.link_id for each in selection.read}
    if lost:
        raise ConfigurationError(
            f"{out} holds an export with {pluralize(len(lost), 'link')} that the new one leaves out: nothing "
            "was written, since a `pulumi up` of it could delete them",
            next_step="name another folder with --out and copy from there what is new, or write here with --force",
        )


def _adopted_ids(out: Path, held: set[str]) -> set[str]:
    """Which links of a stack an earlier export --with adopt may declare; all, where its `adopt` lines are gone."""
    text = generated_files.read_generated(out)
    return {each for each in held if each in text} if _ADOPT_LINE.search(text) else held if text else set()


def _render(
    options: _Options, selection: Selection, workspace: Workspace, client: Client, settings: Settings
) -> _Export:
    if options.format is Format.seed:
        return _render_seed(options, selection, workspace, client)
    if options.format is Format.catalogue:
        return _render_catalog(options, selection, client.base_url)
    return _render_program(options, selection, client.base_url, settings)


def _render_program(options: _Options, selection: Selection, server: str, settings: Settings) -> _Export:
    links = program.name_links(selection, import_json.read_names(options.out / _IMPORT_FILE))
    files = {
        "__main__.py": program.render_program(links, protect=options.protect, adopt=options.adopts),
        "Pulumi.yaml": program.render_project(options.out, selection.items, settings),
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
            *_import_commands(options),
        ],
    )


def _render_catalog(options: _Options, selection: Selection, server: str) -> _Export:
    found = catalog.build_catalog(selection, import_json.read_names(options.out / _IMPORT_FILE), adopt=options.adopts)
    files = {"links.yaml": catalog.render_catalog(found, adopt=options.adopts)}
    if not options.adopts:
        files[_IMPORT_FILE] = import_json.render_for_catalog(found.teams, server)
    return _Export(
        files,
        found.count,
        [*selection.remarks, *found.remarks],
        ["# where the program of the catalogue is, with these files beside it", *_import_commands(options)],
    )


def _render_seed(options: _Options, selection: Selection, workspace: Workspace, client: Client) -> _Export:
    name = client.get_workspace(workspace.workspace_id).workspace_name
    files = {"seed.yaml": seed.render_seed(name, workspace, selection.items)}
    command = f"pulumi-userplane emulator --seed {shlex.quote(str(options.out / 'seed.yaml'))}"
    return _Export(files, len(selection.items), [], [command])


def _import_commands(options: _Options) -> list[str]:
    """The commands that bring the links into the state of the selected stack."""
    if not options.adopts:
        unprotected = "" if options.protect else " --protect=false"
        return [f"pulumi import --file {_IMPORT_FILE} --generate-code=false{unprotected}", _CHECK_COMMAND]
    if options.format is Format.catalogue:
        return ["pulumi up", "sed -i.bak '/^    adopt: /d' links.yaml", _CHECK_COMMAND]
    return ["pulumi up", "sed -i.bak -e '/^    adopt=/d' -e '/^    mark=/d' __main__.py", _CHECK_COMMAND]


def _print(out: Path, result: _Export) -> None:
    typer.echo(f"{pluralize(result.count, 'link')} written to {out}: {', '.join(result.files)}")
    for remark in result.remarks:
        typer.echo(f"- {remark}")
    typer.echo("\nNext:\n")
    for step in result.next_steps:
        typer.echo(f"  {step}")
