"""The command's frame: the subcommands, and how an error is told."""

import typer

from pulumi_userplane.cli import doctor, export, import_file, links, recover, review
from pulumi_userplane.cli.emulator import emulator

app = typer.Typer(
    name="pulumi-userplane",
    help="Work with Userplane recording links outside of a Pulumi program.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command(epilog=doctor.EXAMPLE)(doctor.doctor)
app.command(epilog=links.EXAMPLE)(links.links)
app.command(epilog=export.EXAMPLE)(export.export)
app.command("import-file", epilog=import_file.EXAMPLE)(import_file.import_file)
app.command(epilog=review.EXAMPLE)(review.review)
app.command(epilog=recover.EXAMPLE)(recover.recover)
app.command()(emulator)


def main() -> None:
    """Run the command that the arguments name."""
    app()
