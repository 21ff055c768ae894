"""What a run knows of the state, from four threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_userplane.held import Held


def test_a_mark_has_the_links_that_the_state_is_known_to_hold() -> None:
    held = Held()
    assert held.of_mark("m") == frozenset()
    assert not held.has_one_of("m")
    held.expect("m")
    assert held.of_mark("m") is None
    assert held.has_one_of("m")
    held.add("lnk_1", "m")
    assert held.of_mark("m") == {"lnk_1"}
    held.add("lnk_2", "m")
    held.drop("lnk_1")
    assert held.of_mark("m") == {"lnk_2"}
    held.add("lnk_3", "")
    assert not held.has_one_of("")


def test_a_link_is_taken_once_and_none_that_the_state_holds() -> None:
    held = Held()
    held.add("lnk_held", "")
    assert not held.take("lnk_held", "how")
    assert held.take("lnk_1", "how")
    assert not held.take("lnk_1", "again")
    assert (held.how_taken("lnk_1"), held.how_taken("lnk_2")) == ("how", None)
    held.give_back("lnk_1")
    held.drop("lnk_held")
    assert held.take("lnk_1", "how")
    assert held.take("lnk_held", "how")


@pytest.mark.parametrize(
    "wanted", ["lnk_1", "https://help.test/r", "help.test/r/", "https://dash.test/links/lnk_1?x=1"]
)
def test_a_link_is_wanted_by_whatever_names_it(wanted: str) -> None:
    held = Held()
    held.adopting(wanted)
    assert held.is_wanted("lnk_1", "https://help.test/r")
    assert not held.is_wanted("lnk_2", "https://help.test/s")
    held.clear()
    assert not held.is_wanted("lnk_1", "https://help.test/r")


@pytest.mark.parametrize(
    ("declared", "replaced", "elsewhere"),
    [
        ([], "", False),
        ([("a", "a")], "", False),
        ([("a", "b")], "", False),
        ([("c", "a")], "", False),
        ([("b", "b")], "", True),
        ([("a", "a"), ("b", "b")], "", True),
        ([("b", "b")], "b", False),
        ([("", "")], "", False),
    ],
)
def test_a_link_is_declared_elsewhere_by_a_resource_of_other_marks_that_keeps_it(
    declared: list[tuple[str, str]], replaced: str, elsewhere: bool
) -> None:
    held = Held()
    for recorded_mark, mark in declared:
        held.declare("lnk_1", recorded_mark, mark, replaces=False)
    if replaced:
        held.replace(replaced)
    assert held.is_declared_elsewhere("lnk_1", "a") is elsewhere
    assert not held.is_declared_elsewhere("lnk_2", "a")


def test_four_threads_may_ask_and_tell_at_once() -> None:
    held = Held()

    def work(thread: int) -> int:
        for number in range(2000):
            held.add(f"lnk_{thread}_{number}", f"m{number}")
            held.adopting(f"lnk_{thread}_{number}")
            held.of_mark(f"m{number}")
            if number % 200 == 0:
                held.is_wanted("lnk", None)
        return sum(held.take(f"lnk_{number}", "how") for number in range(100))

    with ThreadPoolExecutor(4) as threads:
        taken = sum(threads.map(work, range(4)))
    assert taken == 100
    assert held.of_mark("m7") == {f"lnk_{thread}_7" for thread in range(4)}
