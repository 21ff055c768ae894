"""The demo's emulator runs on until somebody at the terminal has seen enough, and never without a terminal.

All of it is real except for the steps, of which there are none: the emulator, the terminal, and what is typed there.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
from typing import TYPE_CHECKING

import pytest
import requests

from scripts.demo_picture import copy_demo
from tests.support.processes import processes_of
from tests.support.terminal import CTRL_C, CTRL_D, SECONDS, Terminal, run_on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

DEMO_WITHOUT_STEPS = "from scripts import demo; demo.STEPS = (); demo.main()"
OFFER = "Open the page in a browser? [y/N]"
WAITING = "Press Enter to end the emulator:"
ENDED = "The emulator has ended. Nothing of the demo is running any more."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the demo, and a `pulumi` that nothing starts."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").touch(0o755)
    return copy_demo(tmp_path)


def surroundings(folder: Path, **more: str) -> dict[str, str]:
    """A person's, at a machine that has no display."""
    kept = {name: text for name, text in os.environ.items() if name not in {"CI", "DISPLAY", "WAYLAND_DISPLAY"}}
    return {**kept, "PATH": f"{folder / 'bin'}{os.pathsep}{kept['PATH']}", **more}


@contextlib.contextmanager
def demo_on_terminal(folder: Path, **more: str) -> Iterator[Terminal]:
    with run_on_terminal(DEMO_WITHOUT_STEPS, folder, surroundings(folder, **more)) as terminal:
        yield terminal
        assert processes_of(folder) == []


def page_in(text: str) -> str:
    """Returns the one address that a text names."""
    [page] = {word for word in text.split() if word.startswith("http://")}
    return page


def test_emulator_runs_until_enter_is_pressed(folder: Path) -> None:
    with demo_on_terminal(folder) as terminal:
        begun = terminal.read_until("Go on yourself")
        said = terminal.read_until(WAITING)
        page = page_in(begun)
        assert f"\n  {page}\n" in said
        assert OFFER not in said
        assert requests.get(f"{page}_control/links", timeout=10).ok

        terminal.type("\n")
        assert ENDED in terminal.read_to_the_end()
        assert terminal.process.returncode == 0


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda terminal: terminal.type(CTRL_C), 0),
        (lambda terminal: terminal.process.terminate(), 128 + signal.SIGTERM),
        (lambda terminal: terminal.process.send_signal(signal.SIGQUIT), 128 + signal.SIGQUIT),
        (lambda terminal: terminal.close(), 128 + signal.SIGHUP),
    ],
    ids=["Ctrl-C", "SIGTERM", "SIGQUIT", "closed window"],
)
def test_demo_ends_when_somebody_leaves(folder: Path, end: Callable[[Terminal], None], code: int) -> None:
    with demo_on_terminal(folder) as terminal:
        terminal.read_until(WAITING)
        assert processes_of(folder) != []

        end(terminal)
        assert terminal.process.wait(SECONDS) == code


def test_page_is_opened_in_a_browser_when_somebody_agrees(folder: Path) -> None:
    browser, opened = folder / "bin" / "browser", folder / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    with demo_on_terminal(folder, BROWSER=str(browser)) as terminal:
        said = terminal.read_until(OFFER)
        terminal.type("y\n")
        terminal.read_until(WAITING)
        assert opened.read_text() == page_in(said) + "\n"

        terminal.type("\n")
        assert ENDED in terminal.read_to_the_end()


def test_page_is_named_when_no_browser_starts(folder: Path) -> None:
    with demo_on_terminal(folder, BROWSER="false") as terminal:
        terminal.read_until(OFFER)
        terminal.type("yes\n")
        assert "There is no browser that could be started from here. The page is http://" in terminal.read_until(
            WAITING
        )

        terminal.type(CTRL_D)
        assert ENDED in terminal.read_to_the_end()


@pytest.mark.parametrize("nothing_more", ["\n", CTRL_D], ids=["Enter", "end of input"])
def test_no_browser_starts_when_nobody_agrees(folder: Path, nothing_more: str) -> None:
    with demo_on_terminal(folder, BROWSER="touch started", DISPLAY=":0") as terminal:
        terminal.type("y\n")  # before anything is asked
        terminal.read_until(OFFER)
        terminal.type(nothing_more)
        if nothing_more == "\n":
            terminal.read_until(WAITING)
            terminal.type("\n")
        assert WAITING not in terminal.read_to_the_end()
        assert not (folder / "started").exists()


@pytest.mark.parametrize(
    ("redirect", "more"),
    [
        ("", {"CI": "true"}),
        ("import os; os.close(0)", {}),
        ("import os; os.dup2(os.open('output', os.O_CREAT | os.O_WRONLY), 1)", {}),
    ],
    ids=["CI", "no input", "output into a file"],
)
def test_demo_ends_by_itself_when_nobody_could_press_enter(folder: Path, redirect: str, more: dict[str, str]) -> None:
    with run_on_terminal(f"{redirect}\n{DEMO_WITHOUT_STEPS}", folder, surroundings(folder, **more)) as terminal:
        printed = terminal.read_to_the_end()
    if (folder / "output").exists():
        printed = (folder / "output").read_text()
    assert terminal.process.returncode == 0
    assert WAITING not in printed
    assert re.search(r"pulumi-userplane emulator --port \d+ .+ &\n", printed)
    assert processes_of(folder) == []
