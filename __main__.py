"""Starts the plugin from the folder of this file; see `PulumiPlugin.yaml`."""

from pulumi_userplane.plugin.main import main

main()
