"""The report of `pulumi-userplane probe`: what it saw of a live Userplane, as behaviours of the emulator."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from pulumi_userplane.emulator.behaviours import Behaviours, describe_invalid
from pulumi_userplane.emulator.errors import EmulatorError
from pulumi_userplane.emulator.input_files import InputFileError, read_input
from pulumi_userplane.emulator.problems import describe_problem, shorten

_REPORT = "pulumi-userplane probe"
_VERSION = 1
_UNCLEAR = "unclear"
# Limits that the probe can't find out within its requests.
_NEVER_PROBED = {"rate_limit", "daily_limit"}
_MAX_MEBIBYTES = 1
_MAX_NAME = 300
_ANOTHER_FILE = f"Name a file that `{_REPORT}` wrote."
_CORRECTION = f"Correct it, or write a new one with `{_REPORT}`."


@dataclass(frozen=True)
class ProbeReport:
    """What a probe saw.

    Attributes:
        behaviours: The behaviours that it can name; the others keep their defaults.
        unclear: The behaviours that it saw but can't name, which keep their defaults.
        not_tried: The behaviours that it did not try, which keep their defaults.
    """

    behaviours: dict[str, JsonValue]
    unclear: tuple[str, ...]
    not_tried: tuple[str, ...]

    @property
    def differences(self) -> dict[str, JsonValue]:
        """The behaviours that are not the emulator's defaults."""
        defaults = Behaviours().model_dump(mode="json")
        present = Behaviours.model_validate(self.behaviours).model_dump(mode="json")
        return {name: value for name, value in present.items() if value != defaults[name]}


class _Finding(BaseModel):
    model_config = ConfigDict(strict=True)

    id: str
    seen: JsonValue = None
    not_tried: str = ""

    @property
    def is_seen(self) -> bool:
        return "seen" in self.model_fields_set

    @property
    def is_unclear(self) -> bool:
        return self.seen == _UNCLEAR


class _Report(BaseModel):
    model_config = ConfigDict(strict=True)

    version: int = Field(ge=_VERSION, le=_VERSION)
    findings: list[_Finding]


class _RepeatedKeyError(Exception):
    """An object of the JSON has a key twice: a reader could take either value."""


def read_report(path: os.PathLike[str] | str) -> ProbeReport:
    """Returns what the report in a file says.

    Raises:
        EmulatorError: The file can't be read or is not such a report; the text names the finding that is wrong.
    """
    name = shorten(os.fspath(path), _MAX_NAME)
    content = _read_json(Path(path), name)
    if not isinstance(content, dict) or content.get("report") != _REPORT:
        raise EmulatorError(f"{name} is not a report of `{_REPORT}`. {_ANOTHER_FILE}")
    version = content.get("version")
    if isinstance(version, int) and version > _VERSION:
        raise EmulatorError(
            f"The report {name} can't be read: it has version {shorten(str(version), 20)}. Update pulumi-userplane."
        )
    try:
        findings = _Report.model_validate(content).findings
    except ValidationError as error:
        problem = error.errors()[0]
        # The place of a deep value is long.
        place = ".".join(str(part) for part in problem["loc"][:3])
        raise EmulatorError(
            f"The report {name} is wrong at {place}: {describe_problem(problem)}. {_CORRECTION}"
        ) from error
    for contradiction, next_step in _find_contradictions(findings):
        raise EmulatorError(f"The report {name} is wrong at the finding {contradiction}. {next_step}")
    seen = [finding for finding in findings if finding.is_seen]
    return ProbeReport(
        {finding.id: finding.seen for finding in seen if not finding.is_unclear},
        tuple(finding.id for finding in seen if finding.is_unclear),
        tuple(finding.id for finding in findings if not finding.is_seen),
    )


def _read_json(path: Path, name: str) -> object:
    try:
        content: object = json.loads(read_input(path, _MAX_MEBIBYTES), object_pairs_hook=_make_object)
    except InputFileError as error:
        raise EmulatorError(f"The report {name} can't be read: {error}. {_ANOTHER_FILE}") from error
    except _RepeatedKeyError as error:
        raise EmulatorError(f"The report {name} is wrong: {error}. {_CORRECTION}") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise EmulatorError(f"The report {name} is not valid JSON in {place}: {error.msg}. {_ANOTHER_FILE}") from error
    except RecursionError as error:
        raise EmulatorError(f"The report {name} can't be read: it is nested too deeply. {_ANOTHER_FILE}") from error
    except ValueError as error:
        raise EmulatorError(f"The report {name} can't be read: a number in it is too long. {_ANOTHER_FILE}") from error
    return content


def _make_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content: dict[str, object] = {}
    for key, value in pairs:
        if key in content:
            raise _RepeatedKeyError(f"the key {shorten(json.dumps(key))} is twice in one object")
        content[key] = value
    return content


def _find_contradictions(findings: list[_Finding]) -> Iterator[tuple[str, str]]:
    known = Behaviours.model_fields.keys()
    earlier: set[str] = set()
    for finding in findings:
        if finding.id not in known:
            yield f"{shorten(json.dumps(finding.id))}: this emulator has no such behaviour", "Update pulumi-userplane."
        if finding.id in _NEVER_PROBED:
            yield f"{finding.id}: a report can't hold it", "Leave it out, and give it to the emulator itself."
        if finding.id in earlier:
            yield f"{finding.id}: it is there twice", _CORRECTION
        earlier.add(finding.id)
        if finding.is_seen == ("not_tried" in finding.model_fields_set):
            yield f"{finding.id}: it has to have either seen or not_tried", _CORRECTION
        if finding.is_seen and not finding.is_unclear:
            try:
                Behaviours.model_validate({finding.id: finding.seen})
            except ValidationError as error:
                yield describe_invalid(error), _CORRECTION
