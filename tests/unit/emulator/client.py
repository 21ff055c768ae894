"""A client that is nothing but requests, and how failures are read."""

from typing import Any

import requests

from pulumi_userplane.emulator import Emulator

WORKSPACE = "/workspace/ws_demo"
LINKS = f"{WORKSPACE}/links"


class Api:
    """Sends requests with one key."""

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

    def make(self, **fields: object) -> dict[str, Any]:
        """A new link, as it was answered."""
        answer = self.post(LINKS, {"domainId": "dom_help", **fields})
        assert answer.status_code == 200, answer.text
        link: dict[str, Any] = answer.json()["data"]["link"]
        return link

    def close(self) -> None:
        self._session.close()


def outcome(answer: requests.Response) -> tuple[int, str]:
    """Status and code of a failure, whose envelope is checked."""
    content = answer.json()
    assert set(content) == {"error", "message"}
    assert isinstance(content["message"], str)
    return answer.status_code, content["error"]
