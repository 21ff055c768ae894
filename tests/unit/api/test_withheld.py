"""What is struck out of the server's words while a link's values are withheld."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.api.withheld import struck_out, withheld

TITLE = "Reset of the vault"


@pytest.mark.parametrize(
    ("link", "words", "said"),
    [
        ({"link_title": TITLE}, f'linkTitle "{TITLE}" is taken.', 'linkTitle "[link_title]" is taken.'),
        ({"link_title": TITLE}, "Reset of the va… is too long", "[link_title]… is too long"),
        ({"link_title": TITLE}, f"{TITLE}, {TITLE}", "[link_title], [link_title]"),
        ({"link_title": f"  {TITLE} "}, f"'{TITLE}'", "'[link_title]'"),
        ({"link_title": "Reset of\n the vault"}, TITLE, "[link_title]"),
        ({"link_title": 'Ä "quoted" secret'}, '{"value":"Ä \\"quoted\\" secret"}', '{"value":"[link_title]"}'),
        (
            {"link_title": "Help"},
            "No Help for Helpers, helped by 'Help'",
            "No [link_title] for Helpers, helped by '[link_title]'",
        ),
        ({"link_title": "a.b*"}, "axb* and a.b*", "axb* and [link_title]"),
        ({"link_title": "a"}, "a link", "a link"),
        ({"link_title": ""}, "nothing", "nothing"),
        ({"link_provider_id": "t-4711"}, "no id t-4711", "no id [link_provider_id]"),
        ({"link_provider_ref": "ticket 4711"}, "no ticket 4711", "no [link_provider_ref]"),
        ({"meta": {"k": ["deep secret", {"pin": 4711.0}]}}, "deep secret and 4711", "[meta] and [meta]"),
        ({"meta": {"secret key": True, "none": None}}, "secret key must not be True", "secret key must not be True"),
        ({"link_provider_type": "zendesk", "link_reusable": True}, "zendesk is not allowed", "zendesk is not allowed"),
    ],
)
def test_each_value_gives_way_to_its_fields_name(link: dict[str, Any], words: str, said: str) -> None:
    with withheld(link):
        assert struck_out(words) == said
    assert struck_out(words) == words


def test_the_longest_value_goes_first_and_more_links_add_up() -> None:
    with withheld({"link_title": "Help"}), withheld({"meta": {"a": "Help desk"}}, {"link_provider_id": "Desk"}):
        assert struck_out("Help desk, Help, Desk") == "[meta], [link_title], [link_provider_id]"
