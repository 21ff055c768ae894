"""Decides what an answer means: the data of an envelope, or an error that says what came instead."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from pulumi_userplane.api.errors import InvalidResponseError, RedirectError, api_error
from pulumi_userplane.api.models import Model
from pulumi_userplane.api.redaction import redact
from pulumi_userplane.api.text import sanitize

if TYPE_CHECKING:
    from pulumi_userplane.api.errors import Operation, UserplaneError
    from pulumi_userplane.api.transport import Response

_MOST_WORDS = 256
_YEAR = 365 * 24 * 3600.0
_CODE = re.compile(r"[A-Z0-9_]{1,64}")

M = TypeVar("M", bound=Model)


def parse_envelope(answer: Response, operation: Operation, secret: str) -> dict[str, Any]:
    """Returns the `data` object of a success.

    Args:
        answer: What the server sent.
        operation: What was being done, for the error.
        secret: The API key, struck out of whatever the server says.

    Raises:
        APIError: The status says failure.
        RedirectError: The status says that something else is to be asked.
        InvalidResponseError: A success whose body is not the envelope.
    """
    if 300 <= answer.status < 400:
        target = _words(answer.headers.get("Location", ""), secret) or "an unnamed place"
        raise RedirectError(
            f"the server redirects ({answer.status}) to {target}, and a key follows no redirect",
            operation=operation,
            next_step="write the final address as the base URL if it is Userplane's",
        )
    content = _json_object(answer)
    if not 200 <= answer.status < 300:
        raise _refusal(answer, content, operation, secret)
    data = content.get("data") if content else None
    if not isinstance(data, dict):
        raise unexpected_response(
            operation, f"status {answer.status} with {_words(_what_came(answer, content), secret)}"
        )
    return data


def read_server_time(answer: Response) -> float | None:
    """Returns when the server answered by its own clock, in whole seconds since 1970; None if unsaid."""
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    except (ValueError, OverflowError):
        return None


def parse_model(model: type[M], value: object, operation: Operation) -> M:
    """Returns the object that `value` holds.

    Raises:
        InvalidResponseError: A documented field is missing or of another kind; names the fields, never their values.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        places = {".".join(str(part) for part in each["loc"]) or model.__name__ for each in error.errors()}
        raise unexpected_response(
            operation, f"a {model.__name__.lower()} whose {', '.join(sorted(places))} is missing or of another kind"
        ) from None


def unexpected_response(operation: Operation, what: str) -> InvalidResponseError:
    """Returns the error for an answer that Userplane does not give."""
    return InvalidResponseError(
        f"the server answered {what}, which is not Userplane's way",
        operation=operation,
        next_step="check the base URL and what stands between (a proxy, a login page)",
    )


def _refusal(answer: Response, content: dict[str, Any] | None, operation: Operation, secret: str) -> UserplaneError:
    code, words = _code_and_words(answer, content)
    retry_after = _seconds(answer.headers.get("Retry-After", ""))
    return api_error(operation, answer.status, code, _words(words, secret), retry_after)


def _code_and_words(answer: Response, content: dict[str, Any] | None) -> tuple[str, str]:
    if content is None:
        return "", _what_came(answer, content)
    code, message = content.get("error"), content.get("message")
    if isinstance(code, str) and _CODE.fullmatch(code) and isinstance(message, str):
        return code, message
    # The shape of a refused input is undocumented: show it as it is.
    return "", json.dumps(content, ensure_ascii=False)


def _seconds(retry_after: str) -> float | None:
    """The header holds seconds or a date; a date in the past means now, and nothing is further off than a year."""
    if retry_after.strip().isdecimal():
        return min(float(retry_after), _YEAR)
    try:
        return min(max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time()), _YEAR)
    except (ValueError, OverflowError):
        return None


def _json_object(answer: Response) -> dict[str, Any] | None:
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _what_came(answer: Response, content: dict[str, Any] | None) -> str:
    if not answer.body.strip():
        return "an empty body"
    if content is not None:
        return "a JSON object without the documented fields"
    content_type = answer.headers.get("Content-Type", "").lower() or "unknown"
    if "html" in content_type or answer.body.lstrip()[:1] == b"<":
        return "an HTML page"
    return "no JSON object" if "json" in content_type else f"a body of type {content_type}"


def _words(text: str, secret: str) -> str:
    # A body of a megabyte is not searched for what is cut off anyway.
    return sanitize(redact(text.replace(secret, "[api key]")[: 16 * _MOST_WORDS]), _MOST_WORDS)
