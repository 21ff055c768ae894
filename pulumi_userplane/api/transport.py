"""Sends one request and brings back the raw answer, or says why there is none."""

from __future__ import annotations

import platform
import threading
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, MaxRetryError, NameResolutionError, NewConnectionError, ReadTimeoutError

from pulumi_userplane.api.connections import TimedAdapter, answered_within
from pulumi_userplane.api.errors import (
    AnswerLostError,
    BadAnswerError,
    ConfigurationError,
    NotSentError,
    SilenceError,
    TLSBrokenError,
    TLSError,
)
from pulumi_userplane.api.vocabulary import checked_base_url, is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
LARGEST_ANSWER = 1024 * 1024
_RUN_AGAIN = "what was asked for may have been done all the same: run again"


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Request:
    """What is sent: the path begins behind the base URL."""

    method: str
    path: str
    params: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None


class _BearerKey(AuthBase):
    """Puts the key on a request; as an auth object, so that an entry in a .netrc can't replace it."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._api_key}"
        return request


class Transport:
    """One server and one key, usable from several threads at once (each has a session of its own)."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.base_url = checked_base_url(base_url)
        self._auth = _BearerKey(api_key)
        self._threads = threading.local()

    def send(self, operation: Operation, request: Request, deadline: Deadline) -> Answer:
        """Sends one request, follows no redirect and reads the whole answer.

        Raises:
            NotSentError: The connection was never made.
            AnswerLostError: It was made, and broke or stayed silent before the whole answer was there.
            ConfigurationError: It can't be written: a number that JSON has no form for.
            TLSError: No trusted TLS connection could be made.
            BadAnswerError: The answer is larger than 1 MiB.
        """
        # A time-out of 0 would mean none at all.
        left = max(deadline.left, 0.1)
        try:
            with (
                answered_within(left),
                self._session().request(
                    request.method,
                    self.base_url + request.path,
                    params=request.params,
                    json=request.body,
                    auth=self._auth,
                    timeout=(min(CONNECT_SECONDS, left), min(READ_SECONDS, left)),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return Answer(
                    status=response.status_code, headers=response.headers, body=_whole_body(response, operation)
                )
        except (requests.exceptions.InvalidJSONError, requests.exceptions.InvalidURL):
            raise ConfigurationError(
                "the request can't be written",
                operation=operation,
                next_step="check the base URL, and `meta` for numbers that JSON has no form for (NaN, infinity)",
            ) from None
        except (requests.RequestException, HTTPError) as error:
            # The cause's text can hold the address and headers: only its kind is passed on.
            raise _no_answer(error, operation, self.base_url, deadline) from None

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            session.mount("http://", TimedAdapter())
            session.mount("https://", TimedAdapter())
            session.headers.update({"Accept": "application/json", "User-Agent": user_agent()})
            # A proxy from the environment can't reach this machine's own loopback, and must not see its key in clear.
            session.trust_env = not is_loopback(urlsplit(self.base_url).hostname or "")
            self._threads.session = session
        return session


@cache
def user_agent() -> str:
    """Returns `product/version` of this package, of Pulumi where it is installed, and of Python."""
    products = [f"{name}/{found}" for name in ("pulumi-userplane", "pulumi") if (found := _version(name))]
    return " ".join([*products, f"python/{platform.python_version()}"])


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _whole_body(response: requests.Response, operation: Operation) -> bytes:
    body: bytes = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
    if len(body) > LARGEST_ANSWER:
        raise BadAnswerError(
            f"the answer (status {response.status_code}) is larger than 1 MiB, which Userplane never sends",
            operation=operation,
            next_step="check the base URL and what stands between",
        )
    return body


def _no_answer(  # noqa: PLR0911 - one way out for each kind of failure
    error: Exception, operation: Operation, base_url: str, deadline: Deadline
) -> NotSentError | AnswerLostError:
    host = urlsplit(base_url).netloc
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" not in str(error):
        return TLSBrokenError(
            f"the TLS connection to {host} broke", operation=operation, next_step="check what stands between, run again"
        )
    if isinstance(error, requests.exceptions.SSLError):
        return TLSError(
            f"no trusted TLS connection to {host}",
            operation=operation,
            next_step="if a company proxy signs connections, name its CA file in REQUESTS_CA_BUNDLE",
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return NotSentError(f"the proxy did not connect to {host}", operation=operation, next_step="check HTTPS_PROXY")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return NotSentError(
            f"{host} did not take the connection within {CONNECT_SECONDS:.0f} s",
            operation=operation,
            next_step="check the network and the base URL",
        )
    if _never_connected(error):
        return NotSentError(
            f"no connection to {host}", operation=operation, next_step="check the network and the base URL"
        )
    if isinstance(error, (requests.exceptions.ReadTimeout, ReadTimeoutError)):
        silence = "stayed silent" if deadline.left else "had not answered in full when the operation's time was over"
        return SilenceError(f"{host} {silence}", operation=operation, next_step=_RUN_AGAIN)
    return AnswerLostError(
        f"the connection to {host} broke before the answer was complete", operation=operation, next_step=_RUN_AGAIN
    )


def _never_connected(error: Exception) -> bool:
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, (NewConnectionError, NameResolutionError))
