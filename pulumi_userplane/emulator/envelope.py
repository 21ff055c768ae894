"""Userplane's envelope: what a success and a failure look like on the wire."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


class InputError(Exception):
    """A parameter or a body that is refused with 400."""


def json_answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Any JSON; only ASCII, so that text which no UTF-8 can hold goes out as it came in."""
    return Response(json.dumps(content), status, headers, media_type="application/json")


def success(message: str, data: object, status: int = 200) -> Response:
    """The envelope of a success."""
    return json_answer({"message": message, "data": data}, status)


def failure(error: ApiError) -> Response:
    """The envelope of a failure."""
    return json_answer({"error": error.code, "message": error.message}, error.status, error.headers)


def refusal(problem: str, shape: str) -> Response:
    """The answer to input that is not accepted."""
    if shape == "envelope":
        return failure(ApiError(400, "BAD_REQUEST", problem))
    content = {
        "defined": False,
        "code": "BAD_REQUEST",
        "status": 400,
        "message": "Input validation failed",
        "data": {"issues": [{"message": problem}]},
    }
    return json_answer(content, 400)


def first_problem(errors: Sequence[Mapping[str, Any]]) -> str:
    """The first thing that pydantic found wrong, with its place."""
    first = errors[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
