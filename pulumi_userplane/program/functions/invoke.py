"""Runs a look-up in the account that it names: at once, or when its arguments are known."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import pulumi

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lookups.source import Source
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output
from pulumi_userplane.program.account import Provider, reject_disabled_default_provider, stack_config
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.program.program_run import current_program_run
from pulumi_userplane.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


def invoke(
    look_up: Callable[Concatenate[Source, P], T],
    provider: Provider | None,
    workspace_id: str | None,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Returns what a look-up returns.

    Args:
        look_up: Looks something up in a source.
        provider: The explicit account, if any.
        workspace_id: The workspace, if the look-up names one.
        args: The other arguments of `look_up`.
        kwargs: The same by name.

    Raises:
        ProgramError: The look-up failed, or an argument or a setting of the account is an Output.
    """
    given = provider.get_settings() if provider is not None else None
    if given is not None and any(isinstance(value, pulumi.Output) for value in given.values()):
        raise ProgramError(
            "a look-up can't wait for the settings of an explicit provider that are Outputs",
            next_step="use the function that ends in _output, such as `get_domain_output`, "
            "or give the provider its settings as text",
        )
    _reject_output_text([*args, *kwargs.values(), workspace_id])
    return _run(lambda source: look_up(source, *args, **kwargs), provider, given, workspace_id)


def invoke_output(
    look_up: Callable[..., T],
    provider: Provider | None,
    workspace_id: pulumi.Input[str] | None,
    **arguments: Any,  # noqa: ANN401 - a pulumi.Input of what `look_up` takes
) -> pulumi.Output[T]:
    """Returns what a look-up returns, once its arguments and the account's settings are known."""
    given = provider.get_settings() if provider is not None else None
    waited_for = pulumi.Output.all(given=given, workspace_id=workspace_id, arguments=arguments)

    def run(known: dict[str, Any]) -> T:
        _reject_output_text([known["arguments"], known["workspace_id"]])
        return _run(
            lambda source: look_up(source, **known["arguments"]), provider, known["given"], known["workspace_id"]
        )

    return waited_for.apply(run)


def _reject_output_text(arguments: list[Any]) -> None:
    if holds_output(arguments):
        raise ProgramError(
            f"an argument of a look-up {IS_IN_TEXT}",
            next_step="or pass the Output itself to the function that ends in _output, such as `get_domain_output`",
        )


def _run(
    look_up: Callable[[Source], T],
    provider: Provider | None,
    given: dict[str, Any] | None,
    workspace_id: str | None,
) -> T:
    run = current_program_run()
    try:
        with run.cache.lock:
            settings = _read_settings(provider, given)
            account = replace(settings, workspace_id=None)
            client = run.cache.cached(account, lambda: account.make_client(notify=pulumi.log.info))
            return look_up(Source(settings, client, workspace_id, run.cache))
    except ProgramError:
        raise
    except UserplaneError as error:
        raise ProgramError(error.failure, next_step=error.next_step, code=error.code) from None


def _read_settings(provider: Provider | None, given: dict[str, Any] | None) -> Settings:
    if provider is None or given is None:
        reject_disabled_default_provider()
        return Settings.read(stack_config)
    return Settings.read(given.get, provider.map_environ(os.environ))
