"""`pulumi-userplane schema`: prints the schema of the plugin, as it gives it to Pulumi."""

from importlib.resources import files

import typer

EXAMPLE = "Example: `pulumi-userplane schema > schema.json` writes a file for `pulumi package gen-sdk schema.json`."


def schema() -> None:
    """Print the schema of the plugin: the resource, the look-ups and the settings for every Pulumi language.

    It needs no account and sends no request.
    """
    typer.echo((files("pulumi_userplane.plugin") / "schema.json").read_text("utf-8"), nl=False)
