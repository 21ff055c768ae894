"""The limit store, a Redis or Valkey that several machines share: the connection, and what its failures mean.

`store_rate_limit` counts requests in it, and `recovery.store_journal` keeps the journal there. Each key has its own
entries at each server; their names begin with a hash, and nothing leads to the key. Only the store's clock counts.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from pulumi_userplane.api.errors import ConfigurationError, LimitStoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redis import Redis

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.store_address import StoreAddress

T = TypeVar("T")

_LOG = logging.getLogger("pulumi_userplane")
_VERSION = 1
"""The version of the entries. It is a part of their names, so another version has others."""
_TIMEOUT_SECONDS = 5.0
_KEEP_ALL = "noeviction"
_CORRECT = "correct userplane:limitStore"
_START = f"start the limit store, or {_CORRECT}"
_SCHEMES = "rediss:// is with TLS, redis:// without"
_GO_ON_WITHOUT = "with userplane:limitStoreRequired false a run goes on without it"

_NO_CLUSTER = ("it is a part of a cluster, which is not supported", "take a Redis or Valkey without cluster mode")
_NO_PERMISSION = ("its user may not run a command that is needed", "give that user the commands in docs/scale.md")

_FAILURES = {
    "AuthenticationError": ("it refuses the user or the password", _CORRECT),
    "AuthenticationWrongNumberOfArgsError": ("it takes no user, or wants a password", _CORRECT),
    "BusyLoadingError": ("it is still loading its data", "run again in a moment"),
    "ClusterDownError": _NO_CLUSTER,
    "MovedError": _NO_CLUSTER,
    "NoPermissionError": _NO_PERMISSION,
    "OutOfMemoryError": ("its memory is full", "raise its maxmemory"),
    "ReadOnlyError": ("it is a read-only replica", "name the primary in userplane:limitStore"),
    "TimeoutError": (f"it does not respond within {_TIMEOUT_SECONDS:.0f} s", f"{_START} ({_SCHEMES})"),
}
"""What the exceptions of the library mean. Their own texts are not shown: they may quote what was sent to log in."""

_FAILURES_BY_BEGINNING = {
    "DB index": ("it has no database of this number", _CORRECT),
    "MISCONF": ("it takes no changes, since it can't save them", "look into its log"),
    "max number of clients": ("it has too many clients", "raise its maxclients"),
    "NOREPLICAS": ("it takes no changes without its replicas", "look into its log"),
    "The user executing the script": _NO_PERMISSION,
}
"""What other errors mean, by the words with which they begin."""


class LimitStore:
    """The entries of one key at one server, in a store that several machines share. Threads can use it together.

    Args:
        address: Where it is.
        api_key: The key.
        base_url: The server.
        is_required: Whether a failure is an error; if not, this process goes on without the store.
        warn: Receives a message when it goes on without.

    Attributes:
        name: Host and port, for messages.
        is_lost: Whether this process goes on without the store.
        problem: Why it does, and what to do; empty while the store works.

    Raises:
        ConfigurationError: The packages that it needs are not installed.
    """

    def __init__(
        self,
        address: StoreAddress,
        api_key: str,
        base_url: str,
        *,
        is_required: bool = True,
        warn: Callable[[str], None] = _LOG.warning,
    ) -> None:
        self.name = str(address)
        self.is_lost = False
        self.problem = ""
        account = hashlib.sha256(f"{base_url}\n{api_key}".encode()).hexdigest()[:32]
        self._prefix = f"userplane:{_VERSION}:{account}"
        self._is_required = is_required
        self._warn = warn
        self._lock = threading.Lock()
        self._redis = _connect(address)

    def key(self, *parts: str) -> str:
        """Returns the name of an entry of this key at this server."""
        return ":".join((self._prefix, *parts))

    def call(self, work: Callable[[Redis], T], instead: Callable[[], T], operation: Operation | None = None) -> T:
        """Returns what `work` makes of the store, or what `instead` returns once the store is lost.

        Args:
            work: Reads and writes entries.
            instead: Does the same without the store.
            operation: What is being done, for the error.

        Raises:
            LimitStoreError: The store can't be used, and is required.
        """
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra

        if not self.is_lost:
            try:
                return work(self._redis)
            except (RedisError, OSError, UnicodeError) as error:
                self._fail(error, operation)
        return instead()

    def try_call(self, work: Callable[[Redis], object]) -> None:
        """Does what can be done later or not at all; where it fails, the next `call` tells of it."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra

        if not self.is_lost:
            with contextlib.suppress(RedisError, OSError, UnicodeError):
                work(self._redis)

    def check(self) -> str:
        """Makes sure that entries can be written; returns what may be wrong all the same, and what to do.

        Raises:
            LimitStoreError: They can't, and the store is required.
        """
        script = "return redis.call('SET', KEYS[1], '', 'PX', 1000)"
        self.call(lambda redis: redis.eval(script, 1, self.key("check")), lambda: None)
        memory: dict[str, Any] = {}
        self.try_call(lambda redis: memory.update(redis.info("memory")))
        policy = memory.get("maxmemory_policy", _KEEP_ALL)
        if policy == _KEEP_ALL:
            return self.problem
        return f"its maxmemory-policy is {policy}: set {_KEEP_ALL}, or it may drop entries of the journal"

    def close(self) -> None:
        """Closes its connections; the next call opens new ones."""
        self._redis.close()

    def _fail(self, error: Exception, operation: Operation | None) -> None:
        reason, step = _describe(error)
        failure = f"the limit store at {self.name} can't be used: {reason}"
        if self._is_required:
            # The library's error may hold more of the address.
            raise LimitStoreError(
                failure, operation=operation, next_step=f"{step}, then run again; {_GO_ON_WITHOUT}"
            ) from None
        with self._lock:
            is_first, self.is_lost = not self.is_lost, True
            self.problem = f"{failure}; {step}"
        if is_first:
            self._warn(
                f"{failure}: this run counts requests and keeps its journal in this machine's own file from here on; "
                f"runs on other machines may exceed the rate limit, and don't see what this one creates; {step}"
            )


def _connect(address: StoreAddress) -> Redis:
    """Returns a client; it connects with its first command."""
    try:
        import pyrate_limiter  # noqa: F401, PLC0415 - an extra
        from redis import Redis  # noqa: PLC0415 - an extra
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.exceptions import ConnectionError as NoConnectionError  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415
    except ImportError:
        _raise_not_installed()
    return Redis(
        **address.connection,
        protocol=2,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        # A server closes idle connections; a second time-out would only make the first one longer.
        retry=Retry(NoBackoff(), 1, supported_errors=(NoConnectionError,)),
    )


def _raise_not_installed() -> NoReturn:
    raise ConfigurationError(
        "userplane:limitStore needs the packages redis and pyrate-limiter, which are not installed",
        next_step="run `pip install 'pulumi-userplane[redis]'` in the environment of the program",
    ) from None


def _describe(error: Exception) -> tuple[str, str]:
    """Returns what is wrong with the store, and what to do, without any text of the server."""
    for error_class in type(error).__mro__:
        if error_class.__name__ in _FAILURES and error_class.__module__.startswith("redis"):
            return _FAILURES[error_class.__name__]
    if cause := next((cause for cause in _chain(error) if isinstance(cause, OSError)), None):
        return _describe_connection(cause)
    for beginning, meaning in _FAILURES_BY_BEGINNING.items():
        if str(error).startswith(beginning):
            return meaning
    if type(error).__name__ == "ConnectionError":
        return "the connection broke", _START
    return "it does not respond as Redis does", f"{_CORRECT}; Redis 5 or newer, or Valkey, is needed"


def _describe_connection(cause: OSError) -> tuple[str, str]:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "its certificate is not trusted", "add ?ssl_ca_certs=<file> to the address, or correct its host name"
    if isinstance(cause, ssl.SSLError):
        return "no TLS connection can be made", f"{_CORRECT}: {_SCHEMES}"
    if isinstance(cause, socket.gaierror):
        return "its host name is unknown", _CORRECT
    return f"there is no connection ({cause.strerror or type(cause).__name__})", _START


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
