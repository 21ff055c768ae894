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
from pulumi_userplane.cli import workspace
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.export import catalog, folder, import_json, program, seed
from pulumi_userplane.cli.export.selection import Selection, select
from pulumi_userplane.cli.options import (
    BaseUrlOption,
    ConfigFileOption,
    DomainOption,
    FolderOption,
    ProjectOption,
    StackOption,
    TitleOption,
)
from pulumi_userplane.cli.settings import account
from pulumi_userplane.cli.stack import find_managers, read_states
from pulumi_userplane.cli.text import pluralize
from pulumi_userplane.settings import Settings

EXAMPLE = (
    "Example: `pulumi-userplane export --out links --domain help.acme.example` writes a program of all links on that "
    "domain, and the file that imports them."
)
_IMPORT_FILE = "import.json"
_ADOPT = re.compile(r"^ +adopt[=:]", re.MULTILINE)
_PREVIEW = "pulumi preview --expect-no-changes"


class Format(Enum):
    """What is written."""

    program = "program"
    catalogue = "catalogue"
    seed = "seed"


class Way(Enum):
    """How the links get into a stack's state."""

    import_file = "import-file"
    adopt = "adopt"


@dataclass(frozen=True)
class _Wish:
    format: Format
    way: Way
    protect: bool
    out: Path

    @property
    def adopts(self) -> bool:
        return self.way is Way.adopt


@dataclass(frozen=True)
class _Result:
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
        Way | None,
        typer.Option("--with", help="How the links get into the state.", show_default=Way.import_file.value),
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
    wish = _Wish(format_, way or Way.import_file, protect, out)
    filters = workspace.Filters(domain or (), project or (), creator or ())
    with exit_on_error():
        if way is not None and format_ is Format.seed:
            raise ConfigurationError("--with says how links get into a state, and a seed goes into none: leave it out")
        first = workspaces[0] if workspaces else None
        used = account(stack=stack, folder=directory, config_file=config_file, workspace=first, base_url=base_url)
        ids = list(dict.fromkeys(workspaces or [used.settings.require_workspace_id()]))
        if len(ids) > 1 and format_ is not Format.program:
            raise ConfigurationError(f"a {format_.value} is of one workspace", next_step="give one --workspace")
        read = workspace.read(used.client, ids, filters, members=format_ is Format.seed)
        states = read_states(stack, directory, with_stack=used.stack is not None and format_ is not Format.seed)
        held = set(find_managers(states))
        selection = select(
            read,
            title or (),
            with_made=every or format_ is Format.seed,
            once_a_mark=wish.adopts and format_ is Format.program,
            held=held,
            extra_provider_types=used.settings.extra_provider_types,
        )
        result = _made(wish, selection, read[0].places, used.client, used.settings)
        if not result.count:
            raise ConfigurationError(f"there is no link to export{''.join(f'; {each}' for each in result.remarks)}")
        if not force and format_ is not Format.seed:
            _refuse_to_lose(out, selection, held, is_whole=not (domain or project or creator))
        folder.write(out, result.files, force=force, outdated=[_IMPORT_FILE] if wish.adopts else [])
    _print(out, result)


def _refuse_to_lose(out: Path, selection: Selection, held: set[str], *, is_whole: bool) -> None:
    """Stops where a folder's export has become a program whose links the new one would lack: an `up` deletes them."""
    earlier = set(import_json.names(out / _IMPORT_FILE)) or _adopted(out, held)
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


def _adopted(out: Path, held: set[str]) -> set[str]:
    """Which links of a stack an earlier export --with adopt may declare; all, where its `adopt` lines are gone."""
    text = folder.written(out)
    return {each for each in held if each in text} if _ADOPT.search(text) else held if text else set()


def _made(wish: _Wish, selection: Selection, places: workspace.Places, client: Client, settings: Settings) -> _Result:
    if wish.format is Format.seed:
        return _seed(wish, selection, places, client)
    if wish.format is Format.catalogue:
        return _catalogue(wish, selection, client.base_url)
    return _program(wish, selection, client.base_url, settings)


def _program(wish: _Wish, selection: Selection, server: str, settings: Settings) -> _Result:
    links = program.names(selection, import_json.names(wish.out / _IMPORT_FILE))
    files = {
        "__main__.py": program.program(links, protect=wish.protect, adopt=wish.adopts),
        "Pulumi.yaml": program.project(wish.out, selection.items, settings),
    }
    if not wish.adopts:
        files[_IMPORT_FILE] = import_json.of_program(links, server)
    return _Result(
        files,
        len(links),
        selection.remarks,
        [
            f"cd {shlex.quote(str(wish.out))}",
            "pulumi stack init dev",
            "pulumi config set --secret userplane:apiKey",
            *_taking_in(wish),
        ],
    )


def _catalogue(wish: _Wish, selection: Selection, server: str) -> _Result:
    found = catalog.catalogue(selection, import_json.names(wish.out / _IMPORT_FILE), adopt=wish.adopts)
    files = {"links.yaml": catalog.written(found, adopt=wish.adopts)}
    if not wish.adopts:
        files[_IMPORT_FILE] = import_json.of_catalogue(found.teams, server)
    return _Result(
        files,
        found.count,
        [*selection.remarks, *found.remarks],
        ["# where the program of the catalogue is, with these files beside it", *_taking_in(wish)],
    )


def _seed(wish: _Wish, selection: Selection, places: workspace.Places, client: Client) -> _Result:
    name = client.get_workspace(places.workspace_id).workspace_name
    files = {"seed.yaml": seed.seed(name, places, selection.items)}
    command = f"pulumi-userplane emulator --seed {shlex.quote(str(wish.out / 'seed.yaml'))}"
    return _Result(files, len(selection.items), [], [command])


def _taking_in(wish: _Wish) -> list[str]:
    """The commands that bring the links into the state of the selected stack."""
    if not wish.adopts:
        unprotected = "" if wish.protect else " --protect=false"
        return [f"pulumi import --file {_IMPORT_FILE} --generate-code=false{unprotected}", _PREVIEW]
    if wish.format is Format.catalogue:
        return ["pulumi up", "sed -i.bak '/^    adopt: /d' links.yaml", _PREVIEW]
    return ["pulumi up", "sed -i.bak -e '/^    adopt=/d' -e '/^    mark=/d' __main__.py", _PREVIEW]


def _print(out: Path, result: _Result) -> None:
    typer.echo(f"{pluralize(result.count, 'link')} written to {out}: {', '.join(result.files)}")
    for remark in result.remarks:
        typer.echo(f"- {remark}")
    typer.echo("\nNext:\n")
    for step in result.next_steps:
        typer.echo(f"  {step}")
