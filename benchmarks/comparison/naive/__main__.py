"""Declares the links of links.json with a dynamic provider in the style of a tutorial, and a careful one.

All of it stands in the program, with plain requests and no time-out; it has `read` and `diff` too, which the shortest
tutorials leave out. It shows what people write, so it stays as it is: nothing of this project's own provider comes in.
"""

import json
import os
from pathlib import Path
from typing import Any

import pulumi
import requests
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

API = f"{os.environ['USERPLANE_BASE_URL']}/public/workspace/{os.environ['USERPLANE_WORKSPACE_ID']}/links"
TOKEN = os.environ["USERPLANE_API_KEY"]
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


class LinkProvider(ResourceProvider):
    """Links at Userplane."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Makes a link, then gives it its title."""
        body = {
            "domainId": props["domain_id"],
            "projectId": props["project_id"],
            "linkReusable": props["link_reusable"],
            "meta": props["meta"],
        }
        response = requests.post(API, json=body, headers=HEADERS)
        response.raise_for_status()
        link = response.json()["data"]["link"]
        response = requests.put(f"{API}/{link['linkId']}", json={"linkTitle": props["link_title"]}, headers=HEADERS)
        response.raise_for_status()
        return CreateResult(link["linkId"], {**props, "url": link["linkURL"]})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Asks for the link; 404 means that it is gone."""
        response = requests.get(f"{API}/{id_}", headers=HEADERS)
        if response.status_code == 404:
            return ReadResult("", {})
        response.raise_for_status()
        link = response.json()["data"]["link"]
        live = {
            "domain_id": link["domain"]["domainId"],
            "project_id": link["project"]["projectId"],
            "link_title": link["linkTitle"],
            "link_reusable": link["linkReusable"],
            "meta": link["meta"],
            "url": link["linkURL"],
        }
        return ReadResult(id_, {**props, **live})

    def update(self, id_: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Sends all fields that can be changed."""
        body = {"linkTitle": news["link_title"], "linkReusable": news["link_reusable"], "meta": news["meta"]}
        response = requests.put(f"{API}/{id_}", json=body, headers=HEADERS)
        response.raise_for_status()
        return UpdateResult({**news, "url": response.json()["data"]["link"]["linkURL"]})

    def delete(self, id_: str, _props: dict[str, Any]) -> None:
        """Deletes the link."""
        requests.delete(f"{API}/{id_}", headers=HEADERS).raise_for_status()

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compares the fields; a link can't move to another domain or project."""
        fields = ("domain_id", "project_id", "link_title", "link_reusable", "meta")
        changed = [field for field in fields if olds.get(field) != news.get(field)]
        return DiffResult(
            changes=bool(changed), replaces=[field for field in changed if field in {"domain_id", "project_id"}]
        )


class Link(Resource):
    """A recording link."""

    url: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, Any]) -> None:
        super().__init__(LinkProvider(), name, {**props, "url": None})


for link_name, link_props in json.loads(Path("links.json").read_text("utf-8")).items():
    Link(link_name, link_props)
