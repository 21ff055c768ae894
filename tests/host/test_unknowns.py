"""Values that are unknown in a preview, as the engine sends them."""

import pytest

from tests.host.conftest import Host
from tests.host.links import FULL, MINIMAL
from tests.support.operations import UNKNOWN, Properties

PLACES = ("workspace_id", "domain_id", "project_id")


@pytest.mark.parametrize("field", FULL)
def test_unknown_value_passes_check_and_counts_as_changed(host: Host, field: str) -> None:
    declared = {**FULL, field: UNKNOWN}

    assert host.checked(declared)[field] == UNKNOWN
    plan = host.preview(host.create(FULL), declared)

    assert plan.inputs[field] == UNKNOWN
    assert plan.replaces == ([field] if field in PLACES else [])
    assert plan.nothing == (field == "mark")


@pytest.mark.parametrize(
    "meta",
    [{"x": UNKNOWN}, {"x": {"y": [1, UNKNOWN]}}, {**FULL["meta"], "n": UNKNOWN}],
    ids=["a value", "deep inside", "beside known ones"],
)
def test_unknown_value_inside_meta_counts_as_changed(host: Host, meta: Properties) -> None:
    assert host.checked({**FULL, "meta": meta})["meta"] == meta
    plan = host.preview(host.create(FULL), {**FULL, "meta": meta})

    assert (plan.changes, plan.replaces) == ("update", [])


def test_check_accepts_a_new_link_that_knows_only_its_mark(host: Host) -> None:
    unknown = dict.fromkeys(FULL, UNKNOWN) | {"mark": FULL["mark"]}

    assert host.checked(unknown) == {**unknown, **host.hidden}


def test_check_reports_other_problems_when_a_value_is_unknown(host: Host) -> None:
    _, failures = host.check({**MINIMAL, "domain_id": UNKNOWN, "link_title": "x" * 256})

    assert failures == [("", host.word("link_title: is 256 characters long; the limit is 255"))]
