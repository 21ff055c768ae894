"""What a stack holds and how it is configured, asked from the Pulumi CLI; what it holds also from an exported file."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.import_file import LINK_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LONGEST_SECONDS = 120


class Resource(BaseModel):
    """A resource in a state, as `pulumi stack export` writes it; secret values come encrypted."""

    urn: str
    type: str
    id: str = ""
    delete: bool = False
    external: bool = False
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]

    @property
    def is_managed_link(self) -> bool:
        """Whether it is a recording link that the program manages, not one that it looks up or is to be deleted."""
        return self.type == LINK_TYPE and not self.external and not self.delete

    def text(self, key: str) -> str | None:
        """Returns a property that is plain text, or None."""
        value = self.outputs.get(key, self.inputs.get(key))
        return value if isinstance(value, str) and value else None


class _Pending(BaseModel):
    resource: Resource | None = None


class _Deployment(BaseModel):
    resources: list[Resource] = []
    pending_operations: list[_Pending] = []


class _Export(BaseModel):
    deployment: _Deployment | None


@dataclass(frozen=True)
class Stack:
    """One stack.

    Attributes:
        project: The project's name.
        name: The stack's name without an organisation, as it stands in URNs and marks.
        resources: What the state holds.
    """

    project: str
    name: str
    resources: tuple[Resource, ...]

    @property
    def mark_prefix(self) -> str:
        """How the marks of this stack's links begin; neither name can hold a slash."""
        return f"pulumi:{self.project}/{self.name}/"

    @property
    def ids(self) -> set[str]:
        """The ids of all that the state holds."""
        return {each.id for each in self.resources if each.id}


def exported(name: str, folder: Path) -> Stack:
    """Asks the Pulumi CLI what a stack holds.

    Raises:
        ConfigurationError: The CLI refused, or says nothing that can be read.
    """
    text = _pulumi(folder, "stack", "export", "--stack", name)
    return _stack(text, f"`pulumi stack export --stack {name}`", lambda: _names_of_empty(name, folder))


def read(path: Path) -> Stack:
    """Reads a file that `pulumi stack export` has written.

    Raises:
        ConfigurationError: There is no such file, or it is another kind of file.
    """

    def unknown() -> tuple[str, str]:
        raise ConfigurationError(f"{path} holds no resource, so nothing tells its stack", next_step="use --stack NAME")

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}") from None
    return _stack(text, str(path), unknown)


def configuration(name: str, folder: Path) -> Callable[[str], str | None]:
    """Returns what gives the text of a key such as `userplane:apiKey` in a stack's configuration.

    Raises:
        ConfigurationError: The CLI refused.
    """
    values: dict[str, dict[str, Any]] = json.loads(
        _pulumi(folder, "config", "--show-secrets", "--json", "--stack", name)
    )
    return lambda key: values.get(key, {}).get("value")


def _stack(text: str, source: str, names_of_empty: Callable[[], tuple[str, str]]) -> Stack:
    try:
        deployment = _Export.model_validate_json(text).deployment or _Deployment()
    except ValidationError as error:
        raise ConfigurationError(
            f"{source} gives no exported stack ({error.errors()[0]['msg']})",
            next_step="a file comes from `pulumi stack export --file FILE`",
        ) from None
    pending = [each.resource for each in deployment.pending_operations if each.resource is not None]
    known = [*deployment.resources, *pending]
    # urn:pulumi:<stack>::<project>::<types>::<name>
    names = known[0].urn.removeprefix("urn:pulumi:").split("::")[:2] if known else names_of_empty()[::-1]
    return Stack(names[1], names[0], tuple(known))


def _names_of_empty(name: str, folder: Path) -> tuple[str, str]:
    """Project and stack of a stack that holds nothing yet: from its full name, else from the project's file."""
    *owner, stack = name.split("/")
    if len(owner) == 2:
        return owner[1], stack
    files = [each / file for each in (folder, *folder.parents) for file in ("Pulumi.yaml", "Pulumi.yml")]
    for file in files:
        if file.is_file():
            return yaml.safe_load(file.read_text(encoding="utf-8"))["name"], stack
    raise ConfigurationError(f"there is no Pulumi.yaml in {folder} or above", next_step="name the folder with -C")


def _pulumi(folder: Path, *arguments: str) -> str:
    command = f"`pulumi {' '.join(arguments)}`"
    try:
        done = subprocess.run(  # noqa: S603 - the CLI that the user works with, without a shell
            ["pulumi", *arguments, "--non-interactive", "--color=never"],  # noqa: S607 - found on PATH, as by the user
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise ConfigurationError(
            f"{command} can't run: there is no pulumi on PATH, or no folder {folder}",
            next_step="or give an exported state with --state FILE",
        ) from None
    except subprocess.TimeoutExpired:
        raise ConfigurationError(f"{command} has not ended in {_LONGEST_SECONDS} s") from None
    if done.returncode != 0:
        raise ConfigurationError(f"{command} failed: {done.stderr.strip().removeprefix('error: ')}")
    return done.stdout
