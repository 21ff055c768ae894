"""The emulator as an object: address, start, stop, data file, many clients, and the parts that load late."""

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
import requests

import pulumi_userplane.emulator as package
from pulumi_userplane.emulator import Emulator, EmulatorError
from tests.unit.emulator.client import LINKS, Api


def test_what_a_program_needs() -> None:
    with Emulator(api_key="uspl_mine") as emulator:
        assert emulator.environ() == {
            "USERPLANE_BASE_URL": emulator.base_url,
            "USERPLANE_API_KEY": "uspl_mine",
            "USERPLANE_WORKSPACE_ID": "ws_demo",
            "USERPLANE_REQUESTS_PER_MINUTE": "0",
            "USERPLANE_REQUESTS_PER_DAY": "0",
        }
        assert emulator.base_url.startswith("http://127.0.0.1:")
        answer = requests.get(
            f"{emulator.base_url}/public/me", headers={"Authorization": f"Bearer {emulator.api_key}"}, timeout=10
        )
        assert answer.json()["data"]["user"]["id"] == "usr_owner"


def test_nothing_is_left_behind() -> None:
    before = threading.active_count()
    with Emulator() as emulator:
        address = emulator.base_url
        api = Api(emulator, "uspl_demo")
        api.make()
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=1)
    api.close()


def test_one_that_never_starts_can_be_stopped() -> None:
    Emulator().stop()


def test_the_data_file_survives(tmp_path: Path) -> None:
    data = tmp_path / "userplane.db"
    with Emulator(data=data, seed={"workspaceName": "Kept"}) as emulator:
        link = emulator.add_link(domainId="dom_help", linkTitle="Kept")
        emulator.set_key_state("uspl_demo_admin", "expired")
    with Emulator(data=str(data), seed={"workspaceName": "Not used"}, api_key="uspl_mine") as emulator:
        assert emulator.links == [link]
        for key, status in (("uspl_demo", 200), ("uspl_mine", 200), ("uspl_demo_admin", 401)):
            api = Api(emulator, key)
            answer = api.get("/workspace/ws_demo")
            assert answer.status_code == status
            api.close()
        assert emulator.add_link(domainId="dom_help")["createdAt"] > link["createdAt"]
    assert [path.name for path in tmp_path.iterdir()] == ["userplane.db"]


def test_a_data_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("Not a database, but long enough to be taken for one at first sight. " * 20)
    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE theirs (id)")
    connection.close()
    marked = tmp_path / "marked.db"
    connection = sqlite3.connect(marked)
    connection.execute("PRAGMA application_id = 7")
    connection.close()
    for path in (text, foreign, marked, tmp_path / "no" / "folder.db"):
        before = path.read_bytes() if path.exists() else None
        with pytest.raises(EmulatorError, match=r"^The data file .*can't be used: [^\n]+$"):
            Emulator(data=path)
        assert (path.read_bytes() if path.exists() else None) == before


def test_a_port_in_use_a_bad_port_a_bad_host(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EmulatorError, match=f"^Port {port} of 127.0.0.1 can't be used: Address already in use"):
            Emulator(port=port, data=tmp_path / "data.db")
    with pytest.raises(EmulatorError, match="Port 70000 does not exist"):
        Emulator(port=70000)
    for host in ("0.0.0.0", "192.0.2.1", "userplane.example"):
        with pytest.raises(EmulatorError, match="loopback only"):
            Emulator(host=host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1"])
def test_other_names_of_loopback(host: str) -> None:
    with Emulator(host=host) as emulator:
        address = f"[{host}]" if ":" in host else host
        assert emulator.base_url.startswith(f"http://{address}:")


def test_a_wrong_switch_is_an_error() -> None:
    with pytest.raises(EmulatorError, match="meta_key"):
        Emulator(meta_key="metadata")  # type: ignore[arg-type]  # the mistake that is tested


def test_four_clients_at_once(emulator: Emulator) -> None:
    def make(_: int) -> list[str]:
        api = Api(emulator, "uspl_demo")
        try:
            return [api.make()["linkId"] for _ in range(25)]
        finally:
            api.close()

    with ThreadPoolExecutor(4) as pool:
        made = [link_id for part in pool.map(make, range(4)) for link_id in part]
    assert len(set(made)) == len(emulator.links) == 100
    moments = [link["createdAt"] for link in emulator.links]
    assert len(set(moments)) == 100


def test_a_request_in_pieces(emulator: Emulator) -> None:
    body = b'{"domainId": "dom_help"}'
    head = (
        f"POST /api/v1/public{LINKS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer uspl_demo\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    host, port = emulator.base_url.split("/")[2].split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (head.encode(), body[:5], body[5:]):
            connection.sendall(piece)
            threading.Event().wait(0.05)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_every_public_name_is_there() -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn", "yaml"])
def test_without_the_extra_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    def fail(_: str) -> None:
        raise ModuleNotFoundError(name=missing)

    monkeypatch.setattr(package, "import_module", fail)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pulumi-userplane\[emulator\]'"):
        _ = package.Emulator


def test_another_missing_module_is_not_blamed_on_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "import_module", lambda _: import_module("no_such_module"))
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        _ = package.Emulator


def test_plugin_and_command_load_nothing_heavy() -> None:
    code = (
        "import sys, pulumi_userplane.emulator.pytest_plugin, pulumi_userplane.cli\n"
        "print(*{'fastapi', 'uvicorn', 'starlette', 'yaml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    # pulumi itself imports yaml
    assert set(done.stdout.split()) <= {"yaml"}


def test_the_fixture_sets_the_variables(userplane: Emulator) -> None:
    assert userplane.environ().items() <= os.environ.items()
    assert userplane.links == []
