"""Keys, membership, roles and the rate limit decide which requests the emulator accepts."""

import pytest

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.emulator.auth import RateLimiter, Refusal
from tests.unit.emulator.client import LINKS, WORKSPACE, Api, status_and_code
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
def test_auth_refuses_every_path_when_key_does_not_work(
    connect: Connect, key: str | None, expected: tuple[int, str]
) -> None:
    api = connect(key)
    for path in ("/me", "/workspaces", WORKSPACE, LINKS, f"{LINKS}/lnk_none", "/no-such-path"):
        assert status_and_code(api.get(path)) == expected


@pytest.mark.parametrize("header", ["Basic dXNlcg==", "uspl_demo", "Bearer", "Bearer  "])
def test_auth_finds_no_key_when_header_is_not_a_bearer(connect: Connect, header: str) -> None:
    response = connect(None).send("GET", "/me", headers={"Authorization": header})
    assert status_and_code(response) == (401, "API_KEY_REQUIRED")


def test_auth_accepts_key_when_white_space_surrounds_it(connect: Connect) -> None:
    assert connect(None).send("GET", "/me", headers={"Authorization": "bearer  uspl_demo"}).status_code == 200


def test_auth_follows_key_when_its_state_changes(emulator: Emulator, api: Api) -> None:
    emulator.set_key_state("uspl_demo", "disabled")
    assert status_and_code(api.get("/me")) == (403, "API_KEY_DISABLED")
    emulator.set_key_state("uspl_demo", "valid")
    assert api.get("/me").status_code == 200


def test_auth_answers_401_when_body_is_broken_as_well(connect: Connect) -> None:
    assert status_and_code(connect(None).send("POST", LINKS, data="{")) == (401, "API_KEY_REQUIRED")


@pytest.mark.parametrize("path", ["/members", "/domains", "/projects", "/links", "/recordings", "/projects/prj_other"])
def test_workspace_is_refused_when_user_is_not_a_member(connect: Connect, path: str) -> None:
    stranger = connect("uspl_demo_stranger")
    assert status_and_code(stranger.get(f"{WORKSPACE}{path}")) == (403, "NOT_A_MEMBER")
    assert stranger.get(f"/workspace/ws_other{path}").status_code == 200
    assert status_and_code(stranger.get(f"/workspace/ws_none{path}")) == (403, "NOT_A_MEMBER")


@pytest.mark.parametrize("path", ["", "/invite-url", "/search?q=a&type=links"])
def test_workspace_is_not_found_when_unknown_and_404_is_documented(api: Api, path: str) -> None:
    assert status_and_code(api.get(f"/workspace/ws_other{path}")) == (403, "NOT_A_MEMBER")
    assert status_and_code(api.get(f"/workspace/ws_none{path}")) == (404, "WORKSPACE_NOT_FOUND")


def test_workspace_answers_410_when_it_is_gone(emulator: Emulator, api: Api) -> None:
    emulator.set_workspace("ws_demo", gone=True)
    for path in (WORKSPACE, LINKS, f"{WORKSPACE}/search?q=a&type=links"):
        assert status_and_code(api.get(path)) == (410, "WORKSPACE_GONE")
    assert api.get("/workspaces").json()["data"]["workspaces"] == []


@pytest.mark.parametrize("key", ["uspl_demo", "uspl_demo_admin", "uspl_demo_member"])
def test_delete_link_succeeds_when_member_is_creator_admin_or_owner(connect: Connect, key: str) -> None:
    link = connect("uspl_demo_member").create_link()
    assert connect(key).delete(f"{LINKS}/{link['linkId']}").status_code == 200


def test_delete_link_is_forbidden_when_another_member_created_it(connect: Connect) -> None:
    link = connect("uspl_demo_member").create_link()
    other = connect("uspl_demo_member2")
    assert other.put(f"{LINKS}/{link['linkId']}", {"linkTitle": "Mine now"}).status_code == 200
    assert status_and_code(other.delete(f"{LINKS}/{link['linkId']}")) == (403, "LINK_DELETE_FORBIDDEN")


def test_rate_limit_refuses_nothing_when_it_is_not_set(api: Api) -> None:
    assert {api.get("/me").status_code for _ in range(130)} == {200}


def test_rate_limit_refuses_only_its_user_when_exceeded(emulator: Emulator, connect: Connect) -> None:
    emulator.set_behaviours(rate_limit=2)
    owner = connect("uspl_demo")
    assert [owner.get("/me").status_code for _ in range(2)] == [200, 200]
    refused = owner.get("/me")
    assert status_and_code(refused) == (429, "RATE_LIMITED")
    assert 58 <= int(refused.headers["Retry-After"]) <= 60
    assert connect("uspl_demo_member").get("/me").status_code == 200
    emulator.set_behaviours(retry_after=False)
    assert "Retry-After" not in owner.get("/me").headers
    emulator.reset()
    assert owner.get("/me").status_code == 200


def test_rate_limiter_accepts_again_when_window_slides() -> None:
    present = [0.0]
    limiter = RateLimiter(lambda: present[0])
    assert limiter.acquire("ines", 2) is None
    present[0] = 30
    assert limiter.acquire("ines", 2) is None
    present[0] = 40.5
    assert limiter.acquire("ines", 2) == Refusal("minute", 2, 20)
    present[0] = 60
    assert limiter.acquire("ines", 2) is None
    assert limiter.acquire("ines", 2) == Refusal("minute", 2, 30)


def test_rate_limiter_names_the_limit_that_refuses_longest() -> None:
    present = [0.0]
    limiter = RateLimiter(lambda: present[0])
    assert limiter.acquire("ines", 1, 5) is None
    assert limiter.acquire("ines", 1, 5) == Refusal("minute", 1, 60)
    assert limiter.acquire("ines", 1, 1) == Refusal("day", 1, 86_400)
    assert limiter.acquire("priya", 1, 1) is None
    present[0] = 86_370.0
    assert limiter.acquire("ines", 1, 2) is None
    assert limiter.acquire("ines", 1, 2) == Refusal("minute", 1, 60)
    assert limiter.acquire("ines", 0, 2) == Refusal("day", 2, 30)


def test_wait_is_a_second_when_rounding_makes_it_none() -> None:
    present = [8.868451042271605]
    limiter = RateLimiter(lambda: present[0])
    assert limiter.acquire("ines", 1) is None
    present[0] = 68.8684510422716
    assert limiter.acquire("ines", 1) == Refusal("minute", 1, 1)
