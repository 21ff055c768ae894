"""Scripted faults: what one is, which requests it matches, and how many are still to come."""

import re
from threading import Lock
from typing import Literal, NamedTuple, TypedDict

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pulumi_userplane.emulator.problems import check_text

Answer = Literal[
    "real", "status", "redirect", "html", "empty", "drop", "cut_body", "cut_json", "oversized", "other_link"
]
_ALTERED_ANSWERS = {"real", "cut_body", "cut_json", "oversized", "other_link"}


class Fault(BaseModel):
    """One fault: it lets `skip` matching requests pass, then replaces or alters the responses of the next `times`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str | None = None
    """The HTTP method to match; None matches any."""
    path: str = ""
    """A regular expression to find anywhere in the path."""
    skip: int = Field(default=0, ge=0)
    """How many matching requests pass first."""
    times: int | None = Field(default=1, ge=1)
    """How many requests get the fault; None means all."""
    latency: float = Field(default=0, ge=0, le=600)
    """Seconds to wait before anything else, at most 600."""
    answer: Answer = "real"
    """What the client gets in place of the real response."""
    after_work: bool = False
    """Whether the request is executed before its response is replaced."""
    status: int | None = Field(default=None, ge=200, le=599)
    """The status of `answer="status"` (500 if None) and of `answer="redirect"` (307 if None)."""
    code: str = "INTERNAL_SERVER_ERROR"
    """The error code in the body of `answer="status"`."""
    message: str = "A scripted fault."
    """The text in the body of `answer="status"`."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers to add to a replaced response."""
    target: str = "https://elsewhere.example/"
    """The Location of `answer="redirect"`."""

    @field_validator("path")
    @classmethod
    def _check_path(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return path

    @field_validator("target")
    @classmethod
    def _check_target(cls, target: str) -> str:
        return check_text(target)

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        check_text("".join([*headers, *headers.values()]))
        return headers

    @property
    def should_alter_response(self) -> bool:
        """Whether the client gets the real response, late or damaged, and not another one."""
        return self.answer in _ALTERED_ANSWERS

    @property
    def should_execute(self) -> bool:
        """Whether the request is executed."""
        return self.after_work or self.should_alter_response

    def matches(self, method: str, path: str) -> bool:
        """Returns whether the fault is for requests of this method and path."""
        return self.method in {None, method} and re.search(self.path, path) is not None

    def __str__(self) -> str:
        """Returns what the fault does, for the request log."""
        effect = f"{self.answer} {self.status or 500} {self.code}" if self.answer == "status" else self.answer
        work = " after the work" if self.after_work else ""
        return f"{effect}{work}{f' after {self.latency} s' if self.latency else ''}"


class FaultDict(TypedDict, total=False):
    """The fields of `Fault` as keyword arguments."""

    method: str | None
    path: str
    skip: int
    times: int | None
    latency: float
    answer: Answer
    after_work: bool
    status: int | None
    code: str
    message: str
    headers: dict[str, str]
    target: str


class RemainingFault(NamedTuple):
    """A fault that can still match a request."""

    fault: Fault
    skip: int
    """How many matching requests still pass first."""
    times: int | None
    """How many requests it can still apply to; None means all."""


class FaultScript:
    """The faults that are still to come, in the order in which they were scripted."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Adds a fault to the end of the script."""
        with self._lock:
            self._pending.append((fault, 0))

    @property
    def pending(self) -> list[Fault]:
        """The faults that can still match a request."""
        with self._lock:
            return [fault for fault, _ in self._pending]

    @property
    def remaining(self) -> list[RemainingFault]:
        """The same, each with what remains of its numbers."""
        with self._lock:
            return [
                RemainingFault(
                    fault,
                    max(fault.skip - matched, 0),
                    None if fault.times is None else fault.times - max(matched - fault.skip, 0),
                )
                for fault, matched in self._pending
            ]

    def clear(self) -> None:
        """Removes all faults."""
        with self._lock:
            self._pending.clear()

    def match(self, method: str, path: str) -> Fault | None:
        """Counts a request and returns its fault: the first that matches and has let enough requests pass."""
        with self._lock:
            for index, (fault, matched) in enumerate(self._pending):
                if not fault.matches(method, path):
                    continue
                self._pending[index] = (fault, matched + 1)
                if matched < fault.skip:
                    continue
                if fault.times is not None and matched + 1 == fault.skip + fault.times:
                    del self._pending[index]
                return fault
        return None
