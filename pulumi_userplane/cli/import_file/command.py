"""`pulumi-userplane import-file`: completes a skeleton of `pulumi preview --import-file` with the links it means."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, ValidationError

from pulumi_userplane.api import Link
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import describe_link, sanitize
from pulumi_userplane.cli import pulumi_cli, pulumi_import
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.import_file import placeholders as skeletons
from pulumi_userplane.cli.import_file.placeholders import PLACEHOLDER, By, Wanted
from pulumi_userplane.cli.options import (
    BaseUrlOption,
    ConfigFileOption,
    FolderOption,
    StackOption,
    StateOption,
    WorkspaceOption,
)
from pulumi_userplane.cli.settings import load_account
from pulumi_userplane.cli.stack import find_managers, read_states
from pulumi_userplane.recovery.ownership import ResourceRef, mark_in, parse_owner

EXAMPLE = (
    "Example: `pulumi preview --import-file new.json`, then `pulumi-userplane import-file new.json --out import.json "
    "--by title`, then `pulumi import --file import.json --generate-code=false`."
)


def import_file(
    *,
    skeleton: Annotated[Path, typer.Argument(help="What `pulumi preview --import-file` has written.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The completed file; stdout if left out.")] = None,
    by: Annotated[By, typer.Option(help="What tells the link of a resource.")] = By.title,
    made_by: Annotated[
        str | None, typer.Option("--from", metavar="PROJECT/STACK", help="With --by mark: who made the links.")
    ] = None,
    state: StateOption = None,
    workspace: WorkspaceOption = None,
    stack: StackOption = None,
    directory: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    base_url: BaseUrlOption = None,
) -> None:
    """Complete a skeleton of `pulumi preview --import-file`, so that `pulumi import --file` takes it.

    The value that is looked for is the resource's name, or what you write in the place of the placeholder. Links that
    a state holds are not taken: that of --stack, else of the selected stack, and those of --state. Nothing is changed
    at Userplane, and nothing is written if one link can't be told.
    """
    with exit_on_error():
        if made_by is not None and by is not By.mark:
            raise ConfigurationError("--from says who made a link, and counts only with --by mark")
        if made_by is not None and made_by.count("/") != 1:
            raise ConfigurationError(f"--from takes PROJECT/STACK, as marks have it, and not {sanitize(made_by)}")
        content = _read(skeleton)
        account = load_account(
            stack=stack, folder=directory, config_file=config_file, workspace=workspace, base_url=base_url
        )
        workspace_id = account.settings.require_workspace_id()
        entries = skeletons.wanted(content)
        if not entries:
            raise ConfigurationError(f"{skeleton} has no recording link without values: nothing was written")
        states = read_states(stack, directory, state or (), with_stack=account.stack is not None, may_be_empty=True)
        links = list(account.client.list_links(workspace_id))
        found = _found(entries, links, find_managers(states), by, made_by)
        completed = skeletons.filled(content, found, workspace_id, account.client.base_url)
        if out is not None:
            pulumi_import.write_import_file(out, completed)
    for each in entries:
        link = found[each.index]
        made = mark_in(link.link_provider_ref)
        by_whom = f", made by {sanitize(str(parse_owner(made) or made))}" if made else ""
        typer.echo(f"{sanitize(each.name)}: {describe_link(link.link_id, link.link_title)}{by_whom}", err=True)
    if left := sum(each.get("id") == PLACEHOLDER for each in completed["resources"]):
        typer.echo(f"left as they are: {left} of other types that have no id yet", err=True)
    if out is None:
        typer.echo(pulumi_import.format_content(completed), nl=False)
    else:
        command = pulumi_cli.format_command(
            "import", "--file", str(out), "--generate-code=false", stack=stack, file=config_file
        )
        typer.echo(f"\nNext:\n\n  {command}")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="allow")

    type: str
    name: str


class _Skeleton(BaseModel):
    resources: list[_Entry]
    nameTable: dict[str, str] = {}  # noqa: N815 - the CLI's name


def _read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        _Skeleton.model_validate(content)
    except OSError as error:
        raise ConfigurationError(f"{file} can't be read: {error.strerror}") from None
    except (ValueError, ValidationError):
        raise ConfigurationError(
            f"{file} is no skeleton of an import", next_step="write one by `pulumi preview --import-file new.json`"
        ) from None
    return content


def _found(
    entries: list[Wanted], links: list[Link], holders: dict[str, list[ResourceRef]], by: By, made_by: str | None
) -> dict[int, Link]:
    """The link of each entry by the entry's place."""
    free = [each for each in links if each.link_id not in holders]
    # What is held is left out last: it must not let a link through that fits less.
    meant = {each.index: skeletons.matches(each, links, by, made_by) for each in entries}
    candidates = {index: [each for each in few if each.link_id not in holders] for index, few in meant.items()}
    _refuse(
        [
            skeletons.held(each, meant[each.index], holders)
            for each in entries
            if meant[each.index] and not candidates[each.index]
        ],
        "take such a link out of that state first by `pulumi state delete`, or leave its entry out of the skeleton",
    )
    problems = [
        skeletons.problem(each, candidates[each.index], free, by)
        for each in entries
        if len(candidates[each.index]) != 1
    ]
    found = {index: few[0] for index, few in candidates.items() if len(few) == 1}
    twice = [link_id for link_id, count in Counter(link.link_id for link in found.values()).items() if count > 1]
    problems += [
        f"{link_id} is meant by {' and '.join(sanitize(each.name) for each in entries if _is(found, each, link_id))}"
        for link_id in twice
    ]
    _refuse(problems, "in the place of the placeholder of such an entry write the link's id")
    return found


def _refuse(problems: list[str], advice: str) -> None:
    if problems:
        raise ConfigurationError("; ".join(problems), next_step=f"nothing was written; {advice}")


def _is(found: dict[int, Link], entry: Wanted, link_id: str) -> bool:
    return entry.index in found and found[entry.index].link_id == link_id
