"""ProgramError: what a program asked for can't be done; Pulumi shows it as one line, without a traceback."""

from pulumi import RunError

from pulumi_userplane.api.errors import UserplaneError


class ProgramError(UserplaneError, RunError):
    """A look-up that finds nothing or too much, or an option that can't work; nothing was changed."""
