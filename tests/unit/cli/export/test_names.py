"""Names of exported links are readable, unique, and the same when links are added later."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.cli.export.names import NameAllocator

TITLES = st.lists(
    st.sampled_from(["", "Help", "help!", "Help 000002", "Help 2", "link", "💳"]) | st.text(), max_size=12
)


def test_name_is_title_for_oldest_link_and_has_end_of_id_for_others() -> None:
    names = NameAllocator({})
    assert names.allocate("Help", "lnk_1a2b3c4d5e") == "help"
    assert names.allocate("Help!", "lnk_9Z8y7x6w5v") == "help-7x6w5v"
    assert names.allocate("Help", "other_7x6w5v") == "help-other7x6w5v"
    assert names.allocate("Help", "lnk-other_7x6w5v") == "help-lnkother7x6w5v"
    assert names.allocate("Help", "lnkother7x6w5v") == "help-2"
    assert names.allocate("", "lnk_1a2b3c4d5e") == "link-3c4d5e"
    assert names.allocate("💳", "***") == "link-2"


def test_name_may_repeat_when_prefix_differs() -> None:
    names = NameAllocator({})
    assert names.allocate("c", "lnk_1", prefix="a-b-") == "c"
    assert names.allocate("c", "lnk_2", prefix="d-") == "c"
    assert names.allocate("b c", "lnk_3", prefix="a-") == "b-c-lnk3"


def test_earlier_name_stays_with_its_link() -> None:
    names = NameAllocator({"lnk_a": "help-bbbbbb", "lnk_gone": "help", "lnk_twin": "help-bbbbbb", "lnk_odd": ""})
    assert names.allocate("Help", "lnk_bbbbbb") == "help-lnkbbbbbb"
    assert names.allocate("Search", "lnk_twin") == "help-bbbbbb"
    assert names.allocate("FAQ", "lnk_a") == "faq"
    assert names.allocate("", "lnk_odd") == "link-lnkodd"
    assert names.allocate("Help", "lnk_gone") == "help"


def test_earlier_name_is_ignored_when_prefix_differs() -> None:
    names = NameAllocator({"lnk_1": "pay-help", "lnk_2": "pay-"})
    assert names.allocate("FAQ", "lnk_1", prefix="pay-") == "help"
    assert names.allocate("FAQ", "lnk_2", prefix="pay-") == "faq"
    assert NameAllocator({"lnk_1": "pay-help"}).allocate("FAQ", "lnk_1", prefix="ops-") == "faq"


@given(TITLES, st.dictionaries(st.integers(0, 11), st.text()), TITLES)
def test_name_stays_when_other_links_change(before: list[str], edited: dict[int, str], after: list[str]) -> None:
    def named(links: dict[str, str], earlier: dict[str, str]) -> dict[str, str]:
        names = NameAllocator(earlier)
        return {link_id: names.allocate(title, link_id) for link_id, title in links.items()}

    first = {f"lnk_{index:06d}": title for index, title in enumerate(before)}
    earlier = named(first, {})
    # Of the edited links each second one is deleted.
    left = {
        link_id: edited.get(index, title)
        for index, (link_id, title) in enumerate(first.items())
        if index % 2 or index not in edited
    }
    later = {f"new_{index:06d}": title for index, title in enumerate(after)}
    now = named({**left, **later}, earlier)
    assert {link_id: now[link_id] for link_id in left} == {link_id: earlier[link_id] for link_id in left}
    assert not {now[link_id] for link_id in later} & set(earlier.values())
    assert len(set(now.values())) == len(now)
    assert named({**left, **later}, now) == now


@given(TITLES, TITLES)
def test_name_stays_when_later_links_are_added(before: list[str], after: list[str]) -> None:
    def named(titles: list[str]) -> list[str]:
        names = NameAllocator({})
        return [names.allocate(title, f"lnk_{index:06d}") for index, title in enumerate(titles)]

    some, more = named(before), named(before + after)
    assert more[: len(some)] == some
    assert len(set(more)) == len(more)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in more)
