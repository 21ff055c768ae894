"""The report of a run: the files that one job leaves in a folder, and that another one reads as untrusted."""

from __future__ import annotations

import os
import stat
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pulumi_userplane.cli.ci.addresses import MAX_ADDRESSES, require_address
from pulumi_userplane.cli.errors import make_write_error
from pulumi_userplane.cli.review.model import Severity, find_worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

COMMENT = "comment.md"
SUMMARY = "summary.md"
REPORT = "report.json"
PLANS = "plans"
LINKS_CSV = "links.csv"
LINKS_JSON = "links.json"
LEFT = "left.json"

MAX_COMMENT_BYTES = 500_000
"""More than any comment that a platform takes; longer files are not read."""

MAX_STACKS = 50
"""The most that a report speaks of."""

_MAX_REPORT_BYTES = 100_000


class Kind(str, Enum):
    """What a report is about."""

    PREVIEW = "preview"
    RESULT = "result"
    DRIFT = "drift"


class Outcome(str, Enum):
    """How it ended, also for the steps and jobs after it."""

    FINE = "fine"
    STOPPED = "stopped"
    FAILED = "failed"
    CLEAN = "clean"
    DRIFTED = "drifted"


_OUTCOMES = {
    Kind.PREVIEW: {Outcome.FINE, Outcome.STOPPED, Outcome.FAILED},
    Kind.RESULT: {Outcome.FINE, Outcome.STOPPED, Outcome.FAILED},
    Kind.DRIFT: {Outcome.CLEAN, Outcome.DRIFTED},
}


class ReportError(Exception):
    """A report can't be taken: in a few words why, none of them the report's."""


_Name = Annotated[str, Field(pattern=r"\A[A-Za-z0-9_.-]{1,100}\z")]
"""What Pulumi takes as the name of a project or a stack."""

_Address = Annotated[str, AfterValidator(require_address)]


class StackReport(BaseModel):
    """What is said of one stack.

    Attributes:
        project: Its project.
        stack: Its name, without organisation and project.
        outcome: How it ended.
        severity: How serious the change is.
        dying: The addresses that die by it, or may; empty if they can't all be listed.
    """

    model_config = ConfigDict(frozen=True)

    project: _Name
    stack: _Name
    outcome: Outcome
    severity: Severity
    dying: Annotated[tuple[_Address, ...], Field(max_length=MAX_ADDRESSES)] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Project and stack."""
        return self.project, self.stack


class Report(BaseModel):
    """What a job says of its run.

    Attributes:
        version: Of this file.
        kind: What it is about.
        stacks: The stacks; one, except in a preview.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    kind: Kind
    stacks: Annotated[tuple[StackReport, ...], Field(min_length=1, max_length=MAX_STACKS)]

    @property
    def outcome(self) -> Outcome:
        """How the whole ended, which is how the worst stack did."""
        order = (Outcome.FAILED, Outcome.STOPPED, Outcome.DRIFTED, Outcome.FINE, Outcome.CLEAN)
        return min((stack.outcome for stack in self.stacks), key=order.index)

    @property
    def severity(self) -> Severity:
        """The severity of the whole, which is that of the worst stack."""
        return find_worst(stack.severity for stack in self.stacks)

    @property
    def outputs(self) -> dict[str, str]:
        """What the steps and jobs after it are told."""
        return {"outcome": self.outcome.value, "severity": self.severity.value}


def list_stacks(stacks: Iterable[StackReport]) -> tuple[StackReport, ...]:
    """Returns the stacks of a report, without the addresses of those for which there is no room."""
    listed = []
    room = MAX_ADDRESSES
    for stack in stacks:
        fits = len(stack.dying) <= room
        listed.append(stack if fits else stack.model_copy(update={"dying": ()}))
        room -= len(stack.dying) if fits else 0
    return tuple(listed)


def name_plan(stack: str) -> str:
    """Returns the name of the file that keeps a stack's plan in `plans/`: `a+b+prod.json` for a/b/prod."""
    return f"{stack.replace('/', '+')}.json"


def write_report(folder: Path, report: Report, texts: Mapping[str, str]) -> None:
    """Writes a report and the texts that belong to it, by their names.

    The report comes last: without it, nobody reads the others.

    Raises:
        ConfigurationError: One can't be written.
    """
    for name, text in {**texts, REPORT: report.model_dump_json(indent=2) + "\n"}.items():
        _write(folder / name, text)


def keep_plan(folder: Path, stack: str, text: str) -> None:
    """Writes the plan of a stack.

    Raises:
        ConfigurationError: It can't be written.
    """
    _write(folder / PLANS / name_plan(stack), text)


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise make_write_error(file, error) from None


def parse_report(folder: Path) -> Report:
    """Returns the report in a folder, whatever it says.

    Raises:
        ReportError: There is none, or it is malformed.
    """
    try:
        return Report.model_validate_json(read_file(folder / REPORT, _MAX_REPORT_BYTES))
    except ValidationError:
        raise ReportError("its report.json is malformed") from None


def read_report(folder: Path, stacks: Sequence[str]) -> Report:
    """Returns the report in a folder in which anything may stand.

    Args:
        folder: The folder.
        stacks: The stacks, as `--stack` names them. A preview speaks of each, another report of one of them.

    Raises:
        ReportError: There is none, it is malformed, or it speaks of another stack.
    """
    report = parse_report(folder)
    if sum(len(stack.dying) for stack in report.stacks) > MAX_ADDRESSES:
        raise ReportError(f"it lists more than {MAX_ADDRESSES} addresses")
    if len({stack.key for stack in report.stacks}) < len(report.stacks):
        raise ReportError("it names a stack twice")
    if report.kind is not Kind.PREVIEW and len(report.stacks) > 1:
        raise ReportError("it speaks of several stacks")
    missing = _match(report.stacks, stacks)
    if missing and report.kind is Kind.PREVIEW:
        raise ReportError("it does not speak of each stack that --stack names")
    if any(stack.outcome not in _OUTCOMES[report.kind] for stack in report.stacks):
        raise ReportError(f"its outcome is not one of a {report.kind.value}")
    if any(stack.dying and not _may_list(report.kind, stack) for stack in report.stacks):
        raise ReportError("it lists addresses where none can be listed")
    if any(stack.outcome is Outcome.FAILED and stack.severity is Severity.NONE for stack in report.stacks):
        raise ReportError("it says that nothing would change, although it failed")
    return report


def _may_list(kind: Kind, stack: StackReport) -> bool:
    is_previewed = kind is Kind.PREVIEW and stack.outcome is not Outcome.FAILED
    return is_previewed and stack.severity is Severity.ADDRESS_DIES


def _match(stacks: Iterable[StackReport], names: Iterable[str]) -> bool:
    """Gives each stack a name of its own; returns whether names are left.

    Raises:
        ReportError: A stack gets none.
    """
    free = sorted(names, key=lambda name: split_stack(name)[0] is None)
    # Whole names first: what they name needs no short one.
    for stack in stacks:
        name = next((name for name in free if _is_named(stack, name)), None)
        if name is None:
            raise ReportError("it speaks of a stack that --stack does not name")
        free.remove(name)
    return bool(free)


def _is_named(stack: StackReport, name: str) -> bool:
    project, short = split_stack(name)
    return stack.stack == short and project in {None, stack.project}


def split_stack(name: str) -> tuple[str | None, str]:
    """Returns the project, which only a whole name such as `acme/links/prod` tells, and the stack's short name."""
    *owner, short = name.split("/")
    return (owner[1] if len(owner) > 1 else None), short


def read_file(file: Path, most: int) -> str:
    """Returns the text of an untrusted file.

    Args:
        file: The file.
        most: The most bytes that it may have.

    Raises:
        ReportError: It is missing, too large, not UTF-8, or something other than a file.
    """
    # A link would show a file of this machine, and opening a pipe or a device could take forever.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if file.parent.is_symlink():
        raise ReportError(f"the folder of {file.name} is a link")
    try:
        descriptor = os.open(file, flags)
        try:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            content = os.read(descriptor, most + 1) if is_file else b""
        finally:
            os.close(descriptor)
    except OSError:
        raise ReportError(f"it has no {file.name} that can be read") from None
    if not is_file:
        raise ReportError(f"its {file.name} is not a file")
    if len(content) > most:
        raise ReportError(f"its {file.name} has more than {most} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ReportError(f"its {file.name} is not UTF-8 text") from None
