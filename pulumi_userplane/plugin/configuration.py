"""Checks the settings of a provider resource, and reads them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi import contains_unknowns

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.property_names import nearest_hint
from pulumi_userplane.setting import to_text
from pulumi_userplane.settings import API_KEY, SECRETS, SETTINGS, Settings, build_missing_key_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_userplane.plugin.marshalling import Path, Properties
    from pulumi_userplane.setting import Setting

_NAMESPACE = "userplane:"
_SETTINGS = {setting.config_key.removeprefix(_NAMESPACE): setting for setting in SETTINGS}
_SECRETS = {setting.config_key.removeprefix(_NAMESPACE) for setting in SECRETS}
_PULUMIS_OWN = frozenset({"version", "pluginDownloadURL"})


def find_wrong_settings(given: Mapping[str, Any], *, is_stack_config: bool) -> Iterator[str]:
    """Finds what is wrong with the settings, a line for each; that there is no API key is wrong as well.

    Args:
        given: The settings by their names in camelCase; values that are not known yet pass.
        is_stack_config: Whether they come from the stack's configuration, not from a provider of the program.
    """
    for name in sorted(given):
        if name not in _SETTINGS and name not in _PULUMIS_OWN and not name.startswith("__"):
            prefix = _NAMESPACE if is_stack_config else ""
            hint = nearest_hint(name, _SETTINGS, prefix)
            # A project called `userplane` has its own configuration there.
            if hint or not is_stack_config:
                yield f"{prefix + name!r} is not a setting{hint or '; remove it'}"
    for name, setting in _SETTINGS.items():
        value = given.get(name)
        try:
            if not contains_unknowns(value) and not _check(setting, value, is_stack_config=is_stack_config):
                yield str(build_missing_key_error(is_stack_config=is_stack_config))
        except ConfigurationError as error:
            yield str(error)


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Returns the settings: each as given, else from the environment, else its default.

    Args:
        given: The settings by their names in camelCase.

    Raises:
        ConfigurationError: One is malformed.
    """
    texts = {f"{_NAMESPACE}{name}": to_text(value) for name, value in given.items() if value is not None}
    return Settings.read(texts.get)


def mark_secrets(given: Properties) -> Properties:
    """Returns the settings with those as secrets that are secrets, however they were given."""
    secrets: dict[Path, Any] = {(name,): value for name, value in given.values.items() if name in _SECRETS}
    return replace(given, secrets={**given.secrets, **secrets})


def _check(setting: Setting, value: Any, *, is_stack_config: bool) -> bool:  # noqa: ANN401 - any JSON
    """Returns whether the setting has a value that it needs, or raises because the value is malformed."""
    if is_stack_config or value is None:
        text = None if value is None else to_text(value)
        return setting.read(lambda _key: text, os.environ) is not None or setting is not API_KEY
    setting.read_argument(value)
    return True
