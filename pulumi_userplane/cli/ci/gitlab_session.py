"""The HTTP session for GitLab: which requests it repeats, who gets to see a token, how much a download may bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TOKEN_HEADERS = ("PRIVATE-TOKEN", "JOB-TOKEN")


class Session(requests.Session):
    """A session whose tokens don't follow a redirect to another server.

    GitLab redirects downloads to where it stores artifacts. `requests` takes only the header `Authorization` off then,
    and GitLab's tokens have headers of their own.
    """

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Takes the tokens off a redirected request, unless it goes to the same host, port and scheme."""
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call] # the stubs lack it
        if self.should_strip_auth(response.request.url, prepared_request.url):  # type: ignore[no-untyped-call]
            for name in _TOKEN_HEADERS:
                prepared_request.headers.pop(name, None)


def open_session() -> Session:
    """Returns a session that repeats reads when the server is overloaded; a repeated write could be there twice."""
    session = Session()
    statuses = (500, 502, 503, 504)
    retry = Retry(3, backoff_factor=0.2, status_forcelist=statuses, allowed_methods=["GET"], raise_on_status=False)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def save(chunks: Iterator[bytes], file: Path, most: int) -> None:
    """Writes a download to a file; of one that is too long, a byte more than `most`."""
    left = most + 1
    with file.open("wb") as target:
        for chunk in chunks:
            left -= target.write(chunk[:left])
            if not left:
                break
