"""Any response is data or one of our errors, in one line, without the key."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_userplane.api.errors import APIError, InvalidResponseError, Operation, UserplaneError
from pulumi_userplane.api.responses import parse_envelope
from pulumi_userplane.api.transport import Response

KEY = "uspl_canary_5c1e7"
READ = Operation("read", "recording link lnk_1")

statuses = st.integers(100, 599) | st.sampled_from([200, 201, 301, 400, 401, 403, 404, 410, 429, 500, 503])
texts = st.text() | st.sampled_from([KEY, f"Bearer {KEY}", f"{KEY}\r\n{KEY}", "LINK_GONE", "LINK_NOT_FOUND", ""])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
envelopes = st.fixed_dictionaries({}, optional={"error": values, "message": values, "data": values, "code": values})
bodies = (
    st.binary()
    | (envelopes | values).map(lambda value: json.dumps(value).encode())
    | texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
)


def result(status: int, content_type: str, location: str, body: bytes) -> dict[str, Any] | UserplaneError:
    try:
        return parse_envelope(Response(status, {"Content-Type": content_type, "Location": location}, body), READ, KEY)
    except UserplaneError as error:
        return error


@given(statuses, texts, texts, bodies)
@example(400, "application/json", "", b'{"a":' * 400 + b"1" + b"}" * 400)
@example(200, "application/json", "", b"[" * 100_000)
@example(404, "application/json", "", b"1" * 10_000)
@example(404, "", "", b'{"error": "LINK_GONE", "message": "\\ud800"}')
def test_parse_envelope_returns_data_or_raises_our_error_for_any_response(
    status: int, content_type: str, location: str, body: bytes
) -> None:
    outcome = result(status, content_type, location, body)
    if isinstance(outcome, dict):
        assert 200 <= status < 300
        assert json.dumps(outcome) == json.dumps(json.loads(body)["data"])
        return
    text = str(outcome)
    assert text.startswith("read of recording link lnk_1 failed: ")
    assert len(text.splitlines()) == 1
    assert KEY not in text + repr(outcome) + repr(vars(outcome))
    assert isinstance(outcome, InvalidResponseError if 200 <= status < 400 else APIError)


@given(statuses, bodies)
def test_proves_link_gone_is_true_for_two_codes_in_an_envelope_alone(status: int, body: bytes) -> None:
    outcome = result(status, "application/json", "", body)
    if isinstance(outcome, APIError) and outcome.proves_link_gone:
        content = json.loads(body)
        assert (status, content["error"]) in {(404, "LINK_NOT_FOUND"), (410, "LINK_GONE")}
        assert isinstance(content["message"], str)
