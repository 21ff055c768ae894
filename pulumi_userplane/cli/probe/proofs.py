"""What a response to a POST of a probe, or a row of a list, proves of the link that the POST made."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import Operation
from pulumi_userplane.api.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.probe.exchange import Reply

PROBE = "pulumi-userplane probe"
"""What stands in the title or the reference of each link of a probe."""

_MAY_HAVE_WORKED = {408, 409, 425, 429}
_MAY_STILL_WORK = {408, 502, 504}
_ROUNDING_SECONDS = 2.0
"""`Date` has whole seconds, and several servers respond."""


def make_token() -> str:
    """Returns a text that only this probe writes."""
    return secrets.token_hex(8)


def name_creation(what: str = "") -> Operation:
    """Returns the operation that an error of a POST names."""
    return Operation("creation", f"a recording link for the probe{what}")


@dataclass(frozen=True)
class Creation:
    """What a POST has led to.

    Attributes:
        token: The random text at the beginning of the reference.
        reference: The reference that was sent.
        reply: The response.
        link: The link that it made; None if the response shows none, or another one.
    """

    token: str
    reference: str
    reply: Reply
    link: dict[str, Any] | None


def bears(link: Mapping[str, Any], token: str) -> bool:
    """Returns whether a link has the random text of a POST, in whatever case, in its reference."""
    return token in str(link.get("linkProviderReference")).lower()


def may_still_work(reply: Reply) -> bool:
    """Returns whether the server may make the link after this response: it comes from something in front of it."""
    is_page = not isinstance(reply.content, dict) and not 400 <= reply.status < 500
    return is_page or reply.status in _MAY_STILL_WORK or (reply.status >= 500 and not reply.code)


def proves_refusal(reply: Reply) -> bool:
    """Returns whether a response says that no link was made. A page can be a proxy's, which has passed the POST on."""
    return 400 <= reply.status < 500 and reply.status not in _MAY_HAVE_WORKED and isinstance(reply.content, dict)


def is_newer(link: Mapping[str, Any], moment: float | None) -> bool:
    """Returns whether a link was created after a moment of the server's clock; never if that is not known."""
    created_at = parse_timestamp(str(link.get("createdAt")))
    if created_at is None or moment is None:
        return False
    return created_at >= moment - _ROUNDING_SECONDS
