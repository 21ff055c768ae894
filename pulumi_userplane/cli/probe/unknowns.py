"""What no documentation says: each unknown with its fixed id, what the provider expects, and what else means.

The ids and the values are those of the emulator's behaviours, so that it can respond like a report.
Where each unknown comes from: https://docs.userplane.io/api/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.probe.findings import UNCLEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

_REPORT_IT = "attach the report to an issue: the provider does not know this"
_DASHBOARD = "in the dashboard"
_LIST_PROVES_NOTHING = "after a lost response the list would not show the link that was made"


@dataclass(frozen=True)
class Unknown:
    """Something that no documentation says.

    Attributes:
        id: Its fixed id.
        label: What it is, in a few words.
        expected: What the provider expects.
        meanings: What each other value means for a program, and what to do; most need nothing.
    """

    id: str
    label: str
    expected: Any
    meanings: Mapping[str, str] = field(default_factory=dict)

    def explain(self, seen: Any) -> str:  # noqa: ANN401 - of any kind
        """Returns what a value means for a program, and what to do."""
        if seen == UNCLEAR:
            return "what came is none of the values known here: describe it in an issue, please"
        values = seen if isinstance(seen, list) else [str(seen).lower() if isinstance(seen, bool) else str(seen)]
        meanings = dict.fromkeys(self.meanings[value] for value in values if value in self.meanings)
        return "; ".join(meanings) or "nothing to do"


def _lengths(name: str, length: int) -> dict[str, str]:
    return {
        "shorter": f"keep {name} short: even {length} characters are refused",
        "cut": f"keep {name} at {length} characters or below: the server cuts it",
    }


UNKNOWNS = (
    Unknown("meta_key", "name of the map", "meta"),
    Unknown("meta_returned_as", "its name in a response", "same"),
    Unknown(
        "meta_update",
        "a PUT of the map",
        "replace",
        {"merge": f"a key that a program takes out of `meta` stays: remove it {_DASHBOARD}"},
    ),
    Unknown(
        "meta_values",
        "numbers and lists in the map",
        "any",
        dict.fromkeys(("strings", "text", "drop"), "write only texts into `meta`"),
    ),
    Unknown("null_meta", "null for the map", "refuse"),
    Unknown(
        "empty_meta",
        "{} for the map",
        "keep",
        dict.fromkeys(("ignore", "refuse"), f"a program can't empty `meta`: do it {_DASHBOARD}"),
    ),
    Unknown(
        "empty_text",
        '"" for a text',
        "clear",
        dict.fromkeys(("ignore", "refuse"), f"a program can't clear a text: do it {_DASHBOARD}"),
    ),
    Unknown("null_text", "null for a text", "refuse"),
    Unknown(
        "trim_text",
        "texts are trimmed",
        expected=False,
        meanings={"true": "write texts without white space around them"},
    ),
    Unknown(
        "left_out",
        "a field that a PUT leaves out",
        "keep",
        {"clear": f"an update clears what it does not send; {_REPORT_IT}"},
    ),
    Unknown(
        "reference_after_update",
        "reference after a PUT without it",
        "keep",
        {"clear": f"an update takes away the link's reference, and so its mark; {_REPORT_IT}"},
    ),
    Unknown(
        "ignored_fields",
        "fields that are dropped silently",
        [],
        {
            "linkReference": _LIST_PROVES_NOTHING,
            **{
                name: f"leave {argument} out of programs"
                for name, argument in (
                    ("linkTitle", "link_title"),
                    ("linkReusable", "link_reusable"),
                    ("linkProviderType", "link_provider_type"),
                    ("linkProviderId", "link_provider_id"),
                    ("linkProviderRef", "link_provider_ref"),
                    ("meta", "meta"),
                    ("linkMeta", "meta"),
                )
            },
        },
    ),
    Unknown("unknown_fields", "a field that does not exist", "drop"),
    Unknown("title_length", "a title above 255 characters", "documented", _lengths("link_title", 255)),
    Unknown("provider_id_length", "a provider id above 255", "documented", _lengths("link_provider_id", 255)),
    Unknown("reference_length", "a reference above 2048", "documented", _lengths("link_provider_ref", 2048)),
    Unknown("created_reference_length", "the same in a POST", "documented"),
    Unknown("created_status", "status of a POST", 200),
    Unknown("updated_status", "status of a PUT", 200),
    Unknown("default_link_type", "type of a new link", "recording"),
    Unknown("default_provider_type", "provider type of a new link", "web"),
    Unknown("default_reusable", "a new link is reusable", expected=False),
    Unknown("default_title", "title of a new link", "none"),
    Unknown("default_provider_id", "provider id of a new link", "none"),
    Unknown("default_meta", "map of a new link", "none"),
    Unknown("refused_status", "status of refused input", 400),
    Unknown("refused_input", "body of refused input", "envelope"),
    Unknown("unverified_domain", "a domain that is not verified", "input"),
    Unknown("unknown_domain", "a domain that does not exist", "input"),
    Unknown("unknown_project", "a project that does not exist", "404 PROJECT_NOT_FOUND"),
    Unknown("second_delete", "a second DELETE", "410 LINK_GONE"),
    Unknown("list_order", "order of a list without a sort", "newest"),
    Unknown("links_per_page", "more than 20 links on a page", "refuse"),
    Unknown("projects_per_page", "more than 10 projects on a page", "refuse"),
    Unknown("domains_per_page", "100 domains on a page", "take"),
    Unknown("members_per_page", "100 members on a page", "take"),
    Unknown("listed_at_once", "a new link is listed at once", expected=True, meanings={"false": _LIST_PROVES_NOTHING}),
    Unknown("search_reference", "the search finds a reference", "no"),
    Unknown("date_header", "responses have the header Date", expected=True, meanings={"false": _REPORT_IT}),
    Unknown("rate_headers", "headers about the rate limit", []),
    Unknown("retry_after", "429 has the header Retry-After", expected=True),
)
"""All unknowns, in the order of the report."""

EXPECTED = {unknown.id: unknown.expected for unknown in UNKNOWNS}
"""What the provider expects, by the unknowns' ids."""
