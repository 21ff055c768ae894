"""Keeps the requests of a key under Userplane's rate limit, which all machines share that use the same limit store.

pyrate-limiter counts them: one sorted set in the store, in which a script looks and records in one step. As delivered
its Redis bucket goes by the clock of the machine that asks. Here the script goes by the store's own.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from pyrate_limiter import Rate, RateItem
from pyrate_limiter.buckets.redis_bucket import LuaScript, RedisBucket

from pulumi_userplane.api.rate_limit import DAY_WINDOW, MINUTE_WINDOW, REFUSED
from pulumi_userplane.api.request_limit import (
    RateLimitUsage,
    Wait,
    build_day_error,
    describe_minute,
    require_short_wait,
    sleep_a_piece,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.limit_store import LimitStore
    from pulumi_userplane.api.rate_limit import RateLimit

_WHO = "all machines that share the limit store together have"
_FIRST_PAUSE_SECONDS, _MAX_PAUSE_SECONDS = 4.0, 32.0

_SCRIPT = """
local time = redis.call('TIME')
ARGV[1] = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local function put()
PUT_ITEM
end
local reply = put()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - LONGEST)
redis.call('PEXPIRE', KEYS[1], LONGEST)
return reply
"""
"""The library's script, with the store's time for that of the machine that asks; it also forgets what is too old.

Each machine's time would be a little older than its turn, and requests of others that came in between don't count then.
"""


_PAUSE = f"""
local pause, refusals = KEYS[1], KEYS[2]
local sent_at, asked = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = redis.call('HMGET', refusals, 'at', 'count')
if not asked and last[1] and sent_at <= tonumber(last[1]) then return end
local count = (tonumber(last[2]) or 0) + 1
redis.call('HSET', refusals, 'at', string.format('%.0f', now), 'count', count)
redis.call('PEXPIRE', refusals, {MINUTE_WINDOW * 1000:.0f})
local length = asked or math.min({_FIRST_PAUSE_SECONDS * 1000:.0f} * 2 ^ (count - 1), {_MAX_PAUSE_SECONDS * 1000:.0f})
if length > redis.call('PTTL', pause) then redis.call('SET', pause, '', 'PX', string.format('%.0f', length)) end
"""
"""Pauses all machines: as long as the server asks, else longer after each 429, but once for each burst."""

_GIVE_BACK = """
local requests = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'LIMIT', 0, 1)
if requests[1] then redis.call('ZREM', KEYS[1], requests[1]) end
"""
"""Removes the first request since a turn began: the one of that turn, or one a little older, which counts no longer."""


class _Turn(NamedTuple):
    """What a request got when it asked for its turn: when that was, and what it has to wait for; None if nothing."""

    at: float
    wait: Wait | None = None


class StoreRateLimit:
    """The rate limit of one key, shared by all machines that use the store. A burst is allowed up to the limit.

    Args:
        store: Where the requests of all machines are recorded.
        own: This machine's own limit, which counts once the store is lost. Its numbers count here too.
        windows: The seconds that count as a minute and as a day.
    """

    def __init__(
        self, store: LimitStore, own: RateLimit, windows: tuple[float, float] = (MINUTE_WINDOW, DAY_WINDOW)
    ) -> None:
        self._store = store
        self._own = own
        self._minute, self._day = _Window(own.per_minute, windows[0]), _Window(own.per_day, windows[1])
        self._rates = _list_rates(self._minute, self._day)
        self._script = _SCRIPT.replace("PUT_ITEM", LuaScript.PUT_ITEM).replace("LONGEST", str(self._day.milliseconds))
        self._requests, self._pause = store.key("requests"), store.key("pause")
        self._refusals = store.key("refusals")

    @property
    def waits_after_refusal(self) -> bool:
        """Whether a 429 stops all machines for a time that the store knows: not without a limit of our own."""
        return self._own.waits_after_refusal if self._store.is_lost else self._own.per_minute > 0

    def acquire(self, operation: Operation, on_wait: Callable[[Wait], None], max_wait: float | None = None) -> float:
        """Records one request, after waiting until the limit allows it.

        Args:
            operation: What is being done, for the error.
            on_wait: Called before each piece of a wait; what it raises ends the wait.
            max_wait: The longest wait, in seconds; no bound when left out.

        Returns:
            When it was recorded, by the clock of whoever counts. If it is not sent then, `give_back` has to be told.

        Raises:
            LimitStoreError: The store can't be used, and is required.
            LocalRateLimitError: The limit of the day is used up; the error says when it frees. Or the wait would be
                longer than `max_wait`.
        """
        while True:
            turn = self._store.call(lambda redis: self._take_turn(redis, operation), lambda: None, operation)
            if turn is None:
                return self._own.acquire(operation, on_wait, max_wait)
            if turn.wait is None:
                return turn.at
            require_short_wait(turn.wait, max_wait, operation)
            sleep_a_piece(turn.wait, on_wait, self._own.notify, self._own.clock)

    def give_back(self, recorded_at: float) -> None:
        """Removes a request that is not sent, so that another one can be sent now.

        Args:
            recorded_at: What `acquire` returned for it.
        """
        if self._store.is_lost:
            self._own.give_back(recorded_at)
        elif self._rates:
            since = str(round(recorded_at * 1000))
            self._store.try_call(lambda redis: redis.eval(_GIVE_BACK, 1, self._requests, since))

    def usage(self) -> RateLimitUsage:
        """Returns how much is used; records nothing."""
        return self._store.call(self._read_usage, self._own.usage)

    def record_refusal(self, sent_at: float, retry_after: float | None) -> None:
        """Pauses all machines after a 429: somebody who does not use the store uses the user's limit too.

        Args:
            sent_at: What `acquire` returned for the refused request.
            retry_after: The seconds that the server asks to wait; None if it asks for none.
        """
        # A longer wait is an error at once.
        if (retry_after or 0.0) <= MINUTE_WINDOW:
            asked = retry_after if self._own.per_minute else retry_after or 1.0
            milliseconds = "" if asked is None else str(max(1, round(asked * 1000)))
            values = (str(round(sent_at * 1000)), milliseconds)
            self._store.call(
                lambda redis: redis.eval(_PAUSE, 2, self._pause, self._refusals, *values),
                lambda: self._own.record_refusal(sent_at, retry_after),
            )

    def _take_turn(self, redis: Redis, operation: Operation) -> _Turn:
        """Records a request, or says how long it has to wait."""
        pipeline: Any = redis.pipeline(transaction=False)
        time, pause, script = pipeline.time().pttl(self._pause).script_load(self._script).execute()
        now = _to_milliseconds(time)
        if pause > 0:
            return _Turn(now / 1000, Wait(pause / 1000, REFUSED, is_after_refusal=True))
        if not self._rates:
            return _Turn(now / 1000)
        bucket = RedisBucket(self._rates, redis, self._requests, script)
        decision: Any = bucket.put_decision(RateItem(uuid.uuid4().hex, now))
        if decision.allowed:
            return _Turn(now / 1000)
        if seconds := self._day.find_wait(redis, self._requests, now):
            raise build_day_error(operation, _WHO, self._own.per_day, now / 1000 + seconds)
        return _Turn(now / 1000, Wait(decision.retry_after_ms / 1000, describe_minute(self._own.per_minute)))

    def _read_usage(self, redis: Redis) -> RateLimitUsage:
        pause: Any = redis.pttl(self._pause)
        now = _to_milliseconds(redis.time())
        waits = [window.find_wait(redis, self._requests, now) for window in (self._minute, self._day)]
        minute, day = (window.count(redis, self._requests, now) for window in (self._minute, self._day))
        return RateLimitUsage(minute, day, max(*waits, pause / 1000))


class _Window:
    """A window of time in which no more requests than the limit may lie; a limit of 0 is none."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.milliseconds = round(seconds * 1000)

    def count(self, redis: Redis, name: str, now: int) -> int:
        """Returns how many requests it holds."""
        count: Any = redis.zcount(name, now - self.milliseconds, "+inf")
        return int(count)

    def find_wait(self, redis: Redis, name: str, now: int) -> float:
        """Returns the seconds until another request fits; 0 if it fits now."""
        if not self.limit:
            return 0.0
        oldest: Any = redis.zrevrange(name, self.limit - 1, self.limit - 1, withscores=True)
        return max(0.0, oldest[0][1] + self.milliseconds - now) / 1000 if oldest else 0.0


def _list_rates(minute: _Window, day: _Window) -> list[Rate]:
    """Returns the limits that can ever be reached; the library takes no others."""
    rates = [Rate(window.limit, window.milliseconds) for window in (minute, day) if window.limit]
    if len(rates) < 2:
        return rates
    if day.limit <= minute.limit:
        return rates[1:]
    is_day_reachable = day.limit / day.milliseconds <= minute.limit / minute.milliseconds
    return rates if is_day_reachable else rates[:1]


def _to_milliseconds(time: Any) -> int:  # noqa: ANN401 - what the library returns for TIME
    seconds, microseconds = time
    return int(seconds) * 1000 + int(microseconds) // 1000
