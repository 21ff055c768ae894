"""`pulumi-userplane probe`: asks the live service what no documentation says."""
