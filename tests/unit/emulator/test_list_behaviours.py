"""Each behaviour of lists and the search, in all its settings."""

from typing import Any

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, WORKSPACE, Api, status_and_code


def list_ids(api: Api, **query: Any) -> list[str]:
    return [link["linkId"] for link in api.get(LINKS, **query).json()["data"]["links"]]


@pytest.mark.parametrize(
    ("order", "expected"), [("newest", "acb"), ("oldest", "bca"), ("title", "cba"), ("other", "abc")]
)
def test_list_links_follows_list_order_when_request_has_no_sort(
    emulator: Emulator, api: Api, order: str, expected: str
) -> None:
    for link_id, title in (("b", "2"), ("c", "1"), ("a", "3")):
        emulator.add_link(linkId=link_id, linkTitle=title, domainId="dom_help")
    emulator.set_behaviours(list_order=order)  # type: ignore[arg-type]  # parametrised over the literal's values
    assert "".join(list_ids(api)) == expected
    assert "".join(list_ids(api, per_page=2) + list_ids(api, per_page=2, page=2)) == expected
    assert "".join(list_ids(api, sort_direction="asc")) == "bca"
    assert "".join(list_ids(api, sort_by="link_title")) == "abc"
    assert "".join(list_ids(api, sort_by="created_at", sort_direction="desc")) == "acb"


def seed_25(emulator: Emulator) -> None:
    """Fills the workspace with 25 domains, projects and links; it has 4 members."""
    emulator.seed(
        {
            "domains": [{"domainId": f"dom_{n}", "domainUrl": f"{n}.acme.example"} for n in range(25)],
            "projects": [{"projectId": f"prj_{n}", "projectTitle": str(n), "isDefault": n == 0} for n in range(25)],
            "links": [{"domainId": "dom_0"} for _ in range(25)],
        }
    )


@pytest.mark.parametrize(
    ("behaviour", "path", "key", "known", "total"),
    [
        ("links_per_page", LINKS, "links", 20, 25),
        ("projects_per_page", f"{WORKSPACE}/projects", "projects", 10, 25),
        ("domains_per_page", f"{WORKSPACE}/domains", "domains", 10, 25),
        ("members_per_page", f"{WORKSPACE}/members", "workspaceMembers", 10, 4),
    ],
)
def test_list_takes_refuses_or_cuts_page_size_when_it_is_above_the_known_one(
    *, emulator: Emulator, api: Api, behaviour: str, path: str, key: str, known: int, total: int
) -> None:
    seed_25(emulator)

    def set_limit(limit: object) -> None:
        emulator.set_behaviours(**{behaviour: limit})  # type: ignore[arg-type]  # parametrised over fields

    def read(size: int, number: int = 1) -> tuple[int, dict[str, Any]]:
        data = api.get(path, per_page=size, page=number).json()["data"]
        return len(data[key]), data["pagination"]

    set_limit("refuse")
    assert read(known)[0] == min(known, total)
    refused = api.get(path, per_page=known + 1)
    assert status_and_code(refused) == (400, "BAD_REQUEST")
    assert "per_page" in refused.json()["message"]
    set_limit("take")
    for size in (known + 1, 10**30):
        count, pagination = read(size)
        assert (count, pagination["perPage"]) == (min(size, total), min(size, 2**62))
    set_limit(known + 2)
    assert read(known + 1)[1]["perPage"] == known + 1
    assert read(known + 3)[1]["perPage"] == known + 2
    set_limit(3)
    assert read(known)[1] == {
        "page": 1,
        "perPage": 3,
        "total": total,
        "totalPages": -(-total // 3),
        "hasMore": True,
    }
    assert read(known, number=2)[0] == min(3, total - 3)


def test_recordings_and_workspaces_keep_their_limit_when_links_per_page_is_taken(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(links_per_page="take", projects_per_page="take")
    for path in (f"{WORKSPACE}/recordings", "/workspaces"):
        assert status_and_code(api.get(path, per_page=21)) == (400, "BAD_REQUEST")


def test_new_link_is_missing_from_one_list_when_listed_at_once_is_false(emulator: Emulator, api: Api) -> None:
    old = api.create_link()["linkId"]
    emulator.set_behaviours(listed_at_once=False)
    assert list_ids(api) == [old]
    new = [api.create_link()["linkId"] for _ in range(2)]
    assert api.get(f"{LINKS}/{new[0]}").status_code == 200
    assert api.get(LINKS, page=0).status_code == 400
    data = api.get(LINKS, sort_by="created_at", sort_direction="asc", per_page=1).json()["data"]
    assert [link["linkId"] for link in data["links"]] == [old]
    assert data["pagination"]["total"] == 1
    assert list_ids(api) == [new[1], new[0], old]


def test_new_link_waits_for_a_list_of_its_own_workspace_when_listed_at_once_is_false(emulator: Emulator) -> None:
    emulator.set_behaviours(listed_at_once=False)
    owner, stranger = Api(emulator, "uspl_demo"), Api(emulator, "uspl_demo_stranger")
    link_id = owner.create_link()["linkId"]
    assert stranger.get("/workspace/ws_other/links").status_code == 200
    assert (list_ids(owner), list_ids(owner)) == ([], [link_id])
    owner.close()
    stranger.close()


def test_no_link_is_missing_after_reset(emulator: Emulator, api: Api) -> None:
    emulator.seed({"links": [{"domainId": "dom_help", "linkId": "lnk_a"}]})
    emulator.set_behaviours(listed_at_once=False)
    api.create_link()
    emulator.reset()
    assert list_ids(api) == ["lnk_a"]


@pytest.mark.parametrize(
    ("setting", "found"), [("no", ["lnk_title"]), ("whole", ["lnk_a", "lnk_title"]), ("beginning", None)]
)
def test_search_finds_link_by_its_reference_when_search_reference_says_so(
    emulator: Emulator, api: Api, setting: str, found: list[str] | None
) -> None:
    for link_id, fields in (
        ("lnk_a", {"linkProviderReference": "Ticket 42"}),
        ("lnk_b", {"linkProviderReference": "ticket 420", "linkTitle": "Other"}),
        ("lnk_c", {"linkProviderReference": "of ticket 42"}),
        ("lnk_title", {"linkTitle": "About ticket 42"}),
        ("lnk_none", {}),
    ):
        emulator.add_link(linkId=link_id, domainId="dom_help", **fields)
    emulator.set_behaviours(search_reference=setting)  # type: ignore[arg-type]  # parametrised over the literal's values
    results = api.get(f"{WORKSPACE}/search", q="tickeT 42", type="links").json()["data"]["results"]
    assert [result["linkId"] for result in results] == (found or ["lnk_a", "lnk_b", "lnk_title"])
