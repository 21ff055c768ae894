"""The emulator as an object: address, start and stop, and many clients at once."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from pulumi_userplane.emulator import Emulator, EmulatorError
from tests.unit.emulator.client import LINKS, Api


def test_environ_connects_a_program() -> None:
    with Emulator(api_key="uspl_mine") as emulator:
        assert emulator.environ() == {
            "USERPLANE_BASE_URL": emulator.base_url,
            "USERPLANE_API_KEY": "uspl_mine",
            "USERPLANE_WORKSPACE_ID": "ws_demo",
            "USERPLANE_REQUESTS_PER_MINUTE": "0",
            "USERPLANE_REQUESTS_PER_DAY": "0",
        }
        assert emulator.base_url.startswith("http://127.0.0.1:")
        response = requests.get(
            f"{emulator.base_url}/public/me", headers={"Authorization": f"Bearer {emulator.api_key}"}, timeout=10
        )
        assert response.json()["data"]["user"]["id"] == "usr_owner"


def test_stop_ends_thread_and_closes_port() -> None:
    before = threading.active_count()
    with Emulator() as emulator:
        address = emulator.base_url
        api = Api(emulator, "uspl_demo")
        api.create_link()
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=1)
    api.close()


def test_stop_succeeds_when_emulator_never_started() -> None:
    Emulator().stop()


def test_emulator_is_refused_when_port_or_host_is_unusable(tmp_path: Path) -> None:
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
def test_emulator_listens_when_host_is_loopback(host: str) -> None:
    with Emulator(host=host) as emulator:
        address = f"[{host}]" if ":" in host else host
        assert emulator.base_url.startswith(f"http://{address}:")


def test_emulator_is_refused_when_a_behaviour_is_invalid() -> None:
    with pytest.raises(EmulatorError, match="meta_key"):
        Emulator(meta_key="metadata")  # type: ignore[arg-type]  # the mistake that is tested


def test_emulator_stores_all_links_when_four_clients_create_at_once(emulator: Emulator) -> None:
    def create_links(_: int) -> list[str]:
        api = Api(emulator, "uspl_demo")
        try:
            return [api.create_link()["linkId"] for _ in range(25)]
        finally:
            api.close()

    with ThreadPoolExecutor(4) as pool:
        link_ids = [link_id for part in pool.map(create_links, range(4)) for link_id in part]
    assert len(set(link_ids)) == len(emulator.links) == 100
    moments = [link["createdAt"] for link in emulator.links]
    assert len(set(moments)) == 100


def test_emulator_reads_whole_body_when_it_arrives_in_pieces(emulator: Emulator) -> None:
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
