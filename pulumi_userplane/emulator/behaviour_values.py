"""The kinds of values that several behaviours share."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, PlainSerializer, StringConstraints

MetaKey = Literal["meta", "linkMeta"]
"""The two names of a link's map."""

LengthLimit = Literal["documented", "shorter", "longer", "cut"]
"""Up to which length a text is taken: the documented one, one less, or any; or what is longer is cut to it."""

DefaultText = Literal["none", "empty", "text"]
"""What a text of a new link is: null, `""`, or words of the server's own."""

_OUTCOME = re.compile(r"input|taken|[45][0-9]{2}( [A-Z0-9_]{1,64})?")


def _check_outcome(outcome: str) -> str:
    if not _OUTCOME.fullmatch(outcome):
        raise ValueError("Input should be 'input', 'taken', a status from 400 to 599, or such a status and a code")
    return outcome


Outcome = Annotated[str, AfterValidator(_check_outcome)]
"""What a doubtful request gets: `input` refuses it as any wrong input, `taken` lets it through, `STATUS` refuses it
with this status, and `STATUS CODE` with this error code as well, in Userplane's envelope."""

InputErrorBody = Literal["envelope", "framework", "text"] | dict[str, JsonValue]
"""The body of refused input: Userplane's envelope, what its server framework would send, a line of plain text, or an
object such as `{"error": "…"}`, where the problem is written in place of each `…`."""

PageLimit = Literal["take", "refuse"] | Annotated[int, Field(ge=1)]
"""What a page size above the known limit gets: it is taken, or refused; a number is the size to which larger ones are
cut."""

SearchReference = Literal["no", "whole", "beginning"]
"""Whether the search also finds links whose reference is the term, or begins with it."""

# With a number as their value, a client could not read the response, or would do something else with it.
_OTHER_HEADERS = {
    "connection", "date", "keep-alive", "location", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade",
    "www-authenticate",
}  # fmt: skip
_OTHER_BEGINNINGS = ("content-", "proxy-")
_MAX_HEADERS = 20
_EMPTY_STATUSES = {204, 205}
# A key that is wrong, something that is gone, a request that should be sent again: clients act on them.
_STATUSES_OF_OTHER_MEANING = {401, 403, 404, 408, 410, 429}


def _check_success_status(status: int) -> int:
    if status in _EMPTY_STATUSES:
        raise ValueError("a response with this status has no body")
    return status


def _check_refused_status(status: int) -> int:
    if status in _STATUSES_OF_OTHER_MEANING:
        raise ValueError(f"{status} means something else to every client; choose another status, such as 422")
    return status


def _check_header_names(names: frozenset[str]) -> frozenset[str]:
    others = sorted(name for name in names if name in _OTHER_HEADERS or name.startswith(_OTHER_BEGINNINGS))
    if others:
        raise ValueError(f"{others[0]} can't tell a limit, since clients read the response by it")
    if len(names) > _MAX_HEADERS:
        raise ValueError(f"there can be {_MAX_HEADERS} at most")
    return names


def _check_ignored_fields(names: frozenset[str]) -> frozenset[str]:
    if "domainId" in names:
        raise ValueError("no link could be created without domainId")
    return names


def _sort_for_json(names: Iterable[str]) -> list[str]:
    return sorted(names)


SuccessStatus = Annotated[int, Field(ge=200, le=299), AfterValidator(_check_success_status)]
RefusedStatus = Annotated[int, Field(ge=400, le=499), AfterValidator(_check_refused_status)]

_Sorted = PlainSerializer(_sort_for_json, when_used="json")
_HeaderName = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")]
IgnoredFields = Annotated[frozenset[str], Field(strict=False), AfterValidator(_check_ignored_fields), _Sorted]
HeaderNames = Annotated[frozenset[_HeaderName], Field(strict=False), AfterValidator(_check_header_names), _Sorted]
