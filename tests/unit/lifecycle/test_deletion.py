"""When a link counts as deleted outside Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import APIError, UserplaneError

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

LINK = {"domain_id": "dom_help", "mark": "m", "link_title": "Help"}
PROJECT = "projects/prj_default"


def test_read_keeps_state_when_the_project_is_deleted(engine: Engine, server: Emulator, warned: list[str]) -> None:
    engine.up(**LINK)
    server.delete_project("prj_default")
    with pytest.raises(UserplaneError) as caught:
        engine.refresh()
    assert str(caught.value) == (
        f'read of recording link "m" ({engine.id}) failed: it is gone because its project prj_default was '
        "deleted (410 PROJECT_GONE); restoring the project within 3 days brings the link back with its address; "
        "otherwise take the project's links out of the program; the state is kept; "
        "more: `pulumi-userplane explain PROJECT_GONE`"
    )
    server.restore_project("prj_default")
    engine.refresh()
    assert engine.id
    assert warned == []


def test_read_keeps_state_when_the_project_was_never_there(engine: Engine, server: Emulator) -> None:
    engine.up(**LINK)
    server.delete_link(engine.id)
    server.fault(answer="status", status=404, code="PROJECT_NOT_FOUND", path=PROJECT)
    with pytest.raises(UserplaneError, match="its project prj_default was deleted \\(404 PROJECT_NOT_FOUND\\)"):
        engine.refresh()


@pytest.mark.parametrize("asked", [True, False])
def test_delete_succeeds_with_a_warning_when_the_project_is_deleted(
    engine: Engine, server: Emulator, sent: Sent, warned: list[str], asked: bool
) -> None:
    engine.up(**LINK)
    server.delete_project("prj_default")
    if not asked:
        server.fault(path="/projects/", answer="status", status=403, code="FORBIDDEN")
    sent()
    engine.destroy()
    assert [method for method, _ in sent()] == ["DELETE", "GET"]
    (text,) = warned
    assert "is dropped from the state, but " in text
    assert text.endswith("if the project is restored, the link comes back unmanaged")


def test_delete_warns_of_nothing_when_only_the_link_was_deleted(
    engine: Engine, server: Emulator, warned: list[str]
) -> None:
    engine.up(**LINK)
    server.delete_link(engine.id)
    engine.destroy()
    assert warned == []


@pytest.mark.parametrize("elsewhere", [True, False])
def test_update_says_deleted_only_when_it_is_proved(engine: Engine, server: Emulator, elsewhere: bool) -> None:
    engine.up(**LINK)
    if elsewhere:
        server.delete_link(engine.id)
        engine.outputs["__server"] = "https://api.userplane.io/api/v1"
    else:
        server.delete_project("prj_default")
    said = "so it does not count as deleted" if elsewhere else "because its project prj_default was deleted"
    with pytest.raises(UserplaneError, match=said):
        engine.up(**LINK, link_reusable=True)


@pytest.mark.parametrize(
    "fault",
    [
        {"answer": "status", "status": 400, "code": "BAD_REQUEST"},
        {"answer": "status", "status": 403, "code": "FORBIDDEN"},
        {"answer": "status", "status": 401, "code": "API_KEY_EXPIRED"},
        {"answer": "status", "status": 404, "code": "WORKSPACE_NOT_FOUND"},
        {"answer": "status", "status": 410, "code": "WORKSPACE_GONE"},
        {"answer": "status", "status": 404, "code": "LINK_NOT_FOUND"},
        {"answer": "status", "status": 503, "code": "SERVICE_UNAVAILABLE", "times": None},
        {"answer": "html"},
        {"answer": "empty"},
        {"answer": "cut_json"},
        {"answer": "redirect"},
        {"answer": "drop", "times": None},
    ],
)
def test_read_keeps_state_when_the_project_can_not_be_read(
    engine: Engine, server: Emulator, fault: Any, warned: list[str]
) -> None:
    engine.up(**LINK)
    server.delete_link(engine.id)
    server.fault(path=PROJECT, **fault)
    with pytest.raises(UserplaneError) as caught:
        engine.refresh()
    text = str(caught.value)
    assert (
        f'read of recording link "m" ({engine.id}) failed: the response is 410 LINK_GONE, but its project can'
        "'t be read" in text
    )
    # Of two codes it explains the one that has to be dealt with; without a second one, that of the link.
    code = fault.get("code", "LINK_GONE")
    explained = f"; more: `pulumi-userplane explain {code}`" if code != "BAD_REQUEST" else ""
    assert text.endswith(f"; the state is kept{explained}")
    assert "; ;" not in text
    assert server.api_key not in text
    assert warned == []
    server.clear_faults()
    engine.refresh()  # not remembered: the next time it can be asked
    assert engine.id == ""


def test_live_project_is_read_once_a_run_and_only_when_a_link_is_gone(
    make_engine: MakeEngine, server: Emulator, sent: Sent, warned: list[str]
) -> None:
    engines = [make_engine() for _ in range(3)]
    for engine in engines:
        engine.up(**LINK)
    sent()
    for engine in engines:
        engine.refresh()
    assert [method for method, _ in sent()] == ["GET"] * 3
    for engine in engines:
        server.delete_link(engine.id)
        engine.refresh()
    assert len(sent()) == 3 + 1
    assert len(warned) == 3


def test_deleted_project_is_read_once_a_run(make_engine: MakeEngine, server: Emulator, sent: Sent) -> None:
    engines = [make_engine() for _ in range(2)]
    for engine in engines:
        engine.up(**LINK)
    server.delete_project("prj_default")
    sent()
    for engine in engines:
        with pytest.raises(UserplaneError, match="the state is kept"):
            engine.refresh()
    assert len(sent()) == 2 + 1


def test_gone_proves_nothing_when_another_server_says_it(engine: Engine, server: Emulator, warned: list[str]) -> None:
    engine.up(**LINK)
    server.delete_link(engine.id)
    engine.outputs["__server"] = "https://api.userplane.io/api/v1"
    for operation, verb in ((engine.refresh, "read"), (engine.destroy, "deletion")):
        with pytest.raises(UserplaneError) as caught:
            operation()
        assert str(caught.value) == (
            f'{verb} of recording link "m" ({engine.id}) failed: {server.base_url} does not know it '
            "(410 LINK_GONE), but it was last seen at https://api.userplane.io/api/v1, so it does not count as "
            "deleted; set the base URL back (userplane:baseUrl, USERPLANE_BASE_URL, or base_url= of the Provider); "
            "the state is kept; more: `pulumi-userplane explain LINK_GONE`"
        )
    assert warned == []


def test_read_records_the_server_when_another_one_knows_the_link(engine: Engine, server: Emulator) -> None:
    engine.up(**LINK)
    engine.outputs["__server"] = "https://elsewhere.example"
    engine.refresh()
    assert engine.outputs["__server"] == server.base_url


@pytest.mark.parametrize("operation", ["refresh", "destroy"])
def test_gone_proves_nothing_when_the_state_does_not_know_its_server(
    engine: Engine, server: Emulator, operation: str
) -> None:
    engine.up(**LINK)
    server.delete_link(engine.id)
    del engine.outputs["__server"]
    with pytest.raises(APIError, match="410 LINK_GONE"):
        getattr(engine, operation)()


def _spelled_otherwise(base_url: str) -> str:
    return base_url.replace("http://", "HTTP://") + "/"


def test_server_is_the_same_when_an_older_state_spells_it_differently(engine: Engine, server: Emulator) -> None:
    engine.up(**LINK)
    engine.outputs["__server"] = _spelled_otherwise(server.base_url)
    assert engine.diff(**LINK) == (False, [])
    assert engine.diff(**{**LINK, "domain_id": "dom_app"}) == (True, ["domain_id"])
    server.delete_link(engine.id)
    engine.refresh()
    assert engine.id == ""


def test_server_is_the_same_when_the_settings_spell_it_differently(make_engine: MakeEngine, server: Emulator) -> None:
    engine = make_engine(baseUrl=_spelled_otherwise(server.base_url))
    engine.up(**LINK)
    assert engine.outputs["__server"] == server.base_url
    server.delete_link(engine.id)
    engine.destroy()
