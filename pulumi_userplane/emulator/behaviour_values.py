"""The kinds of values that several behaviours share."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, PlainSerializer, StringConstraints

MetaKey = Literal["meta", "linkMeta"]
"""The two names of a link's map."""

LengthLimit = Literal["documented", "shorter", "longer", "cut"]
"""Up to which length a text is taken: the documented one, one less, or any; or what is longer is cut to it."""

DefaultText = Literal["none", "empty", "text"]
"""What a text of a new link is: null, `""`, or words of the server's own."""

_OUTCOME = r"^(input|taken|[45][0-9]{2}( [A-Z0-9_]{1,64})?)$"
Outcome = Annotated[str, Field(pattern=_OUTCOME)]
"""What a doubtful request gets: `input` refuses it as any wrong input, `taken` lets it through, `STATUS` refuses it
with this status, and `STATUS CODE` with this error code as well, in Userplane's envelope."""

InputErrorBody = Literal["envelope", "framework", "text"] | dict[str, JsonValue]
"""The body of refused input: Userplane's envelope, what its server framework would send, a line of plain text, or an
object in which the problem replaces each string `…`."""

PageLimit = Literal["take", "refuse"] | Annotated[int, Field(ge=1)]
"""What a page size above the known limit gets: it is taken, or refused; a number is the size to which larger ones are
cut."""

SearchReference = Literal["no", "whole", "beginning"]
"""Whether the search also finds links whose reference is the term, or begins with it."""

# With a number as their value, a client could not read the response.
_OTHER_HEADERS = {"connection", "content-length", "content-type", "date", "transfer-encoding", "upgrade"}
_EMPTY_STATUSES = {204, 205}


def _check_success_status(status: int) -> int:
    if status in _EMPTY_STATUSES:
        raise ValueError("a response with this status has no body")
    return status


def _check_header_names(names: frozenset[str]) -> frozenset[str]:
    others = sorted(names & _OTHER_HEADERS)
    if others:
        raise ValueError(f"{others[0]} can't tell a limit")
    return names


def _sort_for_json(names: Iterable[str]) -> list[str]:
    return sorted(names)


SuccessStatus = Annotated[int, Field(ge=200, le=299), AfterValidator(_check_success_status)]
RefusedStatus = Annotated[int, Field(ge=400, le=499)]

_Sorted = PlainSerializer(_sort_for_json, when_used="json")
_HeaderName = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")]
FieldNames = Annotated[frozenset[str], Field(strict=False), _Sorted]
HeaderNames = Annotated[frozenset[_HeaderName], Field(strict=False), AfterValidator(_check_header_names), _Sorted]
