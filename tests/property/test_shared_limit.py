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


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "server",
    [{"counts_refused": True}, {"sends_retry_after": True}, {"latency": (0.2, 0.8)}, {"latency": (0.004, 0.01)}],
    ids=["refused requests count", "Retry-After", "slow", "quick"],
)
@pytest.mark.parametrize("machines", MOST_REFUSED)
def test_machines_share_the_limit_of_other_servers(
    machines: int, server: dict[str, Any], seed: int, tmp_path: Path
) -> None:
    outcome = share_limit(tmp_path, machines, seed, **server)
    assert outcome.failures == []
    assert outcome.refused <= MOST_REFUSED[machines]
    assert outcome.share <= LONGEST_TIME


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("latency", [(0.02, 0.2), (0.005, 0.01)], ids=["usual", "quick"])
def test_machine_gets_its_share_when_another_sends_in_bursts(
    latency: tuple[float, float], seed: int, tmp_path: Path
) -> None:
    drawn = random.Random(seed)
    server = Server(VirtualTime(), random=drawn, latency=latency)
    first = Machine(server, tmp_path / "first", operations=600)
    newcomer = Machine(server, tmp_path / "newcomer", starts_at=drawn.uniform(1, 120), operations=20)
    assert run_machines(server, [first, newcomer]).failures == []
    assert newcomer.ended_at < first.ended_at
    assert newcomer.ended_at - newcomer.starts_at < 420
    assert all(message.startswith("waiting ") for message in newcomer.messages)
    assert newcomer.messages != []


@pytest.mark.slow
def test_no_operation_fails_when_32_machines_share_the_limit(tmp_path: Path) -> None:
    server = Server(VirtualTime(), random=random.Random(1))
    outcome = run_machines(server, [Machine(server, tmp_path / str(n), n / 10, 20) for n in range(32)])
    assert outcome.failures == []
    assert outcome.share <= LONGEST_TIME
    assert outcome.refused < 0.25


def test_bounds_are_exceeded_when_machines_have_no_limit_of_their_own(tmp_path: Path) -> None:
    server = Server(VirtualTime(), random=random.Random(1))
    machines = [Machine(server, tmp_path / str(n), n / 10, 50, settings={"requests_per_minute": 0}) for n in range(4)]
    outcome = run_machines(server, machines)
    assert len(outcome.failures) > 0
    assert outcome.refused > MOST_REFUSED[4]
