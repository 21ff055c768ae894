"""The provider of recording links for all Pulumi languages: translates between the engine's calls and `lifecycle`.

The protocol: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

from __future__ import annotations

import contextlib
import os
import re
from functools import cached_property
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as protocol
from pulumi.runtime.proto.plugin_pb2 import PluginInfo
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from pulumi_userplane import diff
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.redaction import redact_values
from pulumi_userplane.lifecycle.check import check, find_conflicts
from pulumi_userplane.lifecycle.failed_creation import IncompleteCreationError
from pulumi_userplane.lifecycle.plan import claim_import, plan
from pulumi_userplane.lifecycle.read import read
from pulumi_userplane.lifecycle.run_state import RunState, cancel_run, this_run_state
from pulumi_userplane.lifecycle.update import update
from pulumi_userplane.link_types import require_link_of_plugin
from pulumi_userplane.lookups.source import Cache
from pulumi_userplane.plugin import configuration
from pulumi_userplane.plugin.marshalling import Properties, marshal, marshal_link, unmarshal, unmarshal_link
from pulumi_userplane.plugin.messages import EngineLog, IncompleteStatus, address_messages, format_message
from pulumi_userplane.property_changes import describe_changes
from pulumi_userplane.property_names import describe_python_names, restore_names_of_outputs, to_camel_case
from pulumi_userplane.recovery import ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi.runtime.proto.engine_pb2 import LogRequest

    from pulumi_userplane.settings import Settings


class RecordingLinkServicer(ResourceProviderServicer):
    """Serves one provider resource of a program, with as many threads as the engine has operations at once.

    Args:
        log: Shows a message through the engine.
    """

    def __init__(self, log: Callable[[LogRequest], object]) -> None:
        self._log = EngineLog(log)
        self._configured = Properties({})
        self._cache = Cache()
        self._is_canceled = False

    @cached_property
    def _settings(self) -> Settings:
        return configuration.read_settings(self._configured.values)

    @property
    def _run(self) -> RunState:
        run = this_run_state(notify=self._log)
        if self._is_canceled:
            run.cancel()
        return run

    def Handshake(self, request: Any, context: Any) -> Any:
        """Agrees with the engine on what both understand. From here on previews reach `Create` and `Update`, too."""
        return protocol.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Tells the version."""
        return PluginInfo(version=version("pulumi-userplane"))

    def GetSchema(self, request: Any, context: Any) -> Any:
        """Returns the schema, from which SDKs and documentation are generated."""
        schema = files("pulumi_userplane.plugin").joinpath("schema.json").read_text(encoding="utf-8")
        return protocol.GetSchemaResponse(schema=schema)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Finds every wrong setting at once, and makes the API key and the store's address secrets; no request."""
        given = unmarshal(request.news)
        # The engine names a provider that the program does not declare by itself, such as `default_0_1_0`.
        is_default = re.search(r"::default(_\d[^:]*)?$", request.urn) is not None
        with self._operation(context, request.urn, given):
            problems = configuration.find_wrong_settings(given.values, is_stack_config=is_default)
            failures = [protocol.CheckFailure(reason=format_message(problem)) for problem in problems]
        inputs = marshal(given.values, configuration.mark_secrets(given))
        return protocol.CheckResponse(inputs=inputs, failures=failures)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Says whether a setting has changed. None replaces the provider: the engine would replace all its links."""
        has_changed = unmarshal(request.olds).values != unmarshal(request.news).values
        change = "DIFF_SOME" if has_changed else "DIFF_NONE"
        return protocol.DiffResponse(changes=protocol.DiffResponse.DiffChanges.Value(change))

    def Configure(self, request: Any, context: Any) -> Any:
        """Takes the settings."""
        self._configured = unmarshal(request.args)
        return protocol.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:
        """Looks up what exists at Userplane."""
        from pulumi_userplane.lookups.functions import invoke  # noqa: PLC0415 - it loads what most programs don't need

        given = unmarshal(request.args)
        with self._operation(context, "", given):
            client = self._run.client(self._settings)
            found = invoke(client, self._settings, self._cache, request.tok, given.values)
            return protocol.InvokeResponse(**{"return": marshal(diff.escape_reserved(found))})

    def Check(self, request: Any, context: Any) -> Any:
        """Fills in the mark and the workspace, and finds every wrong input at once; no request."""
        olds, news = unmarshal_link(request.olds), unmarshal_link(request.news)
        with self._operation(context, request.urn, olds, news):
            declared = self._complete(request.urn, restore_names_of_outputs(news.values, request.news.fields))
            inputs, problems = check(self._run, self._settings, olds.values, declared)
            problems[:0] = describe_python_names(request.news.fields, request.olds.fields)
            problems += find_conflicts(self._run, request.urn, olds.values, declared, inputs)
            # A failure that names its property makes the engine print the property's whole value.
            failures = [protocol.CheckFailure(reason=format_message(problem)) for problem in problems]
        return protocol.CheckResponse(inputs=marshal_link(inputs, news.carry_secrets_of(olds)), failures=failures)

    def _complete(self, urn: str, news: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the declared inputs with what a Python program adds: the mark, and what look-ups have shown."""
        declared = dict(news)
        if declared.get("mark") is None:
            declared["mark"] = ownership.make_for_urn(urn)
            if len(declared["mark"]) > ownership.MAX_LENGTH:
                declared[diff.LONG_NAME] = ownership.resource_name(urn)
        if unverified := self._cache.unverified.get(str(declared.get("domain_id"))):
            declared[diff.UNVERIFIED] = unverified
        return declared

    def Diff(self, request: Any, context: Any) -> Any:
        """Says whether the declared link differs from the recorded one, in what, and whether that takes a new link."""
        recorded, olds, news = map(unmarshal_link, (request.olds, request.old_inputs, request.news))
        with self._operation(context, request.urn, recorded, news):
            claim_import(self._run, request.id, olds.values, news.values)
            planned = plan(self._run, self._settings, request.id, recorded.values, news.values)
        has_changes = planned.has_changes and diff.is_declared_anew(recorded.values, olds.values, news.values)
        # Without a request a state is written anew that the dynamic provider has written or that shows what is a secret
        # from now on.
        shows_secret = marshal_link(recorded.values, recorded, news) != marshal_link(recorded.values, recorded)
        if not has_changes and not shows_secret and "domain_id" not in request.olds.fields:
            return protocol.DiffResponse(changes=protocol.DiffResponse.DIFF_NONE)
        secret = {path[0] for path in (*olds.secrets, *news.secrets) if len(path) == 1}
        changes = describe_changes(recorded.values, olds.values, news.values, planned.replaces, secret)
        details = {
            path: protocol.PropertyDiff(kind=protocol.PropertyDiff.Kind.Value(kind), inputDiff=is_input)
            for path, (kind, is_input) in changes.items()
        }
        return protocol.DiffResponse(
            changes=protocol.DiffResponse.DIFF_SOME,
            replaces=map(to_camel_case, planned.replaces),
            diffs=sorted({path.partition(".")[0].partition("[")[0] for path in details}),
            detailedDiff=details,
            hasDetailedDiff=True,
        )

    def Create(self, request: Any, context: Any) -> Any:
        """Creates the link, or adopts the one that the program names; a preview sends nothing."""
        inputs = unmarshal_link(request.properties)
        if request.preview:
            return protocol.CreateResponse(properties=marshal_link(diff.foresee_outputs({}, inputs.values), inputs))
        from pulumi_userplane.lifecycle.create import create  # noqa: PLC0415 - it loads what previews don't need

        with self._operation(context, request.urn, inputs):
            link_id, outputs = create(self._run, self._settings, inputs.values)
            return protocol.CreateResponse(id=link_id, properties=marshal_link(outputs, inputs))

    def Read(self, request: Any, context: Any) -> Any:
        """Reads the link: all fields as outputs, managed fields as inputs; a proved deletion drops it."""
        recorded, inputs = unmarshal_link(request.properties), unmarshal_link(request.inputs)
        # The engine passes no declared inputs for a link that is looked up or imported. Only of a looked-up one it can
        # pass outputs; the state gets no inputs of that, or the next preview would show that they are gone.
        is_managed = "domain_id" in inputs.values
        is_looked_up = not is_managed and "link_id" in recorded.values
        with self._operation(context, request.urn, recorded, inputs):
            link = read(self._run, self._settings, request.id, recorded.values, is_managed=is_managed)
        if link is None:
            return protocol.ReadResponse()
        return protocol.ReadResponse(
            id=request.id,
            properties=marshal_link(link.outputs, recorded, inputs),
            inputs=marshal_link({} if is_looked_up else link.inputs or {}, recorded, inputs),
        )

    def Update(self, request: Any, context: Any) -> Any:
        """Sends the changed fields in one PUT, or nothing if nothing changed; a preview sends nothing."""
        recorded, news = unmarshal_link(request.olds), unmarshal_link(request.news)
        if request.preview:
            outputs = diff.foresee_outputs(recorded.values, news.values)
        else:
            with self._operation(context, request.urn, recorded, news):
                outputs = update(self._run, self._settings, request.id, recorded.values, news.values)
        return protocol.UpdateResponse(properties=marshal_link(outputs, news.carry_secrets_of(recorded)))

    def Delete(self, request: Any, context: Any) -> Any:
        """Deletes the link; one that is already gone is a success, if the server that knew it says so."""
        from pulumi_userplane.lifecycle.delete import delete, keeps_import  # noqa: PLC0415 - it loads what previews don't need

        recorded = unmarshal_link(request.properties)
        with self._operation(context, request.urn, recorded):
            if not keeps_import(self._run, request.urn, request.id, unmarshal_link(request.old_inputs).values):
                delete(self._run, self._settings, request.id, recorded.values)
        return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """Ends all waits of this process: the user has canceled the run, or it is over."""
        self._is_canceled = True
        cancel_run()
        return Empty()

    @contextlib.contextmanager
    def _operation(self, context: grpc.ServicerContext, urn: str, *properties: Properties) -> Iterator[None]:
        """Lets an error inside end the call with one line, without a secret of the resource or of the account."""
        texts = frozenset[str]().union(*(one.secret_texts for one in (self._configured, *properties)))
        with address_messages(urn, texts), redact_values(*(one.values for one in properties)):
            try:
                require_link_of_plugin(urn)
                yield
            except UserplaneError as error:
                context.abort(grpc.StatusCode.UNKNOWN, format_message(str(error)))
            except IncompleteCreationError as incomplete:
                state = marshal_link(incomplete.outputs, *properties)
                context.abort_with_status(IncompleteStatus(format_message(str(incomplete)), incomplete.link_id, state))
            except Exception as error:
                if os.environ.get("USERPLANE_TRACEBACK"):
                    raise
                line = (
                    f"an error in pulumi-userplane itself ({type(error).__name__}): "
                    "run again with USERPLANE_TRACEBACK=1, and report what it prints"
                )
                context.abort(grpc.StatusCode.INTERNAL, line)
