"""Scripted faults: which request they hit, how often, and what they do to it."""

import re
from threading import Lock
from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, field_validator

Answer = Literal[
    "real", "status", "redirect", "html", "empty", "drop", "cut_body", "cut_json", "oversized", "other_link"
]
_MADE_OF_THE_REAL_ONE = {"real", "cut_body", "cut_json", "oversized", "other_link"}


class Fault(BaseModel):
    """One fault; it hits the first requests that match, after those it lets pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str | None = None
    """HTTP method; None is any."""
    path: str = ""
    """Regular expression that is found anywhere in the path."""
    skip: int = Field(default=0, ge=0)
    """Matching requests that pass before the first is hit."""
    times: int | None = Field(default=1, ge=1)
    """Requests that are hit; None is all."""
    latency: float = Field(default=0, ge=0, le=600)
    """Seconds to wait before anything else."""
    answer: Answer = "real"
    """What the client gets in place of the real answer."""
    after_work: bool = False
    """Whether the request is carried out before the answer is replaced."""
    status: int | None = Field(default=None, ge=200, le=599)
    """Of the answers `status` (500 if not given) and `redirect` (307)."""
    code: str = "INTERNAL_SERVER_ERROR"
    """Error code in the body of `status`."""
    message: str = "A scripted fault."
    """Text in the body of `status`."""
    headers: dict[str, str] = Field(default_factory=dict)
    """More headers of the replaced answer."""
    target: str = "https://elsewhere.example/"
    """Location of `redirect`."""

    @field_validator("path")
    @classmethod
    def _is_an_expression(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        return path

    @property
    def should_alter_response(self) -> bool:
        """Whether what the client gets is the real answer, damaged or late."""
        return self.answer in _MADE_OF_THE_REAL_ONE

    @property
    def should_execute(self) -> bool:
        """Whether the request is carried out."""
        return self.after_work or self.should_alter_response

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is of the kind this fault is for."""
        return self.method in {None, method} and re.search(self.path, path) is not None

    def __str__(self) -> str:
        """What it does, for the request log."""
        what = f"{self.answer} {self.status or 500} {self.code}" if self.answer == "status" else self.answer
        return (
            f"{what}{' after the work' if self.after_work else ''}{f' after {self.latency} s' if self.latency else ''}"
        )


class FaultDict(TypedDict, total=False):
    """A fault as keyword arguments."""

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


class FaultScript:
    """The faults that are waiting, in the order in which they were scripted."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Script one more fault."""
        with self._lock:
            self._waiting.append((fault, 0))

    def pending(self) -> list[Fault]:
        """The faults that may still hit a request."""
        with self._lock:
            return [fault for fault, _ in self._waiting]

    def clear(self) -> None:
        """Script nothing any more."""
        with self._lock:
            self._waiting.clear()

    def match(self, method: str, path: str) -> Fault | None:
        """The fault for this request: the first in order that matches and has let enough pass."""
        with self._lock:
            for index, (fault, seen) in enumerate(self._waiting):
                if not fault.matches(method, path):
                    continue
                self._waiting[index] = (fault, seen + 1)
                if seen < fault.skip:
                    continue
                if fault.times is not None and seen + 1 == fault.skip + fault.times:
                    del self._waiting[index]
                return fault
        return None
