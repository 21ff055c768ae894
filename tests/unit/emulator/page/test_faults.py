"""The section Faults scripts faults, and says which are still to come."""

import re
from typing import Any, get_args

import pytest
import requests

from pulumi_userplane.api.constants import ERROR_CODES
from pulumi_userplane.emulator import Emulator, Fault
from pulumi_userplane.emulator.faults import Answer, RemainingFault
from pulumi_userplane.emulator.page.fault_form import ANSWERS, view_fault
from tests.unit.emulator.client import LINKS, Api, status_and_code
from tests.unit.emulator.page.reader import open_page

BREAK = "Break the next request"


def test_next_request_gets_the_chosen_error_once(emulator: Emulator, api: Api) -> None:
    page = open_page(emulator, "faults")
    assert "No fault is scripted: each request gets its real response." in page.texts["p"]
    done = page.press(BREAK, code="403 FORBIDDEN")
    assert done.message == "The next matching request will be broken."
    assert done.rows == ["Any method, any path An error: 403 FORBIDDEN 1"]
    assert status_and_code(api.get("/me")) == (403, "FORBIDDEN")
    assert api.get("/me").status_code == 200
    assert open_page(emulator, "faults").rows == []


def test_fault_is_for_a_method_and_a_link_as_chosen(emulator: Emulator, api: Api) -> None:
    emulator.add_link(domainId="dom_help", linkId="lnk.1", linkTitle="Help")
    page = open_page(emulator, "faults").press(
        BREAK, answer="drop", method="PUT", link="lnk.1", times="", latency="0.001", after_work="on"
    )
    assert emulator.faults == [
        Fault(
            method="PUT",
            path=r"/links/lnk\.1$",
            answer="drop",
            times=None,
            latency=0.001,
            after_work=True,
            message="Scripted on the emulator's page.",
            code="INTERNAL_SERVER_ERROR",
        )
    ]
    assert page.message == "All matching requests will be broken."
    fields = page.forms["/faults"].fields
    kept = [fields[name] for name in ("answer", "method", "link", "times", "latency", "after_work")]
    assert kept == ["drop", "PUT", "lnk.1", "", "0.001", "on"]
    assert page.rows == [
        (
            "PUT, the link “Help” lnk.1"
            " No response: connection closed, after 0.001 s, once the request is carried out All"
        )
    ]
    assert api.get(f"{LINKS}/lnk.1").status_code == 200
    assert api.put(f"{LINKS}/lnk-1", {}).status_code == 404
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            api.put(f"{LINKS}/lnk.1", {"linkTitle": "Changed"})
    assert emulator.links[0]["linkTitle"] == "Changed"


def test_fault_for_the_list_hits_the_list_and_new_links(emulator: Emulator, api: Api) -> None:
    page = open_page(emulator, "faults").press(BREAK, link="list", times="2")
    assert page.message == "Several matching requests will be broken."
    assert page.rows == ["Any method, the list of links An error: 500 INTERNAL_SERVER_ERROR 2"]
    api.get(f"{LINKS}/lnk_none")
    assert [api.get(LINKS).status_code, api.post(LINKS, {}).status_code] == [500, 500]


@pytest.mark.parametrize("link_id", ["a/b", "(", "ä ö", "x\n"])
def test_fault_hits_the_link_whatever_its_id(emulator: Emulator, link_id: str) -> None:
    emulator.add_link(domainId="dom_help", linkId=link_id, linkTitle="Help")
    shown = link_id.replace("\n", "[U+000A]")
    edit = open_page(emulator).press("Edit “Help”")
    (address,) = [
        attributes["href"] for _, attributes in edit.elements if attributes.get("href", "").startswith("/faults?")
    ]
    page = open_page(emulator, address.lstrip("/"))
    assert page.press(BREAK).rows == [f"Any method, the link “Help” {shown} An error: 500 INTERNAL_SERVER_ERROR 1"]
    (fault,) = emulator.faults
    assert fault.matches("GET", f"/api/v1/public/workspace/ws_demo/links/{link_id}")
    assert not fault.matches("GET", "/api/v1/public/workspace/ws_demo/links/other")


@pytest.mark.parametrize("answer", get_args(Answer))
def test_each_response_can_be_chosen(emulator: Emulator, answer: Answer) -> None:
    assert set(ANSWERS) == set(get_args(Answer))
    page = open_page(emulator, "faults").press(BREAK, answer=answer)
    assert [fault.answer for fault in emulator.faults] == [answer]
    assert page.message == (
        "Matching requests will get the real response, late if a delay is set."
        if answer == "real"
        else "The next matching request will be broken."
    )


@pytest.mark.parametrize(
    "path", ["/links/lnk_none$", "/links/lnk.1$", "/links/lnk_help", "/links/$", "/links/lnk_[h]elp$"]
)
def test_path_that_is_not_the_forms_is_shown_as_it_is(path: str) -> None:
    links = {"lnk.1": {"linkId": "lnk.1", "linkTitle": "One"}, "lnk_help": {"linkId": "lnk_help", "linkTitle": "Help"}}
    fault = Fault.model_construct(path=path)
    find: Any = links.get
    assert view_fault(RemainingFault(fault, 0, 1), find).requests == f"Any method, path with {path}"


def test_each_documented_error_can_be_chosen(emulator: Emulator, api: Api) -> None:
    page = open_page(emulator, "faults")
    offered = [text for text in page.texts["option"] if re.match("[0-9]{3} ", text)]
    documented = {(status, code) for status, codes in ERROR_CODES.items() for code in codes}
    documented.add((500, Fault().code))
    assert len(offered) == len(documented)
    for text in offered:
        page.press(BREAK, code=text)
    assert {status_and_code(api.get("/me")) for _ in offered} == documented


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"times": "0"}, {"times"}),
        ({"times": "-1"}, {"times"}),
        ({"times": "1.5", "latency": "x"}, {"times", "latency"}),
        ({"latency": "600.1"}, {"latency"}),
        ({"latency": "-1"}, {"latency"}),
        ({"latency": "nan"}, {"latency"}),
        ({"times": "9" * 5000}, {"times"}),
    ],
)
def test_form_is_shown_again_when_a_number_is_wrong(
    emulator: Emulator, fields: dict[str, str], problems: set[str]
) -> None:
    again = open_page(emulator, "faults").press(BREAK, method="PUT", **fields)
    assert again.status == 400
    assert {key.removeprefix("problem-") for key in again.by_id if key.startswith("problem-")} == problems
    assert again.forms["/faults"].fields["method"] == "PUT"
    assert emulator.faults == []
    assert again.press(BREAK, times="1", latency="").message == "The next matching request will be broken."


def test_page_says_what_is_wrong_when_no_form_of_it_can_have_sent_that(emulator: Emulator) -> None:
    page = open_page(emulator, "faults").press(BREAK, answer="explode")
    assert page.status == 400
    assert page.heading.startswith("400: The fault is wrong at answer: Input should be 'real', ")
    odd = open_page(emulator, "faults").press(BREAK, code="999 NONE")
    assert odd.message == "The next matching request will be broken."
    assert [(fault.status, fault.code) for fault in emulator.faults] == [(None, "NONE")]


def test_faults_show_what_remains_and_go_away(emulator: Emulator, api: Api) -> None:
    scripts: list[dict[str, Any]] = [
        {"times": 3, "skip": 2, "answer": "html", "method": "GET"},
        {"answer": "real", "latency": 2, "after_work": True, "path": "/<b>"},
    ]
    for script in scripts:
        emulator.fault(**script)
    for remaining in (
        "; the next 2 matching requests pass first 3",
        "; the next matching request passes first 3",
        " 3",
        " 2",
    ):
        page = open_page(emulator, "faults")
        assert page.rows == [
            f"GET, any path A proxy's login page, status 200{remaining}",
            "Any method, path with /<b> The real response, after 2 s 1",
        ]
        api.get("/me")
    assert page.press("Remove all faults").message == "Removed all faults."
    assert emulator.faults == []


def test_link_of_the_address_can_be_chosen_when_it_is_not_among_the_newest(emulator: Emulator) -> None:
    emulator.add_link(domainId="dom_help", linkId="lnk_old", linkTitle="Old", createdAt="2020-01-01T00:00:00.000Z")
    for number in range(60):
        emulator.add_link(domainId="dom_help", linkTitle=f"New {number}")
    assert "“Old” lnk_old" not in open_page(emulator, "faults").texts["option"]
    page = open_page(emulator, "faults", link="lnk_old")
    assert "“Old” lnk_old" in page.texts["option"]
    assert page.forms["/faults"].fields["link"] == "lnk_old"
    assert open_page(emulator, "faults", link="lnk_none").forms["/faults"].fields["link"] == ""


def test_links_with_the_same_title_can_be_told_apart(emulator: Emulator) -> None:
    for number, title in enumerate(("Help", "Help", "Tour", None)):
        project = {"projectId": "prj_onboarding"} if title == "Tour" else {}
        emulator.add_link(domainId="dom_help", linkId=f"lnk_{number}", linkTitle=title, **project)
    emulator.delete_link("lnk_0")
    emulator.delete_project("prj_onboarding")
    options = open_page(emulator, "faults").texts["option"]
    assert [text for text in options if "lnk_" in text] == [
        "lnk_3",
        "“Tour” lnk_2, its project is deleted",
        "“Help” lnk_1",
        "“Help” lnk_0, deleted",
    ]


def test_newest_faults_are_shown_and_all_are_counted(emulator: Emulator) -> None:
    emulator.fault(code="FIRST")
    assert open_page(emulator, "faults").by_id["count"] == "1 fault, oldest first"
    for number in range(49):
        emulator.fault(code=f"CODE_{number}")
    page = open_page(emulator, "faults")
    assert (len(page.rows), page.by_id["count"]) == (50, "50 faults, oldest first")
    for _ in range(1949):
        emulator.fault(code="LATER")
    done = open_page(emulator, "faults").press(BREAK, code="403 FORBIDDEN")
    assert done.by_id["count"] == "2,000 faults, oldest first; the newest 50 are shown"
    assert len(done.rows) == 50
    assert "403 FORBIDDEN" in done.by_id["fault-2000"]
    assert "fault-1951" in done.by_id
