"""What the plugin does with the option `import`: it takes over only what `adopt` takes over as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from tests.unit.plugin.conftest import URN, Aborted

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.request_log import Sent
    from tests.unit.plugin.conftest import Plugin

OTHER_URN = URN.replace("help", "other")
OLD_MARK = "pulumi:proj/dev/old"
FOREIGN = "pulumi:other/prod/x"
REFERENCE = f"{FOREIGN}#12345678"
DECLARED: dict[str, Any] = {"domainId": "dom_help", "linkTitle": "New"}
OPTED_OUT: dict[str, Any] = {**DECLARED, "mark": ""}


def _add(server: Emulator, reference: str | None = None) -> str:
    return str(server.add_link(domainId="dom_help", linkTitle="Old", linkProviderReference=reference)["linkId"])


def _take_over(plugin: Plugin, link: dict[str, Any], declared: dict[str, Any], urn: str = URN) -> dict[str, Any]:
    """Checks and compares what a program declares for an imported link; returns its new inputs."""
    checked = plugin.check(declared, link["inputs"], urn)
    assert "failures" not in checked
    plugin.diff(link["id"], link["properties"], checked["inputs"], link["inputs"], urn)
    inputs: dict[str, Any] = checked["inputs"]
    return inputs


@pytest.fixture
def import_link(plugin: Plugin, server: Emulator) -> Callable[..., dict[str, Any]]:
    """Adds a link with this reference, and puts it into the state as the engine does, before it checks the program."""

    def import_one(reference: str | None = None) -> dict[str, Any]:
        return plugin.read(_add(server, reference), {}, {})

    return import_one


@pytest.mark.parametrize("others", [{}, {"linkProviderRef": "REF-1"}, {"mark": ""}, {"mark": "mine"}])
def test_another_stacks_link_is_refused_with_advice_and_not_deleted(
    plugin: Plugin, import_link: Callable[..., dict[str, Any]], sent: Sent, others: dict[str, Any]
) -> None:
    link = import_link(REFERENCE)
    sent()
    # Also in a later run: the state holds it from now on.
    for _ in range(2):
        [failure] = plugin.check({**DECLARED, **others}, link["inputs"])["failures"]
        assert failure["reason"] == (
            f"import: it was created by {FOREIGN}, which may still manage it; "
            f'write mark: "{FOREIGN}" next to the option import if that resource no longer manages it'
        )
    plugin.delete(link["id"], link["properties"], link["inputs"])
    [(_, urn, warning)] = plugin.logged
    assert urn == URN
    assert warning.endswith(f"was not deleted: it was created by {FOREIGN}, which may still manage it")
    assert sent() == []


def test_link_of_another_resource_of_the_stack_is_refused_with_its_own_advice(
    plugin: Plugin, import_link: Callable[..., dict[str, Any]]
) -> None:
    [failure] = plugin.check(DECLARED, import_link(f"{OLD_MARK}#12345678")["inputs"])["failures"]
    renamed = "; for a resource that was renamed use `aliases` instead of the option import, else write mark: "
    assert renamed in failure["reason"]


@pytest.mark.parametrize("mark_links", ["true", "false"])
@pytest.mark.parametrize(
    "named",
    [
        {"mark": FOREIGN},
        # As `pulumi import` declares it, and the code that it writes.
        {"linkProviderRef": REFERENCE},
    ],
)
def test_link_is_taken_over_when_its_mark_or_reference_is_named(
    plugin: Plugin,
    import_link: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    named: dict[str, Any],
    mark_links: str,
) -> None:
    monkeypatch.setenv("USERPLANE_MARK_LINKS", mark_links)
    _take_over(plugin, import_link(REFERENCE), {**DECLARED, **named})


@pytest.mark.parametrize("reference", [None, "REF-1", "pulumi:proj/dev/help#12345678"])
def test_link_of_no_other_resource_is_taken_over_and_deleted(
    plugin: Plugin, server: Emulator, import_link: Callable[..., dict[str, Any]], reference: str | None
) -> None:
    link = import_link(reference)
    assert _take_over(plugin, link, DECLARED)["mark"] == "pulumi:proj/dev/help"
    plugin.delete(link["id"], link["properties"], link["inputs"])
    assert [each["live"] for each in server.links if each["linkId"] == link["id"]] == [False]


def test_accepted_link_is_deleted_whatever_its_reference(
    plugin: Plugin, server: Emulator, import_link: Callable[..., dict[str, Any]]
) -> None:
    link = import_link(REFERENCE)
    inputs = _take_over(plugin, link, {**DECLARED, "linkProviderRef": REFERENCE})
    plugin.delete(link["id"], link["properties"], inputs)
    assert [each["live"] for each in server.links if each["linkId"] == link["id"]] == [False]


def test_second_import_of_a_link_is_refused(plugin: Plugin, import_link: Callable[..., dict[str, Any]]) -> None:
    link = import_link()
    _take_over(plugin, link, DECLARED)
    _take_over(plugin, link, DECLARED)
    with pytest.raises(Aborted, match="failed: another resource of this program manages it; remove one of the two "):
        _take_over(plugin, link, DECLARED, OTHER_URN)
    _take_over(plugin, import_link(), DECLARED, OTHER_URN)


@pytest.mark.parametrize("declared", [{**DECLARED, "mark": "mine"}, OPTED_OUT])
def test_link_under_two_names_of_the_state_is_imported_by_neither(
    plugin: Plugin, import_link: Callable[..., dict[str, Any]], clock: Clock, declared: dict[str, Any]
) -> None:
    link = import_link()
    for urn, mark in ((URN, declared["mark"]), (OTHER_URN, declared["mark"] and "other")):
        run_state.reset(RunState(plugin.servicer._log, clock))
        _take_over(plugin, link, {**declared, "mark": mark}, urn)
    run_state.reset(RunState(plugin.servicer._log, clock))
    for urn, mark in ((URN, declared["mark"]), (OTHER_URN, declared["mark"] and "other")):
        held = {**link, "inputs": {**link["inputs"], "mark": mark} if mark else link["inputs"]}
        _take_over(plugin, held, {**declared, "mark": mark}, urn)


@pytest.mark.parametrize("is_imported_first", [True, False])
def test_link_that_the_program_manages_already_is_not_imported_as_well(
    plugin: Plugin, import_link: Callable[..., dict[str, Any]], *, is_imported_first: bool
) -> None:
    link = import_link()
    managed = {**link, "inputs": {**link["inputs"], "mark": "pulumi:proj/dev/help"}}
    order = [(managed, URN), (link, OTHER_URN)]
    first, second = reversed(order) if is_imported_first else order
    _take_over(plugin, first[0], DECLARED, first[1])
    with pytest.raises(Aborted, match="remove one of the two from the program, and from the state with `pulumi state"):
        _take_over(plugin, second[0], DECLARED, second[1])


def test_refresh_does_not_count_as_another_resource(plugin: Plugin, import_link: Callable[..., dict[str, Any]]) -> None:
    link = import_link()
    plugin.diff(link["id"], link["properties"], link["inputs"], link["inputs"])
    _take_over(plugin, link, DECLARED)
