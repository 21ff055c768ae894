"""The command's frame: the subcommands, and how an error is told."""

import typer

from pulumi_userplane.cli import doctor, emulator, export, import_file, links, recover, review

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
    app()
