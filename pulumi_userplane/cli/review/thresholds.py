"""What a project says of its reviews in `pyproject.toml`, below `[tool.pulumi-userplane.review]`."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.review.limits import Limit

if TYPE_CHECKING:
    from pathlib import Path

# The same library: from 3.11 on Python brings it.
_toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

FILE = "pyproject.toml"


def _limit(value: Any) -> Limit:  # noqa: ANN401 - whatever stands in the file
    return Limit.parse(str(value))


_Limit = Annotated[Limit, BeforeValidator(_limit)]


class Thresholds(BaseModel):
    """The table; a word that is not known is refused, since a limit that is misspelt would be none."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    max_replaced: _Limit | None = Field(default=None, alias="max-replaced")
    max_deleted: _Limit | None = Field(default=None, alias="max-deleted")
    fail_on_drift: bool = Field(default=False, alias="fail-on-drift", strict=True)


class _Ours(BaseModel):
    # As above: `reviews` would be no limit.
    model_config = ConfigDict(extra="forbid")

    review: Thresholds = Thresholds()


class _Tools(BaseModel):
    ours: _Ours = Field(default=_Ours(), alias="pulumi-userplane")


class _File(BaseModel):
    tool: _Tools = _Tools()


def thresholds(folder: Path) -> Thresholds:
    """Reads the nearest `pyproject.toml` in a folder or above; without one, or without the table, nothing is limited.

    Raises:
        ConfigurationError: The file or the table is malformed.
    """
    file = next((each / FILE for each in (folder, *folder.parents) if (each / FILE).is_file()), None)
    if file is None:
        return Thresholds()
    try:
        content = _toml.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file} can't be read: {error}") from None
    try:
        return _File.model_validate(content).tool.ours.review
    except ValidationError as error:
        [first, *_] = error.errors()
        place = sanitize(".".join(map(str, first["loc"])))
        raise ConfigurationError(f"{file} is wrong at {place}: {first['msg']}") from None
