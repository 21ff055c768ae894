"""The command's frame: the subcommands, and how an error is told."""

import os
import sys
from pathlib import Path

import typer

from pulumi_userplane.cli.doctor import command as doctor
from pulumi_userplane.cli.emulator import command as emulator
from pulumi_userplane.cli.errors import exit_when_output_is_full
from pulumi_userplane.cli.export import command as export
from pulumi_userplane.cli.import_file import command as import_file
from pulumi_userplane.cli.links import command as links
from pulumi_userplane.cli.recover import command as recover
from pulumi_userplane.cli.review import command as review

app = typer.Typer(
    name="pulumi-userplane",
    help="Work with Userplane recording links outside of a Pulumi program.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Rich would colour help and errors in some CI systems, which are no terminals.
    rich_markup_mode=None,
)
app.command(epilog=doctor.EXAMPLE)(doctor.doctor)
app.command(epilog=links.EXAMPLE)(links.links)
app.command(epilog=export.EXAMPLE)(export.export)
app.command("import-file", epilog=import_file.EXAMPLE)(import_file.import_file)
app.command(epilog=review.EXAMPLE)(review.review)
app.command(epilog=recover.EXAMPLE)(recover.recover)
app.command(epilog=emulator.EXAMPLE)(emulator.emulator)


def main() -> None:
    """Run the command that the arguments name."""
    _open_closed_streams()
    with exit_when_output_is_full():
        app()


def _open_closed_streams() -> None:
    """Opens what a shell has closed (`>&-`): Python has no such stream, and the next open file would become it."""
    last_of_three = 2
    while (opened := os.open(os.devnull, os.O_RDWR)) <= last_of_three:
        pass
    os.close(opened)
    nowhere = Path(os.devnull)
    sys.stdin = sys.stdin or nowhere.open(encoding="utf-8")
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
