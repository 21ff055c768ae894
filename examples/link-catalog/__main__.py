"""Declares the recording links of all teams, as listed in links.yaml."""

from pathlib import Path

import catalog
import pulumi
from team_links import TeamLinks, arguments

# All mistakes in the file are reported before the first link is registered.
declared = arguments(catalog.read(Path(__file__).with_name("links.yaml")), pulumi.get_stack())

pulumi.export("links", {team: TeamLinks(team, links).urls for team, links in declared.items()})
