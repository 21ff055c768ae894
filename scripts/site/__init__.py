"""Builds the site from docs/, the README and the other pages of the repository."""

from scripts.site.building import build, check_links
from scripts.site.errors import SiteError

__all__ = ["SiteError", "build", "check_links"]
