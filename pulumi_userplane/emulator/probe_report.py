"""The report of `pulumi-userplane probe`: what it saw of a live Userplane, as behaviours of the emulator."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from pulumi_userplane.emulator.behaviours import Behaviours, describe_invalid
from pulumi_userplane.emulator.errors import EmulatorError

_REPORT = "pulumi-userplane probe"
_VERSION = 1
_UNCLEAR = "unclear"
# A limit that the probe can't find out within its requests.
_NEVER_PROBED = "rate_limit"


@dataclass(frozen=True)
class ProbeReport:
    """What a probe saw.

    Attributes:
        behaviours: The behaviours that it can name; the others keep their defaults.
        unclear: The behaviours that it saw but can't name, which keep their defaults.
    """

    behaviours: dict[str, JsonValue]
    unclear: tuple[str, ...]

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

    report: Literal["pulumi-userplane probe"]
    version: Literal[1]
    findings: list[_Finding]


def read_report(path: os.PathLike[str] | str) -> ProbeReport:
    """Returns what the report in a file says.

    Raises:
        EmulatorError: The file can't be read or is not such a report; the text names the finding that is wrong.
    """
    content = _read_json(Path(path))
    if not isinstance(content, dict) or content.get("report") != _REPORT:
        raise EmulatorError(f"{path} is not a report of `{_REPORT}`: name a file that it wrote.")
    version = content.get("version")
    if isinstance(version, int) and version > _VERSION:
        raise EmulatorError(f"The report {path} can't be read: it has version {version}. Update pulumi-userplane.")
    try:
        findings = _Report.model_validate(content).findings
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise EmulatorError(f"The report {path} is wrong at {place}: {problem['msg']}.") from error
    for contradiction in _find_contradictions(findings):
        raise EmulatorError(f"The report {path} is wrong at the finding {contradiction}.")
    seen = [finding for finding in findings if finding.is_seen]
    return ProbeReport(
        {finding.id: finding.seen for finding in seen if not finding.is_unclear},
        tuple(finding.id for finding in seen if finding.is_unclear),
    )


def _read_json(path: Path) -> object:
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise EmulatorError(f"The report {path} can't be read: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise EmulatorError(f"The report {path} is not valid JSON: {error}.") from error
    return content


def _find_contradictions(findings: list[_Finding]) -> Iterator[str]:
    known = Behaviours.model_fields.keys() - {_NEVER_PROBED}
    earlier: set[str] = set()
    for finding in findings:
        if finding.id not in known:
            yield f"{json.dumps(finding.id)}: this emulator has no such behaviour; update pulumi-userplane"
        if finding.id in earlier:
            yield f"{finding.id}: it is there twice"
        earlier.add(finding.id)
        if finding.is_seen == ("not_tried" in finding.model_fields_set):
            yield f"{finding.id}: it has to have either seen or not_tried"
        if finding.is_seen and not finding.is_unclear:
            try:
                Behaviours.model_validate({finding.id: finding.seen})
            except ValidationError as error:
                yield describe_invalid(error)
