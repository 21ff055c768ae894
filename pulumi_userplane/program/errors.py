"""The errors that a Pulumi program can catch."""

from pulumi import RunError

from pulumi_userplane.api.errors import UserplaneError

__all__ = ["ProgramError", "UserplaneError"]


class ProgramError(UserplaneError, RunError):
    """What a program declares or looks up can't be done; Pulumi shows one line, without a traceback."""
