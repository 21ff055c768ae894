"""`pulumi-userplane export`: writes a workspace's links as a program, a catalog or an emulator seed."""
