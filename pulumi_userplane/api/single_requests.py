"""Sends single requests through a client, and returns each response as it came; a method of `Client` judges it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.cancellation import name_operation
from pulumi_userplane.api.responses import parse_envelope, read_retry_after
from pulumi_userplane.api.retry import Deadline

if TYPE_CHECKING:
    from pulumi_userplane.api.client_base import ClientBase
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.transport import Request, Response


class SingleRequests:
    """Requests that a client sends once each, within the rate limit.

    Args:
        client: Whose server, key, rate limit and time-outs count.
    """

    # What a client keeps to itself is nobody's but this class's, which is a part of it.
    # ruff: noqa: SLF001

    def __init__(self, client: ClientBase) -> None:
        self._client = client

    def send(self, operation: Operation, request: Request, max_seconds: float, refused_wait: float) -> Response:
        """Sends a request, and returns the response whatever its status.

        Args:
            operation: What is being done, for the error.
            request: What is sent.
            max_seconds: How long it may take.
            refused_wait: How long it may wait because of 429s, in seconds.

        Raises:
            UserplaneError: There is no response.
        """
        client = self._client
        client._transport.prepare(operation)
        deadline = Deadline(max_seconds, refused_wait=refused_wait, clock=client._clock)
        with name_operation(operation):
            sent_at = client._acquire(operation, deadline, None)
        client.progress.count_request()
        response = client._transport.send(operation, request, deadline)
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            client.rate_limit.record_refusal(sent_at, self.read_retry_after(response))
        return response

    def read_data(self, operation: Operation, response: Response) -> dict[str, Any]:
        """Returns the `data` of a response.

        Raises:
            UserplaneError: It is a failure, or not Userplane's.
        """
        return parse_envelope(response, operation, self._client._transport.api_key, self._client._clock)

    def read_retry_after(self, response: Response) -> float | None:
        """Returns the seconds that the server asks to wait, or None."""
        return read_retry_after(response, self._client._clock)

    def wait(self, seconds: float, reason: str = "") -> None:
        """Waits, and says why if there is a reason to say."""
        if reason:
            self._client.progress.notify_wait(reason)
        self._client._clock.sleep(seconds)
