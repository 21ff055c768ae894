"""The pictures of the emulator's page: some links, and what a program asked of the emulator."""

from __future__ import annotations

import base64
import contextlib
import re
from functools import partial
from typing import TYPE_CHECKING

import requests

from pulumi_userplane.emulator import Emulator
from scripts.comment_pictures import find_packages
from scripts.screenshots import THEMES, Picture, compute_fingerprint, take_picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from scripts.screenshots import Theme

SHOWN = {"links": "", "requests": "requests"}
"""The page's parts by the beginning of the pictures' names: their paths."""

WIDTH = 980
_FONTS = {400: "inter-ui/web/Inter-Regular.woff2", 600: "inter-ui/web/Inter-SemiBold.woff2"}
_STYLE = "html { font-family: Picture; }"

_DELETED = "lnk_5c1d0a97e3b84f26a1d7"
_LINKS = [
    {
        "linkId": _DELETED,
        "domainId": "dom_help",
        "linkTitle": "Show us your invoice",
        "createdAt": "2026-02-11T08:15:00.000Z",
        "linkURL": "https://help.acme.example/record?session=invoice",
        "deleted": True,
    },
    {
        "linkId": "lnk_b80e4f6d12c95a73e0b4",
        "domainId": "dom_app",
        "linkTitle": "Report a problem in the app",
        "linkProviderType": "zendesk",
        "linkProviderReference": "pulumi:support/prod/app#5f3a91c2",
        "createdAt": "2026-03-02T10:30:00.000Z",
        "linkURL": "https://app.acme.example/record?session=app",
    },
    {
        "linkId": "lnk_07a9d3c15e62f8b4c9d1",
        "domainId": "dom_help",
        "projectId": "prj_onboarding",
        "linkTitle": "Checkout help",
        "linkProviderReference": "pulumi:support/prod/checkout#c07d12be",
        "createdAt": "2026-03-02T10:30:01.000Z",
        "linkURL": "https://help.acme.example/record?session=checkout",
        "meta": {"team": "payments"},
    },
]

_VARYING = {
    r"127\.0\.0\.1:\d+": "ADDRESS",
    r'(?<=name="token" value=")[^"]+': "TOKEN",
    r"\d\d:\d\d:\d\d(\.\d+)?": "TIME",
    r"\d{4}-\d\d-\d\d": "DAY",
    r"lnk_[0-9a-f]{20}": "LINK",
}
"""What differs from one emulator to the next."""


def list_pictures(folder: Path) -> list[Picture]:
    """Returns the picture of each part in each theme."""
    return [
        Picture(
            folder / f"page-{name}-{theme}.png", partial(fingerprint_part, name), partial(_take_picture, name, theme)
        )
        for name in SHOWN
        for theme in THEMES
    ]


def fingerprint_part(name: str) -> str:
    """Returns what changes when the picture of a part has to be taken anew: its HTML and its style sheet."""
    with _used_emulator() as emulator:
        html, css = (_read(emulator.page_url + path) for path in (SHOWN[name], "page.css"))
    return compute_fingerprint(mask(html), css, _STYLE, str(WIDTH))


def mask(html: str) -> str:
    """Returns the HTML without what differs from one emulator to the next."""
    for pattern, word in _VARYING.items():
        html = re.sub(pattern, word, html)
    return html


def _take_picture(name: str, theme: Theme, browser: Browser) -> bytes:
    with _used_emulator() as emulator:
        return take_picture(browser, emulator.page_url + SHOWN[name], theme=theme, width=WIDTH, style=_embed_fonts())


@contextlib.contextmanager
def _used_emulator() -> Iterator[Emulator]:
    """Runs an emulator that a program has used: it made a link, got one fault, and was refused twice."""
    with Emulator(seed={"links": _LINKS}) as emulator:
        links = f"{emulator.base_url}/public/workspace/{emulator.workspace_id}/links"
        emulator.fault(answer="status", status=503, code="SERVICE_UNAVAILABLE", method="PUT")
        new_link = {"domainId": "dom_help", "linkReference": "pulumi:support/prod/search#90b6e4d8"}
        link_id = _send(emulator, "POST", links, new_link).json()["data"]["link"]["linkId"]
        for _ in range(2):
            _send(emulator, "PUT", f"{links}/{link_id}", {"linkTitle": "Search help"})
        # Random addresses would be broken at different places.
        emulator.edit_link(link_id, linkURL="https://help.acme.example/record?session=search")
        _send(emulator, "POST", links, {"domainId": "dom_new"})
        _send(emulator, "GET", f"{links}/{_DELETED}")
        yield emulator


def _send(emulator: Emulator, method: str, address: str, body: object = None) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        return session.request(method, address, json=body, headers=headers, timeout=10)


def _read(address: str) -> str:
    with requests.Session() as session:
        session.trust_env = False
        response = session.get(address, timeout=10)
    response.raise_for_status()
    return response.text


def _embed_fonts() -> str:
    """Returns a style sheet with the comment's font: a system's own differs from machine to machine."""
    faces = []
    for weight, path in _FONTS.items():
        font = base64.b64encode((find_packages() / path).read_bytes()).decode()
        faces.append(
            f'@font-face {{ font-family: Picture; font-weight: {weight}; src: url("data:font/woff2;base64,{font}"); }}'
        )
    return "\n".join([*faces, _STYLE])
