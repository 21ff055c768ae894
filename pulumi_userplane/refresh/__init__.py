"""Refreshes links with few requests, by pages of the list."""
