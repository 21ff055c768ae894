"""What a program pays for the package before it declares anything."""

import statistics
import subprocess
import sys

MOST = 0.060
ROUNDS = 7


def seconds(package: str) -> float:
    """Returns how much of a processor a fresh process takes to import the package: others' work does not count."""
    code = f"import time; start = time.process_time(); import {package}; print(time.process_time() - start)"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60).stdout)


def test_the_import_costs_little_more_than_that_of_pulumi() -> None:
    # In turns, so that a hot machine slows both down; the first round fills the caches of files and bytecode.
    rounds = [(seconds("pulumi"), seconds("pulumi_userplane")) for _ in range(ROUNDS + 1)][1:]

    extra = statistics.median(ours for _, ours in rounds) - statistics.median(pulumi for pulumi, _ in rounds)

    assert extra < MOST


def test_the_import_loads_nothing_that_only_requests_need() -> None:
    heavy = {"requests", "pydantic", "typer", "fastapi", "uvicorn", "pulumi_userplane.api.client"}
    code = f"import sys, pulumi_userplane; print(*sorted({heavy!r} & set(sys.modules)))"

    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout

    assert loaded.split() == []
