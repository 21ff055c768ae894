"""The requests that a probe may send: known before the first one, 40 at most, cleaning up included."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A request that the probe may send.

    Attributes:
        method: Its HTTP method.
        target: What it is sent to, below the workspace.
        purpose: What it asks or does.
        condition: When it is sent; empty if always.
    """

    method: str
    target: str
    purpose: str
    condition: str = ""

    def __str__(self) -> str:
        """Returns the request in one line."""
        condition = f" (only if {self.condition})" if self.condition else ""
        return f"{self.method:<6} {self.target:<24} {self.purpose}{condition}"


_UNEXPECTED = 4

PLAN = (
    Step("GET", "domains?per_page=100", "finds the domain; may a page be that large?"),
    Step("GET", "domains?per_page=10", "finds the domain", "100 on a page are refused"),
    Step("GET", "members?per_page=100", "may a page be that large?"),
    Step("GET", "projects?per_page=11", "is a page above the documented 10 refused?"),
    Step("GET", "links?per_page=21", "is a page above the documented 20 refused?"),
    Step("POST", "links", "makes link 1: which status, type and defaults has it?"),
    Step("GET", "links, newest first", "is link 1 in the list at once?"),
    Step("POST", "links", "makes link 2, with the longest reference and a map: meta or linkMeta?"),
    Step("PUT", "link 1", "sets texts with white space around them: trimmed, dropped? Is the reference kept?"),
    Step("GET", "links, without a sort", "in which order?"),
    Step("GET", "search", "is a link found by the beginning of its reference?"),
    Step("GET", "search", "is it found by its whole reference?", "it was not found by the beginning"),
    Step("GET", "search", "is it found by its title?", "it was not found by its reference"),
    Step("PUT", "link 1", "sets reference and map: are fields that it leaves out kept?"),
    Step("PUT", "link 1", "sets another map: is it merged? Or the map under its other name"),
    Step("PUT", "link 1", "sets numbers, lists and maps in the map: are they kept?"),
    Step("PUT", "link 1", "sets the map to null"),
    Step("PUT", "link 1", "sets the map to {}"),
    Step("PUT", "link 1", "sets the title to null"),
    Step("PUT", "link 1", 'sets texts to ""'),
    Step("PUT", "link 1", "sets a field that does not exist"),
    Step("PUT", "link 1", "sets texts of the documented lengths"),
    Step("PUT", "link 1", "sets a title of 256 characters (of 255 if the request before was refused)"),
    Step("PUT", "link 1", "the same for the provider id"),
    Step("PUT", "link 1", "the same for the reference, of 2049 or 2048 characters"),
    Step("POST", "links", "on a domain that is not verified", "the workspace has one"),
    Step("POST", "links", "on a domain that does not exist"),
    Step("POST", "links", "in a project that does not exist"),
    Step("POST", "links", "with a reference of 2049 characters (of 2048 if link 2 was refused)"),
    Step("GET", "links, newest first", "which links are the probe's?"),
    Step("GET", "links, newest first", "looks once more", "the response to a POST was lost, or the list was not read"),
    Step("DELETE", "link 1", "deletes it"),
    Step("DELETE", "link 1", "deletes it again: 410?"),
    Step("DELETE", "link 2", "deletes it"),
    *[Step("DELETE", "another link", "deletes it", "a POST made it that should have been refused")] * _UNEXPECTED,
    Step("GET", "links, newest first", "does a link of the probe remain?"),
    Step("DELETE", "a link", "deletes it once more", "that has failed"),
)
"""All requests, in their order. One that fails for a moment is sent again in place of one that is not needed."""

LINKS_USED = 2
"""How many links of the plan a probe uses."""

LINKS_USED_AT_MOST = LINKS_USED + _UNEXPECTED
"""How many it uses if the server makes all links that it should refuse."""
