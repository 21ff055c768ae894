"""What a test can do to a running emulator from outside the API; `/_control` offers the same over HTTP."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypedDict, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import Unpack

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import Behaviours, BehavioursDict, validate_behaviours
from pulumi_userplane.emulator.envelope import describe_first_error
from pulumi_userplane.emulator.errors import EmulatorError, UnknownIdError
from pulumi_userplane.emulator.faults import Fault, FaultDict
from pulumi_userplane.emulator.request_log import LoggedRequest
from pulumi_userplane.emulator.schemas import LinkFields, LinkRow, NewLink, StoredModel
from pulumi_userplane.emulator.seed import WORKSPACE_ID, SeedSource, read_seed
from pulumi_userplane.emulator.workspace_store import DomainStatus, KeyState

_ModelT = TypeVar("_ModelT", bound=BaseModel)


class _WorkspaceChange(StoredModel):
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
    """What can change about a workspace, as keyword arguments."""

    name: str
    link_quota: int | None
    gone: bool


class Admin:
    """Reads and changes an emulator from outside the API: needs no key, and leaves no trace in the request log."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests since the start or the last `clear_requests`, oldest first, at most the latest 200,000."""
        return self._backend.log.entries

    def clear_requests(self) -> None:
        """Empties the request log."""
        self._backend.log.clear()

    @property
    def links(self) -> list[LinkRow]:
        """All links of all workspaces, oldest first, deleted ones as well."""
        return self._backend.links.list_all()

    def add_link(self, /, **fields: object) -> LinkRow:
        """Creates a link outside the API, in any state that the API can show.

        Args:
            **fields: By their names in a response (`linkTitle`, `linkURL`, `meta`, `createdAt`, ...), the ids as
                `linkId`, `domainId`, `projectId` and `workspaceMemberId`, and `deleted`. Only `domainId` is required.

        Returns:
            The link that was stored.

        Raises:
            EmulatorError: A field has another type, there is no such domain, project or member, or the id is taken.
        """
        link = _validate(NewLink, fields, "link")
        with _check_references():
            self._backend.links.add(WORKSPACE_ID, [link])
        return self._get_link(link.link_id)

    def edit_link(self, link_id: str, /, **fields: object) -> LinkRow:
        """Changes a link outside the API.

        Args:
            link_id: The link, deleted or not.
            **fields: The fields to change, as for `add_link` but without `linkId` and `deleted`. The map is
                called `meta` whatever `meta_key` is.

        Returns:
            The changed link.

        Raises:
            EmulatorError: There is no such link, or a field is invalid.
        """
        self._get_link(link_id)
        changes = _validate(LinkFields, fields, "link")
        with _check_references():
            self._backend.links.update(link_id, changes)
        return self._get_link(link_id)

    def delete_link(self, link_id: str) -> LinkRow:
        """Deletes a link outside the API and returns it.

        Raises:
            EmulatorError: There is no such link, or it is deleted already.
        """
        _require("link that is not deleted", link_id, is_known=self._backend.links.delete(link_id))
        return self._get_link(link_id)

    def restore_link(self, link_id: str) -> LinkRow:
        """Restores a deleted link and returns it; a link that is not deleted stays as it is.

        Raises:
            EmulatorError: There is no such link.
        """
        self._backend.links.restore(link_id)
        return self._get_link(link_id)

    def delete_project(self, project_id: str) -> None:
        """Deletes a project; its links are gone until it is restored.

        Raises:
            EmulatorError: There is no such project.
        """
        is_known = self._backend.workspaces.set_project_deleted(project_id, is_deleted=True)
        _require("project", project_id, is_known=is_known)

    def restore_project(self, project_id: str) -> None:
        """Restores a project and its links, except those that were deleted themselves.

        Raises:
            EmulatorError: There is no such project.
        """
        is_known = self._backend.workspaces.set_project_deleted(project_id, is_deleted=False)
        _require("project", project_id, is_known=is_known)

    def set_domain_status(self, domain_id: str, status: DomainStatus) -> None:
        """Makes a domain pending, verified or revoked.

        Raises:
            EmulatorError: There is no such domain or status.
        """
        change = _validate(_DomainChange, {"status": status}, "domain")
        is_known = self._backend.workspaces.set_domain_status(domain_id, change.status)
        _require("domain", domain_id, is_known=is_known)

    def set_key_state(self, key: str, state: KeyState) -> None:
        """Makes an API key valid, expired or disabled.

        Raises:
            EmulatorError: There is no such key or state.
        """
        change = _validate(_KeyChange, {"state": state}, "key")
        is_known = self._backend.workspaces.set_key_state(key, change.state)
        _require("key", "with this text", is_known=is_known)

    def set_workspace(self, workspace_id: str, /, **changes: Unpack[WorkspaceDict]) -> None:
        """Changes a workspace.

        Args:
            workspace_id: The workspace.
            **changes: `name`; `link_quota`, how many links its plan allows to create (None: any number);
                `gone`, whether requests for it get 410 `WORKSPACE_GONE`.

        Raises:
            EmulatorError: There is no such workspace, or a change is invalid.
        """
        fields = _validate(_WorkspaceChange, changes, "workspace").model_dump(exclude_unset=True)
        is_known = self._backend.workspaces.update_workspace(workspace_id, **fields)
        _require("workspace", workspace_id, is_known=is_known)

    def fault(self, /, **script: Unpack[FaultDict]) -> Fault:
        """Scripts a fault for requests to come; of several faults, the first that matches applies.

        Args:
            **script: Fields of `Fault`.

        Returns:
            The fault.

        Raises:
            EmulatorError: A field is invalid.
        """
        fault = _validate(Fault, script, "fault")
        self._backend.faults.add(fault)
        return fault

    @property
    def faults(self) -> list[Fault]:
        """The faults that can still match a request, in the order in which they were scripted."""
        return self._backend.faults.pending

    def clear_faults(self) -> None:
        """Removes all faults."""
        self._backend.faults.clear()

    @property
    def behaviours(self) -> Behaviours:
        """How the emulator behaves at present where the real API is unknown."""
        return self._backend.behaviours

    def set_behaviours(self, /, **changes: Unpack[BehavioursDict]) -> Behaviours:
        """Changes some behaviours at once; the others stay.

        Args:
            **changes: Fields of `Behaviours`.

        Returns:
            All behaviours.

        Raises:
            EmulatorError: A value is invalid.
        """
        self._backend.behaviours = validate_behaviours({**self.behaviours.model_dump(), **changes})
        return self.behaviours

    def seed(self, seed: SeedSource) -> None:
        """Replaces everything with a seed; later calls of `reset` return to this seed.

        Args:
            seed: A `Seed`, data in its shape, or the path of a YAML file.

        Raises:
            EmulatorError: The seed can't be read or is invalid.
        """
        self._backend.load_seed(read_seed(seed))

    def reset(self) -> None:
        """Returns to the seed and the initial behaviours, without faults and with an empty request log."""
        self._backend.reset()

    def _get_link(self, link_id: str) -> LinkRow:
        link = self._backend.links.find(link_id)
        if link is None:
            raise UnknownIdError(f"There is no link {link_id}.")
        return link


def _validate(model: type[_ModelT], fields: Mapping[str, object], label: str) -> _ModelT:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise EmulatorError(f"The {label} is wrong at {describe_first_error(error.errors())}.") from error


@contextmanager
def _check_references() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise EmulatorError(
            "The link can't be stored: its domain, project and member must exist, and a new link needs an unused id"
            f" ({error})."
        ) from error


def _require(label: str, name: str, *, is_known: bool) -> None:
    if not is_known:
        raise UnknownIdError(f"There is no {label} {name}.")
