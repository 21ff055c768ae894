"""Which domain, project or link is meant: pure, for programs, the plugin and `export`."""
