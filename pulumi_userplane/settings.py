"""The settings of a Userplane account: what there is, and where each comes from."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_userplane.api.advice import DASHBOARD_KEYS
from pulumi_userplane.api.constants import DEFAULT_BASE_URL, MAX_PER_DAY, MAX_PER_MINUTE
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.identifiers import is_id, validate_api_key, validate_base_url, validate_limit
from pulumi_userplane.api.store_address import parse_store_address
from pulumi_userplane.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_userplane.api.cancellation import Cancellation
    from pulumi_userplane.api.client import Client
    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.limit_store import LimitStore
    from pulumi_userplane.api.shared_file import SharedFile
    from pulumi_userplane.api.store_address import StoreAddress


def _parse_id(text: str) -> str:
    if not is_id(text):
        raise ConfigurationError("it is not an id: it is empty, '.' or '..', or holds control characters")
    return text


def _parse_bool(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ConfigurationError("it must be true or false")
    return text.lower() == "true"


def _parse_int(maximum: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdecimal()):
            raise ConfigurationError("it must be a whole number, 0 for no limit")
        # Python refuses to parse thousands of digits. The first 20 suffice: such a number exceeds every maximum.
        return validate_limit(int(text.lstrip("0")[:20] or "0"), maximum)

    return parse


def _parse_refresh(text: str) -> str:
    if text not in {"auto", "single"}:
        raise ConfigurationError("it must be auto or single")
    return text


def _parse_look(text: str) -> str:
    if text not in {"auto", "never"}:
        raise ConfigurationError("it must be auto or never")
    return text


def _parse_meta_field(text: str) -> str:
    if text not in {"meta", "linkMeta"}:
        raise ConfigurationError("it must be meta or linkMeta")
    return text


def _parse_list(text: str) -> tuple[str, ...]:
    try:
        words = json.loads(text) if text.startswith("[") else text.split(",")
    except ValueError:
        raise ConfigurationError("it must be words separated by commas, or a JSON list of words") from None
    return tuple(str(word).strip() for word in words if str(word).strip())


API_KEY = Setting("api_key", validate_api_key, None, "the API key, a secret", is_secret=True)
WORKSPACE_ID = Setting("workspace_id", _parse_id, None, "the workspace of links and look-ups that name none")
LIMIT_STORE = Setting(
    "limit_store",
    parse_store_address,
    None,
    "the address of a Redis or Valkey where all machines count requests and keep the journal of creations together, "
    "a secret; without it each machine has its own file",
    is_secret=True,
)
SETTINGS = (
    API_KEY,
    WORKSPACE_ID,
    Setting("base_url", validate_base_url, DEFAULT_BASE_URL, "the address of Userplane's API"),
    Setting(
        "requests_per_minute",
        _parse_int(MAX_PER_MINUTE),
        "120",
        f"maximum requests a minute from this machine; at most {MAX_PER_MINUTE:,}, 0 for no limit",
    ),
    Setting(
        "requests_per_day",
        _parse_int(MAX_PER_DAY),
        "10000",
        f"maximum requests a day from this machine; at most {MAX_PER_DAY:,}, 0 for no limit",
    ),
    Setting(
        "refresh",
        _parse_refresh,
        "auto",
        "how a refresh reads links: `auto` reads pages of the list where that takes fewer requests, "
        "`single` sends one request for each link",
    ),
    Setting("mark_links", _parse_bool, "true", "whether new links get an ownership mark"),
    Setting(
        "look_for_interrupted",
        _parse_look,
        "auto",
        "what tells of creations that a run of another machine left: `auto` looks at the newest links before the "
        "first creation of a run, `never` trusts only the journal, and in it only creations that did not end",
    ),
    Setting("meta_field", _parse_meta_field, "meta", "the API's name for the field `meta`: `meta` or `linkMeta`"),
    LIMIT_STORE,
    Setting(
        "limit_store_required",
        _parse_bool,
        "true",
        "whether a run fails if the limit store can't be used; `false`: it warns, and uses this machine's own file",
    ),
    Setting("extra_provider_types", _parse_list, "", "more words for `link_provider_type`, separated by commas"),
)
"""All settings. The tables in the documentation are generated from this."""

SECRETS = tuple(setting for setting in SETTINGS if setting.is_secret)
"""The settings whose texts are secrets."""


def build_missing_key_error(*, is_stack_config: bool = True) -> ConfigurationError:
    """Returns the error for an account without an API key; it lists the ways to set one.

    Args:
        is_stack_config: Whether the stack's configuration counts, too.
    """
    how_to_set = API_KEY.how_to_set if is_stack_config else API_KEY.how_to_set_in_program
    return ConfigurationError(
        "no API key is set", next_step=f"create one at {DASHBOARD_KEYS} and set it with {how_to_set}"
    )


@dataclass(frozen=True)
class Settings:
    """The settings of one account, read and checked. `repr()` shows neither the key nor the store's password."""

    api_key: str | None = field(repr=False)
    workspace_id: str | None
    base_url: str
    requests_per_minute: int
    requests_per_day: int
    refresh: str
    mark_links: bool
    look_for_interrupted: str
    meta_field: str
    limit_store: StoreAddress | None
    limit_store_required: bool
    extra_provider_types: tuple[str, ...]

    @classmethod
    def read(cls, configured: Callable[[str], str | None], environ: Mapping[str, str] | None = None) -> Settings:
        """Reads all settings: each from the configuration, else from the environment, else its default.

        Args:
            configured: Returns the configured text of a key such as `userplane:apiKey`, or None.
            environ: The environment. Left out: that of this process.

        Raises:
            ConfigurationError: A setting is malformed.
        """
        environment = os.environ if environ is None else environ
        return cls(**{setting.argument: setting.read(configured, environment) for setting in SETTINGS})

    def require_api_key(self) -> str:
        """Returns the API key.

        Raises:
            ConfigurationError: None is set. The error lists the ways to set one.
        """
        if self.api_key is None:
            raise build_missing_key_error()
        return self.api_key

    def require_workspace_id(self) -> str:
        """Returns the workspace's id.

        Raises:
            ConfigurationError: None is set. The error lists the ways to set one.
        """
        if self.workspace_id is None:
            raise ConfigurationError(
                "no workspace is set", next_step=f"set it with workspace_id= of the link, {WORKSPACE_ID.how_to_set}"
            )
        return self.workspace_id

    def choose_workspace_id(self, given: str | None) -> str:
        """Returns the given workspace, else that of the settings. An empty text counts as given.

        Raises:
            ConfigurationError: Neither is set. The error lists the ways to set one.
        """
        return self.require_workspace_id() if given is None else given

    def open_limit_store(self, warn: Callable[[str], None]) -> LimitStore | None:
        """Returns the store that several machines share for the account, or None if none is set.

        Args:
            warn: Called with a message if the store fails and is not required.

        Raises:
            ConfigurationError: No API key is set, or the packages that the store needs are not installed.
        """
        if self.limit_store is None:
            return None
        from pulumi_userplane.api.limit_store import LimitStore  # noqa: PLC0415 - a preview needs none

        return LimitStore(
            self.limit_store,
            self.require_api_key(),
            self.base_url,
            is_required=self.limit_store_required,
            warn=warn,
        )

    def make_client(
        self,
        notify: Callable[[str], None],
        shared_file: SharedFile | None = None,
        clock: Clock | None = None,
        limit_store: LimitStore | None = None,
        cancellation: Cancellation | None = None,
    ) -> Client:
        """Returns a new client of this account.

        Args:
            notify: Called with each message about a wait or the progress of long work.
            shared_file: The file that the processes of this machine share for the account. Left out: opens it.
            clock: The clock of waits and deadlines. Left out: the system's.
            limit_store: The store that several machines share for the account. Left out: opens it, if one is set.
            cancellation: Tells when the run is canceled. Left out: it never is.

        Raises:
            ConfigurationError: No API key is set, or the packages that the store needs are not installed.
        """
        from pulumi_userplane.api.client import Client  # noqa: PLC0415 - loads requests and pydantic

        return Client(
            self.require_api_key(),
            base_url=self.base_url,
            meta_field=self.meta_field,
            requests_per_minute=self.requests_per_minute,
            requests_per_day=self.requests_per_day,
            shared_file=shared_file,
            limit_store=limit_store or self.open_limit_store(notify),
            clock=clock,
            cancellation=cancellation,
            notify=notify,
        )
