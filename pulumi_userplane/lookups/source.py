"""Where look-ups read: an account and one of its workspaces, each request sent once per run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    from pulumi_userplane.api.client import Client
    from pulumi_userplane.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


class Source:
    """An account and one of its workspaces.

    Attributes:
        client: The account's client.
        cache: What this run has read so far.
    """

    def __init__(self, settings: Settings, client: Client, workspace_id: str | None, cache: Cache) -> None:
        self.client = client
        self.cache = cache
        self._settings = settings
        self._workspace_id = workspace_id

    @property
    def workspace_id(self) -> str:
        """The workspace that the look-up names, else the one of the settings.

        Raises:
            ConfigurationError: Neither names one.
        """
        return self._settings.choose_workspace_id(self._workspace_id)

    @property
    def workspace(self) -> str:
        """The workspace as an error names it."""
        return f"workspace {self.workspace_id}"

    def read(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns what a method of the client returns; calls it once per run."""
        return self.cache.cached(self._key(method, args, kwargs), lambda: method(*args, **kwargs))

    def read_list(self, method: Callable[P, Iterator[T]], *args: P.args, **kwargs: P.kwargs) -> Iterable[T]:
        """Returns the rows of a list; requests each page once per run, and only when a row of it is needed."""
        return self.cache.cached(self._key(method, args, kwargs), lambda: LazyList(lambda: method(*args, **kwargs)))

    def _key(self, method: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]) -> Hashable:
        return self._settings.api_key, self._settings.base_url, method.__name__, args, *kwargs.items()


class Cache:
    """What the look-ups of one run have read.

    Attributes:
        unverified: For each domain that was read and is not verified, the reason why no new link can be on it, by id.
        lock: Held during a look-up, so that the look-ups of other threads find its result here.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.unverified: dict[str, str] = {}
        self._values: dict[Hashable, Any] = {}

    def cached(self, key: Hashable, read: Callable[[], T]) -> T:
        """Returns the value that was read under this key, else reads it; a failure is not cached."""
        if key not in self._values:
            self._values[key] = read()
        value: T = self._values[key]
        return value


class LazyList(Generic[T]):
    """A list that is read only as far as somebody iterates over it, and once.

    A failure inside the list forgets its beginning, so that half a list never passes for a whole one.
    """

    def __init__(self, read: Callable[[], Iterator[T]]) -> None:
        self._read = read
        self._rows: list[T] = []
        self._rest = read()

    def __iter__(self) -> Iterator[T]:
        yield from self._rows
        try:
            for row in self._rest:
                self._rows.append(row)
                yield row
        except Exception:
            self._rows, self._rest = [], self._read()
            raise
