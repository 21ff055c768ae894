"""The bare requests: what a step has to send, from a loop with four connections that does nothing else.

Runs in a folder of its own: links.json says what to make, ids.json what is there.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any

import requests

from benchmarks.plan import CONNECTIONS, PAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.comparison.peer import Link

_LINKS, _IDS = Path("links.json"), Path("ids.json")
_ADDRESS = "{USERPLANE_BASE_URL}/public/workspace/{USERPLANE_WORKSPACE_ID}/links"
_THREADS = local()


def main() -> None:
    """Sends what the named step takes."""
    [step] = sys.argv[1:]
    links: dict[str, Link] = json.loads(_LINKS.read_text("utf-8"))
    ids: dict[str, str] = json.loads(_IDS.read_text("utf-8")) if _IDS.exists() else {}
    with ThreadPoolExecutor(CONNECTIONS) as connections:
        if step == "create":
            made = connections.map(_make, links.values())
            _IDS.write_text(json.dumps(dict(zip(links, made, strict=True))), "utf-8")
        elif step == "change":
            _all(
                connections.map(
                    _change, ((ids[name], link) for name, link in links.items() if "changed" in link["link_title"])
                )
            )
        elif step == "destroy":
            _all(connections.map(_delete, ids.values()))
        elif "refresh" in step:
            _all(connections.map(_page, range(1, ceil(len(ids) / PAGE) + 1)))


def _all(answers: Iterable[object]) -> None:
    for _ in answers:
        pass


def _make(link: Link) -> str:
    body = {
        "domainId": link["domain_id"],
        "projectId": link["project_id"],
        "linkReusable": link["link_reusable"],
        "meta": link["meta"],
    }
    made: str = _send("POST", "", body)["link"]["linkId"]
    _send("PUT", f"/{made}", {"linkTitle": link["link_title"]})
    return made


def _change(changed: tuple[str, Link]) -> None:
    link_id, link = changed
    _send("PUT", f"/{link_id}", {"linkTitle": link["link_title"]})


def _delete(link_id: str) -> None:
    _send("DELETE", f"/{link_id}")


def _page(number: int) -> None:
    _send("GET", f"?page={number}&per_page={PAGE}&sort_by=created_at&sort_direction=asc")


def _send(method: str, path: str, body: Any = None) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    if not hasattr(_THREADS, "session"):
        _THREADS.session = requests.Session()
        _THREADS.session.trust_env = False
        _THREADS.session.headers["Authorization"] = f"Bearer {os.environ['USERPLANE_API_KEY']}"
    answer = _THREADS.session.request(method, _ADDRESS.format(**os.environ) + path, json=body, timeout=60)
    answer.raise_for_status()
    data: dict[str, Any] = answer.json()["data"]
    return data


if __name__ == "__main__":
    main()
