"""What a probe prints leaves what it has found as it is."""

from __future__ import annotations

import pytest

from pulumi_userplane.api.errors import Operation, UserplaneError, api_error
from pulumi_userplane.cli.probe.deletions import Cleanup
from pulumi_userplane.cli.probe.run import Outcome
from pulumi_userplane.cli.probe.table import list_problems

REFUSED = 'deletion of it failed: 403 LINK_DELETE_FORBIDDEN "Not yours."; '
MORE = "; more: `pulumi-userplane explain LINK_DELETE_FORBIDDEN`"


def refuse() -> UserplaneError:
    return api_error(Operation("deletion", "it"), 403, "LINK_DELETE_FORBIDDEN", "Not yours.")


@pytest.mark.parametrize(
    ("cleanup", "lines"),
    [
        (
            Cleanup(deleted=2),
            [f"{REFUSED}{refuse().next_step}; everything that the probe made is deleted{MORE}"],
        ),
        (
            Cleanup(deleted=1, left={"lnk_1": refuse()}),
            [
                f"{REFUSED}{refuse().next_step}{MORE}",
                f"{REFUSED}the probe's link lnk_1 remains: delete it in the dashboard{MORE}",
            ],
        ),
    ],
)
def test_problems_are_the_same_each_time(cleanup: Cleanup, lines: list[str]) -> None:
    outcome = Outcome([], cleanup, 3, [], refuse())
    assert list(list_problems(outcome, "ws_demo")) == lines
    assert list(list_problems(outcome, "ws_demo")) == lines
