"""What is not documented about the real API, as settings that can change while the emulator runs."""

from collections.abc import Collection, Mapping
from typing import Annotated, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulumi_userplane.emulator.behaviour_values import (
    DefaultText,
    HeaderNames,
    IgnoredFields,
    InputErrorBody,
    LengthLimit,
    MetaKey,
    Outcome,
    PageLimit,
    RefusedStatus,
    SearchReference,
    SuccessStatus,
)
from pulumi_userplane.emulator.errors import EmulatorError
from pulumi_userplane.emulator.problems import describe_problem, shorten


class Behaviours(BaseModel):
    """How this Userplane behaves where the real one's behaviour is unknown.

    Over HTTP they are called switches, after the route `/_control/switches`.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    # The map.
    meta_key: MetaKey = "meta"
    """The key of a link's map in requests; the other one counts as an unknown key."""
    meta_returned_as: Literal["same", "other"] = "same"
    """Whether responses hold the map under `meta_key`, or under the other name."""
    meta_update: Literal["replace", "merge"] = "replace"
    """Whether PUT replaces the stored map or merges into it."""
    meta_values: Literal["any", "strings", "text", "drop"] = "any"
    """Whether values that are not text are kept, refused, stored as their JSON text, or left out."""
    null_meta: Literal["refuse", "clear", "ignore"] = "refuse"
    """Whether a PUT's null for the map is refused, sets it to null, or changes nothing."""
    empty_meta: Literal["keep", "clear", "ignore", "refuse"] = "keep"
    """Whether a PUT's `{}` is stored or merged as any map, sets the map to null, changes nothing, or is refused."""

    # Texts and fields.
    empty_text: Literal["clear", "keep", "ignore", "refuse"] = "clear"
    """Whether `""` sets a text to null, is stored as `""`, changes nothing, or is refused."""
    null_text: Literal["refuse", "clear", "ignore"] = "refuse"
    """Whether a PUT's null for a text is refused, sets it to null, or changes nothing."""
    trim_text: bool = False
    """Whether white space around a text is removed before it is stored."""
    title_length: LengthLimit = "documented"
    """How the 255 characters of `linkTitle` are meant."""
    provider_id_length: LengthLimit = "documented"
    """How the 255 characters of `linkProviderId` are meant."""
    reference_length: LengthLimit = "documented"
    """How the 2048 characters of `linkProviderRef` are meant."""
    created_reference_length: LengthLimit = "documented"
    """The same for `linkReference` of a POST, for which no limit is documented."""
    left_out: Literal["keep", "clear"] = "keep"
    """Whether a PUT keeps the texts and the map that it does not give, or sets them to null."""
    reference_after_update: Literal["keep", "clear"] = "keep"
    """Whether a PUT without `linkProviderRef` keeps the reference, or sets it to null."""
    ignored_fields: IgnoredFields = frozenset()
    """Keys of a request body that are ignored without an error; not `domainId`."""
    unknown_fields: Literal["drop", "refuse"] = "drop"
    """Whether keys that the API does not have in a body are dropped or refused."""

    # A new link.
    default_link_type: str = Field(default="recording", pattern=r"^[a-z_]{1,40}$")
    """The `linkType` of a new link."""
    default_provider_type: str = Field(default="web", max_length=255)
    """The `linkProviderType` of a new link."""
    default_reusable: bool = False
    """Whether a link that is created without `linkReusable` is reusable."""
    default_title: DefaultText = "none"
    """The `linkTitle` of a new link."""
    default_provider_id: DefaultText = "none"
    """The `linkProviderId` of a new link."""
    default_meta: Literal["none", "empty"] = "none"
    """Whether the map of a link that is created without one is null or `{}`."""
    created_status: SuccessStatus = 200
    """The HTTP status of a successful POST."""
    updated_status: SuccessStatus = 200
    """The HTTP status of a successful PUT."""

    # What is refused.
    refused_status: RefusedStatus = 400
    """The HTTP status of refused input."""
    refused_input: InputErrorBody = "envelope"
    """The body of refused input."""
    unverified_domain: Outcome = "input"
    """What a POST on a domain gets that is not verified."""
    unknown_domain: Outcome = "input"
    """What a POST gets with a domain that the workspace does not have; `taken` uses the first verified one."""
    unknown_project: Outcome = "404 PROJECT_NOT_FOUND"
    """What a POST gets with a project that does not exist; `taken` uses the default project."""
    second_delete: Outcome = "410 LINK_GONE"
    """What the DELETE of a link gets that is deleted already."""

    # Lists and the search.
    list_order: Literal["newest", "oldest", "title", "other"] = "newest"
    """The order of a list of links without sort parameters; `other` is by link id."""
    links_per_page: PageLimit = "refuse"
    """What a list of links does above 20 links a page."""
    projects_per_page: PageLimit = "refuse"
    """What a list of projects does above 10 projects a page."""
    domains_per_page: PageLimit = "take"
    """What a list of domains does above 10 domains a page."""
    members_per_page: PageLimit = "take"
    """What a list of members does above 10 members a page."""
    listed_at_once: bool = True
    """Whether a new link is in the next list of its workspace; otherwise it is missing from that one."""
    search_reference: SearchReference = "no"
    """Whether the search also finds links whose reference is the term, or begins with it."""

    # Headers and limits.
    date_header: bool = True
    """Whether responses have Date."""
    rate_headers: HeaderNames = frozenset()
    """Headers that each response has, with the value 120."""
    retry_after: bool = True
    """Whether a 429 has a Retry-After header."""
    rate_limit: Annotated[int, Field(ge=0)] = 0
    """Requests a minute for each user; 0 means no limit."""
    daily_limit: Annotated[int, Field(ge=0)] = 0
    """Requests a day for each user; 0 means no limit."""


class BehavioursDict(TypedDict, total=False):
    """The fields of `Behaviours` as keyword arguments."""

    meta_key: MetaKey
    meta_returned_as: Literal["same", "other"]
    meta_update: Literal["replace", "merge"]
    meta_values: Literal["any", "strings", "text", "drop"]
    null_meta: Literal["refuse", "clear", "ignore"]
    empty_meta: Literal["keep", "clear", "ignore", "refuse"]

    empty_text: Literal["clear", "keep", "ignore", "refuse"]
    null_text: Literal["refuse", "clear", "ignore"]
    trim_text: bool
    title_length: LengthLimit
    provider_id_length: LengthLimit
    reference_length: LengthLimit
    created_reference_length: LengthLimit
    left_out: Literal["keep", "clear"]
    reference_after_update: Literal["keep", "clear"]
    ignored_fields: Collection[str]
    unknown_fields: Literal["drop", "refuse"]

    default_link_type: str
    default_provider_type: str
    default_reusable: bool
    default_title: DefaultText
    default_provider_id: DefaultText
    default_meta: Literal["none", "empty"]
    created_status: int
    updated_status: int

    refused_status: int
    refused_input: Literal["envelope", "framework", "text"] | Mapping[str, object]
    unverified_domain: str
    unknown_domain: str
    unknown_project: str
    second_delete: str

    list_order: Literal["newest", "oldest", "title", "other"]
    links_per_page: Literal["take", "refuse"] | int
    projects_per_page: Literal["take", "refuse"] | int
    domains_per_page: Literal["take", "refuse"] | int
    members_per_page: Literal["take", "refuse"] | int
    listed_at_once: bool
    search_reference: SearchReference

    date_header: bool
    rate_headers: Collection[str]
    retry_after: bool
    rate_limit: int
    daily_limit: int


def validate_behaviours(behaviours: Mapping[str, object]) -> Behaviours:
    """Returns the given behaviours, the others with their defaults.

    Raises:
        EmulatorError: A value is invalid.
    """
    try:
        return Behaviours.model_validate(behaviours)
    except ValidationError as error:
        raise EmulatorError(f"The behaviour is wrong at {describe_invalid(error)}.") from error


def describe_invalid(error: ValidationError) -> str:
    """Returns the first wrong behaviour and why it is wrong; of values of several kinds, why it is none of them."""
    errors = error.errors()
    name = errors[0]["loc"][0]
    reasons = dict.fromkeys(describe_problem(problem) for problem in errors if problem["loc"][0] == name)
    return f"{shorten(str(name))}: {', or: '.join(reasons)}"
