"""A program's account: what its stack configures, and `Provider` for an explicit one."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.settings import API_KEY, MAKE_KEY_SECRET, PLAINTEXT_KEY, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_userplane.settings import Setting


PACKAGE = "pulumi-python"
"""The package of dynamic resources, as the engine knows it."""

_DISABLED = "pulumi:disable-default-providers"


class Provider(pulumi.ProviderResource):
    """An explicit account: links and look-ups that name it use it instead of the stack's configuration.

    A setting that is left out, or None, comes from the stack's configuration, then from the environment; an empty text
    is an error. Changing a setting here changes no link. The key is stored encrypted in the state of this resource, and
    nowhere else.
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
            requests_per_minute: The share of the limit that this machine takes for the key, at most 100,000; 0 for no
                limit.
            requests_per_day: As above, at most 10,000,000.
            refresh: `auto` or `single`: whether a refresh may read pages of the list.
            mark_links: Whether a new link's reference says which resource made it.
            meta_field: `meta` or `linkMeta`.
            extra_provider_types: More words for `link_provider_type`.
            opts: Pulumi's options of a resource.

        Raises:
            ProgramError: A setting is empty or malformed, or an Output was written into the name; a setting that is an
                Output fails the run once it is known.
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
            "meta_field": meta_field,
            "extra_provider_types": extra_provider_types,
        }
        # The engine hands an explicit provider no stack configuration, so what is left out is filled in here.
        self._given = {
            setting.config_key: text
            for setting in SETTINGS
            if (text := _as_text(resource_name, setting, given[setting.argument])) is not None
        }
        key = API_KEY.config_key
        secrets = {key: pulumi.Output.secret(self._given[key])} if key in self._given else {}
        self._mappings = dict((opts and opts.env_var_mappings) or {})
        super().__init__(PACKAGE, resource_name, {**self._given, **secrets}, opts)

    def given(self) -> dict[str, pulumi.Input[str]]:
        """Returns the settings of this account by their config keys; what came as an Output is one."""
        return dict(self._given)

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Returns the environment as the provider of this account sees it: with `env_var_mappings` of its options.

        Args:
            environ: The environment of this process.
        """
        mapped = {target: environ[source] for source, target in self._mappings.items() if source in environ}
        return {**environ, **mapped}


def reject_plaintext_key() -> None:
    """Stops a program whose stack holds the API key in plaintext: Pulumi would write it into the state and its history.

    Raises:
        ProgramError: `userplane:apiKey` is configured and not a secret.
    """
    key = API_KEY.config_key
    if stack_config(key) and not pulumi.runtime.is_config_secret(key):
        raise ProgramError(PLAINTEXT_KEY, next_step=MAKE_KEY_SECRET)


def reject_disabled_default_provider() -> None:
    """Stops what uses the stack's own account where its configuration allows explicit accounts only.

    The engine refuses links so; a look-up never meets the engine.

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
            f"a look-up would use the account of the stack, and {_DISABLED} allows explicit providers only",
            next_step="give it provider= with a userplane.Provider",
        )


def stack_config(key: str) -> str | None:
    """Returns the text of a key such as `userplane:apiKey` in the configuration of the stack that is running."""
    namespace, _, name = key.partition(":")
    return pulumi.Config(namespace).get(name)


def _as_text(provider: str, setting: Setting, given: Any) -> pulumi.Input[str] | None:  # noqa: ANN401 - any pulumi.Input
    """Settings travel to a provider as text; what is known stays plain, so that look-ups can use it at once."""
    configured = stack_config(setting.config_key)
    if given is None:
        return configured
    words = given if isinstance(given, (list, tuple)) else [given]
    if all(isinstance(word, (str, bool, int, float)) for word in words):
        return _checked(provider, setting, given)

    def known(value: Any) -> str:  # noqa: ANN401 - as above
        return configured or "" if value is None else _checked(provider, setting, value)

    return pulumi.Output.from_input(given).apply(known)


def _checked(provider: str, setting: Setting, value: Any) -> str:  # noqa: ANN401 - the value of a setting
    text = _text(value)
    if not text.strip():
        raise ProgramError(
            f"provider {provider!r}: {setting.argument} is empty",
            next_step="give it a value, or leave it out to take the stack's configuration or the environment",
        )
    if holds_output(text):
        raise ProgramError(f"provider {provider!r}: {setting.argument} {IS_IN_TEXT}")
    try:
        setting.parse(text.strip())
    except ConfigurationError as error:
        raise ProgramError(f"provider {provider!r}: {setting.argument} is malformed: {error.reason}") from None
    return text


def _text(value: Any) -> str:  # noqa: ANN401 - the value of a setting
    # The engine's numbers are floats.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        # Python writes no number of thousands of digits; whatever lies beyond is out of every setting's bounds.
        value = max(-1, min(value, sys.maxsize))
    return value if isinstance(value, str) else json.dumps(value)
