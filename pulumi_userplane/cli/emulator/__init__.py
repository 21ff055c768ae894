"""`pulumi-userplane emulator`: runs a Userplane on this machine."""
