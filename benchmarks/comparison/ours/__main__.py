"""Declares the links of links.json with this project's provider."""

import json
from pathlib import Path

import pulumi_userplane as userplane

for name, link in json.loads(Path("links.json").read_text("utf-8")).items():
    userplane.RecordingLink(name, link)
