"""An emulator that behaves as a report of `probe` says, and the reports that it refuses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pulumi_userplane.emulator import Behaviours, Emulator, EmulatorError
from pulumi_userplane.emulator.behaviours import validate_behaviours
from pulumi_userplane.emulator.probe_report import read_report
from tests.unit.emulator.client import LINKS, Api
from tests.unit.emulator.test_behaviours import CHANGED

INTERNALS = r"_Finding|Value error|Errno|set_int_max|frozenset|recursion"
DEFAULTS = Behaviours().model_dump(mode="json")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.json"


def make_report(seen: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Returns a report as the probe writes it."""
    findings = [{"id": name, "expected": DEFAULTS[name], "seen": value} for name, value in seen.items()]
    return {"report": "pulumi-userplane probe", "version": 1, "findings": findings, **more}


def nest(depth: int) -> dict[str, Any]:
    """Returns that many objects in each other."""
    content: dict[str, Any] = {}
    for _ in range(depth - 1):
        content = {"a": content}
    return content


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def without_limits(behaviours: dict[str, Any]) -> dict[str, Any]:
    """Returns what a report can hold: the probe does not find out the limits."""
    return {name: value for name, value in behaviours.items() if name not in {"rate_limit", "daily_limit"}}


def test_report_of_defaults_leads_to_the_default_emulator(path: Path) -> None:
    write(path, make_report(without_limits(DEFAULTS)))
    emulator = Emulator(like=path)
    emulator.stop()
    assert emulator.behaviours == Behaviours()
    assert emulator.report is not None
    assert (emulator.report.differences, emulator.report.unclear, emulator.report.not_tried) == ({}, (), ())


def test_report_sets_every_behaviour_when_all_are_seen(path: Path) -> None:
    changed = without_limits(CHANGED)
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
    assert read.not_tried == ("second_delete",)


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
        ([], "is not a report of `pulumi-userplane probe`. Name a file that `pulumi-userplane probe` wrote."),
        (None, "is not a report of"),
        ({}, "is not a report of"),
        (make_report({}, report="doctor"), "is not a report of"),
        (make_report({}, version=2), "has version 2. Update pulumi-userplane"),
        (make_report({}, version=2, findings="new"), "has version 2. Update pulumi-userplane"),
        (make_report({}, version=10**4000), f"can't be read: it has version 1{'0' * 18}…. Update pulumi-userplane."),
        (make_report({}, version="1"), "is wrong at version: "),
        (make_report({}, version=True), "is wrong at version: Input should be a valid integer. Correct it, or write"),
        (make_report({}, version=1.0), "is wrong at version: Input should be a valid integer. Correct it, or write"),
        (make_report({}, version=0), "is wrong at version: "),
        (make_report({}, findings=None), "is wrong at findings: "),
        (make_report({}, findings=[5]), "is wrong at findings.0: Input should be an object. Correct it, or write"),
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
            'at the finding "meta\\n": this emulator has no such behaviour. Update pulumi-userplane.',
        ),
        (
            make_report({}, findings=[{"id": "x" * 10_000, "seen": 5}]),
            f'at the finding "{"x" * 98}…: this emulator has no such behaviour. Update pulumi-userplane.',
        ),
        (
            make_report({}, findings=[{"id": "rate_limit", "seen": 5}]),
            "at the finding rate_limit: a report can't hold it. Leave it out, and give it to the emulator itself.",
        ),
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
        (make_report({"refused_input": nest(300)}), "is wrong at findings.0.seen: Input is nested too deeply. Correct"),
        (
            make_report({"refused_status": 404}),
            (
                "at the finding refused_status: 404 means something else to every client; choose another status, such "
                "as 422. Correct it, or write a new one with `pulumi-userplane probe`."
            ),
        ),
        (
            make_report({"ignored_fields": ["linkTitle", "domainId"]}),
            "at the finding ignored_fields: no link could be created without domainId. Correct it",
        ),
        (
            make_report({"rate_headers": ["content-encoding"]}),
            "at the finding rate_headers: content-encoding can't tell a limit, since clients read the response by it.",
        ),
        (
            make_report({"ignored_fields": "linkTitle"}),
            "at the finding ignored_fields: Input should be a list. Correct",
        ),
        (
            make_report({"second_delete": "600"}),
            (
                "at the finding second_delete: Input should be 'input', 'taken', a status from 400 to 599, or such a "
                "status and a code. Correct it"
            ),
        ),
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
    assert text.isprintable()
    assert len(text) < 200 + len(str(path)) + 100
    assert not re.search(INTERNALS, text)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff", "can't be read: it is not UTF-8 text"),
        (json.dumps(make_report({})).encode("utf-16"), "can't be read: it is not UTF-8 text"),
        (b"x" * (2**20 + 1), "can't be read: it is longer than 1 MiB"),
        (b"", "is not valid JSON in line 1, column 1: Expecting value"),
        (b'{\n"a": ]}', "is not valid JSON in line 2, column 6: Expecting value"),
        (b"[" * 100_000, "can't be read: it is nested too deeply"),
        (b"[" + b"1" * 5000 + b"]", "can't be read: a number in it is too long"),
    ],
)
def test_emulator_is_refused_in_one_line_when_report_cannot_be_read(path: Path, content: bytes, problem: str) -> None:
    path.write_bytes(content)
    with pytest.raises(EmulatorError) as caught:
        Emulator(like=path)
    assert str(caught.value) == f"The report {path} {problem}. Name a file that `pulumi-userplane probe` wrote."


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"report": "pulumi-userplane probe", "version": 2, "version": 1, "findings": []}', '"version"'),
        (
            (
                '{"report": "pulumi-userplane probe", "version": 1, "findings": '
                '[{"id": "meta_key", "seen": "meta", "seen": "linkMeta"}]}'
            ),
            '"seen"',
        ),
        (f'{{"{"x" * 9000}": 1, "{"x" * 9000}": 1}}', f'"{"x" * 98}…'),
    ],
)
def test_emulator_is_refused_when_report_has_a_key_twice(path: Path, text: str, key: str) -> None:
    path.write_text(text)
    with pytest.raises(EmulatorError) as caught:
        Emulator(like=path)
    assert str(caught.value) == (
        f"The report {path} is wrong: the key {key} is twice in one object. Correct it, or write a new one with "
        "`pulumi-userplane probe`."
    )


def test_missing_report_is_named_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError) as caught:
        Emulator(like=tmp_path / "a\nb\033[31m")
    assert str(caught.value) == (
        f"The report {tmp_path}/a b [31m can't be read: No such file or directory. Name a file that "
        "`pulumi-userplane probe` wrote."
    )


def test_report_is_read_when_it_begins_with_a_byte_order_mark(path: Path) -> None:
    path.write_text(json.dumps(make_report({"trim_text": True})), encoding="utf-8-sig")
    assert read_report(path).differences == {"trim_text": True}


@pytest.mark.parametrize("depth", range(250, 260))
def test_report_is_refused_or_works_when_a_value_is_deep(path: Path, depth: int) -> None:
    write(path, make_report({"refused_input": nest(depth)}))
    try:
        emulator = Emulator(like=path)
    except EmulatorError as error:
        assert "nested too deeply" in str(error)  # noqa: PT017 - either is right
    else:
        with emulator:
            api = Api(emulator, "uspl_demo")
            assert api.post(LINKS, {}).json() == nest(depth)
            api.close()
            assert emulator.report is not None
            assert emulator.report.differences == {"refused_input": nest(depth)}
