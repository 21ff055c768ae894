"""What a program pays for the package before it declares anything."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

MOST = 0.25
"""Of the processor's time that `import pulumi` takes. A tenth was measured; seconds would test the machine."""
ROUNDS = 9


def seconds(package: str, bytecode: Path) -> float:
    """Returns how much of a processor a fresh process takes to import the package: others' work does not count."""
    code = f"import time; start = time.process_time(); import {package}; print(time.process_time() - start)"
    # A user's Python keeps what it compiled; this one may have been told not to.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = str(bytecode)
    return float(
        subprocess.run([sys.executable, "-c", code], env=environ, check=True, capture_output=True, timeout=60).stdout
    )


def test_the_import_costs_little_more_than_that_of_pulumi(tmp_path: Path) -> None:
    # In turns, so that a hot machine slows both down; the first round fills the caches of files and bytecode.
    rounds = [(seconds("pulumi", tmp_path), seconds("pulumi_userplane", tmp_path)) for _ in range(ROUNDS + 1)][1:]

    pulumi = statistics.median(pulumi for pulumi, _ in rounds)
    ours = statistics.median(ours for _, ours in rounds)

    assert ours < (1 + MOST) * pulumi


def test_the_import_loads_nothing_that_only_requests_need() -> None:
    heavy = {"requests", "pydantic", "typer", "fastapi", "uvicorn", "pulumi_userplane.api.client"}
    code = f"import sys, pulumi_userplane; print(*sorted({heavy!r} & set(sys.modules)))"

    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout

    assert loaded.split() == []
