"""`pulumi-userplane schema`: prints the schema of the plugin."""
