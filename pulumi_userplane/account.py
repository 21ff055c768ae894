"""Which Userplane account is used: where the settings come from, and `Provider` for an explicit one."""

from __future__ import annotations

import functools
import json
import os
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_userplane.api.errors import DASHBOARD_KEYS, ConfigurationError
from pulumi_userplane.api.vocabulary import DEFAULT_BASE_URL, checked_api_key, checked_base_url, is_id
from pulumi_userplane.program_error import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pulumi_userplane.api.client import Client
    from pulumi_userplane.api.shared_file import SharedFile


def _id(text: str) -> str:
    if not is_id(text):
        raise ConfigurationError("it is no id")
    return text


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ConfigurationError("it must be true or false")
    return text.lower() == "true"


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ConfigurationError("it must be a whole number, 0 for no limit")
    return int(text)


def _refresh(text: str) -> str:
    if text not in {"auto", "single"}:
        raise ConfigurationError("it must be auto or single")
    return text


def _meta_field(text: str) -> str:
    if text not in {"meta", "linkMeta"}:
        raise ConfigurationError("it must be meta or linkMeta")
    return text


def _words(text: str) -> tuple[str, ...]:
    try:
        words = json.loads(text) if text.startswith("[") else text.split(",")
    except ValueError:
        raise ConfigurationError("it must be words separated by commas, or a JSON list of them") from None
    return tuple(str(word).strip() for word in words if str(word).strip())


@dataclass(frozen=True)
class Setting:
    """One setting under its three names; the argument's name gives the other two.

    Attributes:
        argument: The argument of `Provider`.
        parse: Makes the value from its text, or raises a ConfigurationError that doesn't show it.
        default: The text that counts when none is given, or None.
        meaning: What it is, for the documentation.
    """

    argument: str
    parse: Callable[[str], Any]
    default: str | None
    meaning: str

    @property
    def config_key(self) -> str:
        """The key in the stack's configuration, for example `userplane:apiKey`."""
        first, *rest = self.argument.split("_")
        return "userplane:" + first + "".join(word.title() for word in rest)

    @property
    def variable(self) -> str:
        """The environment variable, for example `USERPLANE_API_KEY`."""
        return f"USERPLANE_{self.argument.upper()}"

    @property
    def ways(self) -> str:
        """How to give it, in the words of an error."""
        secret = "--secret " if self.argument == "api_key" else ""
        return (
            f"`pulumi config set {secret}{self.config_key}`, the variable {self.variable}, "
            f"or {self.argument}= of userplane.Provider"
        )

    def read(self, configured: Callable[[str], str | None], environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - any kind
        """Returns the value: configured, else from the environment, else the default; empty text counts as not given.

        Raises:
            ConfigurationError: It is malformed; names the argument, the config line and the variable, not the value.
        """
        text = configured(self.config_key) or environ.get(self.variable) or self.default
        try:
            return None if text is None else self.parse(text.strip())
        except ConfigurationError as error:
            raise ConfigurationError(
                f"the setting {self.argument} is malformed: {error.reason}", next_step=f"set it by {self.ways}"
            ) from None


SETTINGS = (
    Setting("api_key", checked_api_key, None, "the API key, a secret"),
    Setting("workspace_id", _id, None, "the workspace of links that name none"),
    Setting("base_url", checked_base_url, DEFAULT_BASE_URL, "where Userplane answers"),
    Setting("requests_per_minute", _count, "120", "the share of the limit that this machine takes; 0 for no limit"),
    Setting("requests_per_day", _count, "10000", "as above, for a day"),
    Setting(
        "refresh",
        _refresh,
        "auto",
        "how a refresh reads: `auto` takes pages of the list where they cost less, `single` one link a request",
    ),
    Setting("mark_links", _truth, "true", "whether a new link's reference says which resource made it"),
    Setting("meta_field", _meta_field, "meta", "the name of `meta` on the wire: `meta` or `linkMeta`"),
    Setting("extra_provider_types", _words, "", "more words for `link_provider_type`, separated by commas"),
)
"""Every setting there is; the documentation's table is made from this."""

_BY_ARGUMENT = {setting.argument: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """The settings of one account, read and checked; the key is in no `repr`."""

    api_key: str | None = field(repr=False)
    workspace_id: str | None
    base_url: str
    requests_per_minute: int
    requests_per_day: int
    refresh: str
    mark_links: bool
    meta_field: str
    extra_provider_types: tuple[str, ...]

    @classmethod
    def read(cls, configured: Callable[[str], str | None], environ: Mapping[str, str] | None = None) -> Settings:
        """Reads all settings: what is configured first, then the environment, then the default.

        Args:
            configured: Gives the configured text of a key such as `userplane:apiKey`, or None.
            environ: The environment; this process's when left out.

        Raises:
            ConfigurationError: One is malformed.
        """
        environment = os.environ if environ is None else environ
        return cls(**{setting.argument: setting.read(configured, environment) for setting in SETTINGS})

    def require_api_key(self) -> str:
        """Returns the key.

        Raises:
            ConfigurationError: There is none; says the ways to give it.
        """
        if self.api_key is None:
            raise ConfigurationError(
                f"no API key: make one at {DASHBOARD_KEYS} and give it by {_BY_ARGUMENT['api_key'].ways}"
            )
        return self.api_key

    def require_workspace_id(self) -> str:
        """Returns the workspace.

        Raises:
            ConfigurationError: There is none; says the ways to give it.
        """
        if self.workspace_id is None:
            raise ConfigurationError(
                f"no workspace: give it by workspace_id= of the link, {_BY_ARGUMENT['workspace_id'].ways}"
            )
        return self.workspace_id

    def client(self) -> Client:
        """Returns this account's client, the same one each time in this process.

        Raises:
            ConfigurationError: There is no key.
        """
        with _CLIENTS:
            return _client(replace(self, workspace_id=None, api_key=self.require_api_key()))

    def file(self) -> SharedFile:
        """Returns what the processes of this machine share for this account; loads nothing of the API's client.

        Raises:
            ConfigurationError: There is no key.
        """
        return _file(self.require_api_key(), self.base_url)


class Provider(pulumi.ProviderResource):
    """An explicit account: links and look-ups that name it use it instead of the stack's configuration.

    A setting that is left out comes from the stack's configuration, then from the environment. Changing a setting here
    changes no link. The key is stored encrypted in the state of this resource, and nowhere else.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        api_key: pulumi.Input[str] | None = None,
        workspace_id: pulumi.Input[str] | None = None,
        base_url: pulumi.Input[str] | None = None,
        requests_per_minute: pulumi.Input[int] | None = None,
        requests_per_day: pulumi.Input[int] | None = None,
        refresh: pulumi.Input[str] | None = None,
        mark_links: pulumi.Input[bool] | None = None,
        meta_field: pulumi.Input[str] | None = None,
        extra_provider_types: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declares the account.

        Args:
            resource_name: The name of this resource.
            api_key: The key; kept secret whether or not it comes as a secret.
            workspace_id: The workspace of links that name none.
            base_url: https, or http on this machine's loopback.
            requests_per_minute: The share of the limit that this machine takes for the key; 0 for no limit.
            requests_per_day: As above.
            refresh: `auto` or `single`: whether a refresh may read pages of the list.
            mark_links: Whether a new link's reference says which resource made it.
            meta_field: `meta` or `linkMeta`.
            extra_provider_types: More words for `link_provider_type`.
            opts: Pulumi's options of a resource.
        """
        given: dict[str, Any] = {
            "api_key": api_key,
            "workspace_id": workspace_id,
            "base_url": base_url,
            "requests_per_minute": requests_per_minute,
            "requests_per_day": requests_per_day,
            "refresh": refresh,
            "mark_links": mark_links,
            "meta_field": meta_field,
            "extra_provider_types": extra_provider_types,
        }
        # The engine hands an explicit provider no stack configuration, so what is left out is filled in here.
        self._given = {
            setting.config_key: text
            for setting in SETTINGS
            if (text := _as_text(given[setting.argument], stack_config(setting.config_key))) is not None
        }
        key = _BY_ARGUMENT["api_key"].config_key
        secrets = {key: pulumi.Output.secret(self._given[key])} if key in self._given else {}
        super().__init__("pulumi-python", resource_name, {**self._given, **secrets}, opts)

    def given(self) -> dict[str, pulumi.Input[str]]:
        """Returns the settings of this account by their config keys; what came as an Output is one."""
        return dict(self._given)


def refuse_key_in_clear() -> None:
    """Stops a program whose stack holds the API key in clear: Pulumi would write it so into the state and its history.

    Raises:
        ProgramError: `userplane:apiKey` is configured and not a secret.
    """
    key = _BY_ARGUMENT["api_key"].config_key
    if stack_config(key) and not pulumi.runtime.is_config_secret(key):
        raise ProgramError(
            f"{key} is configured in clear, and Pulumi would write it so into the state",
            next_step=f"run `pulumi config set --secret {key}`; revoke this key if it was ever applied or committed",
        )


def stack_config(key: str) -> str | None:
    """Returns the text of a key such as `userplane:apiKey` in the configuration of the stack that is running."""
    namespace, _, name = key.partition(":")
    return pulumi.Config(namespace).get(name)


def _as_text(given: Any, configured: str | None) -> pulumi.Input[str] | None:  # noqa: ANN401 - any pulumi.Input
    """Settings travel to a provider as text; what is known stays plain, so that look-ups can use it at once."""
    if given is None:
        return configured
    words = given if isinstance(given, (list, tuple)) else [given]
    if all(isinstance(word, (str, bool, int)) for word in words):
        return _text(given)
    return pulumi.Output.from_input(given).apply(_text)


def _text(value: Any) -> str:  # noqa: ANN401 - the value of a setting
    if isinstance(value, float):
        return str(int(value))
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


_CLIENTS = threading.Lock()
"""Held while a client is looked for or made: threads that begin together would each get another one."""


@functools.cache
def _client(settings: Settings) -> Client:
    from pulumi_userplane.api.client import Client  # noqa: PLC0415 - loads requests and pydantic

    return Client(
        settings.require_api_key(),
        base_url=settings.base_url,
        meta_field=settings.meta_field,
        requests_per_minute=settings.requests_per_minute,
        requests_per_day=settings.requests_per_day,
        file=settings.file(),
        say=pulumi.log.info,
    )


@functools.cache
def _file(api_key: str, base_url: str) -> SharedFile:
    from pulumi_userplane.api.shared_file import SharedFile  # noqa: PLC0415 - a program needs none

    return SharedFile(api_key, base_url)
