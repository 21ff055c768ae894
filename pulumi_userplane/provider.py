"""The dynamic provider of recording links: translates between Pulumi's host and `lifecycle`, one method an operation.

States name this class by its module and name: neither may ever change. A state that the plugin has written has other
names for the properties; `aliases` of a program bring it here.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from pulumi_userplane.error_reporting import report_on_one_line
from pulumi_userplane.lifecycle.check import check
from pulumi_userplane.lifecycle.plan import plan
from pulumi_userplane.lifecycle.read import read
from pulumi_userplane.lifecycle.run_state import RunState, this_run_state
from pulumi_userplane.lifecycle.update import update
from pulumi_userplane.property_names import to_declared_python_names, to_python_names
from pulumi_userplane.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi.dynamic import ConfigureRequest


class RecordingLinkProvider(ResourceProvider):
    """Creates, reads, updates and deletes recording links for Pulumi's engine.

    Every state holds it, pickled by reference and without attributes; the account comes with `configure`.
    """

    serialize_as_secret_always = False

    # Without `configure`, as in a user's own test, only the environment counts.
    _configured: Callable[[str], str | None] = staticmethod(lambda _key: None)

    def __reduce__(self) -> tuple[type[RecordingLinkProvider], tuple[()]]:
        """Pickles as a bare reference, whatever `configure` has put on this object."""
        return (type(self), ())

    def configure(self, req: ConfigureRequest) -> None:
        """Takes the configuration of the stack or of the explicit provider; `check` reports what is wrong with it."""
        self._configured = req.config.get

    @cached_property
    def _settings(self) -> Settings:
        return Settings.read(self._configured)

    @property
    def _run(self) -> RunState:
        return this_run_state(notify=pulumi.log)

    @report_on_one_line
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Fills in the workspace and finds every wrong input at once; no request."""
        declared = to_declared_python_names(news, olds)
        inputs, problems = check(self._run, self._settings, to_python_names(olds), declared)
        # A failure that names its property makes the engine print the property's whole value, secret or not.
        return CheckResult(inputs, [CheckFailure("", problem) for problem in problems])

    @report_on_one_line
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Returns whether the declared link differs from the recorded one, and what only a new link can change."""
        recorded = to_python_names(olds)
        has_changes, replaces = plan(self._run, self._settings, id_, recorded, news)
        if recorded.keys() != olds.keys():
            # The plugin's state is written anew, which takes no request. The engine can't compare its names.
            return DiffResult(changes=True, replaces=replaces)
        # None, not True: the engine then shows its own difference of the inputs, with reasons.
        return DiffResult(changes=None, replaces=replaces) if has_changes else DiffResult(changes=False)

    @report_on_one_line
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Creates the link with one POST, and one PUT where it needs one; or adopts the one that the program names."""
        from pulumi_userplane.lifecycle.create import create  # noqa: PLC0415 - it loads what previews don't need

        return CreateResult(*create(self._run, self._settings, props))

    @report_on_one_line
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Reads the link: all fields as outputs, managed fields as inputs; a proved deletion drops it."""
        link = read(self._run, self._settings, id_, to_python_names(props))
        return ReadResult("", {}) if link is None else ReadResult(id_, *link)

    @report_on_one_line
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Sends the changed fields in one PUT, or nothing if nothing changed."""
        return UpdateResult(update(self._run, self._settings, id_, to_python_names(olds), news))

    @report_on_one_line
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Deletes the link; one that is already gone is a success, if the server that knew it says so."""
        from pulumi_userplane.lifecycle.delete import delete  # noqa: PLC0415 - it loads what previews don't need

        delete(self._run, self._settings, id_, to_python_names(props))
