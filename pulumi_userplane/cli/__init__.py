"""The command `pulumi-userplane`."""

from pulumi_userplane.cli.app import main

__all__ = ["main"]
