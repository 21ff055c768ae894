from __future__ import annotations

import pytest

from pulumi_userplane.cli.review.printed_errors import PrintedError
from pulumi_userplane.cli.review.up_log import Named, parse_log
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE

STACK = "    pulumi:pulumi:Stack p-dev running \n"


def named(name: str, type_: str = LINK_TYPE) -> Named:
    return Named(type_, name)


def update(*lines: str, end: str = "Resources:\n") -> str:
    return "\n".join(["Updating (dev):", STACK.rstrip("\n"), *lines, end])


@pytest.mark.parametrize(
    "text",
    ["", "what is this?", "Diagnostics:", "\x00\x1b[", "Updating (", "  a (b):\n    error: c", " " * 9_999 + "x"],
)
def test_any_text_is_a_log(text: str) -> None:
    log = parse_log(text)
    assert (log.stack, log.has_begun, log.done, log.errors) == (None, False, frozenset(), {})


def test_steps_are_read_when_the_terminal_has_colours_and_lines_end_as_on_windows() -> None:
    line = f" \x1b[33m~\x1b[0m  {LINK_TYPE} help \x1b[1mupdated\x1b[0m (0.02s) [diff: ~link_title,-meta]"
    log = parse_log(update(line).replace("\n", "\r\n"))
    assert log.updated == {named("help"): ("link_title", "meta")}


def test_update_counts_and_not_its_preview() -> None:
    log = parse_log(
        f" +  {LINK_TYPE} a create \n +  {LINK_TYPE} b c create\n{update(f' +  {LINK_TYPE} b c created (0s) ')}"
    )
    assert log.planned == {named("a"), named("b c")}
    assert log.done == log.created == {named("b c")}


@pytest.mark.parametrize(
    ("verb", "is_created"),
    [
        ("created", True),
        ("imported", True),
        ("created replacement", False),
        ("deleted", False),
        ("deleted original", False),
        ("updated", False),
    ],
)
def test_step_is_done_when_it_ended(verb: str, is_created: bool) -> None:
    log = parse_log(update(f" ++ {PLUGIN_LINK_TYPE} help {verb} (0.1s)[retain] [diff: ~linkTitle]"))
    help_ = named("help", PLUGIN_LINK_TYPE)
    assert log.done == {help_}
    assert (help_ in log.created) == is_created
    assert log.updated == ({help_: ("link_title",)} if verb == "updated" else {})


def test_step_is_not_done_when_it_only_began() -> None:
    assert parse_log(update(f" +  {LINK_TYPE} help creating (0s) ")).done == frozenset()


def test_stack_is_named_after_its_resource() -> None:
    assert parse_log("Updating (acme/my-shop/dev):\n +  pulumi:pulumi:Stack my-shop-dev creating (0s)").stack == (
        "my-shop",
        "dev",
    )
    assert parse_log("Updating (prod):\n +  pulumi:pulumi:Stack my-shop-dev creating (0s)").stack is None


def test_errors_come_from_the_diagnostics() -> None:
    log = parse_log(
        update(
            f" +  {LINK_TYPE} a **creating failed** error: from the step",
            "Diagnostics:",
            "  pulumi:pulumi:Stack (p-dev):",
            "    error: update failed",
            "    info: hello",
            "    error: Program failed with an unhandled exception:",
            "    Traceback (most recent call last):",
            "    RuntimeError: no",
            f"  {LINK_TYPE} (a):",
            "    warning: wait",
            "    error: first",
            "    error: second",
            "    info: bye",
            "",
            "  x:y:Z (other (one)):",
            "    error: broken",
        )
    )
    assert {name: [error.text for error in errors] for name, errors in log.errors.items()} == {
        Named("pulumi:pulumi:Stack", "p-dev"): [
            "Program failed with an unhandled exception:\nTraceback (most recent call last):\nRuntimeError: no"
        ],
        named("a"): ["first", "second"],
        Named("x:y:Z", "other (one)"): ["broken"],
    }
    assert log.failed == {named("a"): "creating"}


def test_errors_come_from_the_steps_when_there_are_no_diagnostics() -> None:
    line = f" -- {LINK_TYPE} a **deleting original failed (0.1s)** [diff: ~domain_id]; error: no"
    log = parse_log(update(line, end=""))
    assert (log.errors, log.failed, log.has_ended) == (
        {named("a"): (PrintedError("no", LINK_TYPE, "a"),)},
        {named("a"): "deleting"},
        False,
    )


def test_engines_own_error_counts_when_there_is_no_other() -> None:
    log = parse_log(update("Diagnostics:", "  pulumi:pulumi:Stack (p-dev):", "    error: update failed"))
    stack = Named("pulumi:pulumi:Stack", "p-dev")
    assert log.errors == {stack: (PrintedError("update failed", *stack),)}


@pytest.mark.slow
def test_long_lines_are_read_in_time() -> None:
    line = f" +  {LINK_TYPE} a" + " **a failed" * 100_000
    assert parse_log("\n".join([update(), *[line] * 20])).errors == {}
