"""What the demo plays on: the emulator and the CLI as processes, and how the terminal shows them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import psutil
import requests
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).absolute().parent.parent
FOLDER = ROOT / ".demo"
WORKSPACE = "ws_demo"
KEY = "uspl_demo"
SECONDS_TO_START = 30
SECONDS_TO_STOP = 30
COLORS = re.compile(r"\x1b\[[\d;]*m")
MAX_PRINTED = 120

console = Console(highlight=False, soft_wrap=True)


class DemoError(Exception):
    """A step did not do what it says, or can't run here."""


class Demo:
    """The emulator on its port, and the CLI that talks to it."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.page = f"{self.address}/"
        self.emulator_command = [
            "pulumi-userplane",
            "emulator",
            "--port",
            str(port),
            "--data",
            ".demo/userplane.sqlite",
        ]
        self.settings = {
            "PULUMI_BACKEND_URL": f"file://{FOLDER}/state",
            "PULUMI_HOME": f"{FOLDER}/pulumi",
            "PULUMI_CONFIG_PASSPHRASE": "demo",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "USERPLANE_BASE_URL": f"{self.address}/api/v1",
            "USERPLANE_WORKSPACE_ID": WORKSPACE,
            "USERPLANE_API_KEY": KEY,
            "USERPLANE_REQUESTS_PER_MINUTE": "0",
            "USERPLANE_REQUESTS_PER_DAY": "0",
        }
        self._env = {**os.environ, **self.settings}
        self._http = requests.Session()
        self._http.trust_env = False
        self._earlier_requests = 0

    @contextlib.contextmanager
    def emulator(self) -> Iterator[None]:
        """Runs the emulator until the block ends."""
        log = FOLDER / "emulator.log"
        with log.open("w") as output, _process(self.emulator_command, self._env, output) as process:
            end = time.monotonic() + SECONDS_TO_START
            while not self._is_ready():
                if process.poll() is not None or time.monotonic() > end:
                    raise DemoError(f"the emulator did not start: {log.read_text().strip()}")
                time.sleep(0.1)
            yield
            process.terminate()

    def run(self, line: str) -> str:
        """Shows a command, runs it, shows and returns what it prints."""
        print_command(line)
        output = []
        blank = False
        with _process([*shlex.split(line), *_quiet_options(line)], self._env, subprocess.PIPE) as process:
            assert process.stdout
            for text in process.stdout:
                output.append(text)
                if text.strip():
                    print_output(f"\n  {text.rstrip()}" if blank else text.rstrip())
                blank = not text.strip()
        if process.returncode:
            raise DemoError(f"`{line}` ended with exit code {process.returncode}")
        return COLORS.sub("", "".join(output))

    def curl(self, method: str, path: str, body: object = None) -> requests.Response:
        """Sends one request; prints the same request for curl, and the response."""
        data = f" \\\n    -H 'Content-Type: application/json' -d '{json.dumps(body)}'" if body else ""
        key = f" \\\n    -H 'Authorization: Bearer {KEY}'" if path.startswith("/api/") else ""
        print_command(f"curl -X {method} {self.address}{path}{key}{data}")
        headers = {"Authorization": f"Bearer {KEY}"}
        response = self._http.request(method, self.address + path, json=body, headers=headers, timeout=10)
        text = json.dumps(response.json())
        print_output(f"HTTP {response.status_code}  {text if len(text) <= MAX_PRINTED else text[:MAX_PRINTED] + ' …'}")
        return response

    def link(self, title: str | None) -> dict[str, Any]:
        """The one live link with this title, as it is in the emulator's database."""
        found = [link for link in self.live_links() if link["linkTitle"] == title]
        require(len(found) == 1, f"the emulator has {len(found)} links with the title {title!r}, not one")
        return found[0]

    def live_links(self) -> list[dict[str, Any]]:
        """The links that are not deleted."""
        return [link for link in self._control("GET", "links").json() if link["live"]]

    def begin_step(self) -> None:
        """Remembers how long the request log is: what comes after that belongs to the step."""
        self._earlier_requests = len(self._control("GET", "requests").json())

    def check_writes(self, *expected: tuple[str, str, object]) -> None:
        """Holds what was sent to change something since the step began against what should have been."""
        log = self._control("GET", "requests").json()[self._earlier_requests :]
        sent = [
            (entry["method"], entry["path"].rpartition("/")[2], entry["body"])
            for entry in log
            if entry["method"] != "GET"
        ]
        require(sent == list(expected), f"this step has sent {sent}")
        if not sent:
            print_proof("this step has sent no POST, PUT or DELETE.")
        for method, link, body in sent:
            print_proof(f"all that was changed: {method} …/links/{link}  {json.dumps(body)}")

    def _is_ready(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return self._control("GET", "links").ok
        return False

    def _control(self, method: str, what: str) -> requests.Response:
        response = self._http.request(method, f"{self.address}/_control/{what}", timeout=10)
        response.raise_for_status()
        return response


@contextlib.contextmanager
def _process(command: Sequence[str], env: dict[str, str], output: IO[str] | int) -> Iterator[subprocess.Popen[str]]:
    """Runs a program in a session of its own, so that this script alone decides how it and its children end."""
    process: subprocess.Popen[str] | None = None
    try:
        with _block_signals():
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        yield process
        process.wait(SECONDS_TO_STOP)
    except BaseException:
        if process:
            # Pulumi ends in good order: it waits for what is in flight and gives its lock back.
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=SECONDS_TO_STOP)
        raise
    finally:
        if process:
            process.kill()
            process.wait()
            _end_session(process.pid)


@contextlib.contextmanager
def _block_signals() -> Iterator[None]:
    """Holds an interruption back until the block is over: a process that nobody knows yet would go on by itself."""
    held_back: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _frame: held_back.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for interruption in held_back:
            signal.raise_signal(interruption)


def _end_session(session: int) -> None:
    """Ends all processes of a session. Pulumi starts each plugin in a process group of its own."""
    left = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == session:
                process.kill()
                left.append(process)
    psutil.wait_procs(left, timeout=1)


def _quiet_options(line: str) -> list[str]:
    """What a person at a terminal needn't type: options that only spare the eye."""
    color = "always" if console.is_terminal and not console.no_color else "never"
    options = ["--non-interactive", f"--color={color}"]
    if re.match("pulumi (up|preview|refresh) ", line):
        options += ["--suppress-progress", "--suppress-permalink=true"]
    return options


def print_heading(number: int, text: str) -> None:
    """Begins a step."""
    console.print()
    console.rule(f"[bold]{number}[/]  {text.rstrip('.')}", align="left", style="dim")


def print_remark(text: str) -> None:
    """Says what to look at."""
    console.print(f"\n[cyan]{text}[/]")


def print_command(line: str) -> None:
    """Shows a command as a person would type it."""
    console.print(f"\n$ {line}", style="bold", markup=False)


def print_output(text: str) -> None:
    """Shows output, or a line to copy, as it is."""
    print(f"  {text}".rstrip(), flush=True)


def require(holds: object, otherwise: str) -> None:
    """Stops the demo when a step's claim does not hold."""
    if not holds:
        raise DemoError(otherwise)


def print_proof(text: str) -> None:
    """Says what has just been checked."""
    console.print(f"\n[green]✓[/] Checked: {text}")
