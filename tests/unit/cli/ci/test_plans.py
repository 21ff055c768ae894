"""A plan of a job that ran the program may let no link go that stays by the plan that was judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.cli.ci.plans import UnknownPlanError, permits_more

if TYPE_CHECKING:
    from pathlib import Path

LINK = "urn:pulumi:dev::p::pulumi-python:dynamic/userplane:RecordingLink::a"
OF_PLUGIN = "urn:pulumi:dev::p::my:index:Group$userplane:index:RecordingLink::b"
BUCKET = "urn:pulumi:dev::p::aws:s3/bucket:Bucket::c"
REPLACEMENT = ("create-replacement", "replace", "delete-replaced")


def plan(**steps: tuple[str, ...]) -> str:
    urns = {"link": LINK, "of_plugin": OF_PLUGIN, "bucket": BUCKET}
    return json.dumps({"resourcePlans": {urns[name]: {"steps": listed} for name, listed in steps.items()}})


def compare(folder: Path, reviewed: str | bytes, own: str) -> bool:
    (folder / "reviewed.json").write_bytes(reviewed if isinstance(reviewed, bytes) else reviewed.encode())
    (folder / "own.json").write_text(own, "utf-8")
    return permits_more(folder / "reviewed.json", folder / "own.json")


@pytest.mark.parametrize(
    ("reviewed", "own"),
    [
        (plan(link=("delete",)), plan(link=("same",))),
        (plan(link=("delete",)), plan()),
        (plan(link=REPLACEMENT), plan(link=("update",))),
        (plan(of_plugin=REPLACEMENT), plan(of_plugin=("delete",))),
        (plan(link=("delete-replaced", *REPLACEMENT)), plan(link=REPLACEMENT)),
        (plan(link=("evaporate",)), plan(link=("same",))),
    ],
)
def test_plan_that_lets_a_link_go_permits_more(reviewed: str, own: str, tmp_path: Path) -> None:
    assert compare(tmp_path, reviewed, own)


@pytest.mark.parametrize(
    ("reviewed", "own"),
    [
        (plan(link=("same",)), plan(link=("update",))),
        (plan(link=("create",), of_plugin=("update",)), plan()),
        (plan(link=REPLACEMENT, bucket=("delete",)), plan(link=REPLACEMENT)),
        (plan(link=("same",)), plan(link=("delete",))),
        (plan(), plan()),
        # The CLI leaves an empty list out.
        (f'{{"resourcePlans": {{"{LINK}": {{"goal": {{}}}}, "{OF_PLUGIN}": {{"steps": null}}}}}}', plan()),
    ],
)
def test_plan_that_lets_no_other_link_go_permits_no_more(reviewed: str, own: str, tmp_path: Path) -> None:
    assert not compare(tmp_path, reviewed, own)


@pytest.mark.parametrize(
    "reviewed",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        b"\xff",
        '{"resourcePlans": []}',
        '{"resourcePlans": {"a": null}}',
        f'{{"resourcePlans": {{"{LINK}": {{"Steps": ["delete"]}}}}}}',
        '{"resourcePlans": {"a": {"steps": "delete"}}}',
        '{"resourcePlans": {"a": {"steps": false}}}',
        # Pulumi reads names in any letters, and takes the last of two.
        '{"resourcePlans": {}, "ResourcePlans": {}}',
        '{"re\u017fourcePlans": {}}',
        '{"resourcePlans": {}, "resourcePlans": {}}',
        f'{{"resourcePlans": {{"{LINK}": {{"steps": ["same"], "Steps": ["delete"]}}}}}}',
    ],
)
def test_plan_that_nobody_can_read_is_refused(reviewed: str | bytes, tmp_path: Path) -> None:
    with pytest.raises(UnknownPlanError):
        compare(tmp_path, reviewed, plan(link=REPLACEMENT))


def test_resource_that_stands_twice_counts_twice(tmp_path: Path) -> None:
    twice = f'{{"resourcePlans": {{"{LINK}": {{"steps": ["delete"]}}, "{LINK}": {{"steps": ["same"]}}}}}}'
    assert compare(tmp_path, twice, plan(link=("same",)))
