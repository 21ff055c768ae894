"""`pulumi-userplane ci`: what a pipeline does about links, in four commands."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.cli.ci.platform import Platform, PlatformError, PlatformName, choose_platform
from pulumi_userplane.cli.errors import describe_error
from pulumi_userplane.cli.options import FolderOption
from pulumi_userplane.cli.review.safe_text import make_loggable
from pulumi_userplane.cli.settings import reject_empty_options

EXAMPLE = (
    "Example: `pulumi-userplane ci preview --stack prod --out report` writes what an `up` would do to "
    "report/comment.md, and exits with 3 if an address would die."
)
"""One line for the help of the whole."""

ci = typer.Typer(
    help="Preview, apply and watch stacks in a pipeline, and say what that means for links.\n\n"
    "`preview` before a merge, `up` after it and `drift` on a schedule run the program and leave a report in a folder. "
    "`comment` posts a report, in a job of its own that runs nothing of the program and holds a token that can write. "
    "On GitHub and GitLab labels and plans are read from the platform; with --platform none, nothing is requested.",
    epilog=EXAMPLE,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_PlatformOption = Annotated[
    PlatformName | None,
    typer.Option("--platform", help="Default: the one that runs this command, which it sees in the environment."),
]
_StacksOption = Annotated[
    list[str], typer.Option("--stack", metavar="NAME", help="Stack, as for `pulumi`; repeatable.", show_default=False)
]


def _refuse_several(stacks: list[str]) -> list[str]:
    """Returns the one stack. Otherwise the last would count, and the others would look as if they were applied."""
    if len(stacks) > 1:
        raise typer.BadParameter("this command takes one stack: run it for each")
    return stacks


_StackOption = Annotated[
    list[str],
    typer.Option(
        "--stack", metavar="NAME", help="Stack, as for `pulumi`.", show_default=False, callback=_refuse_several
    ),
]
_OutOption = Annotated[
    Path,
    typer.Option(
        "--out", metavar="DIR", file_okay=False, help="Folder for the report; it is made.", show_default=False
    ),
]


@ci.command(
    epilog="Example: `pulumi-userplane ci preview --stack prod --out report` previews the stack and writes "
    "report/comment.md."
)
def preview(
    *,
    stack: _StacksOption,
    out: _OutOption,
    links_may_die: Annotated[
        bool,
        typer.Option("--links-may-die", help="Let addresses die, as the label `links-may-die` does."),
    ] = False,
    platform: _PlatformOption = None,
    folder: FolderOption = Path(),
) -> None:
    """Preview stacks, and stop if an address would die that nobody has approved.

    Writes comment.md, summary.md, report.json and each stack's plan to --out.

    Limits in the table tool.pulumi-userplane.review of the nearest pyproject.toml hold in any case.

    Exit code 0, 3 if a limit stops a stack, 1 if a preview failed.
    """
    from pulumi_userplane.cli.ci.preview import preview_stacks  # noqa: PLC0415

    with _exit_on_error(platform, stack) as chosen:
        raise typer.Exit(preview_stacks(chosen, stack, folder, out, links_may_die=links_may_die))


@ci.command(epilog="Example: `pulumi-userplane ci up --stack prod --out report` applies what was merged.")
def up(
    *,
    stack: _StackOption,
    out: _OutOption,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The plan that reviewers saw. Default: the one that the platform keeps."),
    ] = None,
    links_may_die: Annotated[
        bool,
        typer.Option("--links-may-die", help="Let addresses die that this plan, or this run's preview, names."),
    ] = False,
    platform: _PlatformOption = None,
    folder: FolderOption = Path(),
) -> None:
    """Apply a stack, by the plan that reviewers saw if it still fits.

    First looks for links that an interrupted run left behind; then plans and judges anew. A reviewed plan that no
    longer fits is replaced by the new one, by which no address may die.

    Writes comment.md, summary.md, report.json, links.csv and links.json to --out, also if `pulumi up` failed half-way.

    Exit code 0 if it was applied, 3 if something stopped it before it changed anything, 1 if it failed.
    """
    from pulumi_userplane.cli.ci.up import apply_stack  # noqa: PLC0415

    with _exit_on_error(platform, stack) as chosen:
        raise typer.Exit(apply_stack(chosen, stack[0], folder, out, plan, links_may_die=links_may_die))


@ci.command(epilog="Example: `pulumi-userplane ci drift --stack prod --out report` exits with 3 if links have drifted.")
def drift(
    *, stack: _StackOption, out: _OutOption, platform: _PlatformOption = None, folder: FolderOption = Path()
) -> None:
    """Look whether links of a stack were changed or deleted outside Pulumi.

    Writes comment.md, summary.md and report.json to --out.

    Exit code 0 if all links are as declared, 3 if some were changed or deleted, 1 if it could not look.
    """
    from pulumi_userplane.cli.ci.drift import look_for_drift  # noqa: PLC0415

    with _exit_on_error(platform, stack) as chosen:
        raise typer.Exit(look_for_drift(chosen, stack[0], folder, out))


@ci.command(epilog="Example: `pulumi-userplane ci comment report --stack prod` writes the comment on the pull request.")
def comment(
    *,
    report: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder with the report of another job; nothing in it is trusted.")
    ],
    stack: _StacksOption,
    from_job: Annotated[
        str | None,
        typer.Option(
            "--from-job",
            metavar="NAME",
            help="On GitLab: download DIR from the artifacts of this job of the pipeline, and take nothing else of it.",
        ),
    ] = None,
    platform: _PlatformOption = None,
) -> None:
    """Post the report of another job.

    A preview becomes one comment on its pull request and a label: `links: none`, `links: change` or `links: address
    dies`. The result of an `up` becomes a comment on each pull request that it applied. Drift becomes an issue, which
    is closed when all is as declared again.

    Reports of other stacks than --stack names are refused. Where several projects share a repository, name the stacks
    whole, as ORGANISATION/PROJECT/STACK.

    Exit code 0, 1 if something could not be posted.
    """
    from pulumi_userplane.cli.ci.comment import post_report  # noqa: PLC0415
    from pulumi_userplane.cli.ci.job_report import post_report_of_job  # noqa: PLC0415

    with _exit_on_error(platform, stack) as chosen:
        if chosen.name == "none":
            raise PlatformError(
                "a report can't be posted with --platform none: run this on GitHub or GitLab, or post comment.md "
                "yourself"
            )
        posted = post_report_of_job(chosen, from_job, report, stack) if from_job else post_report(chosen, report, stack)
        raise typer.Exit(0 if posted else 1)


@contextmanager
def _exit_on_error(name: PlatformName | None, stacks: Sequence[str]) -> Iterator[Platform]:
    """Yields the platform; an error becomes one line on standard error, and exit code 1."""
    try:
        for stack in stacks:
            # To the CLI, an empty name means the stack that is selected.
            reject_empty_options(stack=stack, workspace=None, base_url=None)
        yield choose_platform(name)
    except (UserplaneError, PlatformError) as error:
        line = describe_error(error) if isinstance(error, UserplaneError) else str(error)
        typer.echo(make_loggable(line), err=True)
        raise typer.Exit(1) from error
