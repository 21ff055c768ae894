"""A proxy or certificate setting that can't be used: one line names the variable; nothing is sent or journaled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane import get_user
from pulumi_userplane.api.errors import ConfigurationError, ProxyError, UserplaneError
from tests.support.journal_rows import read_rows
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.unit.conftest import Engine, MakeEngine

LINK = {"domain_id": "dom_help", "mark": "pulumi:proj/dev/help"}
NAMED = 'recording link "pulumi:proj/dev/help"'
THERE = "https://api.example/api/v1"
UNUSABLE = [
    ("REQUESTS_CA_BUNDLE", "/nope.pem"),
    ("CURL_CA_BUNDLE", '"/etc/ssl/certs/ca-certificates.crt"'),
    ("SSL_CERT_FILE", "/dev/null"),
    ("SSL_CERT_DIR", "/nope"),
    ("HTTPS_PROXY", "socks9://127.0.0.1:1080"),
    ("all_proxy", "proxy.example:port"),
]


@pytest.fixture(params=UNUSABLE, ids=[variable for variable, _ in UNUSABLE])
def variable(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The variable that can't be used."""
    name, value = request.param
    monkeypatch.setenv(name, value)
    return str(name)


@pytest.fixture
def elsewhere(make_engine: MakeEngine) -> Engine:
    """A stack whose Userplane is not this machine."""
    return make_engine(baseUrl=THERE)


def left(engine: Engine) -> tuple[int, int]:
    """How many journal entries there are, and how many requests were counted."""
    client = engine.client
    return len(read_rows(client.shared_file)), client.rate_limit.usage().minute


def test_creation_names_variable_and_leaves_nothing_when_it_cannot_be_used(
    elsewhere: Engine, variable: str, clock: Clock
) -> None:
    with pytest.raises(ConfigurationError, match=f"^creation of {NAMED} failed: {variable} names ") as caught:
        elsewhere.up(**LINK)
    assert "\n" not in str(caught.value)
    assert left(elsewhere) == (0, 0)
    assert clock.slept == []


@pytest.mark.parametrize("operation", ["refresh", "destroy"])
def test_refresh_and_destroy_name_variable_when_it_cannot_be_used(
    elsewhere: Engine, variable: str, operation: str
) -> None:
    elsewhere.id, elsewhere.inputs = "lnk_1", elsewhere.check(**LINK)
    elsewhere.outputs = {"__server": THERE, "workspace_id": elsewhere.inputs["workspace_id"], "link_id": "lnk_1"}
    with pytest.raises(ConfigurationError, match=f" of recording link lnk_1 failed: {variable} names "):
        getattr(elsewhere, operation)()
    assert left(elsewhere) == (0, 0)


def test_look_up_names_variable_when_it_cannot_be_used(
    account_of_server: None, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("USERPLANE_BASE_URL", THERE)
    assert f"failed: {variable} names " in refused(get_user)


def test_variable_is_ignored_when_server_is_local(engine: Engine, server: Emulator, variable: str) -> None:
    engine.up(**LINK)
    assert [request.method for request in server.requests] == ["POST"]


def test_corrected_variable_is_used_in_the_same_process(
    elsewhere: Engine, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError):
        elsewhere.up(**LINK)
    monkeypatch.setenv(variable, "")
    monkeypatch.setenv("HTTPS_PROXY", f"http://{'x' * 64}.example")
    with pytest.raises(ProxyError):
        elsewhere.up(**LINK)


def test_creation_leaves_no_journal_entry_when_name_of_proxy_is_malformed(
    elsewhere: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{'x' * 64}.example")
    with pytest.raises(ProxyError, match=f"^creation of {NAMED} failed: the host name of the proxy xxx"):
        elsewhere.up(**LINK)
    assert left(elsewhere)[0] == 0
    assert clock.slept == []


def test_creation_is_retried_and_leaves_no_journal_entry_when_proxy_is_down(
    elsewhere: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(UserplaneError, match=r"api.example through the proxy 127.0.0.1:1 of HTTPS_PROXY"):
        elsewhere.up(**LINK)
    assert left(elsewhere)[0] == 0
    assert 60 < sum(clock.slept) < 120
