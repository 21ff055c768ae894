from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import stack as stacks
from pulumi_userplane.cli.review.applied import compare
from pulumi_userplane.cli.review.applied_model import Applied, LinkResult, OldAddress, ResultKind
from pulumi_userplane.cli.review.model import FieldChange, FieldChangeKind, Mask
from pulumi_userplane.cli.review.printed_errors import PrintedError
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from tests.support.states import ADDRESS, STACK, export, export_of, of_plugin, resource, state, urn
from tests.unit.cli.review.test_up_log import update

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.states import Resource

NO = PrintedError("no", LINK_TYPE, "a")

Run = tuple[ResultKind, OldAddress, str | None, str | None]


class Runs:
    """Compares states."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "state.json"

    def read(self, text: str) -> stacks.Stack:
        self._file.write_text(text, encoding="utf-8")
        return stacks.read_file(self._file, may_be_empty=True)

    def compare(
        self,
        before: list[Resource],
        after: list[Resource],
        log: str | None = None,
        *,
        pending: tuple[tuple[str, Resource], ...] = (),
        earlier: tuple[tuple[str, Resource], ...] = (),
    ) -> Applied:
        """Returns what an `up` did between two states; pending operations are of the later one, and of the earlier."""
        return compare(self.read(_export(before, earlier)), self.read(_export(after, pending)), log)

    def links(self, before: list[Resource], after: list[Resource], log: str | None = None) -> dict[str, Run]:
        """Returns by name what was done to each link."""
        return {
            link.name: (link.kind, link.old, _session(link.old_address), _session(link.new_address))
            for link in self.compare(before, after, log).links
        }


def _export(resources: list[Resource], pending: tuple[tuple[str, Resource], ...]) -> str:
    operations = [{"type": kind, "resource": interrupted} for kind, interrupted in pending]
    return export_of({"resources": [STACK, *resources], "pending_operations": operations})


def _session(address: str | None) -> str | None:
    return address and address.removeprefix(ADDRESS)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def new(name: str, **fields: Any) -> Resource:
    """The link that a resource has after its replacement."""
    return state(name, id=f"lnk_{name}_2", outputs={"link_url": f"{ADDRESS}{name}_2"}, **fields)


def step(line: str) -> str:
    sign, name, verb = line.split(maxsplit=2)
    return update(f" {sign} {LINK_TYPE} {name} {verb}")


def failing(name: str, verb: str = "creating", *more: str) -> str:
    failed = f" +  {LINK_TYPE} {name} **{verb} failed** error: no"
    return update(failed, *more, "Diagnostics:", f"  {LINK_TYPE} ({name}):", "    error: no")


def test_nothing_is_told_of_links_that_stay_as_they_are(runs: Runs) -> None:
    result = runs.compare([state("a")], [state("a")], update())
    assert (result.links, result.has_failed, result.stack) == ((), False, ("p", "dev"))


@pytest.mark.parametrize(
    ("before", "after", "log", "expected"),
    [
        ([], [state("a")], None, (ResultKind.CREATED, OldAddress.NONE, None, "a")),
        ([], [state("a", adopt="lnk_a")], None, (ResultKind.ADOPTED, OldAddress.STAYS, "a", "a")),
        ([], [{**state("a"), "importID": "lnk_a"}], None, (ResultKind.ADOPTED, OldAddress.STAYS, "a", "a")),
        ([state("a")], [], None, (ResultKind.DELETED, OldAddress.DEAD, "a", None)),
        ([state("a", retainOnDelete=True)], [], None, (ResultKind.RETAINED, OldAddress.UNMANAGED, "a", None)),
        ([state("a", deletedWith="urn")], [], None, (ResultKind.DELETED, OldAddress.UNKNOWN, "a", None)),
        ([state("a")], [state("a", external=True)], None, (ResultKind.RETAINED, OldAddress.UNMANAGED, "a", None)),
        ([state("a")], [new("a")], None, (ResultKind.REPLACED, OldAddress.DEAD, "a", "a_2")),
        ([state("a")], [new("a", retainOnDelete=True)], None, (ResultKind.REPLACED, OldAddress.DEAD, "a", "a_2")),
        ([state("a", retainOnDelete=True)], [new("a")], None, (ResultKind.REPLACED, OldAddress.UNMANAGED, "a", "a_2")),
        (
            [state("a")],
            [new("a"), state("a", delete=True)],
            None,
            (ResultKind.REPLACED, OldAddress.UNDELETED, "a", "a_2"),
        ),
        ([state("a")], [state("a", delete=True)], None, (ResultKind.FAILED, OldAddress.UNDELETED, "a", None)),
        (
            [state("a")],
            [state("a", pendingReplacement=True)],
            None,
            (ResultKind.FAILED, OldAddress.DEAD, "a", None),
        ),
        (
            [state("a", pendingReplacement=True)],
            [state("a", pendingReplacement=True)],
            None,
            (ResultKind.FAILED, OldAddress.WAS_DEAD, "a", None),
        ),
        (
            [state("a", pendingReplacement=True)],
            [new("a")],
            None,
            (ResultKind.REPLACED, OldAddress.WAS_DEAD, "a", "a_2"),
        ),
        ([state("a", pendingReplacement=True)], [], None, (ResultKind.DELETED, OldAddress.WAS_DEAD, "a", None)),
        # Of a link that was deleted outside Pulumi, a refresh leaves nothing to replace.
        ([state("a")], [new("a")], step("+  a created (0s)"), (ResultKind.REPLACED, OldAddress.WAS_DEAD, "a", "a_2")),
        (
            [state("a")],
            [new("a")],
            step("++ a created replacement (0s)"),
            (ResultKind.REPLACED, OldAddress.DEAD, "a", "a_2"),
        ),
        (
            [state("a")],
            [],
            update("recording link (lnk_a) was deleted outside Pulumi"),
            (ResultKind.DELETED, OldAddress.WAS_DEAD, "a", None),
        ),
        # The old link of an earlier replacement.
        ([state("a", delete=True)], [], None, (ResultKind.DELETED, OldAddress.DEAD, "a", None)),
        (
            [state("a", delete=True)],
            [state("a", delete=True)],
            None,
            (ResultKind.FAILED, OldAddress.UNDELETED, "a", None),
        ),
    ],
)
def test_link_is_compared_by_its_id(
    runs: Runs, before: list[Resource], after: list[Resource], log: str | None, expected: Run
) -> None:
    assert runs.links(before, after, log) == {"a": expected}


def test_links_of_the_plugin_are_compared_alike(runs: Runs) -> None:
    before, after = (
        [state("a"), state("b"), state("d", link_title="D")],
        [new("a"), state("c"), state("d", link_title="E")],
    )
    expected = runs.links(before, after)
    assert len(expected) == 4
    assert runs.links([*map(of_plugin, before)], [*map(of_plugin, after)]) == expected


def test_address_is_not_told_when_the_state_hides_it(runs: Runs) -> None:
    hidden = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:"}
    [link] = runs.compare([], [state("a", outputs={"link_url": hidden, "link_title": hidden})]).links
    assert (link.new_address, link.title) == (None, None)


def test_link_keeps_its_address_when_another_resource_has_it(runs: Runs) -> None:
    other = state("b", id="lnk_a", outputs={"link_url": f"{ADDRESS}a"})
    [link] = runs.compare([state("a")], [other]).links
    assert (link.kind, link.renamed_from, link.new_address) == (ResultKind.RENAMED, "a", f"{ADDRESS}a")
    assert runs.links([state("a")], [new("a"), other]) == {
        "a": (ResultKind.REPLACED, OldAddress.STAYS, "a", "a_2"),
        "b": (ResultKind.RENAMED, OldAddress.STAYS, "a", "a"),
    }


def test_link_is_adopted_when_it_gets_a_second_name(runs: Runs) -> None:
    other = state("b", id="lnk_a", adopt="lnk_a", outputs={"link_url": f"{ADDRESS}a"})
    assert runs.links([state("a")], [state("a"), other]) == {"b": (ResultKind.ADOPTED, OldAddress.STAYS, "a", "a")}
    # The old name leaves again, and nothing happens to the link.
    assert runs.links([state("a"), other], [other]) == {}


def test_link_is_renamed_to_nothing_when_only_its_provider_changes(runs: Runs) -> None:
    [link] = runs.compare([state("a")], [of_plugin(state("a"))]).links
    assert (link.kind, link.renamed_from, link.type) == (ResultKind.RENAMED, None, PLUGIN_LINK_TYPE)


def test_successor_is_named_when_it_declares_the_same(runs: Runs) -> None:
    before = [state("a", link_title="A"), state("b", link_title="B"), state("c", link_title="A"), state("e")]
    renamed = state("f", id="lnk_e")
    links = runs.compare([*before, state("g")], [new("h", link_title="A"), new("d", link_title="C"), renamed]).links
    # One that is only renamed is not new, and a new one takes the place of one.
    assert {link.name: link.successor for link in links if link.kind is ResultKind.DELETED} == {
        "a": "h",
        "b": None,
        "c": None,
        "g": None,
    }


def test_fields_are_compared_as_declared(runs: Runs) -> None:
    [link] = runs.compare(
        [state("a", link_title="A", meta={"x": [1]})], [state("a", link_title="B", meta={"x": [1]})]
    ).links
    assert (link.kind, link.old, link.new_address) == (ResultKind.UPDATED, OldAddress.STAYS, f"{ADDRESS}a")
    assert link.fields == (FieldChange("link_title", FieldChangeKind.CHANGED, "A", "B"),)


def test_fields_come_only_from_the_log_when_there_is_one(runs: Runs) -> None:
    before, after = [state("a", link_title="A")], [state("a", link_title="B")]
    # A refresh has recorded what somebody else did.
    assert runs.compare(before, after, update()).links == ()
    assert [link.kind for link in runs.compare(before, after, step("~  a updated (0s)")).links] == [ResultKind.UPDATED]
    assert runs.compare(before, after, "Previewing update (dev):\n").links == ()
    # With --suppress-progress the log has no steps.
    assert len(runs.compare(before, after, "Updating (dev):\nResources:\n").links) == 1


def test_field_was_put_back_when_it_was_sent_and_declared_all_along(runs: Runs) -> None:
    one = [state("a", link_title="A")]
    [link] = runs.compare(one, one, step("~  a updated (0s) [diff: ~link_title,~__managed]")).links
    assert (link.kind, link.fields, link.put_back) == (ResultKind.UPDATED, (), ("link_title",))


def test_secret_changes_only_when_the_log_says_so(runs: Runs) -> None:
    def secret(text: str) -> Resource:
        hidden = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": text}
        return state("a", meta={"token": hidden})

    # A refresh encrypts it anew.
    assert runs.compare([secret("one")], [secret("two")]).links == ()
    [link] = runs.compare([secret("one")], [secret("two")], step("~  a updated (0s) [diff: ~meta]")).links
    assert (link.fields, link.put_back) == (
        (FieldChange("meta", FieldChangeKind.CHANGED, Mask.SECRET, Mask.SECRET),),
        (),
    )


def test_failure_is_told_of_the_link_that_it_befell(runs: Runs) -> None:
    result = runs.compare([], [], failing("a"))
    [link] = result.links
    assert link == LinkResult(LINK_TYPE, "a", ResultKind.FAILED, errors=(NO,), pending="creating")
    assert (result.has_failed, result.is_interrupted) == (True, False)
    [link] = runs.compare([state("a")], [state("a")], failing("a", "deleting")).links
    assert (link.kind, link.old, link.old_address, link.pending) == (
        ResultKind.FAILED,
        OldAddress.STAYS,
        f"{ADDRESS}a",
        "deleting",
    )


def test_failure_is_told_of_the_old_link_when_it_could_not_be_deleted(runs: Runs) -> None:
    [link] = runs.compare([state("a")], [new("a"), state("a", delete=True)], failing("a", "deleting")).links
    assert (link.kind, link.errors) == (ResultKind.REPLACED, (NO,))


def test_other_errors_are_told_apart(runs: Runs) -> None:
    result = runs.compare([], [], update("Diagnostics:", "  x:y:Z (b):", "    error: broken"))
    assert (result.other_errors, result.links, result.has_failed) == ((PrintedError("broken", "x:y:Z", "b"),), (), True)


def test_links_that_were_not_reached_are_those_planned_and_not_done(runs: Runs) -> None:
    plan = "".join(f" +  {LINK_TYPE} {name} create \n" for name in "abcd") + f" ~  {LINK_TYPE} e update \n"
    done = f" +  {LINK_TYPE} b created (0s)"
    before, after = [state("e")], [state("b"), state("c"), state("e")]
    result = runs.compare(before, after, plan + failing("a", "creating", done))
    assert {link.name: link.old for link in result.of_kind(ResultKind.NOT_REACHED)} == {
        "d": OldAddress.NONE,
        "e": OldAddress.STAYS,
    }
    assert runs.compare(before, after, plan + update(done)).of_kind(ResultKind.NOT_REACHED) == []
    assert runs.compare(before, after, plan).of_kind(ResultKind.NOT_REACHED) == []


@pytest.mark.parametrize(
    ("kind", "state_before", "old"),
    [
        ("creating", [], OldAddress.NONE),
        ("creating", [state("a")], OldAddress.STAYS),
        ("updating", [state("a")], OldAddress.STAYS),
        ("deleting", [state("a")], OldAddress.UNKNOWN),
    ],
)
def test_operation_is_interrupted_when_it_is_pending(
    runs: Runs, kind: str, state_before: list[Resource], old: OldAddress
) -> None:
    result = runs.compare(state_before, state_before, pending=((kind, state("a", id="")),))
    [link] = result.links
    assert (link.kind, link.pending, link.old) == (ResultKind.INTERRUPTED, kind, old)
    assert result.is_interrupted
    assert result.has_failed


def test_creation_is_over_when_the_state_has_its_link(runs: Runs) -> None:
    stale = (("creating", state("a", id="")),)
    result = runs.compare([], [state("a")], pending=stale, earlier=stale)
    assert [link.kind for link in result.links] == [ResultKind.CREATED]
    assert not result.has_failed
    result = runs.compare([state("a")], [new("a")], pending=stale)
    assert [link.kind for link in result.links] == [ResultKind.REPLACED]


def test_creation_is_interrupted_when_it_made_room(runs: Runs) -> None:
    result = runs.compare(
        [state("a")], [state("a", pendingReplacement=True)], pending=(("creating", state("a", id="")),)
    )
    [link] = result.links
    assert (link.kind, link.old, link.new_address) == (ResultKind.INTERRUPTED, OldAddress.DEAD, None)


def test_interrupted_operation_on_another_resource_is_told_once(runs: Runs) -> None:
    pending = (("updating", resource("z", "z", "x:y:Z")),)
    result = runs.compare([], [], pending=pending)
    assert result.other_errors == (PrintedError("the run was interrupted while updating it", "x:y:Z", "z"),)
    assert runs.compare([], [], pending=pending, earlier=pending).other_errors == ()


def test_run_is_interrupted_when_its_log_has_no_end(runs: Runs) -> None:
    result = runs.compare([], [], update(end=""))
    assert (result.is_interrupted, result.has_failed, result.has_begun) == (True, True, True)
    assert not runs.compare([], [], "").has_begun


def test_stack_comes_from_whatever_names_it(runs: Runs) -> None:
    empty, one = runs.read(export_of(None)), runs.read(export(state("a")))
    assert compare(empty, one, None).stack == compare(one, empty, None).stack == ("p", "dev")
    assert compare(empty, empty, None, ("shop", "prod")).stack == ("shop", "prod")
    assert compare(empty, empty, "Updating (dev):\n +  pulumi:pulumi:Stack p-dev creating\n").stack == ("p", "dev")
    with pytest.raises(
        ConfigurationError, match=r"neither state holds a resource.*; name it with --stack PROJECT/STACK"
    ):
        compare(empty, empty, None)
    other = runs.read(export(resource("a", urn=urn("a", stack="prod"))))
    with pytest.raises(ConfigurationError, match="the states are of two stacks, p/dev and p/prod; give two exports"):
        compare(one, other, None)
