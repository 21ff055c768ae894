"""Looks for orphaned links in all places that options, states and this machine's journal name."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError, UserplaneError
from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.cli.errors import describe_error
from pulumi_userplane.cli.recover.orphans import find_orphans
from pulumi_userplane.cli.settings import load_account, reject_empty_options
from pulumi_userplane.cli.stack import read_states

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from pulumi_userplane.api import Client
    from pulumi_userplane.cli.recover.orphans import OrphanedLink
    from pulumi_userplane.cli.settings import Account
    from pulumi_userplane.cli.stack import Stack
    from pulumi_userplane.recovery.state_reader import Resource
    from pulumi_userplane.settings import Settings


@dataclass(frozen=True)
class Source:
    """Which stacks and which account the command's options name.

    Attributes:
        stack: What `--stack` says.
        files: What `--state` says.
        folder: The project's folder.
        config_file: What `--config-file` says.
        workspace: What `--workspace` says.
        base_url: What `--base-url` says.
    """

    stack: str | None
    files: Collection[Path]
    folder: Path
    config_file: Path | None
    workspace: str | None
    base_url: str | None

    def find_selected_stack(self) -> str | None:
        """Returns the selected stack, or None where an option names another one or there is none.

        Raises:
            ConfigurationError: An option is empty, or the CLI can't tell.
        """
        reject_empty_options(stack=self.stack, workspace=self.workspace, base_url=self.base_url)
        return None if self.stack or self.files else pulumi_cli.read_selected_stack(self.folder.absolute())

    def load_account(self) -> Account:
        """Returns the account, and prints where it comes from."""
        return load_account(
            stack=self.stack,
            folder=self.folder,
            config_file=self.config_file,
            workspace=self.workspace,
            base_url=self.base_url,
        )

    def read_states(self, selected: str | None) -> list[Stack]:
        """Returns the states of the named stack and of the files; of the selected stack only where neither is given.

        Raises:
            ConfigurationError: One can't be read, or there is none.
        """
        with_stack = bool(self.stack or (selected and not self.files))
        states = read_states(self.stack, self.folder, self.files, with_stack=with_stack)
        if not states:
            raise ConfigurationError(
                "no stack is selected",
                next_step="name one with --stack, or give --state FILE from `pulumi stack export`",
            )
        return states


def list_workspace_ids(settings: Settings, resources: Iterable[Resource]) -> set[str]:
    """Returns the workspaces of these links and of the settings, which must name one where no link is.

    Raises:
        ConfigurationError: Nothing names a workspace.
    """
    links = [resource for resource in resources if resource.is_managed_link]
    recorded = {workspace_id for link in links if (workspace_id := link.text("workspace_id"))}
    if settings.workspace_id is None and recorded:
        return recorded
    return recorded | {settings.require_workspace_id()}


def find_everywhere(
    client: Client, states: Collection[Stack], workspace_ids: Iterable[str]
) -> tuple[list[OrphanedLink], list[str]]:
    """Returns the orphaned links of all workspaces that can be read, and what is wrong with the others."""
    orphans: list[OrphanedLink] = []
    failures: list[str] = []
    for workspace_id in sorted(workspace_ids):
        with _collect_failure(failures):
            orphans += find_orphans(client, states, workspace_id)
    return orphans, failures


@contextmanager
def _collect_failure(failures: list[str]) -> Iterator[None]:
    try:
        yield
    except UserplaneError as error:
        failures.append(describe_error(error))
