"""What is not documented about the real API, as settings that can change while the emulator runs."""

from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

MetaKey = Literal["meta", "linkMeta"]


class Behaviours(BaseModel):
    """How this Userplane behaves where the real one's behaviour is unknown.

    Over HTTP they are called switches, after the route `/_control/switches`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    meta_key: MetaKey = "meta"
    """The key of a link's map in requests and responses; the other one counts as an unknown key."""
    meta_update: Literal["replace", "merge"] = "replace"
    """Whether PUT replaces the stored map or merges into it."""
    meta_values: Literal["any", "strings"] = "any"
    """Whether the map takes any JSON value, or refuses all but strings with 400."""
    empty_text: Literal["clear", "keep", "ignore"] = "clear"
    """Whether `""` sets a text to null, is stored as `""`, or changes nothing."""
    trim_text: bool = False
    """Whether white space around a text is removed before it is stored."""
    ignored_fields: frozenset[str] = frozenset()
    """Keys of a request body that are ignored without an error."""
    default_provider_type: str = "web"
    """The `linkProviderType` of a new link."""
    created_status: Literal[200, 201] = 200
    """The HTTP status of a successful POST."""
    refused_input: Literal["envelope", "framework"] = "envelope"
    """Whether the body of a 400 is Userplane's envelope or what its server framework would send."""
    retry_after: bool = True
    """Whether a 429 has a Retry-After header."""
    rate_limit: int = Field(default=0, ge=0)
    """Requests a minute for each user; 0 means no limit."""


class BehavioursDict(TypedDict, total=False):
    """The fields of `Behaviours` as keyword arguments."""

    meta_key: MetaKey
    meta_update: Literal["replace", "merge"]
    meta_values: Literal["any", "strings"]
    empty_text: Literal["clear", "keep", "ignore"]
    trim_text: bool
    ignored_fields: frozenset[str] | set[str] | list[str]
    default_provider_type: str
    created_status: Literal[200, 201]
    refused_input: Literal["envelope", "framework"]
    retry_after: bool
    rate_limit: int
