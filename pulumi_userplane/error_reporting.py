"""Shows a failed operation as one line, without the link's values, instead of the traceback of Pulumi's host.

The host responds to a failed call with `traceback.format_exc()`. For this one call that response is replaced by the
error's own line. The traceback stays where the host is built otherwise than expected, and with `USERPLANE_TRACEBACK=1`.
"""

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import grpc
from typing_extensions import ParamSpec

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.redaction import redact_values

P = ParamSpec("P")
R = TypeVar("R")

_HOST = ("__main__", "pulumi.dynamic.__main__")


def report_on_one_line(method: Callable[P, R]) -> Callable[P, R]:
    """Wraps a provider's method so that a `UserplaneError` reaches the terminal as its own line.

    The values of the link that the method gets are redacted from the server's words: any of them may be a secret, and
    the host can't tell which.
    """

    @functools.wraps(method)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with redact_values(*(argument for argument in args if isinstance(argument, Mapping))):
                return method(*args, **kwargs)
        except UserplaneError as error:
            _respond_with(str(error))
            raise

    return wrapped


def _respond_with(line: str) -> None:
    context = None if os.environ.get("USERPLANE_TRACEBACK") else _find_call_context()
    if context is None:
        return
    abort = context.abort
    context.abort = lambda code, _traceback: abort(code, line)


def _find_call_context() -> Any:  # noqa: ANN401 - grpc's context has no public type that takes a new method
    frame = inspect.currentframe()
    while frame is not None:
        context = frame.f_locals.get("context")
        if frame.f_globals.get("__name__") in _HOST and isinstance(context, grpc.ServicerContext):
            return context
        frame = frame.f_back
    return None
