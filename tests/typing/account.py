"""The types of the arguments of an explicit account, for mypy and pyright; nothing here runs."""

import pulumi
from typing_extensions import assert_type

from pulumi_userplane import ProgramError, Provider, RecordingLink, UserplaneError


def arguments(
    config: pulumi.Config, text: pulumi.Output[str], number: pulumi.Output[int], words: pulumi.Output[list[str]]
) -> None:
    """All arguments, as values and as Outputs."""
    assert_type(Provider("bare"), Provider)
    Provider(
        "acme",
        api_key=config.require_secret("key"),
        workspace_id="ws",
        base_url="https://api.userplane.io/api/v1",
        requests_per_minute=60,
        requests_per_day=0,
        refresh="single",
        mark_links=False,
        meta_field="linkMeta",
        extra_provider_types=["telegram", text],
        opts=pulumi.ResourceOptions(protect=True),
    )
    later = Provider("later", api_key=text, workspace_id=text, requests_per_minute=number, extra_provider_types=words)
    Provider("words", extra_provider_types=("telegram", "signal"))
    Provider("none", api_key=None, requests_per_minute=None, extra_provider_types=None, opts=None)
    RecordingLink("help", domain_id="dom", opts=pulumi.ResourceOptions(provider=later))
    RecordingLink("chat", domain_id="dom", opts=pulumi.ResourceOptions(providers=[later]))
    assert_type(later.get_settings(), dict[str, pulumi.Input[str]])


def mistakes() -> None:
    """Mistakes that a type checker finds before a program runs."""
    Provider()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    # A key given by position would be the name of the resource, which is shown.
    Provider("acme", "uspl_key")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Provider("acme", apikey="uspl_key")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Provider("acme", api_key=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Provider("acme", requests_per_minute="60")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Provider("acme", mark_links="no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Provider("acme", extra_provider_types=[7])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    RecordingLink("help", domain_id="dom", provider=Provider("acme"))  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def errors(error: ProgramError) -> None:
    """`ProgramError` is an error of this package and of Pulumi."""
    either: UserplaneError | pulumi.RunError = error
    assert_type(error.reason, str)
    assert_type(error.next_step, str)
    pulumi.log.info(str(either))
