"""The command `pulumi-userplane`: loads the subcommand that the arguments name, and no other."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from pulumi_userplane.cli.errors import exit_when_output_is_full

COMMANDS = {
    "doctor": "Check the set-up that a program would use.",
    "links": "List the live links of a workspace.",
    "export": "Write existing links as a program, a catalog, or a seed file for the emulator.",
    "import-file": "Fill in the ids in the file that `pulumi preview --import-file` writes.",
    "review": "Say which links a preview changes, and which addresses stop working.",
    "ci": "Do all of that in a pipeline: preview, apply and watch stacks, and write comments.",
    "recover": "List the links that an interrupted run left behind; bring them in or delete them.",
    "probe": "Ask the live service what its documentation does not say.",
    "explain": "Say what an error code of Userplane means, and what to do.",
    "emulator": "Run a local emulator of Userplane.",
    "schema": "Print the schema of the plugin, which serves programs in every Pulumi language.",
}
"""What `--help` says of each subcommand. It stands here so that the help imports none of them."""


class _LazyCommands(TyperGroup):
    """The subcommands; the module of each is imported when it is called."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - what typer gives a group
        super().__init__(**attributes)
        # The names alone, by which the group lists its commands and knows a misspelt one.
        self.commands: dict[str, Any] = dict.fromkeys(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - typer's types are private
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 - as above
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def load_command(name: str) -> Any:  # noqa: ANN401 - as above
    """Returns a subcommand as typer runs it."""
    module = import_module(f"pulumi_userplane.cli.{name.replace('-', '_')}.command")
    function = getattr(module, name.replace("-", "_"))
    if isinstance(function, typer.Typer):
        return typer.main.get_command(function)
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    single.command(name, epilog=module.EXAMPLE)(function)
    return typer.main.get_command(single)


app = typer.Typer(
    name="pulumi-userplane",
    cls=_LazyCommands,
    help="Work with Userplane recording links outside of a Pulumi program.\n\n"
    "Start with `doctor`, which checks the set-up. To bring in links that exist: `links`, then `export` or "
    "`import-file`. Before a change is merged: `review`, or `ci` in a pipeline. After an interrupted run: `recover`. "
    "To see how the live service responds: `probe`. For tests: `emulator`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Rich would colour help and errors in some CI systems, which are no terminals.
    rich_markup_mode=None,
)


@app.callback()
def _group() -> None:
    """Makes the app a group, although it has no command of its own."""


def main() -> None:
    """Run the command that the arguments name."""
    _open_closed_streams()
    with exit_when_output_is_full():
        app()


def _open_closed_streams() -> None:
    """Opens streams that a shell has closed (`>&-`), or the next open file would become one of them."""
    last_of_three = 2
    while (opened := os.open(os.devnull, os.O_RDWR)) <= last_of_three:
        pass
    os.close(opened)
    nowhere = Path(os.devnull)
    sys.stdin = sys.stdin or nowhere.open(encoding="utf-8")
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
