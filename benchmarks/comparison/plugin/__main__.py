"""The links through the plugin."""

import json
from pathlib import Path

import pulumi

NAMES = {
    "domain_id": "domainId",
    "project_id": "projectId",
    "link_title": "linkTitle",
    "link_reusable": "linkReusable",
    "meta": "meta",
}

for name, link in json.loads(Path("links.json").read_text("utf-8")).items():
    inputs = {NAMES[key]: value for key, value in link.items()}
    pulumi.CustomResource("userplane:index:RecordingLink", name, {"linkUrl": None, **inputs})
