"""Several machines share one limit: no operation fails, little is refused, and hardly any of the limit is wasted.

The machines are real clients and real rate limits with a file each; only the time and the network are stand-ins.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.machines import Machine, Server, VirtualTime, run_machines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.machines import Outcome

REQUESTS = 400
"""Just over three windows."""

MOST_REFUSED = {2: 0.05, 4: 0.08, 8: 0.12}
LONGEST_TIME = 1.2
"""In units of requests ÷ limit."""

SEEDS = 12


def share_limit(folder: Path, machines: int, seed: int, *, skew: float = 2.0, **server: Any) -> Outcome:
    """Lets machines begin within some seconds, with clocks up to 15 minutes off."""
    drawn = random.Random(seed)
    service = Server(VirtualTime(), random=drawn, **server)
    operations = REQUESTS // machines // 2
    return run_machines(
        service,
        [
            Machine(service, folder / f"{seed}-{n}", drawn.uniform(0, skew), operations, drawn.uniform(-900, 900))
            for n in range(machines)
        ],
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("machines", MOST_REFUSED)
def test_machines_share_the_limit(machines: int, seed: int, tmp_path: Path) -> None:
    outcome = share_limit(tmp_path, machines, seed)
    assert outcome.failures == []
    assert outcome.refused <= MOST_REFUSED[machines]
    assert outcome.share <= LONGEST_TIME
    assert outcome.longest < 180


@pytest.mark.parametrize("machines", MOST_REFUSED)
def test_machines_share_the_limit_when_fast(machines: int, tmp_path: Path) -> None:
    test_machines_share_the_limit(machines, SEEDS, tmp_path)
