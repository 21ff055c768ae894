"""docs/benchmarks.md and its plots follow from the kept results alone."""

import re
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from benchmarks import page
from benchmarks.__main__ import ROOT
from benchmarks.goals import Goal, goals
from benchmarks.plot import Panel, svg
from benchmarks.results import BenchResult, Results, StepResult, load
from tests.unit.benchmarks.bench_results import bench_result, results, run

if TYPE_CHECKING:
    from benchmarks.plan import Name, Step

AGAIN = "run `python -m benchmarks --page`"


def test_page_matches_the_kept_results() -> None:
    kept = load(ROOT / page.LATEST / "results.json")
    assert kept.bench_results
    assert page.text(kept) == (ROOT / page.PAGE).read_text("utf-8"), AGAIN
    for name, drawing in page.plots(kept).items():
        assert drawing == (ROOT / page.LATEST / name).read_text("utf-8"), AGAIN


def test_page_shows_every_plot() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(\.\./benchmarks/latest/([^)]+)\)", page.text(Results()))
    assert sorted(shown) == sorted(page.plots(Results()))


def rows(text: str, first: str) -> list[list[str]]:
    """The table below a heading, without its head."""
    table = text.partition(f"\n## {first}\n")[2].partition("\n## ")[0]
    return [line[2:-2].split(" | ") for line in table.splitlines() if line.startswith("| ")][2:]


def test_requests_show_the_shortest_time_at_the_rate_limit() -> None:
    bench_runs = [
        bench_result("ours", 100, {"refresh": run(requests=7)}),
        bench_result("tofu", 100, {"refresh": run(requests=400)}),
    ]
    [row] = rows(page.text(results(*bench_runs)), "Requests")
    assert row == ["100", "refresh", "7", "-", "-", "400 (3.3 min)", "-", "yes"]


@pytest.mark.parametrize(
    ("ours", "baseline", "naive", "tofu", "expected"),
    [
        (2.0, 1.0, 3.0, 4.0, "yes"),
        (2.0, 1.0, 1.5, 4.0, "no: naive provider, by 0.5 s"),
        (2.0, 1.0, 2.05, 4.0, "level with naive provider"),
        (2.0, 1.5, 3.0, 0.5, "no: the engine alone takes longer than OpenTofu"),
    ],
)
def test_time_row_says_why_when_ours_is_not_ahead(
    ours: float, baseline: float, naive: float, tofu: float, expected: str
) -> None:
    times: dict[Name, float] = {"ours": ours, "baseline": baseline, "naive": naive, "tofu": tofu}
    [row] = rows(
        page.text(results(*(bench_result(name, 10, {"up": run(seconds)}) for name, seconds in times.items()))),
        "Wall time, no latency",
    )
    assert row[2:4] == ["1", f"{ours:.2f}"]
    assert row[-2:] == [f"{ours / baseline:.2f}", expected]


def test_page_shows_the_error_when_a_step_failed() -> None:
    bench_runs = [
        bench_result("ours", 330, {"create": run()}),
        bench_result("naive", 330, {"create": run(code=1, error="RecursionError")}),
        bench_result(
            "naive", 100, {"create": run(code=1, refused=80, requests=200, error="HTTPError: 429")}, limited=True
        ),
    ]
    text = page.text(results(*bench_runs))
    assert rows(text, "Wall time, no latency")[0][5] == "RecursionError"
    assert rows(text, "Memory")[0][3] == "RecursionError"
    last = rows(text, "With the rate limit, in larger workspaces, and at 5,000 links")[0]
    assert last == ["naive provider, 100 links, 120 requests a minute", "create", "200", "80", "HTTPError: 429"]


def test_growth_row_has_three_figures() -> None:
    each: dict[Name, float] = {"ours": 0.02, "baseline": 0.01}
    bench_runs = [
        bench_result(name, n, {"up": run(seconds * n)}) for name, seconds in each.items() for n in (100, 1000)
    ]
    [row] = rows(page.text(results(*bench_runs)), "Growth")
    assert row == ["up", "1.00 / 1.00 / 1.00", "1.00 / 1.00 / 1.00", "0.00 / 0.00 / within noise"]


def everything(slower: float) -> list[BenchResult]:
    """Laps that reach all goals where `slower` is 1."""
    each: dict[Name, float] = {"baseline": 1.0, "ours": 1.1 * slower, "bare": 0.5}
    bench_runs = []
    for links in (100, 300, 1000):
        for name, times in each.items():
            runs: dict[Step, StepResult] = {
                step: run(
                    times * links,
                    requests=int(50 * slower)
                    if step == "refresh"
                    else int(slower) - 1
                    if step in {"preview", "up"}
                    else 99,
                    cpu=(links / 100 + (name == "ours") * links**slower) * 1.0,
                    whole=int(1000 * (links / 100 + (name == "ours") * links**slower)),
                    largest=int(1000 * times),
                )
                for step in ("create", "preview", "up", "refresh", "destroy")
            }
            bench_runs.append(bench_result(name, links, runs))
    bench_runs.append(
        bench_result("ours", 1000, {"create": run(1100.0 * slower), "refresh": run(1002.0 * slower)}, latency=100)
    )
    bench_runs.append(bench_result("bare", 1000, {"create": run(700.0)}, latency=100))
    very_many = run(9.0, code=int(slower) - 1)
    bench_runs.append(bench_result("ours", 5000, {"preview": very_many}, prepared=True))
    limited = run(330.0 * slower + 300.0 * slower, requests=600, refused=int(slower) - 1)
    bench_runs.append(bench_result("ours", 300, {"create": limited}, limited=True))
    for links, background_links, where, asked in (
        (10, 10_000, "scattered", 20),
        (1000, 5000, "together", 110),
        (1000, 5000, "scattered", 350),
    ):
        bench_runs.append(
            bench_result(
                "ours",
                links,
                {"refresh": run(requests=int(asked * slower))},
                background_links=background_links,
                where=where,
            )
        )
    return bench_runs


def test_goal_is_reached_or_missed() -> None:
    reached = goals(results(*everything(1.0), serialising=0.4))
    missed = goals(results(*everything(2.0), serialising=0.6))
    assert [goal.what for goal in reached] == [goal.what for goal in missed]
    assert len(reached) == 22
    assert [goal.what for goal in reached if not goal.is_reached] == []
    assert [goal.what for goal in missed if goal.is_reached] == [
        "bytes of state a link, without the SDK's stack traces"
    ]


def test_goal_stands_out_when_missed() -> None:
    assert Goal("speed", 1.15, 1.2).cells() == ("speed", "1.15", "1.20", "**no**")
    assert Goal("requests", 1000, 1000, 0).cells() == ("requests", "1,000", "1,000", "yes")


def test_goals_are_empty_when_nothing_was_measured() -> None:
    assert goals(Results()) == []


def test_plot_has_a_point_for_each_value() -> None:
    panels = [
        Panel("time <s>", "s", {"ours": {10: 1.0, 100: 8.0, 1000: 90.0}, "baseline": {10: 0.0, 100: 7.0}}),
        Panel("empty", "", {}),
        Panel("one", "", {"bare": {10: 5.0}}),
    ]
    root = ET.fromstring(svg(panels, {"ours": "ours", "baseline": "baseline", "naive": "naive", "bare": "bare"}))
    points = [circle for circle in root.iter("{http://www.w3.org/2000/svg}circle") if circle.get("r") == "3"]
    assert len(points) == 5
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "time <s>" in words
    assert "bare" in words
    assert "naive" not in words, "what has no point has no place in the legend"
    [line] = [
        polyline
        for polyline in root.iter("{http://www.w3.org/2000/svg}polyline")
        if len(polyline.get("points", "").split()) == 3
    ]
    places = [tuple(map(float, point.split(","))) for point in line.get("points", "").split()]
    assert all(x < next_x and y > next_y for (x, y), (next_x, next_y) in pairwise(places))
