"""`pulumi-userplane import-file`: fills in the links in an import file."""
