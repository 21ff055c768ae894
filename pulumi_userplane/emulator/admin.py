"""What a hand can do to a running emulator; tests call it in-process, the control plane over HTTP."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypedDict, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import Unpack

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import Behaviours, BehavioursDict
from pulumi_userplane.emulator.demo import WORKSPACE_ID
from pulumi_userplane.emulator.envelope import first_problem
from pulumi_userplane.emulator.errors import EmulatorError, UnknownIdError
from pulumi_userplane.emulator.faults import Fault, FaultDict
from pulumi_userplane.emulator.request_log import LoggedRequest
from pulumi_userplane.emulator.schemas import LinkFields, LinkRow, NewLink
from pulumi_userplane.emulator.seed import SeedSource, read_seed
from pulumi_userplane.emulator.workspace_store import DomainStatus, KeyState

_ModelT = TypeVar("_ModelT", bound=BaseModel)


class _WorkspaceChange(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = ""
    link_quota: int | None = Field(default=None, ge=0)
    gone: bool = False


class _DomainChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: DomainStatus


class _KeyChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: KeyState


class WorkspaceDict(TypedDict, total=False):
    """What can be changed about a workspace, as keyword arguments."""

    name: str
    link_quota: int | None
    gone: bool


class Admin:
    """Reads and changes an emulator from outside the API: nothing here needs a key or is logged as a request."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests so far, oldest first."""
        return self._backend.log.entries()

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self._backend.log.clear()

    @property
    def links(self) -> list[LinkRow]:
        """All links of all workspaces, oldest first, deleted ones as well."""
        return self._backend.links.everything()

    def add_link(self, /, **wire_fields: object) -> LinkRow:
        """Make a link by hand, with any fields; `domainId` is required."""
        link = _valid(NewLink, wire_fields, "link")
        with _consistent():
            self._backend.links.add(WORKSPACE_ID, [link])
        return self._link(link.link_id)

    def edit_link(self, link_id: str, /, **wire_fields: object) -> LinkRow:
        """Change a link by hand: any field, by the name it has in an answer (`meta` for either switch)."""
        self._link(link_id)
        fields = _valid(LinkFields, wire_fields, "link")
        with _consistent():
            self._backend.links.change(link_id, fields)
        return self._link(link_id)

    def delete_link(self, link_id: str) -> LinkRow:
        """Delete a link by hand."""
        _found(self._backend.links.delete(link_id), "link that is not deleted", link_id)
        return self._link(link_id)

    def restore_link(self, link_id: str) -> LinkRow:
        """Bring a deleted link back."""
        self._backend.links.restore(link_id)
        return self._link(link_id)

    def delete_project(self, project_id: str) -> None:
        """Delete a project; its links are gone until it is restored."""
        _found(self._backend.directory.set_project_deleted(project_id, deleted=True), "project", project_id)

    def restore_project(self, project_id: str) -> None:
        """Bring a project back, and its links with it, save those that were deleted by themselves."""
        _found(self._backend.directory.set_project_deleted(project_id, deleted=False), "project", project_id)

    def set_domain_status(self, domain_id: str, status: DomainStatus) -> None:
        """Make a domain pending, verified or revoked."""
        change = _valid(_DomainChange, {"status": status}, "domain")
        _found(self._backend.directory.set_domain_status(domain_id, change.status), "domain", domain_id)

    def set_key_state(self, key: str, state: KeyState) -> None:
        """Make a key valid, expired or disabled."""
        change = _valid(_KeyChange, {"state": state}, "key")
        _found(self._backend.directory.set_key_state(key, change.state), "key", "with this text")

    def set_workspace(self, workspace_id: str, /, **changes: Unpack[WorkspaceDict]) -> None:
        """Rename a workspace, set how many links its plan allows, or make it gone."""
        change = _valid(_WorkspaceChange, changes, "workspace").model_dump(exclude_unset=True)
        _found(self._backend.directory.set_workspace(workspace_id, **change), "workspace", workspace_id)

    def fault(self, /, **script: Unpack[FaultDict]) -> Fault:
        """Script a fault for requests to come; the fields are those of `Fault`."""
        fault = _valid(Fault, script, "fault")
        self._backend.faults.add(fault)
        return fault

    @property
    def faults(self) -> list[Fault]:
        """The faults that may still hit a request."""
        return self._backend.faults.pending()

    def clear_faults(self) -> None:
        """Take all faults back."""
        self._backend.faults.clear()

    @property
    def behaviours(self) -> Behaviours:
        """How the unknowns of the real API are set."""
        return self._backend.behaviours

    def set_behaviours(self, /, **changes: Unpack[BehavioursDict]) -> Behaviours:
        """Throw some behaviours; the others stay."""
        self._backend.behaviours = _valid(Behaviours, {**self.behaviours.model_dump(), **changes}, "behaviours")
        return self.behaviours

    def seed(self, seed: SeedSource) -> None:
        """Put this seed in the place of everything; `reset` comes back to it from now on."""
        self._backend.load_seed(read_seed(seed))

    def reset(self) -> None:
        """Back to the seed and the first behaviours, without faults, with an empty log."""
        self._backend.reset()

    def _link(self, link_id: str) -> LinkRow:
        link = self._backend.links.find(link_id)
        if link is None:
            raise UnknownIdError(f"There is no link {link_id}.")
        return link


def validate_behaviours(behaviours: BehavioursDict) -> Behaviours:
    """The behaviours that were given, the others as they are by default."""
    return _valid(Behaviours, behaviours, "behaviours")


def _valid(model: type[_ModelT], fields: Mapping[str, object], what: str) -> _ModelT:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise EmulatorError(f"This {what} is wrong at {first_problem(error.errors())}") from error


@contextmanager
def _consistent() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise EmulatorError(
            f"This link is wrong: domain, project and member must exist, and a new id must be new ({error})."
        ) from error


def _found(found: object, what: str, name: str) -> None:
    if not found:
        raise UnknownIdError(f"There is no {what} {name}.")
