"""The headers that each response of the public API has."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.clock import Clock

_RATE = b"120"


class HeaderMiddleware:
    """Adds Date and the headers about the rate limit to each response, those of faults as well.

    A header that the response has already stays as it is.

    Args:
        app: The application behind it.
        clock: Tells the server's time.
        get_behaviours: Returns the present behaviours.
    """

    def __init__(self, app: ASGIApp, clock: Clock, get_behaviours: Callable[[], Behaviours]) -> None:
        self._app = app
        self._clock = clock
        self._get_behaviours = get_behaviours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, and adds the headers to its response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = [(name, value) for name, value in self._build_headers() if name not in given]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _build_headers(self) -> list[tuple[bytes, bytes]]:
        behaviours = self._get_behaviours()
        headers = [(name.encode(), _RATE) for name in sorted(behaviours.rate_headers)]
        return [(b"date", self._clock.http_date().encode()), *headers] if behaviours.date_header else headers
