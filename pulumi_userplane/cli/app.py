"""The command's frame: the subcommands, and how an error is told."""

import typer

from pulumi_userplane.cli.emulator import emulator
from pulumi_userplane.cli.recover import EXAMPLE, recover

app = typer.Typer(
    name="pulumi-userplane",
    help="Work with Userplane recording links outside of a Pulumi program.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(emulator)
app.command(epilog=EXAMPLE)(recover)


def main() -> None:
    """Run the command that the arguments name."""
    app()
