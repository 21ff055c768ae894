"""The form that edits a link: its values as a browser shows them, and the changes that a person made to them."""

import json
import re
from typing import get_args

from pydantic import JsonValue

from pulumi_userplane.emulator.page.forms import Form
from pulumi_userplane.emulator.page.hostile_text import has_special
from pulumi_userplane.emulator.schemas import LinkProviderType, LinkRow

PROVIDER_TYPES: tuple[str, ...] = get_args(LinkProviderType)

_TEXTS = ("linkTitle", "linkProviderType", "linkProviderId", "linkProviderReference")
_TICKED = "on"


def describe_link(link: LinkRow) -> Form:
    """Returns the values of a link as the form's fields have them, and in the hidden field `shown` all of them."""
    texts: dict[str, str | None] = {name: value for name in _TEXTS if isinstance(value := link.get(name), str)}
    values = Form(
        {name: texts.get(name) or "" for name in _TEXTS}
        | {"linkReusable": _TICKED if link["linkReusable"] else "", "meta": _describe_meta(link["meta"])}
    )
    return Form({**values, "shown": json.dumps(values)})


def find_changes(form: Form) -> tuple[dict[str, JsonValue], dict[str, str]]:
    """Returns the fields that a person changed, by their names in a response, and what is wrong with others.

    What a person did not touch stays as it is, whatever a request has made of it meanwhile.
    """
    shown = _read_shown(form["shown"])
    changes: dict[str, JsonValue] = {}
    problems: dict[str, str] = {}
    for name in (*_TEXTS, "linkReusable", "meta"):
        value = form[name]
        if _as_sent_back(name, value) == _as_sent_back(name, shown[name]):
            continue
        try:
            changes[name] = _read_value(name, value)
        except ValueError as error:
            problems[name] = str(error)
    return changes, problems


def _describe_meta(meta: dict[str, JsonValue] | None) -> str:
    if meta is None:
        return ""
    text = json.dumps(meta, indent=2, ensure_ascii=False)
    has_invisible = any(has_special(line) for line in text.split("\n"))
    return json.dumps(meta, indent=2) if has_invisible else text


def _read_shown(text: str) -> Form:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = {}
    fields = content.items() if isinstance(content, dict) else ()
    return Form({name: value for name, value in fields if isinstance(value, str)})


def _read_value(name: str, value: str) -> JsonValue:
    if name == "linkReusable":
        return value == _TICKED
    if name == "meta":
        return _read_meta(value)
    if name == "linkProviderType" and not value:
        raise ValueError("Choose a provider type.")
    return value or None


def _read_meta(text: str) -> JsonValue:
    if not text.strip():
        return None
    try:
        content: JsonValue = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(content, allow_nan=False)
    except RecursionError as error:
        raise ValueError("The JSON is nested too deeply.") from error
    except ValueError as error:
        raise ValueError(f"This is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise ValueError('Write a JSON object, such as {"team": "support"}.')  # noqa: TRY004  # of a person, not code
    return content


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} does not exist there")


def _as_sent_back(name: str, value: str) -> str:
    """Returns a value as a browser sends it back when nobody changed it."""
    text = re.sub("[\ud800-\udfff]", "?", value).replace("\0", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")
    return text if name == "meta" else text.replace("\n", "")
