"""Which domain, project or link is meant, for programs, the plugin and `export`; knows nothing of Pulumi."""
