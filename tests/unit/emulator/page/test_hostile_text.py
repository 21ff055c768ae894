"""Text from outside stays text, shows what can't be seen, and changes nothing around it."""

import json
from collections.abc import Iterator

import pytest
from pydantic import JsonValue

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
        ("\u2764\ufe0f\u200d\U0001f525", "<bdi>\u2764\ufe0f\u200d\U0001f525</bdi>"),
        ("\u203c\ufe0e1\ufe0f\u20e3", "<bdi>\u203c\ufe0e1\ufe0f\u20e3</bdi>"),
        ("\u2764\ufe0f\ufe0f", '<bdi>\u2764\ufe0f<span class="character">U+FE0F</span></bdi>'),
        ("a\ufe0f1\ufe0f", '<bdi>a<span class="character">U+FE0F</span>1<span class="character">U+FE0F</span></bdi>'),
        ("ä\ufe0f\u200dä", '<bdi>ä<span class="character">U+FE0F</span><span class="character">U+200D</span>ä</bdi>'),
        ("\ufffc\ufe0f", '<bdi><span class="character">U+FFFC</span><span class="character">U+FE0F</span></bdi>'),
        ("a\ufe00", '<bdi>a<span class="character">U+FE00</span></bdi>'),
        ("\u8fbb\U000e0100", '<bdi>\u8fbb<span class="character">U+E0100</span></bdi>'),
        ("\U000e01ef", '<bdi><span class="character">U+E01EF</span></bdi>'),
        (
            "\u1820\u180b\u180d",
            '<bdi>\u1820<span class="character">U+180B</span><span class="character">U+180D</span></bdi>',
        ),
        (
            "\u043f\u200c\u200d\u200c\u0430",
            "<bdi>\u043f" + "".join(f'<span class="character">U+200{x}</span>' for x in "CDC") + "\u0430</bdi>",
        ),
        ("\u043f\u200c\u200c\u0430", '<bdi>\u043f<span class="character">U+200C \xd7 2</span>\u0430</bdi>'),
        ("\u3000", '<bdi><span class="character">U+3000</span></bdi>'),
        ("a\u00a0\u2003", '<bdi>a<span class="character">U+00A0</span><span class="character">U+2003</span></bdi>'),
        ("   ", '<bdi><span class="character">U+0020 \xd7 3</span></bdi>'),
        ("a  b ", "<bdi>a  b </bdi>"),
        ("\n\na", '<bdi><span class="character">U+000A \xd7 2</span>a</bdi>'),
        (
            "x" * 24 + "\u200b" * 2,
            '<bdi>xxxxxxxxxxxxxxxxxxxxxxxx</bdi> <span class="rest">… 26 characters in all</span>',
        ),
        ("x" * 31, f'<bdi>{"x" * 30}</bdi> <span class="rest">… 31 characters in all</span>'),
    ],
)
def test_show_escapes_isolates_and_shortens(text: str, html: str) -> None:
    assert hostile_text.show(text, 30) == html


def test_show_lines_isolates_each_line() -> None:
    html = '<bdi>a</bdi>\n<bdi><span class="character">U+202E</span>b</bdi>'
    assert hostile_text.show_lines("a\n\u202eb") == (html, False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\n" * 39, "<bdi></bdi>" + "\n<bdi></bdi>" * 39),
        ("\n" * 40, None),
        ("x" * 2000, f"<bdi>{'x' * 2000}</bdi>"),
        ("x" * 2001, None),
        (
            "\u200b\u200c" * 166,
            "<bdi>" + "".join(f'<span class="character">U+200{x}</span>' for x in "BC") * 166 + "</bdi>",
        ),
        ("\u200b\u200c" * 167, None),
        ("x" * 1990 + "\ny", f"<bdi>{'x' * 1990}</bdi>\n<bdi>y</bdi>"),
        ("x" * 1990 + "\n" + "y" * 11, None),
    ],
    ids=[
        "all lines",
        "a line more",
        "all characters",
        "a character more",
        "numbers",
        "a number more",
        "room",
        "no room",
    ],
)
def test_show_lines_says_what_is_too_long(text: str, shown: str | None) -> None:
    html, is_cut = hostile_text.show_lines(text)
    assert is_cut == (shown is None)
    assert shown in (None, html)
    assert len(html) < 15_000


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" a \n b\u00a0", "a [U+000A] b[U+00A0]"),
        ("\u3000\u3000", "[U+3000 \xd7 2]"),
        ("a\ufe0f", "a[U+FE0F]"),
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


def test_json_is_written_on_one_line_if_it_fits() -> None:
    assert hostile_text.describe_json({"a": ["ä", None, 1.5, True]}) == '{"a": ["ä", null, 1.5, true]}'
    line = hostile_text.describe_json({"a": "x" * 91})
    assert hostile_text.fits_on_one_line(line)
    assert len(line) == 100
    assert hostile_text.describe_json({"a": "x" * 93}) == '{\n  "a": "' + "x" * 93 + '"\n}'
    assert not hostile_text.fits_on_one_line("x" * 101)
    assert not hostile_text.fits_on_one_line("\n")


def _nest(depth: int) -> JsonValue:
    value: JsonValue = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        "x" * 9_000_000,
        [1] * 200_000,
        [9] * 51,
        ["x" * 1900] * 1000,
        {"k" * 10_000 + str(number): number for number in range(100)},
        [int("9" * 4000)] * 1000,
        {str(number): [[]] for number in range(100)},
        _nest(51),
        _nest(100_000),
    ],
    ids=["text", "list", "short list", "texts", "keys", "numbers", "lists", "depth", "great depth"],
)
def test_beginning_of_large_json_is_shown_as_such(value: JsonValue) -> None:
    text = hostile_text.describe_json(value)
    html, is_cut = hostile_text.show_lines(text)
    assert is_cut
    assert not hostile_text.fits_on_one_line(text)
    assert len(text) < 8000
    assert len(html) < 6000


def test_large_list_is_not_read_to_its_end() -> None:
    read: list[int] = []

    class Numbers(list[JsonValue]):
        def __iter__(self) -> Iterator[JsonValue]:
            for number in range(1000):
                read.append(number)
                yield number

    hostile_text.describe_json(Numbers())
    assert len(read) < 60


@pytest.mark.parametrize("value", [[9] * 33, _nest(50), [[[]] * 2] * 8], ids=["list", "depth", "lists"])
def test_small_json_is_shown_whole(value: JsonValue) -> None:
    assert json.loads(hostile_text.describe_json(value)) == value


def test_page_of_the_costliest_requests_is_small(emulator: Emulator, api: Api) -> None:
    for text in ("\n" * 2000, "\u200b" * 2000, "\u200b\u200c" * 1000, "&\n" * 2000, json.dumps("x" * 1_000_000)):
        emulator.clear_requests()
        for _ in range(50):
            api.send("POST", LINKS, data=text.encode())
        page = open_page(emulator, "requests")
        assert len(page.rows) == 50
        assert len(page.response.content) < 900_000
