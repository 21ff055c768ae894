"""`schema` prints the plugin's schema."""

from typer.testing import CliRunner

from pulumi_userplane.cli.app import app
from scripts.schema import SCHEMA


def test_schema_is_printed_as_the_plugin_has_it() -> None:
    done = CliRunner().invoke(app, ["schema"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout_bytes == SCHEMA.read_bytes()
