"""RecordingLinkProvider: what Pulumi's engine asks of a recording link, one method for each operation.

States name this class by its module and name: neither may ever change.
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

from pulumi_userplane import diff as changes
from pulumi_userplane.api.errors import APIError, ConfigurationError
from pulumi_userplane.error_reporting import report_on_one_line
from pulumi_userplane.lifecycle import adopt, deletion, update
from pulumi_userplane.lifecycle.run_state import this_run_state
from pulumi_userplane.lifecycle.validation import validate
from pulumi_userplane.refresh import list_reader
from pulumi_userplane.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi.dynamic import ConfigureRequest

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.api.retry import Deadline

_HOME_OF_MARK: dict[str, str] = {}
"""The workspace of each link that `check` has seen: for a replacement the engine asks again, without the old inputs."""

_MADE_AGAIN = "the next `pulumi up` makes a new one, with a new address"
_LOOKED_UP_IN_VAIN = "the next `pulumi up` fails, since the program still looks it up"


class RecordingLinkProvider(ResourceProvider):
    """Makes, reads, changes and deletes recording links for Pulumi's engine.

    It is pickled into every state by reference and without attributes; the account comes with `configure`.
    """

    serialize_as_secret_always = False

    # Without `configure`, as in a test of somebody's own, the environment counts alone.
    _configured: Callable[[str], str | None] = staticmethod(lambda _key: None)

    def __reduce__(self) -> tuple[type[RecordingLinkProvider], tuple[()]]:
        """Pickles as a bare reference, whatever `configure` has put on this object."""
        return (type(self), ())

    def configure(self, req: ConfigureRequest) -> None:
        """Takes the stack's configuration or the explicit provider's; what is wrong with it is said by `check`."""
        self._configured = req.config.get

    @cached_property
    def _settings(self) -> Settings:
        return Settings.read(self._configured)

    @report_on_one_line
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Fills in the workspace and finds every wrong input at once; no request."""
        inputs = {key: changes.canonical(value) for key, value in news.items() if key != "__provider"}
        settings = self._settings
        if not settings.mark_links and inputs.get("adopt") is None:
            inputs.pop("mark", None)
        wrong = validate(inputs, olds, settings.extra_provider_types)
        for key in (changes.UNVERIFIED, changes.LONG_NAME):
            inputs.pop(key, None)
        try:
            inputs["workspace_id"] = _workspace_id(settings, olds, inputs)
        except ConfigurationError as error:
            wrong.append(str(error))
        try:
            settings.require_api_key()
        except ConfigurationError as error:
            wrong.append(str(error))
        if isinstance(inputs.get("adopt"), str):
            this_run_state().request_adoption(inputs["adopt"], str(inputs.get("mark") or ""), is_new=not olds)
        if not inputs.get("mark"):
            inputs.pop("mark", None)
        elif olds:
            this_run_state().record_existing(str(inputs["mark"]))
        # A failure that names its property makes the engine print the property's whole value, secret or not.
        return CheckResult(inputs, [CheckFailure("", line) for line in wrong])

    @report_on_one_line
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Tells whether the declared link differs from the recorded one, and what only a new link can change."""
        self._holds(id_, news)
        replaces = changes.replacements(olds, news)
        marks = (str(olds.get("mark") or ""), str(news.get("mark") or ""))
        is_ours = this_run_state().record_declaration(id_, *marks, replaces=bool(replaces))
        adopt.check_adoption(id_, olds, news, replaces=bool(replaces), is_ours=is_ours)
        if not changes.differ(olds, news):
            return DiffResult(changes=False)
        if replaces:
            deletion.require_server_for_replacement(self._settings.base_url, id_, olds)
        # None, not True: the engine then shows its own difference of the inputs, with reasons.
        return DiffResult(changes=None, replaces=replaces)

    @report_on_one_line
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Makes the link: one POST, and one PUT where it needs one; or adopts the one that the program names."""
        from pulumi_userplane.lifecycle import create as creation  # noqa: PLC0415 - it loads what previews don't need

        client = self._client()
        make = creation.create if props.get("adopt") is None else adopt.adopt
        with client.progress.track_link("created"):
            link = make(client, props["workspace_id"], props)
        this_run_state().record_replacement(str(props.get("mark") or ""))
        list_reader.forget(client, props["workspace_id"], link.link_id)
        return CreateResult(link.link_id, changes.outputs(link, props, client.base_url))

    @report_on_one_line
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Reads the link: all of it as outputs, what the program manages as inputs; a proved deletion drops it."""
        client = self._client()
        workspace_id = self._workspace_of(props)
        self._holds(id_, props)
        with client.progress.track_link("read"), client.operation_deadline() as deadline:
            link = self._listed(workspace_id, id_, props, deadline) or _live_link(client, workspace_id, id_, props)
        if link is None:
            this_run_state().forget(id_)
            return ReadResult("", {})
        if changes.LOOKUP in props:
            outputs = changes.outputs(link, {"workspace_id": workspace_id}, client.base_url)
            return ReadResult(id_, {**outputs, changes.LOOKUP: True})
        inputs = changes.live_inputs(link, props, workspace_id)
        return ReadResult(id_, changes.outputs(link, inputs, client.base_url), inputs)

    @report_on_one_line
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Sends the changed fields in one PUT; nothing changed, nothing sent."""
        self._holds(id_, news)
        fields = changes.changed_fields(olds, news)
        if not fields:
            return UpdateResult(changes.outputs_after_noop(olds, news))
        client = self._client()
        list_reader.forget(client, news["workspace_id"], id_)
        with client.progress.track_link("updated"), client.operation_deadline():
            return UpdateResult(update.update(client, id_, olds, news, fields))

    @report_on_one_line
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Deletes the link; one that is gone already is a success, if the server that knew it says so."""
        from pulumi_userplane.lifecycle import delete  # noqa: PLC0415 - as above

        client = self._client()
        workspace_id = self._workspace_of(props)
        self._holds(id_, props)
        delete.delete(client, workspace_id, id_, props)

    def _client(self) -> Client:
        from pulumi_userplane.recovery import watchdog  # noqa: PLC0415 - as above

        watchdog.exit_with_cli()
        return self._settings.client()

    def _workspace_of(self, props: dict[str, Any]) -> str:
        """Where the link is; an empty text is not taken for a workspace that is not named."""
        recorded: str | None = props.get("workspace_id")
        return self._settings.require_workspace_id() if recorded is None else recorded

    def _listed(self, workspace_id: str, id_: str, props: dict[str, Any], deadline: Deadline) -> Link | None:
        """The link as a page of the list shows it, or None when it has to be asked for by its id."""
        settings = self._settings
        if settings.refresh == "single" or changes.LOOKUP in props or "created_at" not in props:
            return None
        listed = list_reader.for_workspace(settings.client(), workspace_id)
        return listed.find(id_, props, deadline)

    def _holds(self, id_: str, props: dict[str, Any]) -> None:
        """Takes down that the state holds this link, so that no creation takes it up; its note has done its work."""
        from pulumi_userplane.recovery import journal  # noqa: PLC0415 - as above

        if changes.LOOKUP not in props:
            this_run_state().record(id_, str(props.get("mark") or ""))
        journal.confirm(self._settings.file(), id_)


def _live_link(client: Client, workspace_id: str, link_id: str, recorded: dict[str, Any]) -> Link | None:
    """The link, or None, said on the terminal, when it is proved to be deleted."""
    try:
        return client.get_link(workspace_id, link_id, label=changes.label(recorded))
    except APIError as error:
        deletion.confirm_deleted(client, recorded, error)
        what_follows = _LOOKED_UP_IN_VAIN if changes.LOOKUP in recorded else _MADE_AGAIN
        pulumi.log.warn(
            f"{error.subject} was deleted outside Pulumi ({error.status} {error.code}): "
            f"it is dropped from the state, and {what_follows}"
        )
        return None


def _workspace_id(settings: Settings, olds: dict[str, Any], inputs: dict[str, Any]) -> Any:  # noqa: ANN401 - or unknown
    """The declared workspace, else where the link is, else the settings' one: a setting alone never moves a link."""
    if inputs.get("workspace_id") is not None:
        return inputs["workspace_id"]
    mark = inputs.get("mark")
    known = _HOME_OF_MARK.get(mark) if isinstance(mark, str) and not settings.workspace_id else None
    home = olds.get("workspace_id") or known
    if home is None:
        return settings.require_workspace_id()
    if settings.workspace_id not in {None, home}:
        raise ConfigurationError(
            f"workspace_id: the link is in workspace {home}, and the settings say {settings.workspace_id}",
            next_step=f'write workspace_id="{settings.workspace_id}" if it is meant to move (a new address), '
            f'or workspace_id="{home}" if it is meant to stay',
        )
    if isinstance(mark, str) and mark:
        _HOME_OF_MARK[mark] = home
    return home
