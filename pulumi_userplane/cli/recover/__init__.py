"""`pulumi-userplane recover`: finds orphaned links, brings them in or deletes them."""
