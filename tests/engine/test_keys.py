"""Keys change as docs/keys.md says, with the real CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.stack import CANARY

if TYPE_CHECKING:
    from tests.engine.stack import Stack

FIRST = CANARY
SECOND = "uspl_demo_admin"
REFUSED = "401 API_KEY_EXPIRED"
LINK = "userplane.RecordingLink('help', domain_id='dom_help', link_title='Help')"


def _configure(stack: Stack, key: str) -> None:
    stack.pulumi("config", "set", "--secret", "userplane:apiKey", key)


def _end(stack: Stack, key: str) -> None:
    stack.userplane.set_key_state(key, "expired")


@pytest.fixture
def first(stack: Stack) -> Stack:
    """Returns a stack whose state has the first key, while its configuration has the second."""
    del stack.env["USERPLANE_API_KEY"]
    stack.program(LINK)
    stack.deploy({"userplane:apiKey": FIRST}, then={"userplane:apiKey": SECOND})
    return stack


def test_up_takes_over_new_key_without_change(first: Stack) -> None:
    assert "2 unchanged" in first.up()
    assert first.sent() == []
    _end(first, FIRST)
    first.pulumi("refresh", "--preview-only")
    first.pulumi("destroy", "--yes", "--skip-preview")
    assert first.live() == {}


def test_up_takes_over_new_key_when_old_key_is_revoked(first: Stack) -> None:
    _end(first, FIRST)
    for command in (("refresh", "--preview-only"), ("up", "--yes", "--refresh"), ("destroy", "--yes")):
        assert REFUSED in (output := first.pulumi(*command, code=1))
        assert "--run-program" in output
    assert list(first.links()) == ["help"]
    first.program(LINK.replace("'Help'", "'Changed'"))
    first.up()
    assert first.sent()[-1] == ("PUT", {"linkTitle": "Changed"})
    first.refresh()


def test_refresh_uses_new_key_only_when_it_runs_program(first: Stack) -> None:
    first.program(f"{LINK}\nuserplane.get_domains()")
    _end(first, FIRST)
    first.preview()
    assert REFUSED in (output := first.refresh(code=1))
    assert "--run-program" in output
    for key, answer in (("uspl_demo_stranger", "403 NOT_A_MEMBER"), ("uspl_revoked", "401 API_KEY_INVALID")):
        first.program(LINK)
        _configure(first, key)
        assert answer in first.refresh("--run-program", code=1)
        assert list(first.links()) == ["help"]
    _configure(first, SECOND)
    # The configuration goes before the environment.
    assert "2 unchanged" in first.refresh("--run-program", USERPLANE_API_KEY=FIRST)
    first.refresh()


def test_destroy_uses_new_key_when_it_runs_program(first: Stack) -> None:
    _end(first, FIRST)
    first.pulumi("destroy", "--yes", "--skip-preview", "--run-program")
    assert first.live() == {}


def test_key_counts_at_once_and_stays_out_of_state_when_it_is_in_environment(stack: Stack) -> None:
    stack.program(LINK)
    stack.deploy()
    _end(stack, FIRST)
    stack.refresh(USERPLANE_API_KEY=SECOND)
    assert "apiKey" not in stack.state
    stack.pulumi("destroy", "--yes", "--skip-preview", USERPLANE_API_KEY=SECOND)


def test_configured_key_wins_over_environment_until_up_runs_without_it(first: Stack) -> None:
    first.pulumi("config", "rm", "userplane:apiKey")
    _end(first, FIRST)
    assert REFUSED in first.refresh(code=1, USERPLANE_API_KEY=SECOND)
    first.up(USERPLANE_API_KEY=SECOND)
    first.refresh(USERPLANE_API_KEY=SECOND)


def test_update_works_but_delete_fails_when_key_belongs_to_another_member(first: Stack) -> None:
    _configure(first, "uspl_demo_member")
    first.program(LINK.replace("'Help'", "'Changed'"))
    first.up()
    assert first.sent() == [("PUT", {"linkTitle": "Changed"})]
    first.program("")
    assert "403 LINK_DELETE_FORBIDDEN" in first.up(code=1)
    first.program(LINK.replace("dom_help", "dom_app"))
    assert "403 LINK_DELETE_FORBIDDEN" in first.up(code=1)
    assert len(first.live()) == 2
