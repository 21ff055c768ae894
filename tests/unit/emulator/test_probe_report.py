"""An emulator that behaves as a report of `probe` says, and the reports that it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_userplane.emulator import Behaviours, Emulator, EmulatorError
from pulumi_userplane.emulator.behaviours import validate_behaviours
from pulumi_userplane.emulator.probe_report import read_report
from tests.unit.emulator.client import LINKS, Api
from tests.unit.emulator.test_behaviours import CHANGED

DEFAULTS = Behaviours().model_dump(mode="json")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.json"


def make_report(seen: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Returns a report as the probe writes it."""
    findings = [{"id": name, "expected": DEFAULTS[name], "seen": value} for name, value in seen.items()]
    return {"report": "pulumi-userplane probe", "version": 1, "findings": findings, **more}


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def without_rate_limit(behaviours: dict[str, Any]) -> dict[str, Any]:
    """Returns what a report can hold: the probe does not find out the rate limit."""
    return {name: value for name, value in behaviours.items() if name != "rate_limit"}


def test_report_of_defaults_leads_to_the_default_emulator(path: Path) -> None:
    write(path, make_report(without_rate_limit(DEFAULTS)))
    emulator = Emulator(like=path)
    emulator.stop()
    assert emulator.behaviours == Behaviours()
    assert emulator.report is not None
    assert (emulator.report.differences, emulator.report.unclear) == ({}, ())


def test_report_sets_every_behaviour_when_all_are_seen(path: Path) -> None:
    changed = without_rate_limit(CHANGED)
    emulator = Emulator(like=str(write(path, make_report(changed))))
    emulator.stop()
    assert emulator.behaviours == validate_behaviours(changed)
    assert emulator.report is not None
    assert emulator.report.differences == changed


def test_default_stays_when_finding_is_not_tried_or_unclear(path: Path) -> None:
    report = make_report({"meta_key": "linkMeta", "list_order": "unclear", "default_link_type": "unclear"})
    report["findings"].append({"id": "second_delete", "expected": "410 LINK_GONE", "not_tried": "no time", "more": 1})
    read = read_report(write(path, {**report, "base_url": "https://api.userplane.example"}))
    assert read.behaviours == read.differences == {"meta_key": "linkMeta"}
    assert read.unclear == ("list_order", "default_link_type")


def test_emulator_returns_to_the_report_when_it_is_reset(path: Path) -> None:
    write(path, make_report({"default_meta": "empty", "trim_text": True}))
    with Emulator(like=path, trim_text=False, created_status=201) as emulator:
        emulator.set_behaviours(default_meta="none", trim_text=True)
        emulator.reset()
        api = Api(emulator, "uspl_demo")
        response = api.post(LINKS, {"domainId": "dom_help", "linkReference": " r "})
        api.close()
    link = response.json()["data"]["link"]
    assert (response.status_code, link["meta"], link["linkProviderReference"]) == (201, {}, " r ")


def test_emulator_has_no_report_when_like_is_left_out() -> None:
    emulator = Emulator()
    emulator.stop()
    assert emulator.report is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ([], "is not a report of `pulumi-userplane probe`: name a file that it wrote"),
        (None, "is not a report of"),
        ({}, "is not a report of"),
        (make_report({}, report="doctor"), "is not a report of"),
        (make_report({}, version=2), "has version 2. Update pulumi-userplane"),
        (make_report({}, version=2, findings="new"), "has version 2. Update pulumi-userplane"),
        (make_report({}, version="1"), "is wrong at version: "),
        (make_report({}, version=0), "is wrong at version: "),
        (make_report({}, findings=None), "is wrong at findings: "),
        (make_report({}, findings=[{"seen": "meta"}]), "is wrong at findings.0.id: "),
        (make_report({}, findings=[{"id": 5, "seen": "meta"}]), "is wrong at findings.0.id: "),
        (
            make_report({}, findings=[{"id": "meta_key"}]),
            "at the finding meta_key: it has to have either seen or not_tried",
        ),
        (
            make_report({}, findings=[{"id": "meta_key", "seen": "meta", "not_tried": "a"}]),
            "at the finding meta_key: it has to have either seen or not_tried",
        ),
        (
            make_report({}, findings=[{"id": "meta\n", "seen": 1}]),
            'at the finding "meta\\n": this emulator has no such behaviour; update pulumi-userplane',
        ),
        (make_report({}, findings=[{"id": "rate_limit", "seen": 5}]), 'at the finding "rate_limit": this emulator'),
        (
            make_report({}, findings=[{"id": "meta_key", "seen": "meta"}, {"id": "meta_key", "not_tried": "a"}]),
            "at the finding meta_key: it is there twice",
        ),
        (make_report({"meta_key": "metadata"}), "at the finding meta_key: Input should be 'meta' or 'linkMeta'"),
        (make_report({"trim_text": None}), "at the finding trim_text: Input should be a valid boolean"),
        (
            make_report({"links_per_page": "some"}),
            "at the finding links_per_page: Input should be 'take' or 'refuse', or: Input should be a valid integer",
        ),
        (make_report({"refused_input": {"rate": float("nan")}}), "at the finding refused_input: "),
    ],
)
def test_emulator_is_refused_in_one_line_when_report_is_wrong(path: Path, content: object, problem: str) -> None:
    write(path, content)
    with pytest.raises(EmulatorError) as caught:
        Emulator(like=path)
    text = str(caught.value)
    assert problem in text
    assert str(path) in text
    assert text.endswith(".")
    assert "\n" not in text


def test_emulator_is_refused_when_report_cannot_be_read(path: Path) -> None:
    with pytest.raises(EmulatorError, match=r"^The report .* can't be read: .*No such file"):
        Emulator(like=path)
    path.write_bytes(b"\xff")
    with pytest.raises(EmulatorError, match=r"^The report .* can't be read: .*utf-8"):
        Emulator(like=path)
    for text in ("", "{", "[" * 100_000):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(EmulatorError, match=r"^The report .* is not valid JSON: [^\n]*\.$"):
            Emulator(like=path)
