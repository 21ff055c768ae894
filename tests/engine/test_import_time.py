"""The import of the package costs a program little."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

MOST = 0.25
"""A share of the processor time of `import pulumi`. A tenth was measured; seconds would test the machine."""
ROUNDS = 9


def seconds(bytecode: Path) -> tuple[float, float]:
    """Returns the processor time that a new process needs to import Pulumi, and Pulumi with this package.

    Others' work does not count, and what slows the process down slows both of the imports.
    """
    now = "time.process_time()"
    code = f"import time; a = {now}; import pulumi; b = {now}; import pulumi_userplane; print(b - a, {now} - a)"
    # A user's Python keeps what it compiled; this one may have been told not to.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = str(bytecode)
    done = subprocess.run([sys.executable, "-c", code], env=environ, check=True, capture_output=True, timeout=60)
    pulumi, both = map(float, done.stdout.split())
    return pulumi, both


def test_import_takes_little_longer_than_import_of_pulumi(tmp_path: Path) -> None:
    # The first round fills the caches of files and bytecode.
    rounds = [seconds(tmp_path) for _ in range(ROUNDS + 1)][1:]

    assert statistics.median(both / pulumi for pulumi, both in rounds) < 1 + MOST


def test_import_loads_nothing_that_only_requests_need() -> None:
    heavy = {"requests", "pydantic", "typer", "fastapi", "uvicorn", "pulumi_userplane.api.client"}
    heavy |= {"pulumi_userplane.api.shared_file", "pulumi_userplane.api.limit_store", "redis", "pyrate_limiter"}
    code = f"import sys, pulumi_userplane; print(*sorted({heavy!r} & set(sys.modules)))"

    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout

    assert loaded.split() == []
