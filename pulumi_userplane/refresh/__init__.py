"""Reads many links in few requests, by pages of the list."""
