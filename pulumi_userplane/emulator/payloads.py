"""Bodies of POST and PUT and the link in answers, each as the behaviours say."""

from typing import Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_userplane.emulator.behaviours import Behaviours, MetaKey
from pulumi_userplane.emulator.envelope import InputError, first_problem
from pulumi_userplane.emulator.schemas import LinkFields, LinkRow, NewLink

LinkProviderType = Literal[
    "intercom", "zendesk", "hubspot", "freshdesk", "freshchat", "jira_service_management", "helpscout", "happyfox",
    "ada", "forethought", "servicenow", "front", "zoho_desk", "crisp", "pylon", "plain", "asana", "azure_devops",
    "clickup", "github", "gitlab", "jira", "linear", "notion", "sentry", "slack", "web", "others",
]  # fmt: skip
Meta = dict[str, JsonValue]
_META_KEYS = get_args(MetaKey)


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, alias_generator=to_camel, allow_inf_nan=False)

    meta: Meta | None = None


class _Create(_Body):
    domain_id: str = Field(min_length=1)
    project_id: str = Field(default="", min_length=1)
    link_reference: str = Field(default="", max_length=2048)
    link_reusable: bool = False


class _Update(_Body):
    meta: Meta = Field(default_factory=dict)
    link_title: str = Field(default="", max_length=255)
    link_reusable: bool = False
    link_provider_type: LinkProviderType = "web"
    link_provider_id: str = Field(default="", max_length=255)
    link_provider_ref: str = Field(default="", max_length=2048)


_BodyT = TypeVar("_BodyT", bound=_Body)


def created_link(payload: Meta, behaviours: Behaviours, member_id: str) -> NewLink:
    """The link that the body of a POST asks for.

    Raises:
        InputError: the body is refused.
    """
    body = _read(_Create, payload, behaviours)
    link = NewLink(
        domain_id=body.domain_id,
        link_provider_reference=_settled(body.link_reference, None, behaviours),
        link_reusable=body.link_reusable,
        link_provider_type=behaviours.default_provider_type,
        meta=body.meta,
        workspace_member_id=member_id,
    )
    return link.model_copy(update={"project_id": body.project_id})


def updated_fields(payload: Meta, behaviours: Behaviours, link: LinkRow) -> LinkFields:
    """The fields that the body of a PUT sets.

    Raises:
        InputError: the body is refused.
    """
    body = _read(_Update, payload, behaviours)
    given = body.model_dump(exclude_unset=True)
    for name, stored in (
        ("link_title", link["linkTitle"]),
        ("link_provider_id", link["linkProviderId"]),
        ("link_provider_ref", link["linkProviderReference"]),
    ):
        if name in given:
            given[name] = _settled(given[name], stored, behaviours)
    if "link_provider_ref" in given:
        given["link_provider_reference"] = given.pop("link_provider_ref")
    if "meta" in given and behaviours.meta_update == "merge":
        given["meta"] = {**(link["meta"] or {}), **given["meta"]}
    return LinkFields.model_validate(given)


def shown(link: LinkRow, behaviours: Behaviours) -> dict[str, object]:
    """The link as an answer shows it."""
    answer: dict[str, object] = {**link}
    del answer["deletedAt"], answer["live"]
    answer[behaviours.meta_key] = answer.pop("meta")
    return answer


def _read(model: type[_BodyT], payload: Meta, behaviours: Behaviours) -> _BodyT:
    content = {name: value for name, value in payload.items() if name not in {*behaviours.ignored_fields, *_META_KEYS}}
    if behaviours.meta_key in payload and behaviours.meta_key not in behaviours.ignored_fields:
        content["meta"] = payload[behaviours.meta_key]
    try:
        body = model.model_validate(content)
    except ValidationError as error:
        problems = [{**each, "loc": _named(each["loc"], behaviours)} for each in error.errors()]
        raise InputError(first_problem(problems)) from error
    if behaviours.meta_values == "strings" and not all(isinstance(value, str) for value in (body.meta or {}).values()):
        raise InputError(f"{behaviours.meta_key}: every value must be a string")
    return body


def _named(place: tuple[int | str, ...], behaviours: Behaviours) -> tuple[int | str, ...]:
    """The place in the words of the request, in which the map may have its other name."""
    return (behaviours.meta_key, *place[1:]) if place[0] == "meta" else place


def _settled(text: str, stored: str | None, behaviours: Behaviours) -> str | None:
    if behaviours.trim_text:
        text = text.strip()
    if text or behaviours.empty_text == "keep":
        return text
    return None if behaviours.empty_text == "clear" else stored
