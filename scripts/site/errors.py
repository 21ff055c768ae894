"""Why the site can't be built, in words."""


class SiteError(Exception):
    """The site can't be built, or leads to something that is not there."""
