"""Text from outside stays text, shows what can't be seen, and changes nothing around it."""

import pytest

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.emulator.page import hostile_text
from tests.unit.emulator.client import LINKS, Api
from tests.unit.emulator.page.reader import open_page

ATTACKS = [
    "<script>alert(1)</script>",
    "</title></textarea><img src=x onerror=alert(1)>",
    '" onfocus=alert(1) autofocus x="',
    "' style='x",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&#0;",
    "]]><!--",
    "\u202eevil\u2066 \u200f\u061c",
    "a\0b\x1b[31m\x7f\x85\u2028",
    "\ufffe\ue000",
    "W" * 255,
    "\u0301" * 255,
    "${7*7} #{7*7} %s {0}",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_wherever_it_is_shown(emulator: Emulator, api: Api, attack: str) -> None:
    link_id = "lnk_" + attack
    emulator.add_link(
        domainId="dom_help", linkId=link_id, linkTitle=attack, linkProviderType=attack, linkProviderId=attack,
        linkProviderReference=attack, linkURL="https://" + attack, meta={attack: attack},
    )  # fmt: skip
    api.post(LINKS, {"domainId": attack, attack: attack})
    api.send("GET", f"{LINKS}/{hostile_text.to_key(link_id)}?{hostile_text.to_key(attack)}")
    api.send("POST", LINKS, data=attack.encode())
    emulator.fault(answer="status", code=attack, message=attack, path="/links/x", method=attack)
    emulator.fault(answer="status", code=attack, message=attack)
    api.get("/me")
    emulator.set_behaviours(default_provider_type=attack)
    key = hostile_text.to_key(link_id)
    elements = set()
    for path in ("", "requests", "faults", "limits", "behaviours", "links/edit", "links/delete"):
        page = open_page(
            emulator, path, **({"text": attack} if not path else {}), link=key, done="link-changed", page="1"
        )
        assert page.status == 200
        elements |= {tag for tag, _ in page.elements}
        assert not {name for _, attributes in page.elements for name in attributes if name.startswith(("on", "style"))}
        assert "{{ 7 * 7 }}" not in attack or attack in page.response.text or path == "limits"
        shown = page.response.text
        if path not in {"links/edit", "behaviours", ""}:
            assert not any(0x202A <= ord(character) <= 0x202E or character in "\0\x1b\u2066" for character in shown)
    assert elements <= {
        "html", "head", "meta", "title", "link", "script", "body", "a", "header", "p", "span", "nav", "ul", "li",
        "details", "summary", "code", "pre", "main", "h1", "h2", "form", "label", "input", "button", "div", "table",
        "thead", "tbody", "tr", "th", "td", "bdi", "em", "time", "select", "option", "optgroup", "textarea", "section",
        "dl", "dt", "dd", "strong", "b", "meter",
    }  # fmt: skip


def test_lone_surrogates_and_other_bytes_are_shown_as_such(emulator: Emulator, api: Api) -> None:
    api.send("POST", LINKS, data='{"domainId": "\\ud800"}')
    api.send("POST", LINKS, data=b"\xff\x00\xfe")
    rows = open_page(emulator, "requests").rows
    assert '{"domainId": "U+D800"}' in rows[1]
    assert "\ufffdU+0000\ufffd" in rows[0]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", "<bdi></bdi>"),
        ("plain ä", "<bdi>plain ä</bdi>"),
        ("<b>", "<bdi>&lt;b&gt;</bdi>"),
        ("a\u202eb", '<bdi>a<span class="character">U+202E</span>b</bdi>'),
        ("\U000e0041", '<bdi><span class="character">U+E0041</span></bdi>'),
        ("\u3164", '<bdi><span class="character">U+3164</span></bdi>'),
        ("a\u200db", '<bdi>a<span class="character">U+200D</span>b</bdi>'),
        ("\u200dä", '<bdi><span class="character">U+200D</span>ä</bdi>'),
        ("\U0001f468\u200d\U0001f469", "<bdi>\U0001f468\u200d\U0001f469</bdi>"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "<bdi>\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645</bdi>",
        ),
        ("x" * 11, '<bdi>xxxxxxxxxx</bdi> <span class="rest">… 11 characters in all</span>'),
    ],
)
def test_show_escapes_isolates_and_shortens(text: str, html: str) -> None:
    assert hostile_text.show(text, 10) == html


def test_show_lines_isolates_each_line() -> None:
    assert hostile_text.show_lines("a\n\u202eb") == '<bdi>a</bdi>\n<bdi><span class="character">U+202E</span>b</bdi>'


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" a \n b\u00a0", "a [U+000A] b"),
        ("\u202e", "[U+202E]"),
        ("  ", ""),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("x" * 10_000, "x" * 79 + "…"),
    ],
)
def test_name_is_one_short_line(text: str, name: str) -> None:
    assert hostile_text.name(text) == name


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "http://help.acme.example/",
        "data:text/html,x",
        "//evil.example",
        "https:",
        "https://",
        "https:///x",
        "https:evil.example",
        "https://help.acme.example@evil.example/",
        "https://evil.example\\@help.acme.example/",
        "https://[::1",
        "https://a b/",
        " https://help.acme.example/",
        "https://help.acme.example/\u202e",
        "https://help.acme.example/\n",
        "java\nscript:alert(1)",
        "ftp://help.acme.example/",
    ],
)
def test_address_is_not_a_link_when_it_is_not_plain_https(emulator: Emulator, address: str) -> None:
    assert not hostile_text.is_https(address)
    emulator.add_link(domainId="dom_help", linkURL=address or "x")
    addresses = [attributes["href"] for tag, attributes in open_page(emulator).elements if tag == "a"]
    assert {address[:1] for address in addresses} == {"/", "#"}


@pytest.mark.parametrize("address", ["https://help.acme.example/record?session=1#x", "HTTPS://ä.example:444/"])
def test_address_is_a_link_when_it_is_https(address: str) -> None:
    assert hostile_text.is_https(address)


def test_json_is_cut_and_never_fails() -> None:
    assert hostile_text.dump_json({"a": ["ä", None]}) == '{"a": ["ä", null]}'
    assert 2000 < len(hostile_text.dump_json(["x" * 100] * 1000, indent=2)) < 2200
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert hostile_text.dump_json(deep) == "(nested too deeply to be shown)"  # type: ignore[arg-type]  # a JSON value
