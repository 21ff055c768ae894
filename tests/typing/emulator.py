"""How mypy and pyright see the emulator as users' tests call it; nothing here runs."""

from pathlib import Path

from typing_extensions import assert_type

from pulumi_userplane import emulator
from pulumi_userplane.emulator import Behaviours, Emulator, EmulatorError, Fault, LinkRow, LoggedRequest, Seed


def start() -> None:
    """Starts an emulator in every way."""
    with Emulator() as userplane:
        assert_type(userplane, Emulator)
        assert_type(userplane.environ(), dict[str, str])
        assert_type((userplane.base_url, userplane.control_url), tuple[str, str])
        assert_type((userplane.api_key, userplane.workspace_id), tuple[str, str])
    Emulator(seed=Path("seed.yaml"), data="links.sqlite", api_key="uspl_key", host="127.0.0.1", port=8123)
    Emulator(seed={"domains": [{"domainId": "dom", "domainUrl": "help.acme.example"}]}, rate_limit=120)
    Emulator(seed=Seed(link_quota=3), meta_update="merge", ignored_fields={"linkReusable"})
    Emulator(refused_input={"error": "…"}, refused_status=422, links_per_page=50, rate_headers={"ratelimit-limit"})
    Emulator(refused_input="text", links_per_page="take", second_delete="404 LINK_NOT_FOUND")
    Emulator(like="probe.json", trim_text=False)
    Emulator(like=Path("probe.json"))
    Emulator("seed.yaml")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Emulator(port="8123")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Emulator(ratelimit=120)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Emulator(links_per_page="all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Emulator(meta_update="mix")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def read(userplane: Emulator) -> None:
    """Reads what a test checks."""
    assert_type(userplane.links, list[LinkRow])
    assert_type(userplane.requests, list[LoggedRequest])
    assert_type(userplane.faults, list[Fault])
    assert_type(userplane.behaviours, Behaviours)
    assert_type([link["linkTitle"] for link in userplane.links], list[str | None])
    assert_type([link["domain"]["domainId"] for link in userplane.links if link["live"]], list[str])
    assert_type([(request.method, request.status) for request in userplane.requests], list[tuple[str, int | None]])
    _ = [link["title"] for link in userplane.links]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]


def change(userplane: Emulator) -> None:
    """Changes the emulator from outside the API."""
    link = userplane.add_link(domainId="dom_help", linkTitle="Help")
    assert_type(link, LinkRow)
    assert_type(userplane.edit_link(link["linkId"], linkTitle=None), LinkRow)
    userplane.delete_link(link["linkId"])
    userplane.restore_link(link["linkId"])
    userplane.set_domain_status("dom_help", "revoked")
    userplane.set_key_state("uspl_key", "expired")
    userplane.set_workspace("ws", link_quota=3, gone=False)
    assert_type(userplane.fault(method="PUT", path="/links", times=None, answer="drop", after_work=True), Fault)
    assert_type(userplane.set_behaviours(empty_text="keep"), Behaviours)
    userplane.seed({"links": []})
    userplane.reset()
    userplane.set_domain_status("dom_help", "gone")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    userplane.set_key_state("uspl_key", "lost")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    userplane.set_workspace("ws", quota=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    userplane.fault(verb="PUT")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    userplane.fault(answer="lost")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    userplane.set_behaviours(empty_text=True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def errors(error: EmulatorError) -> None:
    """Catches the emulator's error."""
    _: Exception = error
    emulator.Emulater()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
