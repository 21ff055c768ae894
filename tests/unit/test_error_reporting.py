"""A failed operation is shown as one line, only for the call that failed and only where the host is as expected."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.error_reporting import report_on_one_line


@report_on_one_line
def fails(error: Exception) -> None:
    raise error


@report_on_one_line
def works(value: int, *, twice: bool) -> int:
    return value * 2 if twice else value


class Context:
    """The context of one call, as far as the host uses it when a method has failed."""

    def __init__(self) -> None:
        self.said: list[tuple[object, str]] = []

    def abort(self, code: object, details: str) -> None:
        self.said.append((code, details))


grpc.ServicerContext.register(Context)

HOST = """
def wrapper(context, method, argument):
    try:
        return method(argument)
    except Exception:
        context.abort("UNKNOWN", "Traceback (most recent call last): ...")
"""


def said_by_a_host(name: str, context: Any, error: Exception) -> Any:
    module: dict[str, Any] = {"__name__": name}
    exec(HOST, module)
    module["wrapper"](context, fails, error)
    return context.said


def test_report_changes_nothing_when_the_method_succeeds() -> None:
    assert works(2, twice=True) == 4
    assert works.__name__ == "works"


@pytest.mark.parametrize("name", ["__main__", "pulumi.dynamic.__main__"])
def test_report_replaces_the_hosts_traceback_with_the_errors_line(name: str) -> None:
    error = UserplaneError("it\nbroke", next_step="mend it")
    assert said_by_a_host(name, Context(), error) == [("UNKNOWN", "it broke; mend it")]


def test_report_changes_only_the_call_that_failed() -> None:
    untouched = Context()
    said_by_a_host("__main__", Context(), UserplaneError("it broke"))
    untouched.abort("UNKNOWN", "other")
    assert untouched.said == [("UNKNOWN", "other")]


def test_report_keeps_the_traceback_for_other_errors_and_other_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Stranger:
        def __init__(self) -> None:
            self.said: list[tuple[object, str]] = []

        def abort(self, code: object, details: str) -> None:
            self.said.append((code, details))

    broken = UserplaneError("it broke")
    for name, context, error in (
        ("__main__", Context(), ValueError("other")),
        ("elsewhere", Context(), broken),
        ("__main__", Stranger(), broken),
    ):
        assert "Traceback" in said_by_a_host(name, context, error)[0][1]
    monkeypatch.setenv("USERPLANE_TRACEBACK", "1")
    assert "Traceback" in said_by_a_host("__main__", Context(), broken)[0][1]


def test_report_raises_the_error_when_there_is_no_host() -> None:
    with pytest.raises(UserplaneError, match="it broke"):
        fails(UserplaneError("it broke"))
