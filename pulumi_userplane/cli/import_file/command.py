"""`pulumi-userplane import-file`: writes the import file of `pulumi preview` with ids, inputs and outputs filled in."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pulumi_userplane.api import Link
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import import_entries, pulumi_cli
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.import_file.fill_in import (
    PLACEHOLDER,
    Placeholder,
    fill_in,
    find_placeholders,
    read_import_file,
)
from pulumi_userplane.cli.import_file.matching import MatchBy, Matcher, MatchError
from pulumi_userplane.cli.options import (
    BaseUrlOption,
    ConfigFileOption,
    FolderOption,
    OtherStateOption,
    StackOption,
    WorkspaceOption,
)
from pulumi_userplane.cli.settings import load_account
from pulumi_userplane.cli.stack import find_managers, read_states
from pulumi_userplane.cli.text import name_link, pluralize
from pulumi_userplane.recovery.ownership import mark_in, parse_owner

EXAMPLE = (
    "Example: `pulumi preview --import-file new.json`, then `pulumi-userplane import-file new.json --out import.json "
    "--by title`, then `pulumi import --file import.json --generate-code=false`."
)


def import_file(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File from `pulumi preview --import-file`.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where to write the completed file; an import file that is there is overwritten "
            "without a question. Default: standard output.",
        ),
    ] = None,
    by: Annotated[MatchBy, typer.Option(help="How to find each resource's link.")] = MatchBy.title,
    created_by: Annotated[
        str | None,
        typer.Option("--from", metavar="PROJECT/STACK", help="With --by mark: only links that this stack created."),
    ] = None,
    state: OtherStateOption = None,
    workspace: WorkspaceOption = None,
    stack: StackOption = None,
    folder: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    base_url: BaseUrlOption = None,
) -> None:
    """Fill in the ids in the file that `pulumi preview --import-file` writes.

    Then `pulumi import --file` brings the links into the state. A link is found by the resource's name, or by what you
    write instead of the placeholder.

    Links in the states of --stack and --state are not taken. Without --stack, the selected stack's state is used.

    Nothing is changed at Userplane. Nothing is written unless each link is found.
    """
    with exit_on_error():
        _check_created_by(created_by, by)
        content = read_import_file(file)
        account = load_account(
            stack=stack, folder=folder, config_file=config_file, workspace=workspace, base_url=base_url
        )
        workspace_id = account.settings.require_workspace_id()
        placeholders = find_placeholders(content)
        if not placeholders:
            raise ConfigurationError(
                f"{file} has no recording link to fill in: nothing was written",
                next_step="declare the links in the program, and write the file with `pulumi preview --import-file`",
            )
        states = read_states(stack, folder, state or (), with_stack=account.stack is not None, may_be_empty=True)
        links = list(account.client.list_links(workspace_id))
        links_by_index = _match(Matcher(links, find_managers(states), by, created_by), placeholders)
        completed = fill_in(content, links_by_index, workspace_id, account.client.base_url)
        if out is not None:
            import_entries.write_import_file(out, completed)
    _print_links(placeholders, links_by_index, completed)
    if out is None:
        typer.echo(import_entries.format_content(completed), nl=False)
    else:
        command = pulumi_cli.format_command(
            "import", "--file", str(out), "--generate-code=false", stack=stack, file=config_file
        )
        typer.echo(f"\nNext:\n\n  {command}")


def _check_created_by(created_by: str | None, by: MatchBy) -> None:
    if created_by is not None and by is not MatchBy.mark:
        raise ConfigurationError("--from works only with --by mark", next_step="add --by mark, or leave --from out")
    if created_by is not None and created_by.count("/") != 1:
        raise ConfigurationError(
            f"--from {sanitize(created_by)} names no stack", next_step="write it as PROJECT/STACK, such as shop/dev"
        )


def _match(matcher: Matcher, placeholders: Sequence[Placeholder]) -> dict[int, Link]:
    """Returns the link of each placeholder by its index; prints why there is none, a line for each problem."""
    try:
        return matcher.match_all(placeholders)
    except MatchError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        raise


def _print_links(placeholders: Sequence[Placeholder], links: Mapping[int, Link], completed: Mapping[str, Any]) -> None:
    for placeholder in placeholders:
        link = links[placeholder.index]
        mark = mark_in(link.link_provider_ref)
        creator = f", created by {sanitize(str(parse_owner(mark) or mark))}" if mark else ""
        typer.echo(f"{sanitize(placeholder.name)}: {name_link(link.link_id, link.link_title)}{creator}", err=True)
    if remaining := sum(entry.get("id") == PLACEHOLDER for entry in completed["resources"]):
        typer.echo(f"still to fill in: {pluralize(remaining, 'placeholder')} of other resource types", err=True)
