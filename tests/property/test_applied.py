"""What is said of an `up` agrees with the two states, whatever they hold."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.cli import stack as stacks
from pulumi_userplane.cli.review.applied import compare
from pulumi_userplane.cli.review.applied_files import render_applied
from pulumi_userplane.cli.review.applied_model import OldAddress, ResultKind
from pulumi_userplane.cli.review.render import Format
from pulumi_userplane.link_types import LINK_TYPE
from tests.support.states import ADDRESS, STACK, export_of, of_plugin, state

if TYPE_CHECKING:
    from tests.support.states import Resource

NAMES = "abcd"
LINES = [
    f" {sign} {LINK_TYPE} {name} {verb}"
    for name in NAMES
    for sign, verb in (
        ("+ ", "create "),
        ("+ ", "created (0s) "),
        ("++", "created replacement (0s)[retain] [diff: ~domain_id]"),
        ("~ ", "updated (0s) [diff: ~link_title]"),
        ("- ", "deleted (0s) "),
        ("- ", "**deleting failed** error: no"),
    )
]
ENDS = ["Updating (dev):", "Diagnostics:", "Resources:", *(f"  {LINK_TYPE} ({name}):\n    error: no" for name in NAMES)]

links = st.builds(
    lambda name, number, flags, title: state(
        name, id=f"lnk_{number}", link_title=title, outputs={"link_url": f"{ADDRESS}{number}."}, **flags
    ),
    st.sampled_from(NAMES),
    st.integers(1, 6),
    st.fixed_dictionaries(
        {},
        optional={
            "delete": st.just(True),
            "external": st.just(True),
            "pendingReplacement": st.just(True),
            "retainOnDelete": st.just(True),
            "deletedWith": st.just("x"),
            "adopt": st.just("lnk_1"),
        },
    ),
    st.sampled_from(["A", "B"]),
)
states = st.lists(
    st.one_of(links, links.map(of_plugin)), max_size=6, unique_by=lambda one: (one["urn"], one.get("delete"))
)
pending = st.lists(st.tuples(st.sampled_from(["creating", "updating", "deleting"]), links), max_size=2)
logs = st.none() | st.lists(st.sampled_from(LINES + ENDS), max_size=12).map("\n".join)


def read(resources: list[Resource], operations: list[tuple[str, Resource]]) -> stacks.Stack:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.json"
        content: dict[str, Any] = {
            "resources": [STACK, *resources],
            "pending_operations": [{"type": kind, "resource": one} for kind, one in operations],
        }
        file.write_text(export_of(content), encoding="utf-8")
        return stacks.read_file(file)


def held(resources: list[Resource]) -> set[str]:
    """The addresses of links that a state holds, and that live as far as it knows."""
    dropped = ("external", "pendingReplacement", "delete")
    return {
        one["outputs"].get("link_url") or one["outputs"]["linkUrl"]
        for one in resources
        if not any(map(one.get, dropped))
    }


@given(states, states, pending, logs)
def test_each_address_is_accounted_for(
    before: list[Resource], after: list[Resource], operations: list[tuple[str, Resource]], log: str | None
) -> None:
    # A link makes room only for its own replacement.
    known = {(one["urn"], one["id"]) for one in before if not one.get("delete")}
    after = [one if (one["urn"], one["id"]) in known else {**one, "pendingReplacement": False} for one in after]
    applied = compare(read(before, []), read(after, operations), log)
    told = {link.old_address for link in applied.links if link.old is not OldAddress.NONE}
    assert held(before) - held(after) <= told
    new = {link.new_address for link in applied.links}
    assert held(after) - held(before) <= new
    for link in applied.links:
        if link.old is OldAddress.DEAD:
            assert link.old_address not in held(after)

    outputs = {form: render_applied(applied, form) for form in Format}
    shown = re.sub(r"<details>.*?</details>", "", outputs[Format.MARKDOWN], flags=re.DOTALL)
    dead = [link for link in applied.links if link.old is OldAddress.DEAD]
    replaced = applied.of_kind(ResultKind.REPLACED, ResultKind.CREATED)
    assert all(f"`{link.old_address}`" in shown for link in dead)
    assert all(f"`{link.new_address}`" in shown for link in replaced)
    assert len(shown.split("\n")[0].removeprefix("### ").split()) <= 10
    rows = [*csv.DictReader(io.StringIO(outputs[Format.CSV], newline=""))]
    assert len(rows) == len(applied.links) - len(applied.of_kind(ResultKind.NOT_REACHED))
