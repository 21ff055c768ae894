"""Sends a client's requests: within the rate limit, again after a failure, before the operation's deadline."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.cancellation import CancelableClock, Cancellation, name_operation
from pulumi_userplane.api.constants import DEFAULT_BASE_URL
from pulumi_userplane.api.errors import Operation, RateLimitError
from pulumi_userplane.api.identifiers import validate_api_key
from pulumi_userplane.api.pagination import MAX_PER_PAGE, PageReader
from pulumi_userplane.api.progress import Progress
from pulumi_userplane.api.rate_limit import RateLimit
from pulumi_userplane.api.request_limit import DEFAULT_PER_DAY, DEFAULT_PER_MINUTE
from pulumi_userplane.api.responses import parse_envelope, read_server_time
from pulumi_userplane.api.retry import MAX_OPERATION_SECONDS, Deadline, call_with_retries
from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.api.transport import Request, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.errors import Action
    from pulumi_userplane.api.limit_store import LimitStore
    from pulumi_userplane.api.request_limit import RequestLimit

_LOG = logging.getLogger("pulumi_userplane")


class _ThreadState(threading.local):
    """What one thread is in the middle of."""

    deadline: Deadline | None = None
    operation: Operation | None = None


class ClientBase:
    """Sends the requests of `Client`; its docstring says what the arguments are.

    Attributes:
        progress: Counts requests and links, and tells the user of waits.
        limit_store: The store that several machines share for the key, if there is one.
        rate_limit: What each request waits for.
        shared_file: The file that the processes of this machine share for the key.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = DEFAULT_BASE_URL,
        meta_field: str = "meta",
        requests_per_minute: int = DEFAULT_PER_MINUTE,
        requests_per_day: int = DEFAULT_PER_DAY,
        shared_file: SharedFile | None = None,
        limit_store: LimitStore | None = None,
        notify: Callable[[str], None] | None = None,
        clock: Clock | None = None,
        cancellation: Cancellation | None = None,
    ) -> None:
        notify = notify or _LOG.info
        self._cancellation = cancellation or Cancellation()
        self._clock = clock or CancelableClock(self._cancellation)
        self._transport = Transport(base_url, validate_api_key(api_key))
        self._meta_field = meta_field
        self.progress = Progress(notify, self._clock)
        self.shared_file = shared_file or SharedFile(self._transport.api_key, self.base_url, notify=notify)
        self.limit_store = limit_store
        self.rate_limit = self._make_rate_limit(requests_per_minute, requests_per_day)
        self._thread = _ThreadState()
        self._server_clock: tuple[float | None, float] = (None, 0.0)

    def _make_rate_limit(self, per_minute: int, per_day: int) -> RequestLimit:
        own = RateLimit(self.shared_file, per_minute, per_day, self.progress.notify_wait, self._clock)
        if self.limit_store is None:
            return own
        from pulumi_userplane.api.store_rate_limit import StoreRateLimit  # noqa: PLC0415 - an extra

        return StoreRateLimit(self.limit_store, own)

    @property
    def base_url(self) -> str:
        """The server's address, without a trailing slash."""
        return self._transport.base_url

    @property
    def proxy(self) -> str | None:
        """The proxy that this thread's requests go through, for a message; None without one, and before the first."""
        return str(self._transport.proxy) if self._transport.proxy else None

    @contextlib.contextmanager
    def operation_deadline(
        self,
        seconds: float = MAX_OPERATION_SECONDS,
        *,
        rate_limit_wait: float | None = None,
        refused_wait: float | None = None,
    ) -> Iterator[Deadline]:
        """Gives all requests that this thread sends inside one deadline. Outside, each request has its own.

        Args:
            seconds: The time for all of them together. Waits for the rate limit do not count.
            rate_limit_wait: The longest that a request may wait for the rate limit; no bound when left out.
            refused_wait: How long 429s may make them wait in all; when left out, what remains of the ten minutes of the
                operation that they are a part of.
        """
        outer = self._thread.deadline
        deadline = Deadline(
            seconds, outer=outer, rate_limit_wait=rate_limit_wait, refused_wait=refused_wait, clock=self._clock
        )
        self._thread.deadline = deadline
        try:
            yield deadline
        finally:
            self._thread.deadline = outer

    @contextlib.contextmanager
    def operation_step(self, operation: Operation) -> Iterator[None]:
        """Makes all requests that this thread sends inside a step of one operation: errors and waits name that one.

        Args:
            operation: The operation; its `step` names the step.
        """
        outer = self._thread.operation
        self._thread.operation = operation
        try:
            with name_operation(operation):
                yield
        finally:
            self._thread.operation = outer

    def server_time(self, moment: float) -> float | None:
        """Returns what the server's clock shows at a moment, to about a second, or None before its first response.

        Args:
            moment: In seconds of the clock's `monotonic`, since this machine's clock may be wrong, and set at any time.
        """
        shown, seen_at = self._server_clock
        return None if shown is None else shown + (moment - seen_at)

    def _operation(self, action: Action, subject: str) -> Operation:
        """Returns the operation that this thread is in a step of, else a new one."""
        return self._thread.operation or Operation(action, subject)

    def _pages(
        self, operation: Operation, path: str, key: str, identity: str, params: Mapping[str, Any] | None = None
    ) -> PageReader:
        """Returns the reader of the list at a path; see `PageReader` for `key` and `identity`."""

        def fetch(page: int, per_page: int) -> dict[str, Any]:
            return self._request(operation, "GET", path, params={"page": page, "per_page": per_page, **(params or {})})

        return PageReader(fetch, operation, key, identity, MAX_PER_PAGE[key])

    def _request(
        self,
        operation: Operation,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        before_send: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Sends a request until it succeeds or fails for good; returns the data of the response."""
        # First of all: a request that can't be sent takes nothing from the rate limit, and no journal entry is made.
        self._transport.prepare(operation)
        request = Request(method, path, params, body)
        deadline = self._thread.deadline or Deadline(clock=self._clock)

        def attempt() -> dict[str, Any]:
            sent_at = self._acquire(operation, deadline, before_send)
            self.progress.count_request()
            return self._send(operation, request, deadline, sent_at)

        with name_operation(operation):
            return call_with_retries(
                attempt,
                method,
                deadline,
                self.progress.notify_wait,
                waits_after_refusal=self.rate_limit.waits_after_refusal,
            )

    def _acquire(self, operation: Operation, deadline: Deadline, before_send: Callable[[], None] | None) -> float:
        """Records an attempt in the rate limit, after waiting until it may be sent; returns when that was.

        Raises:
            RunCanceledError: It is not sent, since the run was canceled; then it is not recorded either.
        """
        self._cancellation.require_not_requested(operation)
        sent_at = self.rate_limit.acquire(
            operation, lambda wait: deadline.exclude_wait(wait, operation), deadline.rate_limit_wait
        )
        try:
            if before_send is not None:
                before_send()
            self._cancellation.require_not_requested(operation)
        except BaseException:
            self.rate_limit.give_back(sent_at)
            raise
        return sent_at

    def _send(self, operation: Operation, request: Request, deadline: Deadline, sent_at: float) -> dict[str, Any]:
        try:
            response = self._transport.send(operation, request, deadline)
            self._server_clock = (read_server_time(response), self._clock.monotonic())
            return parse_envelope(response, operation, self._transport.api_key, self._clock)
        except RateLimitError as error:
            self.rate_limit.record_refusal(sent_at, error.retry_after)
            raise
