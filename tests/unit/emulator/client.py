"""A plain HTTP client of the emulator's API, and the reader of its errors."""

from typing import Any

import requests

from pulumi_userplane.emulator import Emulator

WORKSPACE = "/workspace/ws_demo"
LINKS = f"{WORKSPACE}/links"


class Api:
    """Sends requests with one key, or without any."""

    def __init__(self, emulator: Emulator, key: str | None) -> None:
        self._base = f"{emulator.base_url}/public"
        self._session = requests.Session()
        if key:
            self._session.headers["Authorization"] = f"Bearer {key}"

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"timeout": 10, "allow_redirects": False, **options}
        return self._session.request(method, f"{self._base}{path}", **options)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.send("GET", path, params=query)

    def post(self, path: str, body: object) -> requests.Response:
        return self.send("POST", path, json=body)

    def put(self, path: str, body: object) -> requests.Response:
        return self.send("PUT", path, json=body)

    def delete(self, path: str) -> requests.Response:
        return self.send("DELETE", path)

    def create_link(self, **fields: object) -> dict[str, Any]:
        """Creates a link and returns it as the response shows it."""
        response = self.post(LINKS, {"domainId": "dom_help", **fields})
        assert response.status_code == 200, response.text
        link: dict[str, Any] = response.json()["data"]["link"]
        return link

    def close(self) -> None:
        self._session.close()


def status_and_code(response: requests.Response) -> tuple[int, str]:
    """Returns the status and the code of an error, and checks its envelope."""
    content = response.json()
    assert set(content) == {"error", "message"}
    assert isinstance(content["message"], str)
    return response.status_code, content["error"]
