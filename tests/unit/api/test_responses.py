"""What a response means: data, a refusal, or something that Userplane does not send."""

import json

import pytest

from pulumi_userplane.api.errors import APIError, InvalidResponseError, Operation, UserplaneError
from pulumi_userplane.api.models import Domain
from pulumi_userplane.api.proxies import Proxy
from pulumi_userplane.api.responses import parse_envelope, parse_model, read_server_time
from pulumi_userplane.api.transport import Response

READ = Operation("read", "recording link lnk_1")
KEY = "uspl_canary_7"
JSON = "application/json; charset=utf-8"


def error_for(status: int, body: bytes | object, content_type: str = JSON, location: str = "") -> UserplaneError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": content_type, "Location": location}
    with pytest.raises(UserplaneError) as caught:
        parse_envelope(Response(status, headers, raw), READ, KEY)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 299])
def test_parse_envelope_returns_data_when_status_is_a_success(status: int) -> None:
    assert parse_envelope(
        Response(status, {"Content-Type": JSON}, b'{"message": "ok", "data": {"a": 1}}'), READ, KEY
    ) == {"a": 1}


@pytest.mark.parametrize("status", [200, 204, 404, 410, 502])
@pytest.mark.parametrize(
    ("body", "content_type", "what"),
    [
        (b"", JSON, "an empty body"),
        (b" \r\n", "", "an empty body"),
        (b"<!doctype html><title>Sign in</title>", "text/html", "an HTML page"),
        (b"Sign in", "TEXT/HTML", "an HTML page"),
        (b"\n <html>", JSON, "an HTML page"),
        (b'{"message": "ok", "data": {"li', JSON, "a body that is not a JSON object"),
        (b"\xff\xfe\xfa", JSON, "a body that is not a JSON object"),
        (b"[" * 100_000, JSON, "a body that is not a JSON object"),
        (b"[]", JSON, "a body that is not a JSON object"),
        (b"null", JSON, "a body that is not a JSON object"),
        (b"gateway", "text/plain", "a body of type text/plain"),
        (b"gateway", "", "a body of type unknown"),
    ],
)
def test_parse_envelope_says_what_came_when_body_is_not_an_envelope(
    status: int, body: bytes, content_type: str, what: str
) -> None:
    error = error_for(status, body, content_type)
    assert what in str(error)
    assert str(status) in str(error)
    assert isinstance(error, InvalidResponseError if status < 300 else APIError)
    assert not (isinstance(error, APIError) and (error.proves_link_gone or error.proves_project_gone))


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": [1]}, {"data": "x"}, {"error": "LINK_GONE"}])
def test_parse_envelope_raises_when_a_success_has_no_data(body: object) -> None:
    error = error_for(200, body)
    assert isinstance(error, InvalidResponseError)
    assert "a JSON object without the documented fields" in str(error)


@pytest.mark.parametrize("status", [300, 301, 307, 308, 304])
def test_parse_envelope_names_the_target_when_server_redirects(status: int) -> None:
    error = error_for(status, b"", location="https://elsewhere.example/x")
    assert isinstance(error, InvalidResponseError)
    assert "https://elsewhere.example/x" in str(error)
    assert "an unnamed place" in str(error_for(status, b""))


@pytest.mark.parametrize("code", ["LINK_NOT_FOUND", "LINK_GONE"])
@pytest.mark.parametrize("body", [{"error": "CODE"}, {"error": "CODE", "message": 5}, {"code": "CODE", "message": "x"}])
def test_parse_envelope_finds_no_code_when_a_failure_is_not_an_envelope(code: str, body: dict[str, object]) -> None:
    error = error_for(404, {key: code if value == "CODE" else value for key, value in body.items()})
    assert isinstance(error, APIError)
    assert (error.code, error.proves_link_gone) == ("", False)


def test_parse_envelope_shows_the_body_when_input_is_refused() -> None:
    error = error_for(400, {"code": "BAD_REQUEST", "data": {"issues": [{"message": "linkTitle: zu läng"}]}})
    assert "linkTitle: zu läng" in str(error)
    assert "change what the server names" in str(error)


def test_parse_envelope_quotes_one_short_line_of_the_server() -> None:
    error = error_for(400, {"error": "BAD", "message": "a\r\n\tb\u2028c " + "x" * 1000})
    assert '"a b c xxx' in str(error)
    assert len(error.reason) < 300
    assert error.reason.endswith('…"')


@pytest.mark.parametrize(
    ("status", "body", "content_type", "location"),
    [
        (401, {"error": "API_KEY_INVALID", "message": f"no key {KEY} here"}, JSON, ""),
        (400, {"issues": [f"Bearer {KEY}"]}, JSON, ""),
        (307, b"", JSON, f"https://elsewhere.example/?key={KEY}"),
        (401, {"error": f"NO_KEY_{KEY}", "message": "no"}, JSON, ""),
        (502, b"oops", f"text/{KEY}", ""),
        (200, b"oops", f"text/{KEY}", ""),
    ],
)
def test_parse_envelope_hides_the_key_when_server_repeats_it(
    status: int, body: bytes | object, content_type: str, location: str
) -> None:
    error = error_for(status, body, content_type, location)
    assert KEY not in str(error)
    assert KEY not in repr(error)
    assert "[api key]" in str(error)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (None, "domain"),
        ({"domainId": 5, "domainUrl": "u", "domainStatus": "s", "createdAt": "c", "updatedAt": "x"}, "domainId"),
        ({"domainId": "d", "domainUrl": "u", "createdAt": ["hidden"]}, "createdAt, domainStatus, updatedAt"),
    ],
)
def test_parse_model_names_fields_and_hides_values_when_shape_is_wrong(value: object, fields: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        parse_model(Domain, value, READ)
    assert f"a domain whose {fields}" in str(caught.value) or value is None
    assert "hidden" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


@pytest.mark.parametrize(
    ("date", "seconds"), [("Thu, 01 Jan 1970 00:01:00 GMT", 60), ("", None), ("soon", None), ("Mon, 99 Foo", None)]
)
def test_read_server_time_returns_none_when_header_holds_no_date(date: str, seconds: float | None) -> None:
    assert read_server_time(Response(200, {"Date": date}, b"")) == seconds


PROXY = Proxy("http://maria:pa55w0rd@proxy.example:3128", "HTTPS_PROXY", "proxy.example:3128")
HTML = {"Content-Type": "text/html"}
BETWEEN = "check the base URL, and what stands between (a proxy, a login page)"
ALLOW = (
    "ask the proxy's owner to allow api.example:8443; or check HTTPS_PROXY, or add api.example to NO_PROXY to go "
    "without the proxy"
)


def error_by(
    proxy: Proxy | None, status: int, body: bytes = b"<html>", headers: dict[str, str] | None = None
) -> UserplaneError:
    with pytest.raises(UserplaneError) as caught:
        parse_envelope(Response(status, {**HTML, **(headers or {})}, body, "api.example:8443", proxy), READ, KEY)
    return caught.value


@pytest.mark.parametrize(
    ("status", "next_step"),
    [
        (200, BETWEEN),
        (401, BETWEEN),
        (403, BETWEEN),
        (404, f"it proves no deletion: {BETWEEN}"),
        (407, BETWEEN),
        (410, f"it proves no deletion: {BETWEEN}"),
        (429, f"run again in a few minutes; if it stays so, {BETWEEN}"),
        (451, BETWEEN),
        (502, f"run again in a few minutes; if it stays so, {BETWEEN}"),
    ],
)
def test_parse_envelope_says_that_something_between_responded(status: int, next_step: str) -> None:
    error = error_by(None, status)
    assert (
        error.reason == f"the server, or something between, responded {status} with an HTML page in Userplane's place"
    )
    assert error.next_step == next_step
    assert error.is_about_intermediary


def test_parse_envelope_names_the_proxy_when_its_response_is_not_userplanes() -> None:
    error = error_by(PROXY, 410, b"")
    assert str(error) == (
        "read of recording link lnk_1 failed: the proxy proxy.example:3128 of HTTPS_PROXY, or something behind it, "
        f"responded 410 with an empty body in Userplane's place; it proves no deletion: {ALLOW}"
    )
    assert error_by(PROXY, 407).next_step.startswith("correct user and password in HTTPS_PROXY: http://USER:")
    assert "pa55w0rd" not in repr(PROXY) + str(error) + str(error_by(PROXY, 407))


def test_parse_envelope_shows_how_the_sender_names_itself() -> None:
    headers = {"Server": "squid\x1b[31m/5.7", "Via": "1.1 " + "gw" * 50, "X-Squid-Error": f"ERR {KEY}"}
    reason = error_by(None, 403, headers=headers).reason
    assert " in Userplane's place (Server: squid [31m/5.7, Via: 1.1 gwgw" in reason
    assert "…, X-Squid-Error: ERR [api key])" in reason
    assert len(reason) < 300


@pytest.mark.parametrize(("status", "code"), [(403, "BLOCKED_BY_POLICY"), (404, "LINK_GONE"), (429, "SLOW_DOWN")])
def test_parse_envelope_names_the_proxy_when_userplane_documents_no_such_code(status: int, code: str) -> None:
    body = f'{{"error": "{code}", "message": "No."}}'
    error = error_by(PROXY, status, body.encode())
    assert error.reason == f'{status} "{body}" through the proxy proxy.example:3128 of HTTPS_PROXY'
    assert error.next_step.endswith(f"; if that is not Userplane's, {ALLOW}")
    assert isinstance(error, APIError)
    assert error.code == ""
    direct = error_by(None, status, body.encode())
    assert direct.reason == f'{status} {code} "No."'


def test_parse_envelope_names_the_proxy_when_the_code_is_not_a_text() -> None:
    assert error_by(PROXY, 403, b'{"error": ["FORBIDDEN"], "message": "No."}').reason.endswith(" of HTTPS_PROXY")


def test_parse_envelope_keeps_a_documented_code_that_came_through_a_proxy() -> None:
    error = error_by(PROXY, 410, b'{"error": "LINK_GONE", "message": "No."}')
    assert error.reason == '410 LINK_GONE "No."'
    assert isinstance(error, APIError)
    assert error.proves_link_gone


def test_parse_envelope_names_the_proxy_when_json_has_no_code() -> None:
    blocked = b'{"blocked": true}'
    error = error_by(PROXY, 403, blocked)
    assert error.reason == '403 "{"blocked": true}" through the proxy proxy.example:3128 of HTTPS_PROXY'
    assert error.next_step == f"ask an admin of the workspace for access; if that is not Userplane's, {ALLOW}"
    assert error_by(None, 403, blocked).next_step == "ask an admin of the workspace for access"
    userplanes = b'{"error": "FORBIDDEN", "message": "No."}'
    assert str(error_by(PROXY, 403, userplanes)) == str(error_by(None, 403, userplanes))


def test_parse_envelope_says_what_to_do_when_a_login_page_is_redirected_to() -> None:
    direct, proxied = (error_by(proxy, 302, b"", {"Location": "https://login.example/"}) for proxy in (None, PROXY))
    assert (direct.reason, direct.next_step) == (
        "the server redirects (302) to https://login.example/, and a key follows no redirect",
        "if that address is Userplane's, set it as the base URL; if it is a login page, sign in there",
    )
    assert proxied.reason == (
        "the proxy proxy.example:3128 of HTTPS_PROXY, or something behind it, redirects (302) to "
        "https://login.example/, and a key follows no redirect"
    )
    assert proxied.next_step == f"if that is a login page, sign in there; {ALLOW}"
