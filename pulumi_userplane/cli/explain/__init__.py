"""`pulumi-userplane explain`: says what an error code of Userplane means."""
