"""What is not documented about the real API, as behaviours: each can be thrown while the emulator runs."""

from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

MetaKey = Literal["meta", "linkMeta"]


class Behaviours(BaseModel):
    """How this Userplane behaves where the real one's behaviour is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    meta_key: MetaKey = "meta"
    """The key that is read and written; the other one is an unknown key."""
    meta_update: Literal["replace", "merge"] = "replace"
    """What PUT does with the map that is there."""
    meta_values: Literal["any", "strings"] = "any"
    """Whether a value that is no string is stored or refused with 400."""
    empty_text: Literal["clear", "keep", "ignore"] = "clear"
    """Whether `""` makes a text null, stays `""`, or changes nothing."""
    trim_text: bool = False
    """Whether white space around a text is dropped."""
    ignored_fields: frozenset[str] = frozenset()
    """Fields of a request body that are dropped without a word."""
    default_provider_type: str = "web"
    """linkProviderType of a link that was just made."""
    created_status: Literal[200, 201] = 200
    """Status of a POST that made a link."""
    refused_input: Literal["envelope", "framework"] = "envelope"
    """Body of a 400: Userplane's envelope, or what its server framework would send by itself."""
    retry_after: bool = True
    """Whether 429 comes with a Retry-After header."""
    rate_limit: int = Field(default=0, ge=0)
    """Requests a minute for each user; 0 is no limit."""


class BehavioursDict(TypedDict, total=False):
    """The behaviours as keyword arguments."""

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
