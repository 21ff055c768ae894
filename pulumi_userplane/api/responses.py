"""Decides what a response means: the data of an envelope, or an error that says what came instead."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.constants import ERROR_CODES
from pulumi_userplane.api.errors import InvalidResponseError, RedirectError, api_error
from pulumi_userplane.api.intermediaries import (
    CHECK_SERVER,
    advise_on_redirect,
    advise_on_response,
    describe_headers,
    describe_sender,
)
from pulumi_userplane.api.models import Model
from pulumi_userplane.api.redaction import redact
from pulumi_userplane.api.text import sanitize

if TYPE_CHECKING:
    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.errors import Operation, UserplaneError
    from pulumi_userplane.api.transport import Response

_MAX_QUOTE = 256
"""How many characters of the server's own words an error shows."""

_MAX_RETRY_AFTER = 365 * 24 * 3600.0
_CODE = re.compile(r"[A-Z0-9_]{1,64}")

E = TypeVar("E", bound="UserplaneError")
M = TypeVar("M", bound=Model)


def parse_envelope(
    response: Response, operation: Operation, secret: str, clock: Clock = SYSTEM_CLOCK
) -> dict[str, Any]:
    """Returns the `data` object of a success.

    Args:
        response: What the server sent.
        operation: What was being done, for the error.
        secret: The API key, struck out of the server's own words.
        clock: What a `Retry-After` with a date goes by.

    Raises:
        APIError: The status is a failure.
        RedirectError: The status is a redirect.
        InvalidResponseError: The status is a success, and the body is not the envelope.
    """
    if 300 <= response.status < 400:
        raise _redirect_error(response, operation, secret)
    content = _json_object(response)
    if not 200 <= response.status < 300:
        raise _refusal(response, content, operation, secret, clock)
    data = content.get("data") if content else None
    if not isinstance(data, dict):
        raise _name_intermediary(InvalidResponseError("", operation=operation), response, content, secret)
    return data


def read_server_time(response: Response) -> float | None:
    """Returns when the server responded by its own clock, in whole seconds since 1970; None if it does not say."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except (ValueError, OverflowError):
        return None


def read_retry_after(response: Response, clock: Clock) -> float | None:
    """Returns the seconds that the server asks to wait, at most a year; None if it asks for none.

    Args:
        response: What the server sent; its `Retry-After` holds seconds or a date, and a date in the past means now.
        clock: What a date goes by.
    """
    header = response.headers.get("Retry-After", "")
    if header.strip().isdecimal():
        return min(float(header), _MAX_RETRY_AFTER)
    try:
        return min(max(0.0, parsedate_to_datetime(header).timestamp() - clock.time()), _MAX_RETRY_AFTER)
    except (ValueError, OverflowError):
        return None


def parse_model(model: type[M], value: object, operation: Operation) -> M:
    """Returns the object that `value` holds.

    Raises:
        InvalidResponseError: A documented field is missing or of another type. The error names the fields, never their
            values.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fields = {".".join(str(part) for part in detail["loc"]) or model.__name__ for detail in error.errors()}
        raise unexpected_response(
            operation, f"a {model.__name__.lower()} whose {', '.join(sorted(fields))} is missing or of another type"
        ) from None


def unexpected_response(operation: Operation, content: str) -> InvalidResponseError:
    """Returns the error for a response that Userplane does not give."""
    return InvalidResponseError(
        f"the server responded with {content}, which Userplane never does",
        operation=operation,
        next_step=CHECK_SERVER,
    )


def _redirect_error(response: Response, operation: Operation, secret: str) -> RedirectError:
    target = _quote(response.headers.get("Location", ""), secret) or "an unnamed place"
    sender = "the server" if response.proxy is None else describe_sender(response.proxy)
    error = RedirectError(
        f"{sender} redirects ({response.status}) to {target}, and a key follows no redirect",
        operation=operation,
        next_step=advise_on_redirect(response.host, response.proxy),
    )
    error.is_about_intermediary = response.proxy is not None
    return error


def _refusal(
    response: Response, content: dict[str, Any] | None, operation: Operation, secret: str, clock: Clock
) -> UserplaneError:
    code, message = ("", "") if content is None else _code_and_message(content, response)
    retry_after = read_retry_after(response, clock)
    error = api_error(operation, response.status, code, _quote(message, secret), retry_after)
    if content is None:
        return _name_intermediary(error, response, content, secret)
    if not code and response.proxy is not None:
        # A refused input, a code that is not documented, or JSON of the proxy's own.
        error.reason += f" through {response.proxy}"
        error.next_step = steps(
            error.next_step, f"if that is not Userplane's, {advise_on_response(0, response.host, response.proxy)}"
        )
    return error


def _name_intermediary(error: E, response: Response, content: dict[str, Any] | None, secret: str) -> E:
    """Lets an error say what responded in Userplane's place, and what to do about that; returns it."""
    body = _quote(_describe_body(response, content), secret)
    headers = _quote(describe_headers(response.headers), secret)
    reason = f"{describe_sender(response.proxy)} responded {response.status} with {body} in Userplane's place"
    error.reason = f"{reason} {headers}".rstrip()
    error.next_step = advise_on_response(response.status, response.host, response.proxy)
    error.is_about_intermediary = True
    return error


def _code_and_message(content: dict[str, Any], response: Response) -> tuple[str, str]:
    code, message = content.get("error"), content.get("message")
    # The shape of a refused input is undocumented: show it as it is.
    text = json.dumps(content, ensure_ascii=False)
    if isinstance(code, str) and _CODE.fullmatch(code) and isinstance(message, str):
        # A proxy's own JSON may have the same fields.
        is_documented = code in ERROR_CODES.get(response.status, ())
        return (code, message) if is_documented or response.proxy is None else ("", text)
    return "", text


def _json_object(response: Response) -> dict[str, Any] | None:
    try:
        content = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _describe_body(response: Response, content: dict[str, Any] | None) -> str:
    if not response.body.strip():
        return "an empty body"
    if content is not None:
        return "a JSON object without the documented fields"
    content_type = response.headers.get("Content-Type", "").lower() or "unknown"
    if "html" in content_type or response.body.lstrip()[:1] == b"<":
        return "an HTML page"
    return "a body that is not a JSON object" if "json" in content_type else f"a body of type {content_type}"


def _quote(text: str, secret: str) -> str:
    # A body of a megabyte is not searched for what is cut off anyway.
    return sanitize(redact(text.replace(secret, "[api key]")[: 16 * _MAX_QUOTE]), _MAX_QUOTE)
