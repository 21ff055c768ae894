"""The bodies that create or change a link: which fields they set, and what is refused in them."""

import json
from typing import Annotated, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_userplane.emulator.behaviour_values import DefaultText, LengthLimit, MetaKey
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.envelope import InputError, describe_first_error
from pulumi_userplane.emulator.schemas import LinkFields, LinkProviderType, LinkRow, Meta, NewLink

_MAX_SHORT_TEXT = 255
_MAX_REFERENCE = 2048
_META_KEYS = get_args(MetaKey)
_DEFAULT_TEXTS: dict[DefaultText, str | None] = {"none": None, "empty": "", "text": "Filled in by the server"}
_EMPTY = "Input should not be empty"


# A limit, even of 0, makes pydantic refuse what UTF-8 can't encode.
_Encodable = Annotated[str, Field(min_length=0)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, alias_generator=to_camel, allow_inf_nan=False)

    link_reusable: bool = False
    meta: Meta | None = None


class _CreateBody(_Body):
    domain_id: str = Field(min_length=1)
    project_id: str = Field(default="", min_length=1)
    link_reference: _Encodable = ""


class _UpdateBody(_Body):
    link_title: _Encodable | None = None
    link_provider_type: LinkProviderType = "web"
    link_provider_id: _Encodable | None = None
    link_provider_reference: _Encodable | None = Field(default=None, alias="linkProviderRef")


_BodyT = TypeVar("_BodyT", bound=_Body)


class _Text(NamedTuple):
    """A text of a link: its key in the body, and how long it may be."""

    key: str
    limit: LengthLimit
    max_length: int


def parse_create(payload: Meta, behaviours: Behaviours, member_id: str) -> NewLink:
    """Returns the link that the body of a POST asks for.

    Raises:
        InputError: The body is invalid.
    """
    body = _validate(_CreateBody, payload, behaviours)
    given = body.model_fields_set
    reference = None
    if "link_reference" in given:
        text = _Text("linkReference", behaviours.created_reference_length, _MAX_REFERENCE)
        reference = _normalize_text(text, body.link_reference, None, behaviours)
    meta: Meta | None = {} if behaviours.default_meta == "empty" else None
    link = NewLink(
        domain_id=body.domain_id,
        link_title=_DEFAULT_TEXTS[behaviours.default_title],
        link_type=behaviours.default_link_type,
        link_reusable=body.link_reusable if "link_reusable" in given else behaviours.default_reusable,
        link_provider_type=behaviours.default_provider_type,
        link_provider_id=_DEFAULT_TEXTS[behaviours.default_provider_id],
        link_provider_reference=reference,
        meta=meta if body.meta is None else _normalize_meta(body.meta, behaviours),
        workspace_member_id=member_id,
    )
    return link.model_copy(update={"project_id": body.project_id})


def parse_update(payload: Meta, behaviours: Behaviours, link: LinkRow) -> LinkFields:
    """Returns the fields that the body of a PUT sets on this link.

    Raises:
        InputError: The body is invalid.
    """
    body = _validate(_UpdateBody, payload, behaviours)
    given = body.model_dump(exclude_unset=True)
    title = _Text("linkTitle", behaviours.title_length, _MAX_SHORT_TEXT)
    provider_id = _Text("linkProviderId", behaviours.provider_id_length, _MAX_SHORT_TEXT)
    reference = _Text("linkProviderRef", behaviours.reference_length, _MAX_REFERENCE)
    for name, text, stored in (
        ("link_title", title, link["linkTitle"]),
        ("link_provider_id", provider_id, link["linkProviderId"]),
        ("link_provider_reference", reference, link["linkProviderReference"]),
    ):
        if name in given:
            given[name] = _update_text(text, given[name], stored, behaviours)
    if "meta" in given:
        given["meta"] = _update_meta(body.meta, link["meta"], behaviours)
    return LinkFields.model_validate({**_clear_left_out(behaviours), **given})


def _validate(model: type[_BodyT], payload: Meta, behaviours: Behaviours) -> _BodyT:
    sent = {name: value for name, value in payload.items() if name not in behaviours.ignored_fields}
    content = {name: value for name, value in sent.items() if name not in _META_KEYS}
    if behaviours.meta_key in sent:
        content["meta"] = sent[behaviours.meta_key]
    try:
        body = model.model_validate(content)
    except ValidationError as error:
        problems = [{**problem, "loc": _rename_meta_key(problem["loc"], behaviours)} for problem in error.errors()]
        raise InputError(describe_first_error(problems)) from error
    known = {field.alias for name, field in model.model_fields.items() if name != "meta"} | {behaviours.meta_key}
    for name in sent:
        if behaviours.unknown_fields == "refuse" and name not in known:
            raise InputError(f"{name}: Extra inputs are not permitted")
    return body


def _rename_meta_key(keys: tuple[int | str, ...], behaviours: Behaviours) -> tuple[int | str, ...]:
    return (behaviours.meta_key, *keys[1:]) if keys[0] == "meta" else keys


def _clear_left_out(behaviours: Behaviours) -> dict[str, object]:
    if behaviours.left_out == "clear":
        return dict.fromkeys(("link_title", "link_provider_id", "link_provider_reference", "meta"))
    return {"link_provider_reference": None} if behaviours.reference_after_update == "clear" else {}


def _update_text(text: _Text, value: str | None, stored: str | None, behaviours: Behaviours) -> str | None:
    if value is not None:
        return _normalize_text(text, value, stored, behaviours)
    if behaviours.null_text == "refuse":
        raise InputError(f"{text.key}: Input should be a valid string")
    return None if behaviours.null_text == "clear" else stored


def _normalize_text(text: _Text, value: str, stored: str | None, behaviours: Behaviours) -> str | None:
    value = _limit_length(text, value)
    if behaviours.trim_text:
        value = value.strip()
    if value or behaviours.empty_text == "keep":
        return value
    if behaviours.empty_text == "refuse":
        raise InputError(f"{text.key}: {_EMPTY}")
    return None if behaviours.empty_text == "clear" else stored


def _limit_length(text: _Text, value: str) -> str:
    if text.limit == "cut":
        return value[: text.max_length]
    longest = text.max_length - 1 if text.limit == "shorter" else text.max_length
    if text.limit != "longer" and len(value) > longest:
        raise InputError(f"{text.key}: String should have at most {longest} characters")
    return value


def _update_meta(meta: Meta | None, stored: Meta | None, behaviours: Behaviours) -> Meta | None:
    if meta:
        return _merge_meta(meta, stored, behaviours)
    setting = behaviours.null_meta if meta is None else behaviours.empty_meta
    if setting == "refuse":
        problem = "Input should be a valid dictionary" if meta is None else _EMPTY
        raise InputError(f"{behaviours.meta_key}: {problem}")
    if setting == "keep":
        return _merge_meta({}, stored, behaviours)
    return None if setting == "clear" else stored


def _merge_meta(meta: Meta, stored: Meta | None, behaviours: Behaviours) -> Meta:
    values = _normalize_meta(meta, behaviours)
    return {**(stored or {}), **values} if behaviours.meta_update == "merge" else values


def _normalize_meta(meta: Meta, behaviours: Behaviours) -> Meta:
    if behaviours.meta_values == "any":
        return meta
    if behaviours.meta_values == "text":
        return {name: _to_text(value) for name, value in meta.items()}
    texts: Meta = {name: value for name, value in meta.items() if isinstance(value, str)}
    if behaviours.meta_values == "strings" and len(texts) < len(meta):
        raise InputError(f"{behaviours.meta_key}: every value must be a string")
    return texts


def _to_text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
