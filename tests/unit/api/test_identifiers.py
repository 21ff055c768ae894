"""Well-formed keys, base URLs and ids, and the words of the API."""

import pytest

from pulumi_userplane.api.constants import DEFAULT_BASE_URL, PROVIDER_TYPES
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.identifiers import (
    identifies,
    is_id,
    is_loopback,
    is_same_server,
    normalize_url,
    validate_api_key,
    validate_base_url,
)
from pulumi_userplane.api.text import sanitize


def test_a_key_goes_nowhere_else_by_default() -> None:
    assert DEFAULT_BASE_URL == "https://api.userplane.io/api/v1"
    assert validate_base_url(DEFAULT_BASE_URL) == DEFAULT_BASE_URL


def test_there_are_28_provider_types_each_once() -> None:
    assert len(set(PROVIDER_TYPES)) == len(PROVIDER_TYPES) == 28


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (" https://api.example/api/v1/ \n", "https://api.example/api/v1"),
        ("https://api.example:8443//", "https://api.example:8443"),
        ("HTTPS://API.Example/Api/V1", "https://api.example/Api/V1"),
        ("https://api.example.:443/api", "https://api.example/api"),
        ("https://api.example:/api", "https://api.example/api"),
        ("https://api.example:0443", "https://api.example"),
        ("https://api.example:80", "https://api.example:80"),
        ("http://127.0.0.1:8787/api/v1", "http://127.0.0.1:8787/api/v1"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://[0:0::1]:443", "http://[::1]:443"),
        ("https://[2001:DB8::A]", "https://[2001:db8::a]"),
        ("http://localhost", "http://localhost"),
        ("HTTP://LocalHost.:8787", "http://localhost:8787"),
        ("https://10.0.0.1", "https://10.0.0.1"),
    ],
)
def test_https_and_loopback_are_taken_in_one_form_however_they_are_spelled(given: str, taken: str) -> None:
    assert validate_base_url(given) == taken
    assert validate_base_url(taken) == taken
    assert is_same_server(given, taken)


def test_servers_are_told_apart_also_where_a_state_holds_what_no_setting_may() -> None:
    assert is_same_server("http://API.example/", "http://API.example/")
    assert not is_same_server("http://API.example/", "https://api.example")
    assert not is_same_server("https://api.example/a", "https://api.example/A")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "api.example",
        "https://",
        "https:///api",
        "https://exa mple",
        "https://example/a b",
        "https://exa\x00mple",
        "https://a..b",
        f"https://{'a' * 64}.example",
        "https://[::1",
        "https://example:port",
        "https://example:99999",
        "ftp://127.0.0.1",
        "http://api.example",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "https://user@example",
        "https://:hunter22@example",
        "https://@example",
        "http://127.0.0.1\\@api.example",
        "https://example/?key=hunter22",
        "https://example/#hunter22",
        "https://example/api/v1?",
        "https://example/api/v1#",
    ],
)
def test_other_addresses_are_refused_without_repeating_what_may_be_secret(given: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        validate_base_url(given)
    assert "base URL" in str(caught.value)
    assert "hunter22" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("wanted", "is_meant"),
    [
        ("https://HELP.acme.example/record?session=aB", True),
        ("help.acme.example/record?session=aB/", True),
        ("https://help.acme.example/record?session=AB", False),
        ("https://help.acme.example", False),
        ("https://dash.userplane.io/w/links/lnk_1?tab=2", True),
        ("lnk_1", True),
        ("lnk_11", False),
    ],
)
def test_a_link_is_named_by_its_id_or_address(wanted: str, is_meant: bool) -> None:
    assert identifies(wanted, "lnk_1", "https://help.acme.example/record?session=aB") is is_meant


@pytest.mark.parametrize("address", [" HTTPS://Help.Acme.Example/ ", "http://help.acme.example", "help.acme.example//"])
def test_an_address_is_compared_without_what_makes_no_difference(address: str) -> None:
    assert normalize_url(address) == "help.acme.example"


def test_a_key_loses_the_white_space_around_it() -> None:
    assert validate_api_key("\tuspl_demo\r\n") == "uspl_demo"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "  ",
        "uspl_a b",
        "uspl_a\nb",
        "uspl_a\r\nX-Evil: 1",
        "uspl_ä",
        "uspl_\x00",
        "uspl_\x7f",
        '"uspl_a"',
        "'uspl_a'",
    ],
)
def test_a_key_with_other_characters_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        validate_api_key(key)
    assert "uspl" not in str(caught.value)


@pytest.mark.parametrize("value", ["lnk_1", "a/b", "..a", "a b", "ä", "%2e%2e", "a?b#c"])
def test_an_id_is_any_text_that_can_be_one_path_segment(value: str) -> None:
    assert is_id(value)


@pytest.mark.parametrize("value", ["", ".", "..", " a", "a ", "a\nb", "a\x00", "a\x7f", "\ud800", "a\u2028b"])
def test_what_leads_elsewhere_or_cannot_be_printed_is_no_id(value: str) -> None:
    assert not is_id(value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.255.0.1", True), ("::1", True), ("localhost", True)]
    + [(host, False) for host in ("0.0.0.0", "10.0.0.1", "localhost.example", "127.1", "", "::")],
)
def test_loopback_is_this_machine_and_nothing_else(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\x1b[31m\nb", "a [31m b"), ("a\u202eb", "a b"), ("  Größe  🎥 ", "Größe 🎥"), ("x" * 101, "x" * 99 + "…")],
)
def test_a_text_from_outside_is_one_short_line_that_steers_nothing(text: str, line: str) -> None:
    assert sanitize(text) == line
