"""Benchmark runs of the bare requests against a real server."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import runner
from benchmarks.bare_requests_run import BareRequests
from benchmarks.comparison.peer import links
from benchmarks.plan import BenchRun, Case, Where
from benchmarks.runner import BenchRunner, changed
from benchmarks.watch import watch
from pulumi_userplane.emulator import Emulator


@pytest.mark.slow
def test_run_sends_the_requests_of_each_step(tmp_path: Path) -> None:
    bench_run = BenchRun(case=Case(name="bare", links=25))
    bench_result = runner.run(bench_run, tmp_path)
    assert {step: run.by_method for step, run in bench_result.runs.items()} == {
        "create": {"POST": 25, "PUT": 25},
        "preview": {},
        "up": {},
        "refresh": {"GET": 2},
        "up --refresh": {"GET": 2},
        "change": {"PUT": 3},
        "destroy": {"DELETE": 25},
    }
    assert all(run.code == 0 and run.seconds > 0 and run.cpu > 0 for run in bench_result.runs.values())
    assert all(2**23 < run.largest <= run.whole < 2**30 for run in bench_result.runs.values())
    assert (bench_result.bench_run, bench_result.state) == (bench_run, None)


@pytest.mark.slow
def test_run_sets_the_latency_at_the_server(tmp_path: Path) -> None:
    bench_run = BenchRun(case=Case(name="bare", links=4, latency=300), steps=("create",))
    assert runner.run(bench_run, tmp_path).runs["create"].seconds > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("where", ["together", "scattered"])
def test_run_adds_background_links_before_it_measures(tmp_path: Path, where: Where) -> None:
    case = Case(name="bare", links=20, latency=1, limited=True, background_links=60, where=where)
    with Emulator(rate_limit=120) as userplane:
        userplane.fault(latency=0.001, times=None)
        environ = userplane.environ()
        bare = BareRequests(tmp_path, environ)
        runs = BenchRunner(BenchRun(case=case, steps=("create", "refresh"), prepared=True), userplane, bare).run()
        assert set(runs) == {"refresh"}
        assert bare.env["USERPLANE_API_KEY"] == environ["USERPLANE_API_KEY"]
        assert "PULUMI_SKIP_CHECKPOINTS" not in bare.env
        assert userplane.behaviours.rate_limit == 120
        assert [fault.latency for fault in userplane.faults] == [0.001]
        order = [link["linkTitle"] is not None for link in sorted(userplane.links, key=lambda link: link["createdAt"])]
    assert len(order) == 60
    firsts = [index for index, ours in enumerate(order) if ours]
    if where == "together":
        assert firsts == list(range(40, 60))
    else:
        assert firsts[-1] - firsts[0] > 30


@pytest.mark.slow
def test_run_adds_no_links_when_there_are_no_background_links(tmp_path: Path) -> None:
    with Emulator() as userplane:
        # What makes no links, as the baseline: there is nothing to put others around.
        bench_run = BenchRun(case=Case(name="bare", links=3), steps=("preview", "up"), prepared=True)
        assert set(BenchRunner(bench_run, userplane, BareRequests(tmp_path, userplane.environ())).run()) == {"up"}
        assert userplane.links == []


@pytest.mark.slow
def test_run_stops_and_says_why_when_a_step_fails(tmp_path: Path) -> None:
    with Emulator() as userplane:
        bare = BareRequests(tmp_path, {**userplane.environ(), "USERPLANE_API_KEY": "uspl_other"})
        runs = BenchRunner(BenchRun(case=Case(name="bare", links=2)), userplane, bare).run()
        assert [(step, run.code, run.error) for step, run in runs.items()] == [
            ("create", 1, "HTTPError: 401 Client Error")
        ]
        prepared = BenchRunner(BenchRun(case=Case(name="bare", links=2), prepared=True), userplane, bare)
        with pytest.raises(RuntimeError, match=r"^bare n=2 0ms: the links were not made: Traceback"):
            prepared.run()


@pytest.mark.slow
def test_run_counts_refused_requests(tmp_path: Path) -> None:
    with Emulator(rate_limit=5) as userplane:
        bare = BareRequests(tmp_path, userplane.environ())
        bench_run = BenchRun(case=Case(name="bare", links=10), steps=("create",))
        run = BenchRunner(bench_run, userplane, bare).run()["create"]
    assert run.refused > 0
    assert run.error == "HTTPError: 429 Client Error"


@pytest.mark.slow
def test_run_ends_a_step_that_takes_too_long(tmp_path: Path) -> None:
    with Emulator() as userplane:
        userplane.fault(latency=60.0, times=None)
        bench_run = BenchRun(case=Case(name="bare", links=1), steps=("create",), limit=1.5)
        run = BenchRunner(bench_run, userplane, BareRequests(tmp_path, userplane.environ())).run()["create"]
    assert (run.code, run.error) == (None, "more than 2 s")
    assert 1.5 <= run.seconds < 20


@pytest.mark.slow
def test_usage_includes_all_processes() -> None:
    child = "b = bytearray(2**26); import time; time.sleep(1)"
    program = f"import subprocess, sys; b = bytearray(2**25); subprocess.run([sys.executable, '-c', {child!r}])"
    begin = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        watched = watch(process, begin, 30.0)
    assert watched.code == 0
    assert 2**26 < watched.largest < 2**27
    assert watched.whole > watched.largest + 2**25
    assert watched.cpu > 0


def test_changed_changes_every_tenth_title() -> None:
    before = links(21)
    after = changed(before)
    assert [name for name in before if before[name] != after[name]] == ["link-0000", "link-0010", "link-0020"]
    assert after["link-0010"] == {**before["link-0010"], "link_title": "Help 10, changed"}


def test_without_traces_removes_stack_traces_from_a_state() -> None:
    state = '{"a":1,"sourcePosition":"project:///x.py#1","stackTrace":[{"sourcePosition":"x"},{}]}'
    assert runner.without_traces(state) == '{"a":1}'
    assert runner.without_traces('{"a":[1]}') == '{"a":[1]}'
