"""Builds OpenTofu and the provider restapi from their Go modules, once; the last line on stdout is their folder."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.pulumi_cli import CACHE, CliError, Work, say

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = Path(__file__).parent / "opentofu"
CLI = "github.com/opentofu/opentofu"
PROVIDER = "github.com/Mastercard/terraform-provider-restapi"
_PROGRAMS = {
    # The provider has to be alone in its folder, under this name.
    "plugins/terraform-provider-restapi": ("provider", PROVIDER),
    "tofu": ("cli", f"{CLI}/cmd/tofu"),
}


def version(module: str) -> str:
    """Returns the version of one of the two modules that is built, without its `v`."""
    text = (SOURCES / ("cli" if module == CLI else "provider") / "go.mod").read_text("utf-8")
    [number] = re.findall(rf"^require {re.escape(module)} v([\d.]+)$", text, re.MULTILINE)
    return str(number)


def find(cache: Path = CACHE) -> Path:
    """Returns the folder with both programs, which are built if they aren't there yet.

    Raises:
        CliError: They can't be built here.
    """
    kept = cache / f"opentofu-{version(CLI)}-restapi-{version(PROVIDER)}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "opentofu-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all(os.access(kept / program, os.X_OK) for program in _PROGRAMS):
            with _scratch_folder(cache) as scratch:
                _build(Work(scratch, lock.fileno()))
                shutil.rmtree(kept, ignore_errors=True)
                (scratch / "result").rename(kept)
    return kept


@contextmanager
def _scratch_folder(cache: Path) -> Iterator[Path]:
    scratch = Path(tempfile.mkdtemp(prefix="building-opentofu-", dir=cache))
    (scratch / "result").mkdir()
    try:
        yield scratch
    finally:
        # Go writes its module cache without write permission.
        for folder, _, _ in os.walk(scratch):
            Path(folder).chmod(0o700)
        shutil.rmtree(scratch)


def _build(work: Work) -> None:
    if not shutil.which("go"):
        raise CliError("OpenTofu is built from source, which needs Go 1.25.11 or newer, and there is no `go` on PATH.")
    say("Building OpenTofu once from source: some minutes, 2 GB while it builds …")
    for program, (folder, package) in _PROGRAMS.items():
        module = SOURCES / folder
        build: list[str | Path] = [
            "go",
            "-C",
            module,
            "build",
            "-ldflags",
            "-s -w",
            "-o",
            work.result / program,
            package,
        ]
        work.run(build, f"building {program}", env=_go_environment(work.scratch))


def _go_environment(scratch: Path) -> dict[str, str]:
    """The user's own settings decide where modules come from; everything else is the build's own."""
    return {
        **os.environ,
        **{name: str(scratch / name.lower()) for name in ("GOMODCACHE", "GOCACHE", "GOPATH")},
        "GOFLAGS": "-mod=readonly -buildvcs=false -trimpath",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }


def main() -> None:
    """Prints the folder; exits with 1 and one sentence when there is none."""
    try:
        print(find())
    except CliError as error:
        sys.exit(f"opentofu_build: {error}")


if __name__ == "__main__":
    main()
