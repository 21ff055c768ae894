"""Reads what a form of the page sends, and refuses what no form of it can have sent."""

from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from pulumi_userplane.emulator.page.guard import FormTokens

_MAX_BYTES = 1024 * 1024
_MAX_FIELDS = 200
_TYPE = "application/x-www-form-urlencoded"


class Form(dict[str, str]):
    """The fields of a form by their names; one that it lacks is empty, as a box without a tick is."""

    def __missing__(self, name: str) -> str:
        return ""


async def read_form(request: Request, tokens: FormTokens) -> Form:
    """Returns the fields of a form.

    Args:
        request: The request that a browser sends for it.
        tokens: The token that the form has to bear.

    Raises:
        HTTPException: The request is not a form, is too large, or has another token.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != _TYPE:
        raise HTTPException(415, f"The page takes forms only, sent as {_TYPE}")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BYTES:
            raise HTTPException(413, "The form is larger than 1 MiB")
    try:
        form = Form(parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError as error:
        raise HTTPException(413, f"The form has more than {_MAX_FIELDS} fields") from error
    if not tokens.is_valid(form["token"]):
        raise HTTPException(
            403, "This form is of an earlier run of the emulator. Load its page again, and fill it in once more"
        )
    return form
