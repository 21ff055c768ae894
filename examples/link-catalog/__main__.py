"""The recording links of all teams, out of links.yaml."""

from pathlib import Path

import catalog
import pulumi
from team_links import TeamLinks, arguments

# All that can be wrong with the file is found before the first link is registered.
declared = arguments(catalog.read(Path(__file__).with_name("links.yaml")), pulumi.get_stack())

pulumi.export("links", {team: TeamLinks(team, links).urls for team, links in declared.items()})
