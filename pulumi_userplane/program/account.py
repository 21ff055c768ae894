"""The accounts of a program: the one that its stack configures, and `Provider` for an explicit one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.setting import to_text
from pulumi_userplane.settings import SECRETS, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_userplane.setting import Setting


PACKAGE = "pulumi-python"
"""The engine's name for the package of all dynamic resources in Python."""

_DISABLED = "pulumi:disable-default-providers"


class Provider(pulumi.ProviderResource):
    """An explicit account. Links and look-ups that name it use it instead of the stack's configuration.

    A setting that is left out, or None, comes from the stack's configuration, else from the environment. An empty text
    is an error. Changing a setting changes no link. Only the state of this resource holds the key and the
    address of the limit store, encrypted.
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
        look_for_interrupted: pulumi.Input[str] | None = None,
        meta_field: pulumi.Input[str] | None = None,
        limit_store: pulumi.Input[str] | None = None,
        limit_store_required: pulumi.Input[bool] | None = None,
        extra_provider_types: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declares an account.

        Args:
            resource_name: The name of the resource.
            api_key: The API key. It is kept secret, also if it is not given as a secret.
            workspace_id: The id of the workspace of links and look-ups that name none.
            base_url: The address of Userplane's API: https, or http on this machine's loopback.
            requests_per_minute: Maximum requests a minute from this machine with this key. At most 100,000; 0 for no
                limit.
            requests_per_day: Maximum requests a day from this machine with this key. At most 10,000,000; 0 for no
                limit.
            refresh: How a refresh reads links: `auto` reads pages of the list where that takes fewer requests, `single`
                sends one request for each link.
            mark_links: Whether new links get an ownership mark.
            look_for_interrupted: What tells of creations that a run of another machine left: `auto` looks at the newest
                links before the first creation of a run, `never` trusts only the journal, and in it only creations that
                did not end.
            meta_field: The API's name for the field `meta`: `meta` or `linkMeta`.
            limit_store: The address of a Redis or Valkey where all machines count requests and keep the journal of
                creations together, for example `rediss://:password@host:6379`. It is kept secret like the key.
            limit_store_required: Whether a run fails if that store can't be used; else it warns, and uses this
                machine's own file.
            extra_provider_types: More words for `link_provider_type`.
            opts: The options of the resource.

        Raises:
            ProgramError: A setting is empty or malformed, or the name contains an Output as text. A setting that is an
                Output is checked as soon as its value is known.
        """
        if holds_output(resource_name):
            raise ProgramError(f"the name of a Provider {IS_IN_TEXT}; a name must be known at once")
        given: dict[str, Any] = {
            "api_key": api_key,
            "workspace_id": workspace_id,
            "base_url": base_url,
            "requests_per_minute": requests_per_minute,
            "requests_per_day": requests_per_day,
            "refresh": refresh,
            "mark_links": mark_links,
            "look_for_interrupted": look_for_interrupted,
            "meta_field": meta_field,
            "limit_store": limit_store,
            "limit_store_required": limit_store_required,
            "extra_provider_types": extra_provider_types,
        }
        # The engine gives an explicit provider no stack configuration, so it fills in here what is left out.
        self._settings = {
            setting.config_key: text
            for setting in SETTINGS
            if (text := _as_text(resource_name, setting, given[setting.argument])) is not None
        }
        secret_keys = {setting.config_key for setting in SECRETS} & self._settings.keys()
        secrets = {key: pulumi.Output.secret(self._settings[key]) for key in secret_keys}
        self._mappings = dict((opts and opts.env_var_mappings) or {})
        super().__init__(PACKAGE, resource_name, {**self._settings, **secrets}, opts)

    def get_settings(self) -> dict[str, pulumi.Input[str]]:
        """Returns the settings of this account by their config keys. A setting that was given as an Output is one."""
        return dict(self._settings)

    def map_environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Returns the environment that the provider of this account sees: `env_var_mappings` of its options applied.

        Args:
            environ: The environment of this process.
        """
        mapped = {target: environ[source] for source, target in self._mappings.items() if source in environ}
        return {**environ, **mapped}


def reject_plaintext_secrets() -> None:
    """Refuses a secret setting in plaintext in the stack's configuration: Pulumi would write it into the state.

    Raises:
        ProgramError: `userplane:apiKey` or `userplane:limitStore` is configured and is not a secret.
    """
    for setting in SECRETS:
        if stack_config(setting.config_key) and not pulumi.runtime.is_config_secret(setting.config_key):
            error = setting.plaintext_error
            raise ProgramError(error.reason, next_step=error.next_step)


def reject_disabled_default_provider() -> None:
    """Refuses a look-up in the stack's own account where the configuration allows explicit accounts only.

    The engine refuses links in the same case, but it does not see look-ups.

    Raises:
        ProgramError: `pulumi:disable-default-providers` names `pulumi-python` or `*`, or is malformed.
    """
    try:
        disabled = json.loads(stack_config(_DISABLED) or "[]")
        names = {name.strip() for name in disabled}
    except (ValueError, TypeError, AttributeError):
        raise ProgramError(f"{_DISABLED} is malformed: it must be a JSON list of names") from None
    if names & {"*", PACKAGE}:
        raise ProgramError(
            f"a look-up would use the stack's own account, and {_DISABLED} allows explicit providers only",
            next_step="give the look-up provider= with a userplane.Provider",
        )


def stack_config(key: str) -> str | None:
    """Returns the text of a key such as `userplane:apiKey` in the configuration of the running stack."""
    namespace, _, name = key.partition(":")
    return pulumi.Config(namespace).get(name)


def _as_text(provider: str, setting: Setting, given: Any) -> pulumi.Input[str] | None:  # noqa: ANN401 - any pulumi.Input
    """Returns a setting as the text that is sent to the engine; an Output only if it holds one.

    Look-ups can use a text at once.
    """
    configured = stack_config(setting.config_key)
    if given is None:
        return configured
    values = given if isinstance(given, (list, tuple)) else [given]
    if all(isinstance(value, (str, bool, int, float)) for value in values):
        return _validate(provider, setting, given)

    def validate(value: Any) -> str:  # noqa: ANN401 - the value of an Output
        return configured or "" if value is None else _validate(provider, setting, value)

    return pulumi.Output.from_input(given).apply(validate)


def _validate(provider: str, setting: Setting, value: Any) -> str:  # noqa: ANN401 - the value of a setting
    text = to_text(value)
    if not text.strip():
        raise ProgramError(
            f"provider {provider!r}: {setting.argument} is empty",
            next_step="give it a value, or leave it out to use the stack's configuration or the environment",
        )
    if holds_output(text):
        raise ProgramError(f"provider {provider!r}: {setting.argument} {IS_IN_TEXT}")
    try:
        setting.parse(text.strip())
    except ConfigurationError as error:
        raise ProgramError(
            f"provider {provider!r}: {setting.argument} is malformed: {error.reason}",
            next_step=f"correct {setting.argument}= of this Provider",
        ) from None
    return text
