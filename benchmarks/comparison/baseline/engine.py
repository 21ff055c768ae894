"""A dynamic provider that sends nothing and compares nothing, with inputs and outputs as large as a recording link's.

Its read returns inputs too, since no provider shows drift without: they are the SDK's work and the engine's.

Pickled by reference and not as a secret: what a run with it takes is the engine's own time.
"""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult

_ANSWERED = {
    "link_id": "lnk_4c1f5e0d9a7b4f21d3e8",
    "link_url": "https://help.acme.example/record?session=VK5zEeGKZrDrMsVjwwq_bAIem-NIrSoO3xUqWxLCrLo",
    "link_type": "recording",
    "created_at": "2026-01-01T00:00:00.000Z",
    "creator": {"workspace_member_id": "mem_owner", "name": "Ines Calder"},
    "project": {"project_id": "prj_onboarding", "title": "Onboarding"},
    "domain": {"domain_id": "dom_help", "url": "help.acme.example", "status": "verified"},
    "link_provider_type": "web",
    "link_provider_id": None,
    "link_provider_ref": "pulumi:links/dev/link-0000#00000000",
    "__managed": ["link_reusable", "link_title", "meta"],
    "__server": "http://127.0.0.1:10000/api/v1",
    "__v": 1,
}
_DECLARED = ("workspace_id", "mark", "domain_id", "project_id", "link_title", "link_reusable", "meta")


class ProviderDoingNothing(ResourceProvider):
    """Answers what it is given."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Makes nothing; the id is the mark, which is different for each link."""
        return CreateResult(props["mark"], {**_ANSWERED, **props})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Finds everything as it was."""
        return ReadResult(id_, {**props}, {key: props[key] for key in _DECLARED if key in props})

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Changes nothing."""
        return UpdateResult({**_ANSWERED, **news})


class Link(Resource, module="userplane", name="RecordingLink"):
    """What would be a recording link."""

    def __init__(self, name: str, props: dict[str, Any]) -> None:
        declared = {**props, "workspace_id": "ws_demo", "mark": f"pulumi:links/dev/{name}"}
        super().__init__(ProviderDoingNothing(), name, {**dict.fromkeys(_ANSWERED), **declared})
