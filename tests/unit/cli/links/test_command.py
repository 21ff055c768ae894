"""`links` lists each link for a person or as JSON, with few requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from pulumi_userplane.cli.links.command import links
from tests.support.request_log import RequestLog
from tests.support.states import STACK, export, held
from tests.unit.cli.conftest import Ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator

    List = Callable[..., Ended]

MADE = "2026-01-0{}T08:00:00.000Z"


@pytest.fixture
def list_links(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> List:
    """Runs the command with the server's account in the environment."""
    for name, value in server.environ().items():
        monkeypatch.setenv(name, value)
    app = typer.Typer()
    app.command()(links)

    def run(*arguments: object, **options: Any) -> Ended:
        done = CliRunner(**options).invoke(app, list(map(str, arguments)))
        assert server.api_key not in done.output
        assert not isinstance(done.exception, Exception), done.exception
        return Ended(done.exit_code, done.stdout, done.stderr)

    return run


def add(server: Emulator, number: int = 1, /, **fields: Any) -> dict[str, Any]:
    """A link; of two, the one with the smaller number is older."""
    return dict(server.add_link(**{"domainId": "dom_help", "createdAt": MADE.format(number), **fields}))


def rows(ended: Ended) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ended.out)["links"]
    return found


def managers(ended: Ended) -> list[list[str]]:
    """The names of the resources that manage each link."""
    return [[each["name"] for each in row["managed_by"]] for row in rows(ended)]


def test_links_prints_title_id_creator_and_whole_address(list_links: List, server: Emulator) -> None:
    by_hand = add(server, 2, linkTitle="Help with checkout")
    made = add(server, 1, linkProviderReference="pulumi:shop/dev/acme:Support$search#0123abcd")
    own = add(server, 3, domainId="dom_new", linkTitle="x" * 255, linkProviderReference="team-a#0123abcd")

    done = list_links()

    assert done.code == 0
    assert done.errors == (
        "Account: key from USERPLANE_API_KEY; workspace ws_demo from USERPLANE_WORKSPACE_ID; "
        f"{server.base_url} from USERPLANE_BASE_URL\n"
    )
    lines = done.out.splitlines()
    assert lines[0].split() == ["Title", "Id", "Made", "by"]
    assert lines[1].split() == [made["linkId"], "shop/dev/acme:Support$search"]
    assert lines[2] == f"  {made['linkURL']}"
    assert lines[3].split() == ["Help", "with", "checkout", by_hand["linkId"]]
    assert lines[4] == f"  {by_hand['linkURL']}"
    assert lines[5].startswith("xxxx")
    assert own["linkId"] in lines[5]
    assert lines[6] == f"  {own['linkURL']} (pending)"
    assert lines[7:] == [
        "",
        "3 links in workspace ws_demo",
        "1 without an ownership mark",
        "1 on a domain that is not verified: new.acme.example (pending)",
    ]
    assert all(len(line) <= 80 for line in lines if "https://" not in line)


def test_links_counts_one_link_and_none_correctly(list_links: List, server: Emulator) -> None:
    assert list_links().out == "0 links in workspace ws_demo\n0 without an ownership mark\n"
    add(server)
    assert "\n1 link in workspace ws_demo\n" in list_links().out


def test_links_shows_manager_when_state_is_given(
    list_links: List, server: Emulator, state: Callable[..., Path], cli: Callable[..., Path], tmp_path: Path
) -> None:
    one, two, three = (add(server, number)["linkId"] for number in (1, 2, 3))
    file = state(held("help", one), {**held("looked-up", two), "external": True})
    assert rows(list_links("--json"))[0]["managed_by"] is None
    assert managers(list_links("--json", "--state", file)) == [["help"], [], []]
    done = list_links("--state", file)
    assert "Managed by" in done.out.splitlines()[0]
    assert done.out.splitlines()[1].split() == [one, "p/dev"]
    assert "\n2 not managed by p/dev\n" in done.out
    cli(export(STACK, held("other", three)), selected="dev")
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    done = list_links("--json", "--state", file)
    assert managers(done) == [["help"], [], ["other"]]
    assert rows(done)[0]["managed_by"] == [{"project": "p", "stack": "dev", "name": "help"}]
    asked = cli(export(STACK, held("other", three), held("twin", three)))
    assert managers(list_links("--json", "--stack", "acme/p/dev")) == [[], [], ["other", "twin"]]
    assert "stack export --stack acme/p/dev" in asked.read_text()


def test_json_holds_every_field(list_links: List, server: Emulator) -> None:
    link = add(server, linkTitle="A", linkProviderReference="pulumi:shop/dev/help#0123abcd")
    server.set_domain_status("dom_help", "revoked")

    assert json.loads(list_links("--json").out) == {
        "workspace_id": "ws_demo",
        "links": [
            {
                "id": link["linkId"],
                "title": "A",
                "url": link["linkURL"],
                "created_at": MADE.format(1),
                "creator": {"workspace_member_id": "mem_owner", "name": "Ines Calder"},
                "project": {"project_id": "prj_default", "title": "Acme Support"},
                "domain": {"domain_id": "dom_help", "url": "help.acme.example", "status": "revoked"},
                "reference": "pulumi:shop/dev/help#0123abcd",
                "mark": "pulumi:shop/dev/help",
                "made_by": {"project": "shop", "stack": "dev", "name": "help"},
                "managed_by": None,
            }
        ],
    }


def test_links_prints_titles_harmlessly_when_they_hold_control_characters(list_links: List, server: Emulator) -> None:
    add(server, 1, linkTitle="[red]A\x1b[2J\u202eB\nC[/red] :smile:")
    add(server, 2, linkTitle="日本語 ✓ é")
    done = list_links()
    assert "[red]A [2J B C[/red] :smile:" in done.out
    assert "日本語 ✓ é" in done.out
    assert "\x1b" not in done.out
    assert len(done.out.splitlines()) == 8
    assert "\n??? ? é " in list_links(charset="latin-1").out


def test_links_are_in_order_of_creation(list_links: List, server: Emulator) -> None:
    twins = sorted(add(server, 2)["linkId"] for _ in range(3))
    first = add(server, 1)["linkId"]
    assert [row["id"] for row in rows(list_links("--json"))] == [first, *twins]


def test_filters_select_links(list_links: List, server: Emulator) -> None:
    add(server, 1, linkTitle="Help")
    add(server, 2, linkTitle="help", projectId="prj_onboarding")
    add(server, 3, domainId="dom_app")

    def found(*arguments: str) -> list[str | None]:
        return [row["title"] for row in rows(list_links("--json", *arguments))]

    assert found("--domain", "https://help.acme.example/") == ["Help", "help"]
    assert found("--domain", "dom_app", "--domain", "dom_help", "--title", "?elp") == ["Help", "help"]
    assert found("--project", "Onboarding") == ["help"]
    assert found("--title", "H*", "--title", "") == ["Help", None]
    done = list_links("--domain", "none")
    assert done.code == 1
    assert "there is no domain 'none' in workspace ws_demo" in done.errors


def test_links_sends_52_requests_for_1000_links(list_links: List, server: Emulator) -> None:
    server.seed({"links": [{"domainId": "dom_help"} for _ in range(1000)]})
    assert "1000 links in workspace ws_demo" in list_links().out
    asked = [path.rpartition("/")[2] for path in RequestLog(server).paths()]
    assert sorted(set(asked)) == ["domains", "links", "projects"]
    assert asked.count("links") == 50
    assert len(asked) == 52


def test_links_prints_one_line_when_something_is_wrong(
    list_links: List, monkeypatch: pytest.MonkeyPatch, server: Emulator
) -> None:
    monkeypatch.setenv("USERPLANE_WORKSPACE_ID", "")
    done = list_links()
    assert done.code == 1
    assert done.errors.splitlines()[1].startswith("no workspace is set; set it with")
    assert "ws_other" in list_links("--workspace", "ws_other").errors.splitlines()[1]
    malformed = list_links("--base-url", "http://x.example").errors
    assert malformed.startswith("--base-url is malformed")
    assert malformed.endswith("; correct it\n")


@pytest.mark.parametrize("columns", ["0", "1", "20"])
def test_links_keeps_ids_whole_when_terminal_is_narrow(
    list_links: List, monkeypatch: pytest.MonkeyPatch, server: Emulator, columns: str
) -> None:
    made = add(server, linkTitle="Help with checkout", linkProviderReference="pulumi:shop/dev/help#0123abcd")
    monkeypatch.setenv("COLUMNS", columns)
    done = list_links()
    assert done.code == 0
    assert made["linkId"] in done.out.splitlines()[1]
    assert done.out.splitlines()[2] == f"  {made['linkURL']}"


@pytest.mark.parametrize(("count", "size", "pages"), [(25, 60_000, 2), (12, 1024 * 1024, 5), (1, 1_100_000, 1)])
def test_links_lists_links_when_meta_is_large(
    list_links: List, server: Emulator, count: int, size: int, pages: int
) -> None:
    made = [add(server, meta={"text": "x" * size})["linkId"] for _ in range(count)]
    server.clear_requests()
    assert [row["id"] for row in rows(list_links("--json"))] == sorted(made)
    assert RequestLog(server).pages() == pages


def test_links_names_link_when_no_response_can_hold_it(list_links: List, server: Emulator) -> None:
    before = add(server, 1)
    add(server, 2, meta={"text": "x" * (8 * 1024 * 1024)})
    done = list_links()
    assert (done.code, done.out) == (1, "")
    assert done.errors.splitlines()[1] == (
        "list of recording links of workspace ws_demo failed: number 2 of the list alone (the next after "
        f"{before['linkId']}): the response (status 200) is larger than 8 MiB; if a link's `meta` is that large, "
        "shorten it where it was written; else check the base URL, and what stands between"
    )
