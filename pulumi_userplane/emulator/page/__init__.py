"""The emulator's page: what it holds, and what it was sent, in a browser."""
