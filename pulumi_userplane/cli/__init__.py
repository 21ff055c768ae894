"""The command `pulumi-userplane`; each subcommand loads what it needs when it runs."""

from pulumi_userplane.cli.app import main

__all__ = ["main"]
