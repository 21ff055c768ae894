"""docs/peers.md shows every scenario, and the peers are built from the sources it names."""

import re
import stat
from pathlib import Path

import pytest

from benchmarks.comparison import __main__, opentofu_build
from benchmarks.comparison.outcome import SUMMARY, Outcome
from benchmarks.comparison.scenarios import SCENARIOS
from scripts.pulumi_cli import CliError

PROGRAMS = ("tofu", "plugins/terraform-provider-restapi")


def rows(text: str, columns: int) -> list[list[str]]:
    lines = [line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if len(cells) == columns and "---" not in cells]


def test_page_has_a_row_for_each_scenario() -> None:
    text = __main__.PAGE.read_text("utf-8")
    head, *table = rows(text, 5)
    assert head == ["what happens", "what is run", *(peer.name for peer in __main__.PEERS)]
    expected = [(scenario.what, scenario.runs) for scenario in SCENARIOS] + [__main__.OUTPUT]
    assert [(what, runs) for what, runs, *_ in table] == expected, "run `python -m benchmarks.comparison`"


def test_page_matches_its_text() -> None:
    parts = re.split(r"\{\w+\}", __main__.TEXT.read_text("utf-8"))
    made_of = re.compile("(.+)".join(map(re.escape, parts)), re.DOTALL)
    assert made_of.fullmatch(__main__.PAGE.read_text("utf-8")), "run `python -m benchmarks.comparison`"


def test_page_sums_match_its_table() -> None:
    text = __main__.PAGE.read_text("utf-8")
    _, *table = rows(text, 5)
    counted = {
        row[0].partition(":")[0]: list(map(int, row[1:]))
        for row in rows(text, 4)
        if row[0].partition(":")[0] in SUMMARY
    }
    assert list(counted) == list(SUMMARY)

    def said(pattern: str) -> list[int]:
        return [
            sum(int(number) for row in table for number in re.findall(pattern, row[column])) for column in (2, 3, 4)
        ]

    assert counted["orphans"] == said(r"(\d) orphan")
    assert counted["doubles"] == said(r"(\d) double")
    assert counted["wrongly dropped"] == said(r"(\d) wrongly dropped")
    assert counted["hangs"] == [sum(row[column].count("hangs") for row in table) for column in (2, 3, 4)]


def test_page_is_rendered_from_the_outcomes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        __main__, "versions", lambda: dict.fromkeys(("ours", "cli", "sdk", "python", "opentofu", "restapi"), "9.9")
    )
    good, bad = Outcome(remarks=("key not there",), leaked=False), Outcome(remarks=("key there 1 times",), leaked=True)
    text = __main__.page([("a key", "all", [good, bad, good])], [("a key", "up", [good])], 7.4)
    assert "| a key | all | key not there | **key there 1 times** | key not there |\n" in text
    assert f"| key leaked: {SUMMARY['key leaked']} | 0 | 1 | 0 |\n" in text
    assert "| a key | up | key not there |\n" in text
    assert "{" not in text


def test_opentofu_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    kept = tmp_path / "opentofu-1.10.0-restapi-1.20.0"
    for program in PROGRAMS:
        (kept / program).parent.mkdir(parents=True, exist_ok=True)
        (kept / program).touch(stat.S_IRWXU)
    assert opentofu_build.find(tmp_path) == kept


def test_opentofu_build_explains_in_one_line_when_go_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CliError, match=r"^OpenTofu is built .* needs Go 1\.25\.11 or newer, .* no `go` on PATH\.$"):
        opentofu_build.find(tmp_path / "cache")
    assert [file.name for file in (tmp_path / "cache").iterdir()] == ["opentofu-1.10.0-restapi-1.20.0.lock"]
