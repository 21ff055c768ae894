"""One run of a stack in the soak: a process of its own, with four threads, that may be killed at any moment.

It drives the provider as Pulumi's host does and writes each result into a journal, as the engine writes checkpoints.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
import tenacity
from pulumi.dynamic import Config, ConfigureRequest

from pulumi_userplane.api import retry
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lifecycle import create as creation
from pulumi_userplane.lifecycle import resume
from pulumi_userplane.lifecycle.run_state import this_run_state
from pulumi_userplane.provider import RecordingLinkProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 4
"""As many as Pulumi's host has."""

DOMAINS = ("dom_help", "dom_app")


@dataclass
class RecordedLink:
    """What the state holds of one link: its id (empty for none), inputs and outputs.

    Attributes:
        doomed: What replacements have left to be deleted.
        dropped: The ids that reads have dropped.
        wanted: What the program has declared and no operation has brought about yet; empty for nothing.
    """

    id: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    doomed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    wanted: dict[str, Any] = field(default_factory=dict)


class Journal:
    """The state of a stack as a file of lines, each one the new state of a link."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        self.state: dict[str, RecordedLink] = {}
        self.operations = 0
        self.failed = 0
        for line in self._lines():
            self.operations += line["ok"] is not None
            self.failed += line["ok"] is False
            self.state[line["name"]] = RecordedLink(**line["held"])

    def add(self, name: str, held: RecordedLink, operation: str, *, ok: bool | None) -> None:
        """Writes what the state holds of a link before (`ok` is None) or after an operation; one write, all of it."""
        line = {"name": name, "operation": operation, "ok": ok, "held": asdict(held)}
        os.write(self._file, (json.dumps(line) + "\n").encode())

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)

    def _lines(self) -> Iterator[dict[str, Any]]:
        with os.fdopen(os.dup(self._file), encoding="utf-8") as lines:
            lines.seek(0)
            yield from (json.loads(line) for line in lines)


class SoakRun:
    """One `pulumi up` after another of links that change at random, in one process."""

    def __init__(self, stack: str, names: list[str], journal: Journal, *, settle: bool) -> None:
        self.stack = stack
        self.names = names
        self.journal = journal
        self.settle = settle
        self._seen: set[str] = set()
        self.provider = RecordingLinkProvider()
        limits = {"userplane:requestsPerMinute": "0", "userplane:requestsPerDay": "0"}
        self.provider.configure(ConfigureRequest(Config(limits, "soak")))

    def work(self, seed: int, operations: int) -> None:
        """Does so many operations, or, to settle, what brings every link to life."""
        with ThreadPoolExecutor(THREADS) as threads:
            for thread in range(THREADS):
                mine = self.names[thread::THREADS]
                threads.submit(self._thread, random.Random(seed * THREADS + thread), mine, operations // THREADS)

    def _thread(self, choice: random.Random, names: list[str], operations: int) -> None:
        try:
            self._operations(choice, names, operations)
        except BaseException:  # noqa: BLE001 - nothing but a UserplaneError may end an operation: this is a finding
            sys.excepthook(*sys.exc_info())
            os._exit(70)

    def _operations(self, choice: random.Random, names: list[str], operations: int) -> None:
        if self.settle:
            for name in names:
                while (operation := self._settle(name)) is not None:
                    assert self._try(name, operation, choice), f"{operation} of {name} failed without a fault"
            return
        # After a failure nothing touches a link until the next run, as the engine leaves it.
        whole = list(names)
        for _ in range(operations):
            if not whole:
                return
            name = choice.choice(whole)
            if not self._try(name, self._next(name, choice), choice):
                whole.remove(name)

    def _recorded(self, name: str) -> RecordedLink:
        return self.journal.state.setdefault(name, RecordedLink())

    def _settle(self, name: str) -> str | None:
        held = self._recorded(name)
        if held.doomed:
            return "delete_replaced"
        if held.id and name not in self._seen:
            return "read"
        return self._choose_operation(held) if held.wanted or not held.id else None

    def _next(self, name: str, choice: random.Random) -> str:
        held = self._recorded(name)
        if held.doomed:
            return "delete_replaced"
        if held.id and name not in self._seen and choice.random() < 0.5:
            return "read"
        if held.wanted or not held.id:
            return self._choose_operation(held)
        return choice.choice(["update", "update", "read", "read", "delete", "replace"])

    def _choose_operation(self, held: RecordedLink) -> str:
        """What goes on with the program: it says the same until it has come true, as after a failed run in life."""
        if not held.id:
            return "create"
        return "update" if held.wanted["domain_id"] == held.inputs["domain_id"] else "replace"

    def _try(self, name: str, operation: str, choice: random.Random) -> bool:
        held, ok = self._recorded(name), True
        # Each operation stands for a run of its own, and what a run has taken up it does not delete.
        this_run_state(pulumi.log).claims.release(held.id)
        if operation in {"create", "update", "replace"}:
            held.wanted = held.wanted or self._program(name, choice, _domain_after(operation, held))
            self.journal.add(name, held, operation, ok=None)
        try:
            getattr(self, operation)(name, held)
        except UserplaneError as error:
            ok = False
            if os.environ.get("SOAK_VERBOSE"):
                sys.stderr.write(f"{name}: {error}\n")
        self.journal.add(name, held, operation, ok=ok)
        return ok

    def create(self, _name: str, held: RecordedLink) -> None:
        """Makes the link."""
        inputs = self._check({}, held.wanted)
        made = self.provider.create(inputs)
        held.id, held.inputs, held.outputs, held.wanted = made.id, inputs, made.outs or {}, {}

    def update(self, _name: str, held: RecordedLink) -> None:
        """Changes fields."""
        inputs = self._check(held.inputs, held.wanted)
        if self.provider.diff(held.id, held.outputs, inputs).changes is None:
            held.outputs = self.provider.update(held.id, held.outputs, inputs).outs or {}
            held.inputs = inputs
        held.wanted = {}

    def read(self, name: str, held: RecordedLink) -> None:
        """Refreshes; only a link whose deletion had seemed to fail may be dropped."""
        result = self.provider.read(held.id, held.outputs)
        self._seen.add(name)
        held.dropped += [] if result.id else [held.id]
        held.id, held.inputs, held.outputs = result.id or "", result.inputs or {}, result.outs or {}

    def delete(self, _name: str, held: RecordedLink) -> None:
        """Deletes the link."""
        self.provider.delete(held.id, held.outputs)
        held.id, held.inputs, held.outputs = "", {}, {}

    def replace(self, _name: str, held: RecordedLink) -> None:
        """Moves it to the other domain: the new one is made, the old one waits to be deleted."""
        assert self.provider.diff(held.id, held.outputs, self._check(held.inputs, held.wanted)).replaces
        inputs = self._check({}, held.wanted)
        made = self.provider.create(inputs)
        held.doomed.append((held.id, held.outputs))
        held.id, held.inputs, held.outputs, held.wanted = made.id, inputs, made.outs or {}, {}

    def delete_replaced(self, _name: str, held: RecordedLink) -> None:
        """Deletes what a replacement has left."""
        link_id, outputs = held.doomed[0]
        self.provider.delete(link_id, outputs)
        held.doomed.pop(0)

    def _program(self, name: str, choice: random.Random, domain_id: str) -> dict[str, Any]:
        program: dict[str, Any] = {"domain_id": domain_id, "mark": f"pulumi:soak/{self.stack}/{name}"}
        if choice.random() < 0.7:
            program["link_title"] = f"Help {choice.randrange(1000)}"
        if choice.random() < 0.5:
            program["meta"] = {"n": choice.randrange(1000)}
        if choice.random() < 0.3:
            program["link_reusable"] = choice.random() < 0.5
        return program

    def _check(self, olds: dict[str, Any], program: dict[str, Any]) -> dict[str, Any]:
        result = self.provider.check(olds, program)
        assert not result.failures, result.failures
        return dict(result.inputs)


def _domain_after(operation: str, held: RecordedLink) -> str:
    if operation == "create":
        return DOMAINS[0]
    at = DOMAINS.index(held.inputs["domain_id"])
    return DOMAINS[at if operation == "update" else 1 - at]


def main() -> None:
    """Runs what the JSON in the first argument asks for."""
    asked = json.loads(sys.argv[1])
    # What waits for seconds in life waits for moments here; what is waited for is the same.
    retry._BACKOFF = tenacity.wait_random_exponential(max=0.02)
    creation._LOOK_AGAIN_SECONDS = 0.01
    resume._LATE_POST_SECONDS = 0.1
    threading.excepthook = sys.__excepthook__  # type: ignore[assignment]
    journal = Journal(asked["journal"])
    run = SoakRun(asked["stack"], asked["names"], journal, settle=asked["settle"])
    run.work(asked["seed"], asked["operations"])


if __name__ == "__main__":
    main()
