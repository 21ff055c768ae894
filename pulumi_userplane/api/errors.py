"""The tree of errors that this package raises; each is one line that says what to do now.

UserplaneError
├── ConfigurationError           a setting or argument is missing or malformed; nothing was sent
├── LocalRateLimitError          this machine's own rate limit is used up; nothing was sent
├── LimitStoreError              the store in which machines share their limit can't be used; nothing was sent
├── RunCanceledError             a Ctrl-C has canceled the run: a request was not sent, or not again
├── TransportError               no response
│   ├── ConnectError             no connection was made: nothing was done
│   │   ├── CertificateError     no TLS connection, or none that is trusted
│   │   └── ProxyError           the proxy can't be used, or refuses
│   └── ResponseLostError        sent, but no whole response came back: it may have been done
│       ├── ResponseTimeoutError the server stayed silent: it may still be doing it
│       └── TLSConnectionError   the TLS connection broke, maybe after the request
├── InvalidResponseError         a response that is not Userplane's: a proxy's page, cut JSON, another link
│   ├── RedirectError            3xx; never followed, nothing was done
│   └── ResponseTooLargeError    a success of more than 8 MiB
└── APIError                     Userplane refused, with a status and a code
    ├── AuthenticationError      401
    ├── PermissionDeniedError    403
    │   └── PlanLimitError       403 PLAN_LIMIT_EXCEEDED
    ├── NotFoundError            404
    ├── GoneError                410
    ├── RateLimitError           429
    └── ServerError              5xx

Codes and their meaning: https://docs.userplane.io/api/error-handling
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pulumi_userplane.api.advice import name_explanation, next_step, steps

Action = Literal["creation", "read", "update", "deletion", "replacement", "adoption", "list", "search"]
"""What an operation does, in the words of an error."""


@dataclass(frozen=True)
class Operation:
    """What was being done to what: for example the `update` of `recording link "pulumi:p/d/help" (lnk_1)`.

    Attributes:
        action: What was being done.
        subject: What it was being done to.
        step: The step of the operation that an error is about; empty if the operation has only one.
    """

    action: Action
    subject: str
    step: str = ""

    def __str__(self) -> str:
        return f"{self.action} of {self.subject}"

    @property
    def failure_text(self) -> str:
        """That it failed, and at which step."""
        return f"{self} failed at {self.step}" if self.step else f"{self} failed"


class UserplaneError(Exception):
    """Base of all errors of this package; `str()` is one line that stands alone and holds no secret.

    Attributes:
        operation: What was being done, or None where nothing had begun.
        reason: What went wrong.
        next_step: What to do now; may be empty.
        code: Userplane's code for what went wrong, for example `LINK_GONE`; empty without one.
        is_about_intermediary: Whether it is about something on the way to Userplane: a proxy, a login page.
    """

    is_about_intermediary = False

    def __init__(self, reason: str, *, operation: Operation | None = None, next_step: str = "", code: str = "") -> None:
        self.operation = operation
        self.reason = reason
        self.next_step = next_step
        self.code = code
        super().__init__(reason)

    @property
    def failure(self) -> str:
        """What was being done and what went wrong, without the next step."""
        failed = f"{self.operation.failure_text}: {self.reason}" if self.operation else self.reason
        return " ".join(failed.split())

    @property
    def advice(self) -> str:
        """What to do now, and the command that says more of a code that Userplane documents; may be empty."""
        return self.advise(self.next_step)

    def advise(self, next_step: str) -> str:
        """Returns the advice with another next step; the error stays as it is."""
        return steps(" ".join(next_step.split()), name_explanation(self.code))

    def __str__(self) -> str:
        return steps(self.failure, self.advice)


class ConfigurationError(UserplaneError):
    """A setting or an argument is missing or malformed; nothing was sent."""


class LocalRateLimitError(UserplaneError):
    """This machine's own rate limit for the key is used up; nothing was sent."""


class LimitStoreError(UserplaneError):
    """The limit store, in which several machines count requests together, can't be used; nothing was sent."""


class RunCanceledError(UserplaneError):
    """A Ctrl-C has canceled the run, so a request was not sent, or not sent again; only the plugin raises it."""

    def __init__(self, operation: Operation | None = None) -> None:
        super().__init__("the run was canceled", operation=operation, next_step="run again")


class TransportError(UserplaneError):
    """The server sent no response."""


class ConnectError(TransportError):
    """No connection was made, so the server has done nothing."""


class ResponseLostError(TransportError):
    """The request was sent, but no whole response came back: the server may have carried it out."""


class CertificateError(ConnectError):
    """No TLS connection was made, or its certificate is not trusted; nothing was sent. Never retried."""


class ProxyError(ConnectError):
    """The proxy of the environment can't be used, or refuses to connect; nothing was sent. Never retried."""


class ResponseTimeoutError(ResponseLostError):
    """The request was sent, but the server stayed silent: it may still carry it out."""


class TLSConnectionError(ResponseLostError):
    """The TLS connection broke, maybe after the request had arrived. Never retried."""


class InvalidResponseError(UserplaneError):
    """The response is not one that Userplane gives: HTML, an empty body, cut JSON, another link, over 8 MiB."""


class RedirectError(InvalidResponseError):
    """The server redirects; a key follows no redirect, and nothing was done."""


class ResponseTooLargeError(InvalidResponseError):
    """The response is a success of more than 8 MiB: the server carried the request out.

    Attributes:
        times: How many times larger it is than allowed; a lower bound if the server does not say its size.
    """

    def __init__(self, reason: str, *, operation: Operation | None = None, next_step: str = "", times: float) -> None:
        self.times = times
        super().__init__(reason, operation=operation, next_step=next_step)


class APIError(UserplaneError):
    """Userplane refused the request.

    Attributes:
        status: The HTTP status.
        code: The envelope's `error`; empty if the body was not an envelope.
        subject: What it is about, for example `recording link "pulumi:shop/dev/help" (lnk_1)`.
        retry_after: The seconds that the server asks to wait, or None.
    """

    def __init__(
        self, operation: Operation, status: int, code: str = "", message: str = "", *, retry_after: float | None = None
    ) -> None:
        self.status = status
        self.retry_after = retry_after
        self.subject = operation.subject
        reason = f"{status} {code}".rstrip() + (f' "{message}"' if message else "")
        super().__init__(reason, operation=operation, next_step=next_step(status, code), code=code)

    @property
    def proves_link_gone(self) -> bool:
        """Whether this response of a link's own address proves that the link is deleted: only two codes do."""
        return (self.status, self.code) in {(404, "LINK_NOT_FOUND"), (410, "LINK_GONE")}

    @property
    def proves_project_gone(self) -> bool:
        """Whether this response of a project's own address proves that the project is deleted."""
        return (self.status, self.code) in {(404, "PROJECT_NOT_FOUND"), (410, "PROJECT_GONE")}


class AuthenticationError(APIError):
    """401: the key is missing, unknown, revoked or expired. Says nothing about a link."""


class PermissionDeniedError(APIError):
    """403: the key's owner may not do this. Says nothing about a link's existence."""


class PlanLimitError(PermissionDeniedError):
    """403 `PLAN_LIMIT_EXCEEDED`: the plan's quota of created links is used up."""


class NotFoundError(APIError):
    """404. Only `LINK_NOT_FOUND` on a link's own address says that the link does not exist."""


class GoneError(APIError):
    """410. Only `LINK_GONE` on a link's own address says that the link was deleted."""


class RateLimitError(APIError):
    """429 `RATE_LIMITED`: over 120 requests a minute or 10,000 a day for the key's owner."""


class ServerError(APIError):
    """5xx, except 511: the server failed; a request that changes something may have been carried out."""


def api_error(operation: Operation, status: int, code: str, message: str, retry_after: float | None = None) -> APIError:
    """Returns the error of the class that fits the status and the code."""
    by_status = {
        401: AuthenticationError,
        403: PlanLimitError if code == "PLAN_LIMIT_EXCEEDED" else PermissionDeniedError,
        404: NotFoundError,
        410: GoneError,
        429: RateLimitError,
        # It is never Userplane's: another attempt meets the same login page.
        511: APIError,
    }
    error_class = by_status.get(status, ServerError if status >= 500 else APIError)
    return error_class(operation, status, code, message, retry_after=retry_after)
