"""`pulumi-userplane import-file`: completes an import file with the live links that it means."""
