"""How a failure looks on the terminal, and that no failure shows the key."""

import json
import os
from typing import Any

import pytest

from pulumi_userplane.api.constants import ERROR_CODES
from pulumi_userplane.emulator import Emulator
from tests.host.conftest import Host, StartHost
from tests.host.doors import only
from tests.host.links import FULL, MINIMAL
from tests.support.dynamic_host import OLD_HOST
from tests.support.operations import HostError, State

CANARY = "uspl_canary_0f5c"


def test_failure_is_one_line(userplane: Emulator, start_host: StartHost) -> None:
    host = start_host({}, userplane.environ())
    made = host.create(FULL)
    userplane.fault(method="PUT", answer="status", status=403, code="FORBIDDEN", message="Not yours.")

    with pytest.raises(HostError) as failed:
        host.up(made, {**FULL, "link_title": "Other"})

    assert str(failed.value) == (
        f'update of recording link "{FULL["mark"]}" ({made.id}) failed: 403 FORBIDDEN "Not yours."; '
        "the key's owner may not do this in this workspace: ask an admin of the workspace for a role that may, "
        "or use an admin's key; more: `pulumi-userplane explain FORBIDDEN`"
    )
    assert "Traceback" not in host.output


def test_failure_ends_by_naming_what_explains_its_code(userplane: Emulator, start_host: StartHost) -> None:
    host = start_host({}, userplane.environ())
    made = host.create(FULL)
    # A 429 comes last, since it makes later requests wait.
    for status in sorted(ERROR_CODES, key=lambda status: (status == 429, status)):
        for code in sorted(ERROR_CODES[status]):
            # With a longer wait than a minute nothing is tried again.
            userplane.fault(method="PUT", answer="status", status=status, code=code, headers={"Retry-After": "90"})
            with pytest.raises(HostError) as failed:
                host.up(made, {**FULL, "link_title": "Other"})
            line = str(failed.value)
            assert f"failed: {status} {code} " in line
            assert line.endswith(f"; more: `pulumi-userplane explain {code}`")
            assert line.count("pulumi-userplane explain") == 1
            assert "\n" not in line


def test_warning_of_a_deletion_names_no_explanation(userplane: Emulator, start_host: StartHost) -> None:
    host = start_host({}, userplane.environ())
    made = host.create(FULL)
    userplane.delete_link(made.id)
    host.refresh(made)
    assert "was deleted outside Pulumi (410 LINK_GONE)" in host.output
    assert "explain" not in host.output


@only("dynamic", "the plugin decides itself what it responds, and needs no traceback where it does not")
def test_failure_is_a_traceback_when_the_variable_asks_for_it(userplane: Emulator, start_host: StartHost) -> None:
    host = start_host({}, {**userplane.environ(), "USERPLANE_TRACEBACK": "1"})
    userplane.fault(method="POST", answer="status", status=400, code="BAD_REQUEST")

    # Hosts before 3.260 answer with the error's text alone.
    traceback = "" if OLD_HOST else r"Traceback \(most recent call last\).*"
    with pytest.raises(HostError, match=rf"(?s)^{traceback}creation of .* failed: 400 BAD_REQUEST"):
        host.create(MINIMAL)


def test_failure_of_one_call_changes_no_later_call(userplane: Emulator, start_host: StartHost) -> None:
    host = start_host({}, userplane.environ())
    for code in ("FIRST", "SECOND"):
        userplane.fault(method="POST", answer="status", status=400, code=code)
        with pytest.raises(HostError, match=f"^creation of .* failed: 400 {code}"):
            host.create(MINIMAL)

    assert host.create(MINIMAL).id


def test_failure_is_one_line_at_once_when_the_server_has_no_tls(
    userplane: Emulator, host: Host, start_host: StartHost
) -> None:
    made = host.create(MINIMAL)
    base_url = userplane.base_url.replace("http:", "https:")
    there = base_url.split("/")[2]
    wrong = start_host({"userplane:baseUrl": base_url}, userplane.environ())

    for attempt in (lambda: wrong.create(MINIMAL), lambda: wrong.refresh(made), lambda: wrong.delete(made)):
        with pytest.raises(HostError, match=f"^[a-z]+ of recording link .* failed: the TLS connection to {there}"):
            attempt()


@pytest.fixture
def unproxied(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of the shell's."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("unproxied")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("REQUESTS_CA_BUNDLE", "/nope.pem"),
        ("HTTPS_PROXY", "socks5://user:pa55w0rd@127.0.0.1:1080"),
        ("ALL_PROXY", "p:x"),
    ],
)
def test_failure_is_one_line_at_once_when_a_variable_is_unusable(
    userplane: Emulator, host: Host, start_host: StartHost, variable: str, value: str
) -> None:
    made = host.create(MINIMAL)
    there = {**userplane.environ(), "USERPLANE_BASE_URL": "https://api.example/api/v1"}
    wrong = start_host({}, {**there, variable: value})

    with pytest.raises(HostError, match=rf"^creation of recording link .* failed: {variable} names .*\Z"):
        wrong.create(MINIMAL)
    moved = State(made.id, made.inputs, {**made.outputs, "__server": there["USERPLANE_BASE_URL"]})
    for attempt in (lambda: wrong.refresh(moved), lambda: wrong.delete(moved)):
        with pytest.raises(HostError, match=rf"^[a-z]+ of recording link .* failed: {variable} names .*\Z"):
            attempt()
    assert "Traceback" not in wrong.output
    assert "pa55w0rd" not in wrong.output


FAULTS: list[dict[str, Any]] = [
    {"answer": "status", "status": 401, "code": "API_KEY_INVALID", "message": f"{CANARY} is unknown."},
    {"answer": "html"},
    {"answer": "cut_json"},
    {"answer": "redirect", "target": f"https://elsewhere.example/?key={CANARY}"},
]


@pytest.mark.parametrize("place", ["config", "environment", "environment-with-tracebacks"])
def test_key_is_in_no_record_and_no_output(start_host: StartHost, place: str) -> None:
    with Emulator(api_key=CANARY) as userplane:
        environ = userplane.environ()
        config = {"userplane:apiKey": environ.pop("USERPLANE_API_KEY")} if place == "config" else {}
        tracebacks = {"USERPLANE_TRACEBACK": "1"} if "tracebacks" in place else {}
        host = start_host(config, {**environ, **tracebacks})
        made = host.create(FULL)
        fresh, plan = host.refresh(made)
        said = [json.dumps([made.inputs, made.outputs]), repr(fresh), repr(plan)]

        for fault in FAULTS:
            userplane.fault(times=None, **fault)
            for attempt in (
                lambda: host.create(MINIMAL),
                lambda: host.refresh(made),
                lambda: host.up(made, {**FULL, "link_title": "Other"}),
                lambda: host.delete(made),
            ):
                with pytest.raises(HostError) as failed:
                    attempt()
                said.append(str(failed.value))
            userplane.clear_faults()

        assert len(said) == 3 + 4 * len(FAULTS)
        assert CANARY not in "\n".join([*said, host.output])
