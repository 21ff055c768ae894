"""Finds a Pulumi CLI for this project, or gets one; the last line on stdout is its folder."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

OLDEST = (3, 254)
PYTHON_PARTS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")
PARTS = (*PYTHON_PARTS, "pulumi-language-yaml")
CACHE = Path.home() / ".cache" / "pulumi-userplane"
SOURCES = Path(__file__).parent / "pulumi-cli"
INSTALLER = "https://get.pulumi.com/install.sh"
DISK_TO_BUILD = 5 * 10**9
SECONDS_TO_CONNECT = 10
SECONDS_TO_DOWNLOAD = 600
SECONDS_BETWEEN_LINES = 15


@dataclass(frozen=True)
class Release:
    """A version that can be got: its number, and the folder in `pulumi-cli` that pins its modules."""

    version: str
    module: str

    @property
    def folder(self) -> Path:
        """Where it is once it is got."""
        return CACHE / f"pulumi-v{self.version}"


NEWEST = Release("3.276.0", "engine")
"""The newest that builds from its Go modules."""

FLOOR = Release("3.254.0", "floor")
"""The oldest that import files work with."""


class CliError(Exception):
    """There is no CLI to be had; the text says why and what to do."""


def notify(text: str) -> None:
    """Talks to the person; stdout belongs to the folder's name."""
    print(text, file=sys.stderr, flush=True)


def find(named: str | None, parts: Sequence[str] = PARTS) -> Path:
    """The folder of a usable CLI: the named one, else the one on PATH, else the one in the cache, got if need be."""
    found = _check_named(Path(named).expanduser(), parts) if named else _find_on_path(parts)
    return found or find_or_get(NEWEST, parts)


def find_or_get(release: Release, parts: Sequence[str] = PARTS) -> Path:
    """The folder in the cache with this very version, got if need be."""
    kept = release.folder
    # Another clone may be getting another version: what is there already waits for nobody.
    usable = not find_problem(kept, parts)
    with _run_alone(wait=not usable) as lock:
        if lock is not None:
            for left_by_a_killed_run in CACHE.glob("getting-*"):
                _remove(left_by_a_killed_run)
            if find_problem(kept, parts):
                with _scratch_folder() as scratch:
                    _get(Work(scratch, lock), release)
    return kept


def find_problem(folder: Path, parts: Sequence[str] = PARTS) -> str | None:
    """What keeps the CLI in this folder from being used; None when nothing does."""
    missing = [part for part in parts if not os.access(folder / part, os.X_OK)]
    if missing:
        return f"there is no {missing[0]} that can be run"
    # Without a home it leaves no log in ~/.pulumi.
    env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_HOME": os.devnull}
    try:
        answer = subprocess.check_output([folder / "pulumi", "version"], env=env, text=True, timeout=60).strip()
    except (OSError, subprocess.SubprocessError) as error:
        return f"`pulumi version` does not run ({error})"
    version = re.match(r"v?(\d+)\.(\d+)", answer)
    if not version or (int(version[1]), int(version[2])) < OLDEST:
        return f"it is {answer or 'of no known version'}; {OLDEST[0]}.{OLDEST[1]} or newer is needed"
    return None


def _check_named(path: Path, parts: Sequence[str]) -> Path:
    folder = (path if path.is_dir() else path.parent).absolute()
    problem = find_problem(folder, parts)
    if problem:
        raise CliError(f"the Pulumi CLI in {folder} can't be used: {problem}. Name another one, or none at all.")
    return folder


def _find_on_path(parts: Sequence[str]) -> Path | None:
    if not (found := shutil.which("pulumi")):
        return None
    # A package manager may link `pulumi` alone into a common folder, with the plugins next to the real file.
    for folder in dict.fromkeys((Path(found).absolute().parent, Path(found).resolve().parent)):
        problem = find_problem(folder, parts)
        if not problem:
            return folder
    notify(f"The Pulumi CLI on PATH ({found}) is not used: {problem}.")
    return None


@contextlib.contextmanager
def _run_alone(*, wait: bool) -> Iterator[int | None]:
    """Holds the cache for this run; None where another run holds it and there is no need to wait.

    Children inherit the lock: what an interrupted run left running still counts as a run.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        held = _try_lock(lock)
        if wait and not held:
            notify("Another run is getting the Pulumi CLI. Waiting for it …")
            clock = Clock()
            while not (held := _try_lock(lock, SECONDS_BETWEEN_LINES)):
                notify(f"  {clock}  waiting …")
        yield lock.fileno() if held else None


def _try_lock(file: IO[str], seconds: float = 0) -> bool:
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.2)


@contextlib.contextmanager
def _scratch_folder() -> Iterator[Path]:
    """A folder next to the final one, so that one rename puts the CLI in place."""
    scratch = Path(tempfile.mkdtemp(prefix="getting-", dir=CACHE))
    for name in ("home", "tmp", "result"):
        (scratch / name).mkdir()
    try:
        yield scratch
    finally:
        _remove(scratch)


def _remove(folder: Path) -> None:
    # Go writes its module cache without write permission.
    for parent, _, _ in os.walk(folder):
        Path(parent).chmod(0o700)
    # What a dying child still holds goes with the next run.
    shutil.rmtree(folder, ignore_errors=True)


class Clock:
    """The time since it was made, in minutes and seconds."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __str__(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        return f"{minutes}:{seconds:02}"


class Work:
    """One attempt to get the CLI: its folders, the lock that its children share, its clock."""

    def __init__(self, scratch: Path, lock: int) -> None:
        self.scratch = scratch
        self.result = scratch / "result"
        self.lock = lock
        self.clock = Clock()

    def run(self, command: Sequence[str | Path], doing: str, *, env: dict[str, str], limit: float = math.inf) -> str:
        """Runs a slow command, with a line now and then; returns its output. Nothing of it survives this call."""
        log = self.scratch / "log"
        end = time.monotonic() + limit
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.scratch,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[self.lock],
            )
            try:
                while not self._has_ended(process):
                    notify(f"  {self.clock}  {doing}{self._step(log)} …")
                    if time.monotonic() > end:
                        raise CliError(f"{doing} took longer than {limit / 60:.0f} minutes")
            finally:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        text = log.read_text(errors="replace").strip()
        if process.returncode:
            last_line = text.rpartition("\n")[2] or f"exit code {process.returncode}"
            raise CliError(f"{doing} failed after {self.clock}: {last_line}")
        return text

    @staticmethod
    def _has_ended(process: subprocess.Popen[bytes]) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=SECONDS_BETWEEN_LINES)
        return process.returncode is not None

    @staticmethod
    def _step(log: Path) -> str:
        """Where the command says it is: `step 1 of 3: downloading` is the last such line of its output."""
        steps = re.findall(r"^step (.+)$", log.read_text(errors="replace"), re.MULTILINE)
        return f", {steps[-1]}" if steps else ""


def _get(work: Work, release: Release) -> None:
    if not _download(work, release):
        _build(work, release)
    problem = find_problem(work.result)
    if problem:
        raise CliError(f"the Pulumi CLI that was got can't be used: {problem}. Name one with PULUMI=/path/to/pulumi.")
    kept = release.folder
    if kept.exists():
        kept.rename(work.scratch / "unusable")
    work.result.rename(kept)
    notify(f"The Pulumi CLI is in {kept} (after {work.clock}).")


def _download(work: Work, release: Release) -> bool:
    """Tries the official download, through the SDK's own installer; False where it can't be had."""
    usable = "usable Pulumi CLI" if release is NEWEST else f"Pulumi CLI {release.version}"
    notify(f"There is no {usable} here yet. Getting {release.version} once, into {CACHE} …")
    if not _can_download():
        return False
    notify("Downloading it …")
    home = work.scratch / "home"
    # The installer's curl has no time-outs of its own.
    (home / ".curlrc").write_text(f"connect-timeout = {SECONDS_TO_CONNECT}\nspeed-limit = 1000\nspeed-time = 30\n")
    program = (
        "import sys; from pulumi.automation import PulumiCommand; from semver import VersionInfo;"
        " PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))"
    )
    # It would write to the shell's profile and to ~/.pulumi: here it has a home of its own.
    env = {**os.environ, "HOME": str(home), "PULUMI_HOME": str(home / ".pulumi"), "TMPDIR": str(work.scratch / "tmp")}
    try:
        install = [sys.executable, "-c", program, str(work.scratch / "download"), release.version]
        work.run(install, "downloading", env=env, limit=SECONDS_TO_DOWNLOAD)
        for part in PARTS:
            (work.scratch / "download" / "bin" / part).rename(work.result / part)
    except (CliError, OSError) as error:
        notify(f"The download did not work: {error}.")
        return False
    return True


def _can_download() -> bool:
    # In a process of its own, since nothing else bounds the time that looking up a host's name may take.
    program = f"import urllib.request; urllib.request.urlopen({INSTALLER!r}, timeout={SECONDS_TO_CONNECT}).close()"
    probe = [sys.executable, "-c", program]
    try:
        return subprocess.run(probe, capture_output=True, timeout=SECONDS_TO_CONNECT + 1, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _build(work: Work, release: Release) -> None:
    """Builds it from Go modules, with Go caches that are thrown away afterwards."""
    env = _go_environment(work)
    _check_machine(work, env)
    _keep_parts(work, release)
    notify("Its download can't be reached. Building it from source instead, with 3 GB of disk while it builds.")
    notify(
        "That takes 5 minutes on two quiet cores, 10 or more on busy ones. Every 15 seconds a line says how far it is …"
    )
    try:
        work.run([SOURCES / "build.sh", release.version, release.module, work.result], "building", env=env)
    except CliError as error:
        raise CliError(f"{error}. Run it again, or name a Pulumi CLI with PULUMI=/path/to/pulumi.") from None


def _keep_parts(work: Work, release: Release) -> None:
    """Takes over what an older clone of this project has got; only what is new here has to be built."""
    if not find_problem(release.folder, PYTHON_PARTS):
        for part in PYTHON_PARTS:
            shutil.copy2(release.folder / part, work.result)


def _go_environment(work: Work) -> dict[str, str]:
    """The user's own settings decide where modules come from; everything else is the build's own."""
    caches = {name: str(work.scratch / name.lower()) for name in ("GOMODCACHE", "GOCACHE", "GOPATH")}
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return {
        # Go counts its own use in a file of the user's config folder; its settings stay where they are.
        **({"GOENV": str(settings / "go" / "env")} if sys.platform == "linux" else {}),
        **os.environ,
        **caches,
        "XDG_CONFIG_HOME": str(work.scratch / "home"),
        "GOTMPDIR": str(work.scratch / "tmp"),
        "GOFLAGS": "-mod=readonly -buildvcs=false -trimpath",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }


def _check_machine(work: Work, env: dict[str, str]) -> None:
    # The YAML host of every release is the newest's.
    wanted = re.findall(r"^go ([\d.]+)", (SOURCES / NEWEST.module / "go.mod").read_text(), re.MULTILINE)[0]
    missing = []
    go = work.run(["go", "env", "GOVERSION"], "asking Go for its version", env=env) if shutil.which("go") else "none"
    if _parse_version(go) < _parse_version(wanted):
        missing.append(f"Go {wanted} or newer (on PATH: {go})")
    free = shutil.disk_usage(work.scratch).free
    if free < DISK_TO_BUILD:
        missing.append(f"5 GB of free disk in {CACHE} (there are {free / 10**9:.1f})")
    if missing:
        raise CliError(
            "no Pulumi CLI found, its download can't be reached, and building it from source needs "
            f"{' and '.join(missing)}; or name a CLI with PULUMI=/path/to/pulumi."
        )


def _parse_version(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _stop(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def main() -> None:
    """Prints the folder; exits with 1 and one sentence when there is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pulumi", metavar="PATH", help="a Pulumi CLI, or its folder, to use instead of looking for one"
    )
    parser.add_argument("--python", action="store_true", help="one that runs nothing but Python programs will do")
    parser.add_argument("--floor", action="store_true", help=f"{FLOOR.version} from the cache, whatever else there is")
    arguments = parser.parse_args()
    named = arguments.pulumi or os.environ.get("PULUMI")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        parts = PYTHON_PARTS if arguments.python else PARTS
        print(find_or_get(FLOOR, parts) if arguments.floor else find(named, parts))
    except CliError as error:
        sys.exit(f"pulumi_cli: {error}")
    except KeyboardInterrupt:
        sys.exit("pulumi_cli: interrupted; what this run had begun is removed now, or by the next run.")


if __name__ == "__main__":
    main()
