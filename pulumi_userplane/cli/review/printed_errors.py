"""Finds the errors in what a failed `pulumi preview` printed: text, JSON, cut off or not, or both in one file."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from pulumi_userplane.cli.review.preview_digest import SECRET, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

STACK_TYPE = "pulumi:pulumi:Stack"

_MAX_JSON_STARTS = 20
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_DIAGNOSTICS, _POLICIES = "Diagnostics:", "Policies:"
_ENDS = re.compile(r"^Resources:$", re.MULTILINE)
_RESOURCE = re.compile(r"^  (?P<type>\S+) \((?P<name>.*)\):$")
_INDENT = " " * 4
_MESSAGE = re.compile(r"^(?P<severity>error|warning|info|debug|panic|fatal error): (?P<text>.*)$")
_FATAL = {"error", "panic", "fatal error"}
_VIOLATION = re.compile(r"^ {8}- \[(?P<level>\w+)\]  (?P<policy>\S+)  \((?:(?P<type>\S+): )?(?P<name>.*)\)$")
_VIOLATION_INDENT = " " * 10
_BEGINS = re.compile(r"^(?:Previewing|Refreshing) [^(\n]*\((?:[^()\n]*/)?(?P<stack>[^()/\n]+)\)", re.MULTILINE)
_STACK = re.compile(rf"^[ ~+-]+{re.escape(STACK_TYPE)} \(?(?P<name>[^()\s]+)\b", re.MULTILINE)
_URN = re.compile(r"\burn:pulumi:([^:\s]+)::([^:\s]+)::")


class PrintedError(NamedTuple):
    """An error.

    Attributes:
        text: What went wrong; it may have several lines.
        type: The type of the resource; empty without one.
        name: Its name in the program.
        title: The title of the link, if it is one and the title is known.
        policy: The policy that is violated.
    """

    text: str
    type: str = ""
    name: str = ""
    title: str | None = None
    policy: str | None = None


@dataclass(frozen=True)
class Printed:
    """What a command printed.

    Attributes:
        errors: The errors, each once.
        stack: Project and stack, as far as it names them.
        is_cut_off: Whether it has JSON without its end.
        has_ended: Whether it ends as what a successful command prints.
        is_other_json: Whether it is JSON of something else.
        last_line: The last line of its text.
    """

    errors: tuple[PrintedError, ...] = ()
    stack: tuple[str, str] | None = None
    is_cut_off: bool = False
    has_ended: bool = False
    is_other_json: bool = False
    last_line: str = ""


class _Diagnostic(BaseModel):
    severity: str
    message: str
    urn: str = ""


class _Event(BaseModel):
    """A line of what the CLI writes with PULUMI_ENABLE_STREAMING_JSON_PREVIEW."""

    diagnosticEvent: _Diagnostic  # noqa: N815 - the CLI's name


def read_printed(text: str) -> Printed:
    """Returns what a command printed; any text may be that."""
    text = _ANSI.sub("", text).replace("\r\n", "\n")
    digest, is_whole, rest = _split_digest(text)
    titles = dict(_list_titles(digest.get("steps")))
    diagnostics = [*_list_diagnostics(digest.get("diagnostics")), *_list_events(rest)]
    errors = [_to_error(diagnostic, titles) for diagnostic in diagnostics if diagnostic.severity == "error"]
    errors += [*_list_violations(rest), *_list_errors(rest)]
    urns = "\n".join([*titles, *(diagnostic.urn for diagnostic in diagnostics)])
    lines = [line.strip() for line in rest.splitlines() if line.strip()]
    return Printed(
        tuple(dict.fromkeys(error for error in errors if error.text)),
        _find_stack_in_urns(urns) or _find_stack(rest) or _find_stack_in_urns(rest),
        is_cut_off=bool(digest) and not is_whole,
        has_ended=is_whole or _ENDS.search(rest) is not None,
        is_other_json=not digest and not diagnostics and _is_json(text),
        last_line=lines[-1] if lines else "",
    )


def _split_digest(text: str) -> tuple[dict[str, Any], bool, str]:
    """Returns the JSON, whether it is whole, and the text around it."""
    for found in islice(re.finditer(r"^\{", text, re.MULTILINE), _MAX_JSON_STARTS):
        content, end = _decode(text, found.start())
        if isinstance(content, dict) and content.keys() & {"config", "steps", "diagnostics"}:
            return content, end is not None, text[: found.start()] + ("" if end is None else text[end:])
    return {}, False, text


def _decode(text: str, start: int) -> tuple[Any, int | None]:
    """Returns the JSON that begins there, and where it ends; None for one that is cut off."""
    try:
        return json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        pass
    try:
        return from_json(text[start:], allow_partial="trailing-strings"), None
    except ValueError:
        return None, None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _list_titles(steps: Any) -> Iterator[tuple[str, str | None]]:  # noqa: ANN401 - whatever stands there
    """Yields the URN of each step, and the title that the step shows of a link."""
    for step in _list_objects(steps):
        parts = [
            _get_object(_get_object(step, state), part)
            for state in ("newState", "oldState")
            for part in ("outputs", "inputs")
        ]
        titles = [part.get(name) for part in parts for name in ("link_title", "linkTitle")]
        shown = (title for title in titles if isinstance(title, str) and title not in {"", SECRET, UNKNOWN})
        yield str(step.get("urn")), next(shown, None)


def _list_objects(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _get_object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _list_diagnostics(diagnostics: Any) -> Iterator[_Diagnostic]:  # noqa: ANN401 - whatever stands there
    for entry in _list_objects(diagnostics):
        # The last one may be cut off.
        with suppress(ValidationError):
            yield _Diagnostic.model_validate({"severity": "error", **entry})


def _list_events(text: str) -> Iterator[_Diagnostic]:
    for line in text.splitlines():
        if line.startswith('{"sequence":'):
            with suppress(ValidationError):
                yield _Event.model_validate_json(line).diagnosticEvent


def _to_error(diagnostic: _Diagnostic, titles: Mapping[str, str | None]) -> PrintedError:
    _, _, types, name = [*diagnostic.urn.split("::", 3), "", "", "", ""][:4]
    text = diagnostic.message.removeprefix("error: ").strip()
    return PrintedError(text, types.rpartition("$")[2], name, titles.get(diagnostic.urn))


def _list_errors(text: str) -> Iterator[PrintedError]:
    """Yields the errors of the part under Diagnostics, and those that stand alone."""
    type_ = name = ""
    error: list[str] = []
    is_in_diagnostics = False
    for line in [*text.split("\n"), ""]:
        indent = _INDENT if is_in_diagnostics else ""
        message = _MESSAGE.match(line.removeprefix(indent)) if line.startswith(indent) else None
        header = _RESOURCE.match(line) if is_in_diagnostics else None
        is_other = bool(message or header) or not line.startswith(indent) or not line
        if error and is_other:
            yield PrintedError("\n".join(error).strip(), type_, name)
            error = []
        if header:
            type_, name = header["type"], header["name"]
        elif message:
            is_panic = message["severity"] != "error"
            error = ([line] if is_panic else [message["text"]]) if message["severity"] in _FATAL else []
        elif error:
            error.append(line.removeprefix(indent))
        if line == _DIAGNOSTICS or (line and not line.startswith(" ")):
            is_in_diagnostics = line == _DIAGNOSTICS
            type_ = name = ""


def _list_violations(text: str) -> Iterator[PrintedError]:
    """Yields the violations of mandatory policies; the first line below each describes the policy."""
    lines: Iterable[str] = text.partition(f"\n{_POLICIES}\n")[2].split("\n")
    violation: re.Match[str] | None = None
    told: list[str] = []
    for line in [*lines, ""]:
        if violation and line.startswith(_VIOLATION_INDENT):
            told.append(line.strip())
            continue
        if violation and violation["level"] == "mandatory":
            words = " ".join(told[1:] or told)
            yield PrintedError(words, violation["type"] or "", violation["name"], policy=violation["policy"])
        violation, told = _VIOLATION.match(line), []
        if line and not line.startswith(" "):
            return


def _find_stack_in_urns(text: str) -> tuple[str, str] | None:
    found = _URN.search(text)
    return (found[2], found[1]) if found else None


def _find_stack(text: str) -> tuple[str, str] | None:
    """Returns project and stack: the resource of the stack is named after both."""
    begins, found = _BEGINS.search(text), _STACK.search(text)
    if begins is None or found is None or not found["name"].endswith(f"-{begins['stack']}"):
        return None
    project = found["name"].removesuffix(f"-{begins['stack']}")
    return (project, begins["stack"]) if project else None
