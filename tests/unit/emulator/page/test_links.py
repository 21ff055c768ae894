"""The section Links does what somebody does in the dashboard, and the request log holds nothing of it."""

from pathlib import Path

import pytest
import requests

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, Api, status_and_code
from tests.unit.emulator.page.reader import Page, open_page


def test_links_show_title_address_id_mark_project_domain_and_state(emulator: Emulator) -> None:
    emulator.add_link(
        domainId="dom_help",
        linkId="lnk_1",
        linkTitle="Checkout help",
        linkURL="https://help.acme.example/record?session=1",
        linkProviderReference="pulumi:shop/dev/help#0a1b2c3d",
    )
    emulator.add_link(
        domainId="dom_new", linkId="lnk_2", linkProviderReference="of my own#0a1b2c3d", linkURL="http://plain.example/"
    )
    page = open_page(emulator)
    assert (page.heading, page.by_id["count"]) == ("Links", "2 links, newest first")
    assert page.rows == [
        (
            "no title http://plain.example/ Id lnk_2"
            " Reference of my own#0a1b2c3d Live Acme Support new.acme.example (pending)"
            " Edit lnk_2 Delete lnk_2"
        ),
        (
            "Checkout help https://help.acme.example/record?session=1"
            " Id lnk_1 Mark pulumi:shop/dev/help Live Acme Support"
            " help.acme.example Edit “Checkout help” Delete “Checkout help”"
        ),
    ]
    (address,) = [
        attributes for tag, attributes in page.elements if tag == "a" and attributes["href"].startswith("http")
    ]
    key = address.pop("id").removeprefix("address-")
    assert f"link-{key}" in page.by_id
    assert address == {"href": "https://help.acme.example/record?session=1", "rel": "noreferrer noopener"}


@pytest.mark.parametrize("title", ["   ", "\u00a0", "\u3000\u2003", "\ufe0f"])
def test_title_that_cannot_be_seen_is_shown_by_its_numbers(emulator: Emulator, title: str) -> None:
    emulator.add_link(domainId="dom_help", linkTitle=title)
    assert open_page(emulator).rows[0].startswith(f"U+{ord(title[0]):04X}")


def test_edit_form_shows_below_a_field_what_cannot_be_seen_in_it(emulator: Emulator) -> None:
    hidden = "a\u202eb\ufe0f"
    emulator.add_link(
        linkId="lnk_1", domainId="dom_help", linkTitle=hidden, linkProviderType=hidden, linkProviderId=hidden,
        linkProviderReference=hidden, meta={hidden: 1},
    )  # fmt: skip
    page = open_page(emulator, "links/edit", link="lnk_1")
    described = {
        attributes["name"]: attributes.get("aria-describedby", "").split()
        for tag, attributes in page.elements
        if tag in {"input", "select", "textarea"} and attributes["name"].startswith("link")
    }
    fields = ("linkTitle", "linkProviderType", "linkProviderId", "linkProviderReference")
    for name in fields:
        assert described[name][0] == f"hidden-in-{name}"
        assert page.by_id[f"hidden-in-{name}"] == "With its invisible characters: aU+202EbU+FE0F"
    assert described["linkProviderReference"] == ["hidden-in-linkProviderReference", "about-reference"]
    (form,) = [form for form in page.forms.values() if "meta" in form.fields]
    assert form.fields["meta"] == '{\n  "a\\u202eb\\ufe0f": 1\n}'
    emulator.edit_link("lnk_1", linkTitle="a  b")
    assert "hidden-in-linkTitle" not in open_page(emulator, "links/edit", link="lnk_1").by_id
    assert emulator.requests == []


def test_page_shows_what_to_paste_when_there_is_no_link(emulator: Emulator) -> None:
    page = open_page(emulator)
    assert page.rows == []
    assert "There is no link yet." in page.response.text
    assert ("details", {"class": "connect", "id": "connect", "open": ""}) in page.elements
    exports = [f"export {name}={value}" for name, value in emulator.environ().items()]
    assert page.by_id["environ"] == " ".join(exports)
    emulator.add_link(domainId="dom_help")
    assert ("details", {"class": "connect", "id": "connect"}) in open_page(emulator).elements


def test_page_says_that_links_in_memory_end_with_the_emulator(emulator: Emulator, tmp_path: Path) -> None:
    words = "Links are kept in memory: they end with the emulator."
    assert words in open_page(emulator).response.text
    with Emulator(data=tmp_path / "links.db") as lasting:
        assert words not in open_page(lasting).response.text


def test_variables_lead_to_the_host_that_the_browser_uses(emulator: Emulator) -> None:
    response = requests.get(emulator.page_url, headers={"Host": "localhost:4"}, timeout=10)
    assert "export USERPLANE_BASE_URL=http://localhost:4/api/v1\n" in response.text
    response = requests.get(emulator.page_url, headers={"Host": "localhost:"}, timeout=10)
    assert "export USERPLANE_BASE_URL=http://localhost/api/v1\n" in response.text


def test_page_hides_the_key_when_it_is_not_the_demos() -> None:
    with Emulator(api_key="uspl_<secret>") as emulator:
        text = open_page(emulator).response.text
    assert "secret" not in text
    assert "<code>USERPLANE_API_KEY</code> is the key that the emulator was started with." in text


def test_edit_changes_what_a_person_changed(emulator: Emulator, api: Api) -> None:
    link = api.create_link(meta={"team": "support"})
    before = emulator.links[0]
    edit = open_page(emulator).press(f"Edit {link['linkId']}")
    assert edit.heading == f"Edit {link['linkId']}"
    done = edit.press(
        f"Save {link['linkId']}",
        linkTitle="Help <b>",
        linkReusable="on",
        linkProviderType="zendesk",
        linkProviderId="7",
        linkProviderReference="r#1",
        meta='{"team": "sales", "n": [1, null]}',
    )
    assert (done.heading, done.message) == ("Links", "Changed “Help <b>”.")
    assert done.texts["title"][0].startswith("Changed “Help <b>”. Links ")
    assert emulator.links == [
        {
            **before,
            "linkTitle": "Help <b>",
            "linkReusable": True,
            "linkProviderType": "zendesk",
            "linkProviderId": "7",
            "linkProviderReference": "r#1",
            "meta": {"team": "sales", "n": [1, None]},
        }
    ]
    cleared = done.press("Edit “Help <b>”").press(
        "Save “Help <b>”", linkTitle="", linkReusable=None, linkProviderId="", linkProviderReference="", meta=" "
    )
    assert cleared.message == f"Changed {link['linkId']}."
    assert emulator.links == [{**before, "linkProviderType": "zendesk", "meta": None}]
    assert [entry.method for entry in emulator.requests] == ["POST"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"linkTitle": "two\nlines\r\n", "linkProviderId": "\0", "linkProviderReference": " a "},
        {"linkTitle": "\u202eright\u2066", "meta": {"\u202e": "\x00\ud800", "a": "ä\n"}},
        {"linkProviderType": "  two  spaces\tand a\nline "},
        {"linkProviderType": "not_known_yet", "meta": {}, "linkReusable": True, "linkProviderReference": "<\"'&>"},
    ],
)
def test_edit_changes_nothing_when_a_person_changed_nothing(emulator: Emulator, fields: dict[str, object]) -> None:
    link = emulator.add_link(domainId="dom_help", linkId="lnk_1", **fields)
    edit = open_page(emulator, "links/edit", link="lnk_1")
    (save,) = edit.buttons
    # Browsers send other line breaks than they got, or none, and no NUL.
    shown = {
        name: value.replace("\r\n", "\n").replace("\0", "\ufffd").replace("\n", "\r\n" if name == "meta" else "")
        for name, value in edit.forms["/links/edit"].fields.items()
        if name not in {"shown", "token"}
    }
    done = edit.press(save.name, **shown)
    assert done.message.startswith("Nothing was changed in ")
    assert emulator.links == [link]


def test_edit_keeps_what_a_request_changed_meanwhile(emulator: Emulator, api: Api) -> None:
    link_id = api.create_link()["linkId"]
    edit = open_page(emulator, "links/edit", link=link_id)
    api.put(f"{LINKS}/{link_id}", {"linkTitle": "Of the program", "meta": {"a": "1"}})
    edit.press(f"Save {link_id}", linkProviderId="7")
    (link,) = emulator.links
    assert (link["linkTitle"], link["meta"], link["linkProviderId"]) == ("Of the program", {"a": "1"}, "7")


@pytest.mark.parametrize(
    ("meta", "problem"),
    [
        ("{", "This is not JSON: Expecting property name"),
        ("[]", 'Write a JSON object, such as {"team": "support"}.'),
        ('{"a": 1e999}', "This is not JSON: Out of range float values"),
        ('{"a": NaN}', "This is not JSON: NaN does not exist there."),
        ("[" * 100_000, "The JSON is nested too deeply."),
    ],
)
def test_edit_shows_the_form_again_when_the_map_is_wrong(emulator: Emulator, meta: str, problem: str) -> None:
    link = emulator.add_link(domainId="dom_help", linkTitle="Help")
    edit = open_page(emulator, "links/edit", link=link["linkId"], page="2", text="x")
    again = edit.press("Save “Help”", linkTitle="Typed", meta=meta)
    assert (again.status, again.heading) == (400, "Edit “Help”")
    assert again.by_id["problem-meta"].startswith(problem)
    assert "Nothing was changed. 1 field is wrong: Map." in again.texts["p"]
    assert ("a", {"href": "#meta"}) in again.elements
    assert emulator.links == [link]
    fields = again.forms["/links/edit"].fields
    assert (fields["linkTitle"], fields["meta"], fields["page"], fields["text"]) == ("Typed", meta, "2", "x")
    assert again.press("Save “Help”", meta="{}").message == "Changed “Typed”."
    assert emulator.links == [{**link, "linkTitle": "Typed", "meta": {}}]


@pytest.mark.parametrize("shown", ["", "[]", "{", "[" * 100_000, '{"linkTitle": 5}'])
def test_edit_takes_every_field_when_it_can_not_tell_what_was_shown(emulator: Emulator, shown: str) -> None:
    link = emulator.add_link(domainId="dom_help", linkTitle="Help", linkProviderId="7")
    done = open_page(emulator, "links/edit", link=link["linkId"]).press("Save “Help”", shown=shown, linkTitle="Typed")
    assert done.message == "Changed “Typed”."
    assert emulator.links == [{**link, "linkTitle": "Typed"}]


def test_edit_refuses_no_provider_type(emulator: Emulator) -> None:
    link = emulator.add_link(domainId="dom_help", linkTitle="Help")
    again = open_page(emulator, "links/edit", link=link["linkId"]).press("Save “Help”", linkProviderType="")
    assert again.by_id["problem-linkProviderType"] == "Choose a provider type."
    assert emulator.links == [link]


def test_delete_asks_first_and_restore_brings_the_link_back(emulator: Emulator, api: Api) -> None:
    link_id = api.create_link()["linkId"]
    question = open_page(emulator).press(f"Delete {link_id}")
    assert question.heading == f"Delete {link_id}?"
    assert emulator.links[0]["live"]
    deleted = question.press(f"Delete {link_id}")
    assert deleted.message == f"Deleted {link_id}."
    assert "Deleted Acme Support" in deleted.rows[0]
    assert status_and_code(api.get(f"{LINKS}/{link_id}")) == (410, "LINK_GONE")
    restored = deleted.press(f"Restore {link_id}")
    assert restored.message == f"Restored {link_id}."
    assert emulator.links[0]["live"]


def test_delete_says_that_there_is_no_such_link_when_it_is_deleted_already(emulator: Emulator) -> None:
    link_id = emulator.add_link(domainId="dom_help")["linkId"]
    question = open_page(emulator, "links/delete", link=link_id)
    question.press(f"Delete {link_id}")
    again = question.press(f"Delete {link_id}")
    assert (again.status, again.heading) == (404, f"404: There is no link that is not deleted {link_id}")


def test_restore_project_brings_its_links_back(emulator: Emulator) -> None:
    emulator.add_link(domainId="dom_help", linkTitle="Help", projectId="prj_onboarding")
    emulator.delete_project("prj_onboarding")
    page = open_page(emulator)
    assert "Its project is deleted" in page.rows[0]
    assert page.press("Restore project “Onboarding” of “Help”").message == "Restored the project of “Help”."
    assert emulator.links[0]["live"]


@pytest.mark.parametrize("path", ["links/edit", "links/delete"])
def test_page_answers_404_when_link_is_unknown(emulator: Emulator, path: str) -> None:
    for query in ({"link": "lnk_none"}, {"link": "%ff%00"}, {"link": "%ED%A0%80"}, {}):
        page = open_page(emulator, path, **query)
        assert (page.status, page.heading) == (404, "404: There is no such link")


@pytest.mark.parametrize(
    "link_id", ["a/../b c", "..", "%2e%2e", "?x=1#y", "\"'<>&", "a\0b", "\r\n", "+ %20", "ä\u202e", "x" * 300]
)
def test_every_link_can_be_edited_and_deleted_whatever_its_id(emulator: Emulator, link_id: str) -> None:
    emulator.add_link(domainId="dom_help", linkId=link_id, linkTitle="Odd")
    page = open_page(emulator).press("Edit “Odd”").press("Save “Odd”", linkTitle="Edited")
    assert page.press("Delete “Edited”").press("Delete “Edited”").message == "Deleted “Edited”."
    assert [(link["linkId"], link["live"]) for link in emulator.links] == [(link_id, False)]


def test_list_finds_links_by_text_and_keeps_it_after_an_action(emulator: Emulator) -> None:
    for number in range(120):
        emulator.add_link(domainId="dom_help", linkTitle=f"Überblick {number}", linkId=f"lnk_{number}")
    emulator.add_link(
        domainId="dom_help", linkId="lnk_other", linkTitle="Other", linkProviderReference="über 7#0a1b2c3d"
    )
    page = open_page(emulator)
    assert (len(page.rows), page.by_id["count"]) == (50, "121 links, newest first")
    assert page.by_id["pages"] == "Page 1 of 3 Older"
    assert page.rows[1].startswith("Überblick 119 ")
    third = open_page(emulator, page="3")
    assert (len(third.rows), third.by_id["pages"]) == (21, "Newer Page 3 of 3")
    for odd in ("4", "99999999999", "-1", "x", "²", "0"):
        expected = third if odd == "4" else page
        assert odd == "0" or open_page(emulator, page=odd).rows in (page.rows, expected.rows)
    found = open_page(emulator, text="ÜBER", page="2")
    assert found.by_id["count"] == "121 links found, newest first"
    (newer, older) = [attributes["href"] for tag, attributes in found.elements if attributes.get("href", "")[:1] == "?"]
    assert (newer, older) == ("?text=%C3%9CBER&page=1", "?text=%C3%9CBER&page=3")
    after = found.press("Delete “Überblick 50”").press("Delete “Überblick 50”")
    assert after.message == "Deleted “Überblick 50”."
    assert after.by_id["pages"] == "Newer Page 2 of 3 Older"
    assert [len(open_page(emulator, text=text).rows) for text in ("lnk_5", "help.acme", "7#0A", "none")] == [
        11,
        50,
        1,
        0,
    ]
    assert "No link holds this text." in open_page(emulator, text="none").response.text


@pytest.mark.parametrize("done", ["<script>", "link-deleted", "link-deleted{link}", "%s", ""])
def test_address_can_not_make_the_page_say_anything(emulator: Emulator, done: str) -> None:
    emulator.add_link(domainId="dom_help", linkId="lnk_1", linkTitle="Help")
    for link in ("lnk_1", "<script>"):
        page = open_page(emulator, done=done, link=link)
        assert page.message == ""
        assert "&lt;script" not in page.response.text
        assert "<script>" not in page.response.text


def test_message_is_said_once(emulator: Emulator) -> None:
    emulator.add_link(domainId="dom_help", linkId="lnk_1", linkTitle="Help")
    deleted = open_page(emulator, "links/delete", link="lnk_1").press("Delete “Help”")
    assert deleted.message == "Deleted “Help”."
    assert Page(requests.get(deleted.response.url, timeout=10)).message == ""


def test_ids_of_the_list_differ_whatever_the_ids_of_links_are(emulator: Emulator) -> None:
    for link_id in ("x", "project", "project-x", "restore", "link-x"):
        emulator.add_link(domainId="dom_help", linkId=link_id, linkTitle=f"1 {link_id}")
        emulator.delete_link(link_id)
    for link_id in ("x-2", "x-3", "project-2"):
        emulator.add_link(domainId="dom_help", linkId=link_id, projectId="prj_onboarding")
    emulator.add_link(domainId="dom_help", linkId="project-x-2")
    emulator.delete_link("project-x-2")
    emulator.delete_project("prj_onboarding")
    assert len(open_page(emulator).rows) == 9
