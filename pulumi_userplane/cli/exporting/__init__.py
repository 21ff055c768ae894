"""What `pulumi-userplane export` reads from a workspace, and the files that it makes of it."""
