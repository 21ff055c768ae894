"""Runs a look-up: at once or when its arguments are known, in the account that it names, each request once a run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import pulumi

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output
from pulumi_userplane.program.account import Provider, reject_disabled_default_provider, stack_config
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.program.program_run import LazyList, ProgramRun, current_program_run
from pulumi_userplane.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

P = ParamSpec("P")
T = TypeVar("T")


class InvokeContext:
    """Where a look-up asks: an account and a workspace of it.

    Attributes:
        client: The account's client.
        run: The run of the program that asks.
    """

    def __init__(self, settings: Settings, workspace_id: str | None, run: ProgramRun) -> None:
        self.client = settings.client()
        self.run = run
        self._settings = settings
        self._workspace_id = workspace_id

    @property
    def workspace_id(self) -> str:
        """The workspace that the look-up names, else the settings' one.

        Raises:
            ConfigurationError: There is none.
        """
        return self._settings.require_workspace_id() if self._workspace_id is None else self._workspace_id

    @property
    def workspace(self) -> str:
        """The workspace in the words of an error."""
        return f"workspace {self.workspace_id}"

    def once(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns what a method of the client answers, asked once a run for each account."""
        return self.run.cached(self._key(ask, args, kwargs), lambda: ask(*args, **kwargs))

    def rows(self, ask: Callable[P, Iterator[T]], *args: P.args, **kwargs: P.kwargs) -> Iterable[T]:
        """Returns a list of the client's, each page asked for once a run and only when it is looked at."""
        return self.run.cached(self._key(ask, args, kwargs), lambda: LazyList(lambda: ask(*args, **kwargs)))

    def _key(self, ask: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]) -> Hashable:
        return self._settings.api_key, self._settings.base_url, ask.__name__, args, *kwargs.items()


def invoke(
    find: Callable[Concatenate[InvokeContext, P], T],
    provider: Provider | None,
    workspace_id: str | None,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Returns what a look-up finds.

    Args:
        find: Looks in a place.
        provider: The explicit account, if any.
        workspace_id: The workspace, if the look-up names one.
        args: What else `find` takes.
        kwargs: As above.

    Raises:
        ProgramError: It finds nothing or too much, the request failed, or the account is not known yet.
    """
    given = provider.given() if provider is not None else None
    if given is not None and any(isinstance(value, pulumi.Output) for value in given.values()):
        raise ProgramError(
            "a look-up can't wait for the settings of an explicit provider that are Outputs",
            next_step="use the function's _output twin, or give the provider its settings as text",
        )
    _refuse_output([*args, *kwargs.values(), workspace_id])
    return _run(lambda place: find(place, *args, **kwargs), provider, given, workspace_id)


def invoke_output(
    find: Callable[..., T],
    provider: Provider | None,
    workspace_id: pulumi.Input[str] | None,
    **asked: Any,  # noqa: ANN401 - a pulumi.Input of what `find` takes
) -> pulumi.Output[T]:
    """Returns what a look-up finds once its arguments and the account's settings are known."""
    given = provider.given() if provider is not None else None
    waited_for = pulumi.Output.all(given=given, workspace_id=workspace_id, asked=asked)

    def found(known: dict[str, Any]) -> T:
        _refuse_output([known["asked"], known["workspace_id"]])
        return _run(lambda place: find(place, **known["asked"]), provider, known["given"], known["workspace_id"])

    return waited_for.apply(found)


def _refuse_output(arguments: list[Any]) -> None:
    if holds_output(arguments):
        raise ProgramError(f"an argument of a look-up {IS_IN_TEXT}", next_step="with the function's _output twin")


def _run(
    find: Callable[[InvokeContext], T],
    provider: Provider | None,
    given: dict[str, Any] | None,
    workspace_id: str | None,
) -> T:
    run = current_program_run()
    try:
        with run.lock:
            return find(InvokeContext(_settings(provider, given), workspace_id, run))
    except ProgramError:
        raise
    except UserplaneError as error:
        raise ProgramError(str(error)) from None


def _settings(provider: Provider | None, given: dict[str, Any] | None) -> Settings:
    if provider is None or given is None:
        reject_disabled_default_provider()
        return Settings.read(stack_config)
    return Settings.read(given.get, provider.environ(os.environ))
