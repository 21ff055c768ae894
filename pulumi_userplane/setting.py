"""One setting: its names, and how its text is read."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Setting:
    """One setting. It has three names; the argument's name gives the other two.

    Attributes:
        argument: The argument of `Provider`.
        parse: Returns the value of a text, or raises a ConfigurationError that does not show the text.
        default: The text that counts when nothing is set, or None.
        description: What it is, for the documentation.
        is_secret: Whether its text is a secret: then no message shows it.
    """

    argument: str
    parse: Callable[[str], Any]
    default: str | None
    description: str
    is_secret: bool = False

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
    def how_to_set(self) -> str:
        """The ways to set it, as an error lists them."""
        return f"{self._config_command}, the variable {self.variable}, or {self.argument}= of userplane.Provider"

    @property
    def _config_command(self) -> str:
        return f"`{self.config_set}`"

    @property
    def config_set(self) -> str:
        """The command that configures it; it asks for the value."""
        return f"pulumi config set {'--secret ' if self.is_secret else ''}{self.config_key}"

    @property
    def plaintext_error(self) -> ConfigurationError:
        """The error for a secret that is configured as if it were none."""
        return ConfigurationError(
            f"{self.config_key} is configured in plaintext, and Pulumi would write it into the state unencrypted",
            next_step=f"run {self._config_command}; {self._revoke} if a state or repository already holds it",
        )

    @property
    def _revoke(self) -> str:
        return "revoke this key" if self.argument == "api_key" else "change its password"

    def read(self, configured: Callable[[str], str | None], environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - any kind
        """Returns the value: from the configuration, else from the environment, else the default.

        An empty text counts as not set.

        Args:
            configured: Returns the configured text of a key such as `userplane:apiKey`, or None.
            environ: The environment.

        Raises:
            ConfigurationError: The text is malformed or contains an Output as text. The error does not show the text.
        """
        if text := configured(self.config_key):
            return self.parse_from("the stack's configuration", text, is_configured=True)
        if text := environ.get(self.variable):
            return self.parse_from(self.variable, text)
        return None if self.default is None else self.parse(self.default)

    def parse_from(self, origin: str, text: str, *, is_configured: bool = False) -> Any:  # noqa: ANN401 - as above
        """Returns the value of a text.

        Args:
            origin: Where the text comes from, for the error: a configuration, a variable or an option.
            text: The text.
            is_configured: Whether it comes from a configuration.

        Raises:
            ConfigurationError: As in `read`. The error says where the text comes from.
        """
        if holds_output(text):
            raise ConfigurationError(f"the setting {self.argument} {IS_IN_TEXT}")
        try:
            return self.parse(text.strip())
        except ConfigurationError as error:
            subject = f"{self.config_key} in {origin}" if is_configured else origin
            raise ConfigurationError(
                f"{subject} is malformed: {error.reason}",
                next_step=f"correct it with {self._config_command}" if is_configured else "correct it",
            ) from None


def to_text(value: Any) -> str:  # noqa: ANN401 - the value of a setting
    """Returns the value of a setting as the text that Pulumi keeps of it."""
    # The engine's numbers are floats.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        # Python refuses to write numbers of thousands of digits. Such a number is out of every setting's bounds.
        value = max(-1, min(value, sys.maxsize))
    return value if isinstance(value, str) else json.dumps(value)
