"""What each operation does when a link is gone, and what proves that it was deleted."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.emulator.server import Server
from tests.host.conftest import Host, StartHost
from tests.host.links import FULL, MINIMAL
from tests.support.operations import HostError, State
from tests.support.request_log import RequestLog, Sent


@pytest.fixture
def host(userplane: Emulator, start_host: StartHost) -> Host:
    """A host that has asked for no project yet."""
    return start_host({}, userplane.environ())


@pytest.fixture(params=["410 LINK_GONE", "404 LINK_NOT_FOUND"])
def gone(request: pytest.FixtureRequest, userplane: Emulator) -> str:
    """Deletes each link as soon as it is made, so that it answers with the status and the code that are returned."""
    status, code = request.param.split()
    for method in ("GET", "PUT", "DELETE"):
        userplane.fault(method=method, path="/links/", answer="status", status=int(status), code=code, times=None)
    return str(request.param)


def test_read_drops_link_with_a_warning_when_its_project_lives(userplane: Emulator, host: Host, gone: str) -> None:
    one, other = host.create(MINIMAL), host.create({**MINIMAL, "mark": "pulumi:p/s/other"})
    userplane.clear_requests()

    for link in (one, other):
        fresh, _ = host.refresh(link)
        assert fresh is None
        assert f"({link.id}) was deleted outside Pulumi ({gone})" in host.output

    asked = [path.split("/")[-2] for path in RequestLog(userplane).paths()]
    assert asked == ["links", "projects", "links"]


@pytest.mark.usefixtures("gone")
def test_delete_succeeds_when_the_link_is_gone(userplane: Emulator, host: Host, sent: Sent) -> None:
    made = host.create(MINIMAL)
    userplane.clear_requests()

    host.delete(made)

    assert sent() == [("DELETE", None), ("GET", None)]


def test_update_fails_and_names_refresh_when_the_link_is_gone(host: Host, gone: str) -> None:
    made = host.create(MINIMAL)

    with pytest.raises(
        HostError, match=rf"^update of .*{made.id}.* failed: {gone} .*`pulumi up --refresh` creates a new"
    ):
        host.up(made, {**MINIMAL, "link_title": "Help"})


FOREIGN: list[dict[str, Any]] = [
    {"answer": "status", "status": 401, "code": "API_KEY_INVALID"},
    {"answer": "status", "status": 403, "code": "NOT_A_MEMBER"},
    {"answer": "status", "status": 403, "code": "FORBIDDEN"},
    {"answer": "status", "status": 404, "code": "WORKSPACE_NOT_FOUND"},
    {"answer": "status", "status": 410, "code": "WORKSPACE_GONE"},
    {"answer": "status", "status": 410, "code": "LINK_PROJECT_DELETED"},
    {"answer": "status", "status": 500, "headers": {"Retry-After": "90"}},
    {"answer": "status", "status": 200, "headers": {"Content-Type": "text/html"}},
    {"answer": "html"},
    {"answer": "empty"},
    {"answer": "cut_json"},
    {"answer": "redirect"},
    {"answer": "oversized"},
    {"answer": "other_link"},
]


def test_state_is_kept_when_the_response_does_not_say_gone(userplane: Emulator, host: Host) -> None:
    for fault in FOREIGN:
        userplane.clear_faults()
        made = host.create(FULL)
        userplane.fault(path="/links/", times=None, **fault)
        for verb, attempt in {"read": host.refresh, "deletion": host.delete}.items():
            with pytest.raises(HostError) as failed:
                attempt(made)
            line = str(failed.value)
            assert line.startswith(f'{verb} of recording link "{FULL["mark"]}" ({made.id}) failed: '), fault
            assert "\n" not in line
            assert userplane.api_key not in line


@pytest.fixture
def website() -> Iterator[str]:
    """Returns the address of a web server that is not Userplane: it responds with HTML and 404 to everything."""

    async def not_found(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": b"<h1>Not here</h1>"})

    server = Server(lambda _server: not_found, "127.0.0.1", 0)
    server.start()
    yield server.address
    server.stop()


def test_state_is_kept_when_a_website_says_404(host: Host, start_host: StartHost, website: str) -> None:
    made = host.create(FULL)
    elsewhere = start_host({}, {"USERPLANE_API_KEY": "uspl_demo", "USERPLANE_BASE_URL": website})

    for attempt in (elsewhere.refresh, elsewhere.delete):
        with pytest.raises(
            HostError, match=f"{made.id}.* failed: the server, or something between, responded 404 with an HTML page"
        ):
            attempt(State(made.id, made.inputs, {**made.outputs, "__server": website}))


def test_state_is_kept_until_delete_when_the_project_is_deleted(userplane: Emulator, host: Host) -> None:
    made = host.create(FULL)
    userplane.delete_project("prj_onboarding")

    with pytest.raises(HostError, match=r"its project prj_onboarding was deleted \(410 PROJECT_GONE\).*state is kept"):
        host.refresh(made)
    host.delete(made)


def test_state_is_kept_when_the_project_can_not_be_read(userplane: Emulator, host: Host) -> None:
    made = host.create(FULL)
    userplane.delete_link(made.id)
    userplane.fault(path="/projects/", answer="status", status=403, code="FORBIDDEN")

    with pytest.raises(
        HostError,
        match=r"but its project can't be read .*so the link may come back with its project.*the state is kept",
    ):
        host.refresh(made)


def test_state_is_kept_when_another_server_says_gone(userplane: Emulator, host: Host, start_host: StartHost) -> None:
    made = host.create(MINIMAL)
    with Emulator() as another:
        elsewhere = start_host({}, another.environ())

        for attempt in (elsewhere.refresh, elsewhere.delete):
            with pytest.raises(
                HostError, match=f"{another.base_url} does not know it .*last seen at {userplane.base_url}"
            ):
                attempt(made)
