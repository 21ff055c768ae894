"""Who may ask what: keys, membership, roles, and how often."""

import pytest

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.emulator.auth import RateLimiter
from tests.unit.emulator.client import LINKS, WORKSPACE, Api, outcome
from tests.unit.emulator.conftest import Connect


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, (401, "API_KEY_REQUIRED")),
        ("uspl_nobody", (401, "API_KEY_INVALID")),
        ("uspl_demo_expired", (401, "API_KEY_EXPIRED")),
        ("uspl_demo_disabled", (403, "API_KEY_DISABLED")),
    ],
)
def test_a_key_that_does_not_work_is_refused_everywhere(
    connect: Connect, key: str | None, expected: tuple[int, str]
) -> None:
    api = connect(key)
    for path in ("/me", "/workspaces", WORKSPACE, LINKS, f"{LINKS}/lnk_none", "/no-such-path"):
        assert outcome(api.get(path)) == expected


@pytest.mark.parametrize("header", ["Basic dXNlcg==", "uspl_demo", "Bearer", "Bearer  "])
def test_only_a_bearer_is_a_key(connect: Connect, header: str) -> None:
    answer = connect(None).send("GET", "/me", headers={"Authorization": header})
    assert outcome(answer) == (401, "API_KEY_REQUIRED")


def test_white_space_around_a_key_is_nothing(connect: Connect) -> None:
    assert connect(None).send("GET", "/me", headers={"Authorization": "bearer  uspl_demo"}).status_code == 200


def test_a_key_can_be_taken_away_and_given_back(emulator: Emulator, api: Api) -> None:
    emulator.set_key_state("uspl_demo", "disabled")
    assert outcome(api.get("/me")) == (403, "API_KEY_DISABLED")
    emulator.set_key_state("uspl_demo", "valid")
    assert api.get("/me").status_code == 200


def test_a_broken_key_is_noticed_before_a_broken_body(connect: Connect) -> None:
    assert outcome(connect(None).send("POST", LINKS, data="{")) == (401, "API_KEY_REQUIRED")


@pytest.mark.parametrize("path", ["/members", "/domains", "/projects", "/links", "/recordings", "/projects/prj_other"])
def test_strangers_are_no_members(connect: Connect, path: str) -> None:
    stranger = connect("uspl_demo_stranger")
    assert outcome(stranger.get(f"{WORKSPACE}{path}")) == (403, "NOT_A_MEMBER")
    assert stranger.get(f"/workspace/ws_other{path}").status_code == 200
    assert outcome(stranger.get(f"/workspace/ws_none{path}")) == (403, "NOT_A_MEMBER")


@pytest.mark.parametrize("path", ["", "/invite-url", "/search?q=a&type=links"])
def test_an_unknown_workspace_is_404_where_that_is_documented(api: Api, path: str) -> None:
    assert outcome(api.get(f"/workspace/ws_other{path}")) == (403, "NOT_A_MEMBER")
    assert outcome(api.get(f"/workspace/ws_none{path}")) == (404, "WORKSPACE_NOT_FOUND")


def test_a_workspace_that_is_gone(emulator: Emulator, api: Api) -> None:
    emulator.set_workspace("ws_demo", gone=True)
    for path in (WORKSPACE, LINKS, f"{WORKSPACE}/search?q=a&type=links"):
        assert outcome(api.get(path)) == (410, "WORKSPACE_GONE")
    assert api.get("/workspaces").json()["data"]["workspaces"] == []


@pytest.mark.parametrize("key", ["uspl_demo", "uspl_demo_admin", "uspl_demo_member"])
def test_creator_admin_and_owner_may_delete(connect: Connect, key: str) -> None:
    link = connect("uspl_demo_member").make()
    assert connect(key).delete(f"{LINKS}/{link['linkId']}").status_code == 200


def test_other_members_may_update_but_not_delete(connect: Connect) -> None:
    link = connect("uspl_demo_member").make()
    other = connect("uspl_demo_member2")
    assert other.put(f"{LINKS}/{link['linkId']}", {"linkTitle": "Mine now"}).status_code == 200
    assert outcome(other.delete(f"{LINKS}/{link['linkId']}")) == (403, "LINK_DELETE_FORBIDDEN")


def test_the_rate_limit_is_off_unless_asked_for(api: Api) -> None:
    assert {api.get("/me").status_code for _ in range(130)} == {200}


def test_the_rate_limit_counts_a_user_over_all_keys(emulator: Emulator, connect: Connect) -> None:
    emulator.set_behaviours(rate_limit=2)
    owner = connect("uspl_demo")
    assert [owner.get("/me").status_code for _ in range(2)] == [200, 200]
    refused = owner.get("/me")
    assert outcome(refused) == (429, "RATE_LIMITED")
    assert 58 <= int(refused.headers["Retry-After"]) <= 60
    assert connect("uspl_demo_member").get("/me").status_code == 200
    emulator.set_behaviours(retry_after=False)
    assert "Retry-After" not in owner.get("/me").headers
    emulator.reset()
    assert owner.get("/me").status_code == 200


def test_the_rate_limit_slides() -> None:
    present = [0.0]
    limiter = RateLimiter(lambda: present[0])
    assert limiter.acquire("ines", 2) == 0
    present[0] = 30
    assert limiter.acquire("ines", 2) == 0
    present[0] = 40.5
    assert limiter.acquire("ines", 2) == 20
    present[0] = 60
    assert limiter.acquire("ines", 2) == 0
    assert limiter.acquire("ines", 2) == 30
