"""The scenarios of the comparison, in the order of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.comparison.leaks import count_key, count_key_in_file
from benchmarks.comparison.pulumi_peer import Ours
from benchmarks.comparison.scenario_run import FOR_EVER, KEY, ScenarioRun
from pulumi_userplane.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from benchmarks.comparison.peer import Operation
    from pulumi_userplane.emulator.faults import FaultDict

NEXT_KEY = "uspl_demo_admin"


@dataclass(frozen=True)
class Scenario:
    """One row of the table.

    Attributes:
        what: What goes wrong.
        runs: What is run, where `…` is the end of the fault.
        steps: Does it.
        slow: Whether it is mostly waiting.
    """

    what: str
    runs: str
    steps: Callable[[ScenarioRun], None]
    slow: bool = False


def _while_making(*, timed: bool = False, **fault: Unpack[FaultDict]) -> Callable[[ScenarioRun], None]:
    """The first run of an empty stack meets the fault, the second one goes well."""

    def steps(scenario_run: ScenarioRun) -> None:
        scenario_run.userplane.fault(**fault)
        scenario_run.run("apply", timed=timed)
        scenario_run.settle()
        scenario_run.run("apply")

    return steps


def _while_reading(
    *, believed: bool = False, timed: bool = False, **fault: Unpack[FaultDict]
) -> Callable[[ScenarioRun], None]:
    """Two links are there; every read meets the fault, then none."""

    def steps(scenario_run: ScenarioRun) -> None:
        scenario_run.make()
        script: FaultDict = {"method": "GET", "path": "/links", "times": None, **fault}
        scenario_run.userplane.fault(**script)
        scenario_run.run("refresh", false_answers=believed, timed=timed)
        scenario_run.settle()
        scenario_run.run("sync")

    return steps


def _while_deleting(**fault: Unpack[FaultDict]) -> Callable[[ScenarioRun], None]:
    def steps(scenario_run: ScenarioRun) -> None:
        scenario_run.make()
        script: FaultDict = {"method": "DELETE", **fault}
        scenario_run.userplane.fault(**script)
        scenario_run.run("destroy")
        scenario_run.settle()
        scenario_run.run("destroy")

    return steps


def _one_deleted(*operations: Operation, never_known: bool = False) -> Callable[[ScenarioRun], None]:
    """One of the two links is deleted in the dashboard: it answers 410 `LINK_GONE`, or 404 as if it had never been."""

    def steps(scenario_run: ScenarioRun) -> None:
        link_id, _ = scenario_run.make()
        scenario_run.userplane.delete_link(link_id)
        if never_known:
            scenario_run.userplane.fault(
                path=f"/links/{link_id}", times=None, answer="status", status=404, code="LINK_NOT_FOUND"
            )
        for operation in operations:
            scenario_run.run(operation)

    return steps


def _killed(scenario_run: ScenarioRun) -> None:
    scenario_run.kill_in_post()
    scenario_run.run("apply")


def _project_deleted_and_restored(scenario_run: ScenarioRun) -> None:
    scenario_run.make()
    scenario_run.userplane.delete_project("prj_onboarding")
    scenario_run.run("refresh")
    scenario_run.userplane.restore_project("prj_onboarding")
    scenario_run.run("sync")


def _redirected(scenario_run: ScenarioRun) -> None:
    scenario_run.make()
    with Emulator(api_key=KEY) as other:
        scenario_run.userplane.fault(
            method="GET",
            path="/links/",
            times=None,
            answer="redirect",
            status=302,
            target=f"{other.base_url}/public/me",
        )
        scenario_run.run("refresh", false_answers=True)
        # The log says whose key came with a request; the other server knows this one.
        sent = sum(request.user is not None for request in other.requests)
    scenario_run.remark_key(sent, "sent on")
    scenario_run.settle()
    scenario_run.run("sync")


def _title_edited(scenario_run: ScenarioRun) -> None:
    link_id, _ = scenario_run.make()
    scenario_run.userplane.edit_link(link_id, linkTitle="Edited in the dashboard")
    scenario_run.run("look")
    scenario_run.userplane.clear_requests()
    scenario_run.run("sync")
    scenario_run.remark_writes()


def _key_changed(scenario_run: ScenarioRun) -> None:
    scenario_run.make()
    scenario_run.userplane.set_key_state(KEY, "expired")
    scenario_run.peer.use({**scenario_run.userplane.environ(), "USERPLANE_API_KEY": NEXT_KEY})
    scenario_run.run("refresh")
    scenario_run.run("destroy")


def _key_in_configuration(steps: Callable[[ScenarioRun], None]) -> Callable[[ScenarioRun], None]:
    def steps_with_key(scenario_run: ScenarioRun) -> None:
        assert isinstance(scenario_run.peer, Ours)
        scenario_run.peer.keep_key_in_configuration()
        steps(scenario_run)

    return steps_with_key


def _configured_key_changed(*options: str) -> Callable[[ScenarioRun], None]:
    def steps(scenario_run: ScenarioRun) -> None:
        assert isinstance(scenario_run.peer, Ours)
        scenario_run.make()
        scenario_run.userplane.set_key_state(KEY, "expired")
        scenario_run.peer.use({"USERPLANE_API_KEY": NEXT_KEY})
        scenario_run.peer.keep_key_in_configuration()
        scenario_run.run("refresh", *options)
        scenario_run.run("destroy", *options)

    return _key_in_configuration(steps)


def _key_in_state(scenario_run: ScenarioRun) -> None:
    scenario_run.make()
    scenario_run.remark_key(sum(count_key_in_file(file, KEY) for file in scenario_run.peer.state_files()))


def _key_in_plan(scenario_run: ScenarioRun) -> None:
    ran, plan = scenario_run.peer.save_plan()
    assert ran.code == 0, ran.said
    scenario_run.remark_key(count_key_in_file(plan, KEY))


def _key_in_log(scenario_run: ScenarioRun) -> None:
    ran = scenario_run.peer.run_verbosely("apply")
    assert ran.code == 0, ran.said
    scenario_run.remark_key(count_key(ran.said.encode(), KEY))


_ONCE_500 = "`DELETE` of one link answers 500"
_FOREIGN_404 = "every read returns 404"

SCENARIOS = (
    Scenario(
        "one `POST` makes a link and the connection ends without a response",
        "apply … apply",
        _while_making(method="POST", answer="drop", after_work=True),
    ),
    Scenario("… its response is cut JSON", "apply … apply", _while_making(method="POST", answer="cut_json")),
    Scenario(
        "… its response is an HTML page, status 200",
        "apply … apply",
        _while_making(method="POST", answer="html", after_work=True),
    ),
    Scenario(
        "… its response is 500",
        "apply … apply",
        _while_making(method="POST", answer="status", status=500, after_work=True),
    ),
    Scenario(
        "both `POST`s make links, the server stays silent",
        "apply … apply",
        _while_making(method="POST", times=2, latency=FOR_EVER, timed=True),
        slow=True,
    ),
    Scenario("SIGKILL while the server has both `POST`s", "apply (killed), apply", _killed),
    Scenario(
        "the `PUT` of one title answers 500", "apply … apply", _while_making(method="PUT", answer="status", status=500)
    ),
    Scenario(
        "one `POST` answers 429, without `Retry-After`",
        "apply … apply",
        _while_making(method="POST", answer="status", status=429, code="RATE_LIMITED"),
    ),
    Scenario(
        "one read answers 503",
        "refresh … sync",
        _while_reading(times=1, answer="status", status=503, code="SERVICE_UNAVAILABLE"),
    ),
    Scenario(
        "the server stays silent on every read",
        "refresh … sync",
        _while_reading(latency=FOR_EVER, answer="drop", timed=True),
        slow=True,
    ),
    Scenario(
        f"{_FOREIGN_404}, from a gateway in front of Userplane",
        "refresh … sync",
        _while_reading(answer="status", status=404, code="NO_ROUTE", believed=True),
    ),
    Scenario(
        f"{_FOREIGN_404} `WORKSPACE_NOT_FOUND`",
        "refresh … sync",
        _while_reading(answer="status", status=404, code="WORKSPACE_NOT_FOUND", believed=True),
    ),
    Scenario("the links' project is deleted, and restored", "refresh … sync", _project_deleted_and_restored),
    Scenario(
        "every read is answered with another link", "refresh … sync", _while_reading(answer="other_link", believed=True)
    ),
    Scenario(
        "every read is answered with 200 and nothing", "refresh … sync", _while_reading(answer="empty", believed=True)
    ),
    Scenario(
        "every read is answered with an HTML page, status 200",
        "refresh … sync",
        _while_reading(answer="html", believed=True),
    ),
    Scenario("every read is redirected to another port", "refresh … sync", _redirected),
    Scenario("one link is deleted in the dashboard: 410", "look, apply", _one_deleted("look", "apply")),
    Scenario("one link is deleted in the dashboard: 410", "refresh, sync", _one_deleted("refresh", "sync")),
    Scenario("one link is deleted in the dashboard: 410", "destroy", _one_deleted("destroy")),
    Scenario(
        "one link is deleted in the dashboard: 404 `LINK_NOT_FOUND`",
        "refresh, sync",
        _one_deleted("refresh", "sync", never_known=True),
    ),
    Scenario(
        "one link is deleted in the dashboard: 404 `LINK_NOT_FOUND`",
        "destroy",
        _one_deleted("destroy", never_known=True),
    ),
    Scenario("one title is edited in the dashboard", "look, sync", _title_edited),
    Scenario(_ONCE_500, "destroy … destroy", _while_deleting(answer="status", status=500, code="LINK_DELETE_FAILED")),
    Scenario(
        f"{_ONCE_500}, with `404` in its message",
        "destroy … destroy",
        _while_deleting(answer="status", status=500, code="LINK_DELETE_FAILED", message="Failed, trace 8f404b."),
    ),
    Scenario("a new key, the old one is dead", "refresh, destroy", _key_changed),
    Scenario("the key in the state's files", "apply", _key_in_state),
    Scenario("the key in a saved plan", "preview", _key_in_plan),
    Scenario("the key in the most detailed log", "apply", _key_in_log),
)

IN_CONFIGURATION = (
    Scenario("a new key, the old one is dead", "refresh, destroy", _configured_key_changed()),
    Scenario(
        "a new key, the old one is dead",
        "refresh, destroy, with `--run-program`",
        _configured_key_changed("--run-program"),
    ),
    Scenario("the key in the state's files", "apply", _key_in_configuration(_key_in_state)),
    Scenario("the key in a saved plan", "preview", _key_in_configuration(_key_in_plan)),
    Scenario("the key in the most detailed log", "apply", _key_in_configuration(_key_in_log)),
)
"""For this project's provider alone: the key comes from the stack's configuration."""
