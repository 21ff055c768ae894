"""Keys, base URLs, ids and link addresses: which are valid, and which are equal."""

import pytest

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


@pytest.mark.parametrize(
    ("given", "normal"),
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
def test_validate_base_url_returns_one_form_for_every_spelling(given: str, normal: str) -> None:
    assert validate_base_url(given) == normal
    assert validate_base_url(normal) == normal
    assert is_same_server(given, normal)


def test_is_same_server_compares_addresses_that_no_setting_may_hold() -> None:
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
def test_validate_base_url_hides_the_address_when_it_is_invalid(given: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        validate_base_url(given)
    assert "base URL" in str(caught.value)
    assert "hunter22" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "is_same"),
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
def test_identifies_accepts_id_and_addresses_of_a_link(text: str, is_same: bool) -> None:
    assert identifies(text, "lnk_1", "https://help.acme.example/record?session=aB") is is_same


@pytest.mark.parametrize("address", [" HTTPS://Help.Acme.Example/ ", "http://help.acme.example", "help.acme.example//"])
def test_normalize_url_drops_what_makes_no_difference(address: str) -> None:
    assert normalize_url(address) == "help.acme.example"


def test_validate_api_key_strips_white_space() -> None:
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
def test_validate_api_key_hides_the_key_when_it_is_invalid(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        validate_api_key(key)
    assert "uspl" not in str(caught.value)


@pytest.mark.parametrize("value", ["lnk_1", "a/b", "..a", "a b", "ä", "%2e%2e", "a?b#c"])
def test_is_id_accepts_any_text_that_can_be_one_path_segment(value: str) -> None:
    assert is_id(value)


@pytest.mark.parametrize("value", ["", ".", "..", " a", "a ", "a\nb", "a\x00", "a\x7f", "\ud800", "a\u2028b"])
def test_is_id_refuses_text_that_leads_elsewhere_or_is_unprintable(value: str) -> None:
    assert not is_id(value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.255.0.1", True), ("::1", True), ("localhost", True)]
    + [(host, False) for host in ("0.0.0.0", "10.0.0.1", "localhost.example", "127.1", "", "::")],
)
def test_is_loopback_is_true_for_this_machine_alone(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
