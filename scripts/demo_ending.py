"""What the demo's end says to go on with; on a terminal the emulator runs until somebody presses Enter."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import termios
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.demo_stage import ROOT, console, print_output, print_remark

if TYPE_CHECKING:
    from scripts.demo_stage import Demo


def is_watched() -> bool:
    """Returns whether somebody is at the terminal. A pipe and a CI job have nobody who could press Enter."""
    streams = (sys.stdin, sys.stdout)
    return not os.environ.get("CI") and all(stream is not None and stream.isatty() for stream in streams)


def print_next_steps(demo: Demo) -> None:
    """Says how to go on where the emulator has ended with the demo."""
    print_remark("Paste this into a shell of its own, in this folder:")
    _print_settings(demo)
    print_output(f"{shlex.join(demo.emulator_command)} > .demo/emulator.log &")
    print_output("pulumi up")
    print_remark("When you have seen enough:")
    print_output("kill %1")
    _print_removal(demo)


def wait_for_enter(demo: Demo, title: str) -> None:
    """Says what to try while the emulator still runs, and returns once somebody has seen enough.

    Args:
        demo: Its emulator runs.
        title: What the program gives a link, and a refresh therefore repairs.
    """
    print_remark("The emulator still runs. Its page shows the links and each request:")
    print_output(demo.page)
    print_remark(
        f'Change the title of the link "{title}" there, and delete another link.\nThen paste this into another shell:'
    )
    print_output(f"cd {shlex.quote(str(ROOT))}")
    _print_settings(demo)
    print_output("pulumi up --refresh")
    print_remark("Pulumi says what was changed, asks you, and repairs both links.")
    print_remark("When you have seen enough, press Enter here, and paste this there:")
    _print_removal(demo)
    try:
        _offer_browser(demo.page)
        _read_line("Press Enter to end the emulator:")
    except (EOFError, KeyboardInterrupt):
        console.print()


def _print_settings(demo: Demo) -> None:
    folders = [Path(shutil.which("pulumi") or "").parent, Path(sys.executable).parent]
    print_output(f'export PATH="{folders[0]}:{folders[1]}:$PATH"')
    for name, value in demo.settings.items():
        print_output(f'export {name}="{value}"')


def _print_removal(demo: Demo) -> None:
    print_output(f"unset {' '.join(demo.settings)}")
    print_output("make demo-clean")
    print_remark("`make demo` starts afresh: it clears what is in .demo.")


def _offer_browser(page: str) -> None:
    has_display = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not has_display and not os.environ.get("BROWSER"):
        return
    wanted = _read_line("Open the page in a browser? [y/N]").strip().lower() in {"y", "yes"}
    if wanted and not webbrowser.open(page):
        print_remark(f"There is no browser that could be started from here. The page is {page}")


def _read_line(prompt: str) -> str:
    # What somebody has typed while the steps ran was not meant for this.
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    console.print(f"\n{prompt}", end=" ", style="bold", markup=False)
    if line := sys.stdin.readline():
        return line
    raise EOFError
