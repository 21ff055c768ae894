"""Calls the plugin in this process: with the engine's messages, but without a network between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import grpc
from pulumi.runtime.proto.engine_pb2 import LogSeverity

from pulumi_userplane.plugin.servicer import RecordingLinkServicer
from tests.support.operations import HostError

if TYPE_CHECKING:
    from pulumi.runtime.proto.engine_pb2 import LogRequest

    from tests.support.messages import Messages


class PluginInProcess:
    """A plugin, and the engine that it calls.

    Args:
        messages: Records what the engine is told to show.
    """

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._servicer = RecordingLinkServicer(self.show)

    def show(self, request: LogRequest) -> None:
        """Shows a message as the engine does."""
        is_warning = request.severity == LogSeverity.WARNING
        (self._messages.warnings if is_warning else self._messages.infos).append(request.message)

    def __call__(self, name: str, request: Any) -> Any:
        """Calls the plugin.

        Args:
            name: The name of the call.
            request: The message with what it is about.

        Raises:
            HostError: The call failed; its cause is the plugin's own error.
        """
        arrived = type(request).FromString(request.SerializeToString())
        try:
            response = getattr(self._servicer, name)(arrived, _Context())
        except _AbortedError as aborted:
            if aborted.status is not grpc.StatusCode.UNKNOWN:
                # An error in the plugin itself.
                raise
            raise HostError(aborted.details) from aborted.__context__
        return type(response).FromString(response.SerializeToString())


class _AbortedError(Exception):
    def __init__(self, status: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.status = status
        self.details = details


class _Context:
    """The context of a call."""

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        raise _AbortedError(code, details)
