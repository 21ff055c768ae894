"""Holds what the steps of one creation share: what is to be created, and its journal entry."""

from __future__ import annotations

import shlex
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.errors import Operation, UserplaneError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.recovery.ownership import parse_owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_userplane.api import Client
    from pulumi_userplane.lifecycle.run_state import RunState
    from pulumi_userplane.recovery.journal import Journal, JournalEntry, Writer


@dataclass
class ResourceCreation:
    """The creation of one resource.

    Attributes:
        run: The run.
        client: The account.
        journal: Its journal.
        inputs: What `check` returned.
        began: When the engine called `create`, in seconds of the clock's `monotonic`.
        entry: The journal entry of its link, once there is one.
    """

    run: RunState
    client: Client
    journal: Journal
    inputs: Mapping[str, Any]
    began: float
    entry: JournalEntry | None = None

    @property
    def mark(self) -> str:
        """The mark of the resource; empty if it has none."""
        return str(self.inputs.get("mark") or "")

    @property
    def workspace_id(self) -> str:
        """The workspace of the new link."""
        return str(self.inputs["workspace_id"])

    @property
    def operation(self) -> Operation:
        """The creation, as errors name it."""
        return Operation("creation", f'recording link "{sanitize(self.mark)}"' if self.mark else "a recording link")

    @property
    def recovery_hint(self) -> str:
        """What to do about a link that may be orphaned; only one with a mark can be found."""
        if not self.mark:
            return "delete it in the dashboard"
        owner = parse_owner(self.mark)
        command = f"pulumi-userplane recover --stack {shlex.quote(owner.stack)}" if owner else ""
        is_shared = self.client.limit_store is not None
        machine = "on any machine that uses the limit store" if is_shared else "on this machine"
        return steps(
            f"run `pulumi up` again {machine} in a few minutes, and it resumes the link",
            f"from another machine, find the link with `{command}` first" if command else "",
        )

    def require_no_other_run(self, writer: Writer | None) -> None:
        """Raises unless no other run is creating the link.

        Args:
            writer: Who else has a journal entry for it, if anybody.

        Raises:
            UserplaneError: Another run is creating it, and still runs.
        """
        if writer is not None:
            place = f" on {writer.host}" if writer.host else ""
            raise UserplaneError(
                f"another run is creating this link: its provider process {writer.process.pid}{place}, started by "
                f"process {writer.run.pid}, is still running",
                operation=self.operation,
                next_step=f"wait until that run ends, or end process {writer.run.pid}{place}, then run again",
            )

    def record(self, entry: JournalEntry) -> None:
        """Records the entry of its link.

        Raises:
            UserplaneError: Another run is creating it, and still runs.
        """
        self.require_no_other_run(self.journal.record(entry))
        self.entry = entry

    def record_answered(self) -> None:
        """Records that the creation is complete: whether the engine has heard of it, only the state tells."""
        if self.entry is not None:
            self.record(self.entry._replace(is_answered=True))

    @contextmanager
    def reporting_failure(self) -> Iterator[None]:
        """Records a failure that leaves an entry: once the engine hears of it, the state shows no pending creation."""
        try:
            yield
        except UserplaneError:
            if self.entry is not None:
                # The failure itself must reach the user, whatever becomes of the journal.
                with suppress(UserplaneError):
                    self.record(self.entry._replace(is_reported=True))
            raise

    def discard(self) -> None:
        """Removes its entry, if there is one: the POST created nothing, or the link was deleted again."""
        if self.entry is not None:
            self.journal.discard(self.entry.reference)
            self.entry = None
