"""The journal that several machines share in a limit store.

An entry of another machine counts as interrupted once the lease of its process is over (`lease`). Whether a process of
this machine has ended is seen at once. Times go by the store's clock, and come out in those of this machine.
"""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.errors import Operation
from pulumi_userplane.api.progress import format_wait
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.recovery import lease, ownership
from pulumi_userplane.recovery.journal import Journal, JournalEntry, Writer
from pulumi_userplane.recovery.processes import ProcessId, this_machine, this_process, this_run_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis

    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.limit_store import LimitStore
    from pulumi_userplane.api.shared_file import SharedFile

T = TypeVar("T")

_RECHECK_SECONDS = 1.0

_RECORD = """
local entries, of_mark, by_link, lease = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local reference, entry, link_id, leases, name, milliseconds = unpack(ARGV)
local passed = {}
for i = 7, #ARGV do passed[ARGV[i]] = true end
local function lease_of(text) return cjson.decode(string.match(text, ' (.*)')).lease end
local own = redis.call('HGET', entries, reference)
if not own or lease_of(own) ~= name then
    for _, other in ipairs(redis.call('SMEMBERS', of_mark)) do
        local text = redis.call('HGET', entries, other)
        if text and not passed[lease_of(text)] and redis.call('EXISTS', leases .. lease_of(text)) == 1 then
            return text
        end
    end
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
redis.call('HSET', entries, reference, now .. ' ' .. entry)
redis.call('SADD', of_mark, reference)
if link_id ~= '' then redis.call('HSET', by_link, link_id, reference) end
redis.call('SET', lease, '', 'PX', milliseconds)
return false
"""
"""Records an entry, unless one of its mark has a lease that lasts and was not passed: then returns that one."""


class Runner(NamedTuple):
    """A process that writes to the journal, and where it runs.

    Attributes:
        host: The name of its machine, for messages.
        machine: What tells its machine from others (`processes.this_machine`).
        process: The process.
        run: Its CLI, or the process itself if no CLI started it.
    """

    host: str
    machine: str
    process: ProcessId
    run: ProcessId


def this_runner() -> Runner:
    """Returns this process."""
    return Runner(socket.gethostname(), this_machine(), this_process(), this_run_id())


class _Row(NamedTuple):
    """An entry of the store.

    Attributes:
        entry: The entry, in this machine's times.
        writer: Who recorded it.
        machine: The machine of the writer.
        lease: The name of the writer's lease.
        milliseconds: How long that lasts without a renewal; 0 or less when it is over.
    """

    entry: JournalEntry
    writer: Writer
    machine: str
    lease: str
    milliseconds: int


class StoreJournal(Journal):
    """The journal of one account on all machines that share a store.

    Entries in this machine's own file count as well: of runs without the store, and of this one once the store is lost.

    Args:
        store: The store.
        file: This machine's own file.
        notify: Receives a message about a wait for another machine's lease.
        clock: What tells the time here, and sleeps.
        lease_seconds: How long an entry counts as one of a living process without a sign of it.
        runner: Who writes to it; this process when left out.
    """

    def __init__(
        self,
        store: LimitStore,
        file: SharedFile,
        notify: Callable[[str], None],
        *,
        clock: Clock = SYSTEM_CLOCK,
        lease_seconds: float = lease.LEASE_SECONDS,
        runner: Runner | None = None,
    ) -> None:
        super().__init__(file)
        self._store = store
        self._notify = notify
        self._clock = clock
        self.lease = lease.Lease(store, lease_seconds)
        self._entries, self._by_link = store.key("entries"), store.key("links")
        self._runner = runner or this_runner()
        self._own: set[str] = set()

    def record(self, entry: JournalEntry) -> Writer | None:
        """Records an entry as `Journal.record` does, for all machines.

        Where the store fails after the first time, the entry keeps what it has: that suffices to find the link.
        """
        if entry.reference in self._own and not self._store.is_lost:
            self._store.try_call(lambda redis: self._record(redis, entry))
            return None
        other = self._store.call(
            lambda redis: self._record(redis, entry),
            lambda: super(StoreJournal, self).record(entry),
            _operation(entry.mark),
        )
        if other is None:
            self._own.add(entry.reference)
            self.lease.keep()
        return other

    def find_other_writer(self, mark: str) -> Writer | None:
        """Returns who is creating a link for this mark in another run that still runs, or None.

        Waits until the lease of such a run is over or renewed.
        """
        other = self._store.call(lambda redis: self._await_others(redis, mark), lambda: None, _operation(mark))
        return other or super().find_other_writer(mark)

    def discard(self, reference: str) -> None:
        """Removes the entry of a POST that created nothing, or whose link was deleted again."""
        self._store.try_call(lambda redis: self._remove(redis, reference))
        super().discard(reference)

    def remove_for_link(self, link_id: str, reference: str | None) -> None:
        """Removes the entry of a link that the state turns out to hold, by its id or by the reference of its POST."""

        def remove(redis: Redis) -> None:
            for known in {_text(redis.hget(self._by_link, link_id)), reference or ""} - {""}:
                self._remove(redis, known, link_id)

        self._store.try_call(remove)
        super().remove_for_link(link_id, reference)

    def list_links(self) -> set[str]:
        """Returns the references and known ids of all journaled links; those of the store if it can be used."""
        found: set[str] = set()

        def read(redis: Redis) -> None:
            for key in (self._entries, self._by_link):
                found.update(map(_text, _values(redis.hkeys(key))))

        self._store.try_call(read)
        return found | super().list_links()

    def find_interrupted(self, mark: str) -> list[JournalEntry]:
        """Returns the entries of a mark whose process has ended, newest first."""
        rows = self._store.call(lambda redis: self._read_mark(redis, mark), list[_Row], _operation(mark))
        interrupted = [row.entry for row in rows if not self._is_alive(row)]
        return sorted(interrupted + super().find_interrupted(mark), key=lambda entry: entry.sent_at, reverse=True)

    def find_by_stack(self, project: str, stack: str) -> tuple[list[JournalEntry], list[JournalEntry]]:
        """Returns the entries of a stack's links: of processes that have ended, and of those that still run."""

        def read(redis: Redis) -> list[_Row]:
            return self._parse(redis, _values(redis.hvals(self._entries)))

        stored = self._store.call(read, list[_Row])
        rows = [row for row in stored if ownership.is_of_stack(row.entry.mark, project, stack)]
        interrupted, alive = super().find_by_stack(project, stack)
        return (
            [row.entry for row in rows if not self._is_alive(row)] + interrupted,
            [row.entry for row in rows if self._is_alive(row)] + alive,
        )

    def _record(self, redis: Redis, entry: JournalEntry) -> Writer | None:
        passed: set[str] = set()
        while True:
            keys = [self._entries, self._mark_key(entry.mark), self._by_link, self.lease.key]
            values = [entry.reference, self._write(entry), entry.link_id or "", lease.key(self._store, "")]
            found: Any = redis.eval(_RECORD, 4, *keys, *values, self.lease.name, str(self.lease.milliseconds), *passed)
            if not found:
                return None
            (other,) = self._parse(redis, [found])
            if not self._is_of_this_run(other) and not self._has_ended_here(other):
                return other.writer
            passed.add(other.lease)

    def _await_others(self, redis: Redis, mark: str) -> Writer | None:
        last: dict[str, int] = {}
        while others := [row for row in self._read_mark(redis, mark) if self._is_of_living_run(row)]:
            for other in others:
                if other.milliseconds > last.get(other.lease, other.milliseconds):
                    return other.writer
                if other.lease not in last:
                    wait = format_wait(other.milliseconds / 1000)
                    self._notify(
                        f"{_operation(mark)}: waiting up to {wait}: process {other.writer.process.pid} on "
                        f"{other.writer.host} has begun it, and may have ended"
                    )
                last[other.lease] = other.milliseconds
            self._clock.sleep(min(*last.values(), _RECHECK_SECONDS * 1000) / 1000)
        return None

    def _is_of_this_run(self, row: _Row) -> bool:
        return row.machine == self._runner.machine and row.writer.run.is_same(self._runner.run)

    def _has_ended_here(self, row: _Row) -> bool:
        """Returns whether the writer was a process of this machine, and has ended."""
        return row.machine == self._runner.machine and not row.writer.is_alive

    def _is_alive(self, row: _Row) -> bool:
        return row.milliseconds > 0 and not self._has_ended_here(row)

    def _is_of_living_run(self, row: _Row) -> bool:
        """Returns whether another run that still runs, or may, has recorded it."""
        return self._is_alive(row) and not self._is_of_this_run(row)

    def _read_mark(self, redis: Redis, mark: str) -> list[_Row]:
        references = _values(redis.smembers(self._mark_key(mark)))
        return self._parse(redis, _values(redis.hmget(self._entries, references)) if references else [])

    def _remove(self, redis: Redis, reference: str, link_id: str = "") -> None:
        rows = self._parse(redis, [redis.hget(self._entries, reference)])
        pipeline = redis.pipeline()
        pipeline.hdel(self._entries, reference)
        pipeline.srem(self._mark_key(ownership.mark_in(reference) or ""), reference)
        pipeline.hdel(self._by_link, link_id, *(row.entry.link_id or "" for row in rows))
        pipeline.execute()

    def _mark_key(self, mark: str) -> str:
        return self._store.key("mark", mark)

    def _write(self, entry: JournalEntry) -> str:
        return json.dumps({"entry": entry._asdict(), **self._runner._asdict(), "lease": self.lease.name})

    def _parse(self, redis: Redis, texts: list[Any]) -> list[_Row]:
        read = [(int(time), json.loads(text)) for time, text in (text.split(b" ", 1) for text in texts if text)]
        pipeline = redis.pipeline(transaction=False)
        pipeline.time()
        for _, fields in read:
            pipeline.pttl(lease.key(self._store, fields["lease"]))
        (seconds, microseconds), *leases = pipeline.execute()
        now = seconds * 1_000_000 + microseconds
        return [
            self._row((now - recorded) / 1e6, fields, milliseconds)
            for (recorded, fields), milliseconds in zip(read, leases, strict=True)
        ]

    def _row(self, age: float, fields: dict[str, Any], milliseconds: int) -> _Row:
        times = {"sent_at": self._clock.time() - age, "sent_monotonic": self._clock.monotonic() - age}
        writer = Writer(ProcessId(*fields["process"]), ProcessId(*fields["run"]), sanitize(fields["host"]))
        entry = JournalEntry(**{**fields["entry"], **times})
        return _Row(entry, writer, fields["machine"], fields["lease"], milliseconds)


def _operation(mark: str) -> Operation:
    return Operation("creation", f'recording link "{sanitize(mark)}"')


def _values(result: Any) -> list[Any]:  # noqa: ANN401 - the library's types cover its asynchronous client too
    return list(result)


def _text(value: Any) -> str:  # noqa: ANN401 - as above
    return value.decode() if value else ""
