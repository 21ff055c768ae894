"""Userplane's envelope: the JSON around every success and every error, and the exceptions that become an error."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue
from starlette.responses import PlainTextResponse, Response

from pulumi_userplane.emulator.behaviour_values import InputErrorBody
from pulumi_userplane.emulator.problems import describe_problem

PROBLEM_PLACEHOLDER = "…"
"""What the problem's words replace in a template of a response's body."""

_FRAMEWORK_BODY: dict[str, JsonValue] = {
    "defined": False,
    "code": "BAD_REQUEST",
    "status": 400,
    "message": "Input validation failed",
    "data": {"issues": [{"message": PROBLEM_PLACEHOLDER}]},
}


class ApiError(Exception):
    """Ends a request with this status and error code."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


class InputError(Exception):
    """Ends a request, since a parameter or the body is invalid.

    Args:
        problem: What is wrong with it.
        status: The status of the response; None means that of all refused input.
    """

    def __init__(self, problem: str, status: int | None = None) -> None:
        super().__init__(problem)
        self.status = status


def build_json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Returns a JSON response in ASCII only, so that text which UTF-8 can't encode goes out as it came in."""
    return Response(json.dumps(content), status, headers, media_type="application/json")


def build_success(message: str, data: object, status: int = 200) -> Response:
    """Returns the envelope of a success."""
    return build_json({"message": message, "data": data}, status)


def build_error(error: ApiError) -> Response:
    """Returns the envelope of an error."""
    return build_json({"error": error.code, "message": error.message}, error.status, error.headers)


def build_input_error(problem: str, status: int, body: InputErrorBody) -> Response:
    """Returns the response to refused input.

    Args:
        problem: What is wrong with the input.
        status: The status.
        body: The body, as the behaviour `refused_input` names it.
    """
    if body == "envelope":
        return build_error(ApiError(status, "BAD_REQUEST", problem))
    if body == "text":
        return PlainTextResponse(problem.encode(errors="replace"), status)
    if body == "framework":
        body = {**_FRAMEWORK_BODY, "status": status}
    return build_json(_fill_in(body, problem), status)


def refuse_unless_taken(outcome: str, problem: str) -> None:
    """Refuses a request as a behaviour says, and returns if the behaviour lets it through.

    Args:
        outcome: The value of the behaviour.
        problem: What is wrong with the request.

    Raises:
        InputError: It is refused like any wrong input, or with a status of its own.
        ApiError: It is refused with an error code.
    """
    if outcome == "taken":
        return
    if outcome == "input":
        raise InputError(problem)
    status, _, code = outcome.partition(" ")
    raise ApiError(int(status), code, problem) if code else InputError(problem, int(status))


def describe_first_error(errors: Sequence[Mapping[str, Any]]) -> str:
    """Returns pydantic's first error as `place: message`."""
    first = errors[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {describe_problem(first)}"


def _fill_in(template: JsonValue, problem: str) -> JsonValue:
    if isinstance(template, dict):
        return {name: _fill_in(value, problem) for name, value in template.items()}
    if isinstance(template, list):
        return [_fill_in(value, problem) for value in template]
    return problem if template == PROBLEM_PLACEHOLDER else template
