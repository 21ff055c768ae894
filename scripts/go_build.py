"""Puts things into this project's cache, once: programs that are built from Go modules, and others."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.pulumi_cli import CliError, Work, notify

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    Programs = Mapping[str, tuple[Path, str]]


def find_or_build(kept: Path, programs: Programs, what: str, *, takes: str) -> Path:
    """Returns the folder that holds the programs, which are built if they aren't there yet.

    Args:
        kept: The folder.
        programs: Their paths in it; for each the folder of the module that pins it, and its package.
        what: What is built, in words.
        takes: How long that takes and how much of the disk, in words.

    Raises:
        CliError: They can't be built here.
    """

    def build(work: Work) -> None:
        if not shutil.which("go"):
            needed = f"Go {_go_version(programs)} or newer"
            raise CliError(f"{what} is built from source, which needs {needed}, and there is no `go` on PATH.")
        notify(f"Building {what} once from source: {takes} …")
        _build(work, programs)

    return find_or_make(kept, list(programs), build)


def find_or_make(kept: Path, contents: Collection[str], make: Callable[[Work], None]) -> Path:
    """Returns the folder that holds the contents, which are made if they aren't there yet.

    Args:
        kept: The folder.
        contents: Names of programs or folders in it.
        make: Puts them into `work.result`.
    """
    kept.parent.mkdir(parents=True, exist_ok=True)
    with (kept.parent / f"{kept.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all(os.access(kept / name, os.X_OK) for name in contents):
            with _scratch_folder(kept.parent) as scratch:
                make(Work(scratch, lock.fileno()))
                shutil.rmtree(kept, ignore_errors=True)
                (scratch / "result").rename(kept)
    return kept


def _go_version(programs: Programs) -> str:
    texts = [(module / "go.mod").read_text("utf-8") for module, _ in programs.values()]
    versions: list[str] = [found for text in texts for found in re.findall(r"^go ([\d.]+)$", text, re.MULTILINE)]
    return max(versions, key=lambda version: [int(number) for number in version.split(".")])


@contextmanager
def _scratch_folder(cache: Path) -> Iterator[Path]:
    scratch = Path(tempfile.mkdtemp(prefix="building-", dir=cache))
    (scratch / "result").mkdir()
    try:
        yield scratch
    finally:
        # Go writes its module cache without write permission.
        for folder, _, _ in os.walk(scratch):
            Path(folder).chmod(0o700)
        shutil.rmtree(scratch)


def _build(work: Work, programs: Programs) -> None:
    for program, (module, package) in programs.items():
        options: list[str | Path] = ["-ldflags", "-s -w", "-o", work.result / program]
        work.run(
            ["go", "-C", module, "build", *options, package], f"building {program}", env=_environment(work.scratch)
        )


def _environment(scratch: Path) -> dict[str, str]:
    """The user's own settings decide where modules come from; everything else is the build's own."""
    return {
        **os.environ,
        **{name: str(scratch / name.lower()) for name in ("GOMODCACHE", "GOCACHE", "GOPATH")},
        "GOFLAGS": "-mod=readonly -buildvcs=false -trimpath",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
