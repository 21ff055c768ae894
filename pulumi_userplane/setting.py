"""One setting: its names, and how its text is read."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output
from pulumi_userplane.property_names import to_camel_case

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_IN_PROGRAM = "correct it in the program"


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
        return f"userplane:{to_camel_case(self.argument)}"

    @property
    def variable(self) -> str:
        """The environment variable, for example `USERPLANE_API_KEY`."""
        return f"USERPLANE_{self.argument.upper()}"

    @property
    def how_to_set(self) -> str:
        """The ways to set it, as an error lists them."""
        return f"{self._config_command}, the variable {self.variable}, or {self.argument}= of userplane.Provider"

    @property
    def how_to_set_in_program(self) -> str:
        """The same for a provider of a program, which ignores the stack's configuration."""
        return f"{self.argument}= of this provider in the program, or the variable {self.variable}"

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
            return self.parse_configured("the stack's configuration", text)
        if text := environ.get(self.variable):
            return self.parse_from(self.variable, text)
        return None if self.default is None else self.parse(self.default)

    def read_argument(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """Returns the value of what a provider of the program passes.

        Args:
            value: A text, a number, true or false, or a list.

        Raises:
            ConfigurationError: It is empty or malformed. The error does not show it.
        """
        name = to_camel_case(self.argument)
        try:
            text = to_text(value)
        except TypeError:
            raise ConfigurationError(
                f"{name} is malformed: it holds a file, which is not the value of a setting", next_step=_IN_PROGRAM
            ) from None
        if not text.strip():
            raise ConfigurationError(
                f"{name} is empty", next_step="give it a value, or leave it out to use the environment"
            )
        return self.parse_from(name, text, next_step=_IN_PROGRAM)

    def parse_configured(self, configuration: str, text: str) -> Any:  # noqa: ANN401 - any kind
        """Returns the value of a text of a configuration.

        Args:
            configuration: Which one, for the error.
            text: The text.

        Raises:
            ConfigurationError: As in `read`. The error names the key and the command that corrects it.
        """
        next_step = f"correct it with {self._config_command}"
        return self.parse_from(f"{self.config_key} in {configuration}", text, next_step=next_step)

    def parse_from(self, origin: str, text: str, *, next_step: str = "correct it") -> Any:  # noqa: ANN401 - as above
        """Returns the value of a text.

        Args:
            origin: Where the text comes from, for the error: a key of a configuration, a variable, an option.
            text: The text.
            next_step: What to do if it is malformed.

        Raises:
            ConfigurationError: As in `read`. The error says where the text comes from.
        """
        if holds_output(text):
            raise ConfigurationError(f"the setting {self.argument} {IS_IN_TEXT}")
        try:
            return self.parse(text.strip())
        except ConfigurationError as error:
            raise ConfigurationError(f"{origin} is malformed: {error.reason}", next_step=next_step) from None


def to_text(value: Any) -> str:  # noqa: ANN401 - the value of a setting
    """Returns the value of a setting as the text that Pulumi keeps of it."""
    # The engine's numbers are floats.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        # Python refuses to write numbers of thousands of digits. Such a number is out of every setting's bounds.
        value = max(-1, min(value, sys.maxsize))
    return value if isinstance(value, str) else json.dumps(value)
