"""What a failed preview tells: which link has a problem, what is wrong, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.api.advice import list_advice
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.review.input_files import parse_stack, read_input
from pulumi_userplane.cli.review.match_steps import PROVIDER_TYPE
from pulumi_userplane.cli.review.model import Severity
from pulumi_userplane.cli.review.printed_errors import STACK_TYPE, read_printed
from pulumi_userplane.cli.review.safe_text import Code, truncate
from pulumi_userplane.link_types import LINK_TYPES

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pulumi_userplane.cli.review.printed_errors import Printed, PrintedError
    from pulumi_userplane.cli.review.safe_text import Phrase

_HOW_TO_WRITE = "write it with `pulumi preview … > FILE 2>&1`"
_MAX_LENGTH = 500
_PROVIDER = f"{PROVIDER_TYPE}userplane"
_WITHOUT_REASON = re.compile(r"(?:preview|update|refresh) failed")
_UNHELPFUL = re.compile(
    rf"{_WITHOUT_REASON.pattern}|Resource monitor has terminated, shutting down|"
    r"(an unhandled error occurred: )?program exited with non-zero exit code: \d+"
)
"""What the engine adds to the error that ended it."""

_ENGINE_WORDS = re.compile(r"^(Preview failed: |\S+ resource '[^'\n]*' has a problem: )+")
_OPERATION = re.compile(r'^(\w+) of recording link (?:"[^"\n]*" \([^)\n]*\)|"[^"\n]*"|\S+) failed')
_OF_LINK = re.compile(r"^recording link '([^'\n]*)': ")
_KNOWN_ADVICE = list_advice()
_BEFORE_ADVICE = re.compile(r'"[^"\n]*"|(; )')
_FIELD = re.compile(r"^[A-Za-z_][\w.\[\]\"]*: ")
_TRACEBACK = "Traceback (most recent call last):"
_FRAME = re.compile(r'^ +File "([^"\n]*)", line (\d+)', re.MULTILINE)
_NOT_OF_PROGRAM = re.compile(r"site-packages|dist-packages|^<|lib/python3|pulumi-language-python")
_STACK_FRAME = re.compile(r"^[ \t]+at .*$", re.MULTILINE)

_SEE_LOG: Phrase = ("see the log of the run",)
_PROTECTED = re.compile(r"because it is protected")
_KNOWN: tuple[tuple[re.Pattern[str], Phrase], ...] = (
    (
        re.compile(r"incorrect passphrase|passphrase must be set"),
        ("set `PULUMI_CONFIG_PASSPHRASE` to the passphrase of the stack",),
    ),
    (re.compile(r"no stack named"), ("create the stack with `pulumi stack init`, or name another one",)),
    (re.compile(r"currently locked by"), ("wait for the other run, then run this one again",)),
    (re.compile(r"YAML"), ("correct the file",)),
)


@dataclass(frozen=True)
class Problem:
    """One problem.

    Attributes:
        what: What is wrong.
        what_to_do: What to do now.
        link: The name of the link in the program, if it is about one.
        title: Its title, if it is known.
        resource: Type and name of another resource that it is about.
    """

    what: Phrase
    what_to_do: Phrase
    link: str | None = None
    title: str | None = None
    resource: tuple[str, str] | None = None


@dataclass(frozen=True)
class FailedPreview:
    """What a failed preview tells of a stack; what the change would do is unknown.

    Attributes:
        stack: Project and stack.
        problems: What went wrong, at least one.
    """

    stack: tuple[str, str]
    problems: tuple[Problem, ...]

    @property
    def severity(self) -> Severity:
        """How serious it is: not harmless, as long as nobody knows."""
        return Severity.CHANGE


def parse_failed_preview(
    text: str, source: str, stack: tuple[str, str] | None = None, *, refuse_success: bool = False
) -> FailedPreview:
    """Reads what a failed preview printed: JSON, which may be cut off, text, or nothing.

    Args:
        text: What it printed.
        source: Where that comes from, in words.
        stack: Project and stack, if they are known; then these count, whatever the text names.
        refuse_success: Whether the text must show a failure: no exit code told that the preview failed.

    Raises:
        ConfigurationError: It shows none, or nothing names the stack.
    """
    printed = read_printed(text)
    if refuse_success and printed.is_other_json:
        raise ConfigurationError(
            f"{source} is not what `pulumi preview` prints", next_step="give all that the failed preview printed"
        )
    if refuse_success and printed.has_ended and not printed.errors:
        raise ConfigurationError(
            f"{source} holds no error, so it is not of a preview that failed",
            next_step="review it without --failed, or give all that the failed preview printed, standard error too",
        )
    known = stack or printed.stack
    if known is None:
        raise ConfigurationError(f"{source} does not name its stack", next_step="add --stack PROJECT/STACK")
    return FailedPreview(known, tuple(_list_problems(printed)))


def read_failed_preview(file: Path, stack: str | None, reviewed: Collection[tuple[str, str]] = ()) -> FailedPreview:
    """Reads the file that the command got.

    Args:
        file: The file, or `STANDARD_INPUT`.
        stack: Its project and stack, as `PROJECT/STACK`, if they are known.
        reviewed: The other stacks of the comment.

    Raises:
        ConfigurationError: The file can't be read, shows no failure, or is not the only one of its stack.
    """
    failed = parse_failed_preview(
        *read_input(file, _HOW_TO_WRITE), parse_stack(stack) if stack is not None else None, refuse_success=True
    )
    if failed.stack in reviewed:
        raise ConfigurationError(
            f"{file} is the second preview of {sanitize('/'.join(failed.stack))}", next_step="give one of each stack"
        )
    return failed


def names_no_reason(text: str) -> bool:
    """Returns whether what a failed preview printed says that it failed, but not why.

    The CLI's JSON leaves out the violations of policies.
    """
    errors = [error.text for error in read_printed(text).errors]
    return any(map(_WITHOUT_REASON.fullmatch, errors)) and all(map(_UNHELPFUL.fullmatch, errors))


def _list_problems(printed: Printed) -> list[Problem]:
    helpful = [error for error in printed.errors if not is_unhelpful(error)]
    if helpful:
        return sorted(dict.fromkeys(map(explain, helpful)), key=_rank)
    if any(_WITHOUT_REASON.fullmatch(error.text) for error in printed.errors):
        # The CLI's JSON leaves out the violations of policies.
        return [Problem(("Pulumi's JSON names no reason, as when a policy stops a preview",), _SEE_LOG)]
    if printed.errors:
        return [Problem((Code(_shorten(printed.errors[0].text)),), _SEE_LOG)]
    if printed.is_cut_off:
        return [Problem(("the preview was cut off before it printed an error",), _SEE_LOG)]
    if not printed.last_line:
        return [Problem(("the preview printed nothing",), _SEE_LOG)]
    return [Problem(("the preview printed no error; its last line: ", Code(_shorten(printed.last_line))), _SEE_LOG)]


def _rank(problem: Problem) -> tuple[bool, bool, str]:
    """Returns what puts links first, in the order of their names."""
    return problem.link is None, problem.resource is None, problem.link or ""


def is_unhelpful(error: PrintedError) -> bool:
    """Returns whether an error only says that there was another one."""
    return _UNHELPFUL.fullmatch(error.text) is not None


def explain(error: PrintedError) -> Problem:
    """Returns what an error means, and what to do."""
    text = _ENGINE_WORDS.sub("", error.text)
    link = error.name if error.type in LINK_TYPES else None
    if error.type in {"", STACK_TYPE} and (found := _OF_LINK.match(text)):
        link, text = found[1], text[found.end() :]
    what, what_to_do = _split(text, error, is_link=link is not None)
    is_other = link is None and error.type not in {"", STACK_TYPE}
    return Problem(what, what_to_do, link, error.title, (error.type, error.name) if is_other else None)


def _split(text: str, error: PrintedError, *, is_link: bool) -> tuple[Phrase, Phrase]:
    """Returns what is wrong and what to do."""
    if error.policy is not None:
        return (Code(_shorten(text)),), ("change the program so that the policy ", Code(error.policy), " allows it")
    if _TRACEBACK in text:
        return _split_traceback(text.rpartition(_TRACEBACK)[2])
    if is_link and _PROTECTED.search(text):
        return (
            ("it is protected, so Pulumi neither deletes nor replaces it",),
            ("keep it as it is, or first merge a change that takes `protect` off",),
        )
    if is_link and _FIELD.match(text):
        return (Code(_shorten(text)),), ("correct it in the program",)
    if is_link or error.type in {"", STACK_TYPE, _PROVIDER}:
        text, advice = _split_advice(_OPERATION.sub(r"\1 failed", text))
        if advice:
            return (Code(_shorten(text)),), (advice if advice in _KNOWN_ADVICE else Code(_shorten(advice)),)
    known = next((advice for pattern, advice in _KNOWN if pattern.search(text)), _SEE_LOG)
    return (Code(_shorten(text)),), known


def _split_advice(text: str) -> tuple[str, str]:
    """Returns the parts of an error of ours before and after the first semicolon that is outside of a quotation."""
    for found in _BEFORE_ADVICE.finditer(text):
        if found[1]:
            return text[: found.start()], text[found.end() :]
    return text, ""


def _split_traceback(text: str) -> tuple[Phrase, Phrase]:
    """Returns the exception, and the program's line that it comes from."""
    lines = text.split("\n")
    end = next((index for index, line in enumerate(lines) if line.strip() and not line.startswith(" ")), len(lines))
    frames = _FRAME.findall("\n".join(lines[:end]))
    of_program = [(file, line) for file, line in frames if not _NOT_OF_PROGRAM.search(file)]
    exception = _shorten("\n".join(lines[end:]))
    what: Phrase = (Code(exception),) if exception else ("the program failed",)
    if not of_program:
        return what, _SEE_LOG
    file, line = of_program[-1]
    name = re.split(r"[\\/]", file)[-1]
    return what, (f"correct the program, line {line[:9]} of ", Code(truncate(name)))


def _shorten(text: str) -> str:
    """Returns a text as one line, without the frames of a stack."""
    return truncate(" ".join(_STACK_FRAME.sub("", text.replace(_TRACEBACK, "")).split()), _MAX_LENGTH)
