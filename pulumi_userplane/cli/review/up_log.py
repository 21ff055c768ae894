"""Reads what `pulumi up` printed: what it did to which link, and what went wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pulumi_userplane.cli.review.failed_preview import is_unhelpful
from pulumi_userplane.cli.review.printed_errors import STACK_TYPE, PrintedError, read_printed
from pulumi_userplane.link_types import LINK_TYPES
from pulumi_userplane.property_names import to_python_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DONE = ("created replacement", "created", "updated", "deleted original", "deleted", "imported")
_PLANNED = ("create replacement", "create", "update", "replace", "delete original", "delete", "import")
_CREATED_ALONE = {"created", "imported"}
_MAX_LINE_LENGTH = 10_000
"""Nothing that is looked for is longer, and a program may print anything."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_BEGIN = re.compile(r"^Updating \((?P<stack>.*)\):", re.MULTILINE)
_LINK = "|".join(map(re.escape, sorted(LINK_TYPES)))
_PROGRESS = re.compile(rf"^ \S{{1,2}} +(?P<type>{_LINK}) (?P<name>.+?) (?P<verb>{'|'.join(_DONE)}) \((?P<rest>.*)$")
_PLAN = re.compile(rf"^ \S{{1,2}} +(?P<type>{_LINK}) (?P<name>.+?) (?P<verb>{'|'.join(_PLANNED)})(?=\[| \[| *$)")
_FAILED = re.compile(
    rf"^ \S{{1,2}} +(?P<type>{_LINK}) (?P<name>.+?) \*\*(?P<verb>[a-z]+)(?: [a-z]+)? failed\b.*?\berror: (?P<error>.*)$"
)
_OF_UP = re.compile(r"^(Previewing update|Updating) \(|^(Resources|Duration|Diagnostics):|^ *error: ", re.MULTILINE)
_DIFF = re.compile(r"\[diff: (?P<paths>.*?)\](?=$|;| )")
_STACK = re.compile(rf"^ {{1,4}}\S{{0,2}} {{0,4}}{re.escape(STACK_TYPE)} (?P<name>\S+)(?= |$)", re.MULTILINE)


class Named(NamedTuple):
    """A resource as the log names it: names are unique only among those of one parent."""

    type: str
    name: str


@dataclass(frozen=True)
class UpLog:
    """What a log says.

    Attributes:
        text: All of it.
        stack: Project and stack, as far as it names them.
        has_begun: Whether the update began, not only its preview.
        has_ended: Whether the CLI printed its summary.
        shows_progress: Whether it has a line for each step of the update.
        planned: The links to which the preview wanted to do something.
        created: The links that were created, and not as a replacement of what the state held just before.
        updated: The fields that each updated link had changed.
        done: The links to which something was done.
        failed: In which operation a link failed: `creating` or alike.
        errors: What went wrong, resource by resource.
    """

    text: str = ""
    stack: tuple[str, str] | None = None
    has_begun: bool = False
    has_ended: bool = False
    shows_progress: bool = False
    planned: frozenset[Named] = frozenset()
    created: frozenset[Named] = frozenset()
    updated: Mapping[Named, tuple[str, ...]] = field(default_factory=dict)
    done: frozenset[Named] = frozenset()
    failed: Mapping[Named, str] = field(default_factory=dict)
    errors: Mapping[Named, tuple[PrintedError, ...]] = field(default_factory=dict)

    def was_deleted_outside(self, link_id: str) -> bool:
        """Returns whether the provider reported that somebody deleted this link outside Pulumi."""
        return f"({link_id}) was deleted outside Pulumi" in self.text


def is_up_log(text: str) -> bool:
    """Returns whether a text can be what an `up` printed, which is nothing if it was killed at once."""
    return not text.strip() or _OF_UP.search(_ANSI.sub("", text).replace("\r\n", "\n")) is not None


def parse_log(text: str) -> UpLog:
    """Returns what a log says; any text is one."""
    lines = _ANSI.sub("", text).replace("\r\n", "\n").split("\n")
    text = "\n".join([*(line[:_MAX_LINE_LENGTH] for line in lines), ""])
    begins = [*_BEGIN.finditer(text)]
    preview, update = (text[: begins[-1].start()], text[begins[-1].end() :]) if begins else (text, "")
    progress = [found for line in update.split("\n") if (found := _PROGRESS.match(line))]
    failures = [found for line in update.split("\n") if (found := _FAILED.match(line))]
    plans = (found for line in preview.split("\n") if (found := _PLAN.match(line)))
    return UpLog(
        text,
        _find_stack(text, begins[-1]["stack"] if begins else None),
        has_begun=bool(begins),
        has_ended=re.search(r"^(Resources|Duration|Diagnostics):", update or text, re.MULTILINE) is not None,
        shows_progress=_STACK.search(update) is not None,
        planned=frozenset(map(_name, plans)),
        created=frozenset(_name(found) for found in progress if found["verb"] in _CREATED_ALONE),
        updated={_name(found): tuple(_read_diff(found["rest"])) for found in progress if found["verb"] == "updated"},
        done=frozenset(map(_name, progress)),
        failed={_name(found): found["verb"] for found in failures},
        errors=_read_errors(update or text, failures),
    )


def _name(found: re.Match[str]) -> Named:
    return Named(found["type"], found["name"])


def _find_stack(text: str, stack: str | None) -> tuple[str, str] | None:
    """Returns project and stack: the resource of the stack is named after both."""
    found = _STACK.search(text)
    if found is None or not stack or not found["name"].endswith(f"-{stack.rpartition('/')[2]}"):
        return None
    name = stack.rpartition("/")[2]
    return found["name"].removesuffix(f"-{name}"), name


def _read_diff(rest: str) -> Iterator[str]:
    found = _DIFF.search(rest)
    for path in found["paths"].split(",") if found else ():
        yield to_python_path(path.strip().lstrip("+-~"))


def _read_errors(text: str, failures: Iterable[re.Match[str]]) -> dict[Named, tuple[PrintedError, ...]]:
    errors: dict[Named, list[PrintedError]] = {}
    for error in read_printed(text).errors:
        errors.setdefault(Named(error.type, error.name), []).append(error)
    # A run that was killed has printed no diagnostics.
    for found in failures:
        errors.setdefault(_name(found), [PrintedError(found["error"], *_name(found))])
    told = {named: [error for error in found if not is_unhelpful(error)] for named, found in errors.items()}
    return {named: tuple(found) for named, found in (told if any(told.values()) else errors).items() if found}
