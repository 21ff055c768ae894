"""The plugin that serves recording links to every Pulumi language, over Pulumi's provider protocol."""
