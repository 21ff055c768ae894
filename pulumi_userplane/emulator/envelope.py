"""Userplane's envelope: the JSON around every success and every error, and the exceptions that become an error."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from starlette.responses import Response


class ApiError(Exception):
    """Ends a request with this status and error code."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


class InputError(Exception):
    """Ends a request with 400, since a parameter or the body is invalid."""


def build_json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Returns a JSON response in ASCII only, so that text which UTF-8 can't encode goes out as it came in."""
    return Response(json.dumps(content), status, headers, media_type="application/json")


def build_success(message: str, data: object, status: int = 200) -> Response:
    """Returns the envelope of a success."""
    return build_json({"message": message, "data": data}, status)


def build_error(error: ApiError) -> Response:
    """Returns the envelope of an error."""
    return build_json({"error": error.code, "message": error.message}, error.status, error.headers)


def build_input_error(problem: str, shape: Literal["envelope", "framework"]) -> Response:
    """Returns the 400 for invalid input, in the shape that the behaviour `refused_input` asks for."""
    if shape == "envelope":
        return build_error(ApiError(400, "BAD_REQUEST", problem))
    content = {
        "defined": False,
        "code": "BAD_REQUEST",
        "status": 400,
        "message": "Input validation failed",
        "data": {"issues": [{"message": problem}]},
    }
    return build_json(content, 400)


def describe_first_error(errors: Sequence[Mapping[str, Any]]) -> str:
    """Returns pydantic's first error as `place: message`."""
    first = errors[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
