"""What each operation does with refusals and unreadable responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import APIError, UserplaneError
from pulumi_userplane.api.transport import Response

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Engine

FULL = {"domain_id": "dom_help", "mark": "m", "link_title": "Help", "meta": {"a": 1}}
REFUSALS = [
    (401, "API_KEY_REQUIRED"),
    (401, "API_KEY_INVALID"),
    (401, "API_KEY_EXPIRED"),
    (403, "API_KEY_DISABLED"),
    (403, "NOT_A_MEMBER"),
    (403, "FORBIDDEN"),
    (404, "WORKSPACE_NOT_FOUND"),
    (404, "PROJECT_NOT_FOUND"),
    (404, "LINK_DEFAULT_PROJECT_NOT_FOUND"),
    (410, "WORKSPACE_GONE"),
    (410, "LINK_PROJECT_DELETED"),
    (410, "PROJECT_GONE"),
    (404, "LINK_GONE"),
    (410, "LINK_NOT_FOUND"),
    (404, "UNHEARD_OF"),
    (410, "UNHEARD_OF"),
    (400, "BAD_REQUEST"),
    (422, "UNPROCESSABLE"),
    (429, "RATE_LIMITED"),
    (500, "LINK_UPDATE_FAILED"),
    (502, "BAD_GATEWAY"),
    (503, "SERVICE_UNAVAILABLE"),
]


@pytest.mark.parametrize("status", [404, 410])
def test_read_drops_link_with_a_warning_when_it_was_deleted(
    engine: Engine, server: Emulator, warned: list[str], status: int
) -> None:
    engine.up(**FULL)
    if status == 410:
        server.delete_link(engine.id)
    else:
        server.fault(answer="status", status=404, code="LINK_NOT_FOUND", path="links/")
    link_id = engine.id
    engine.refresh()
    assert (engine.id, engine.outputs, engine.inputs) == ("", {}, {})
    (text,) = warned
    assert f'recording link "m" ({link_id}) was deleted outside Pulumi ({status} LINK_' in text
    assert "with a new address" in text


@pytest.mark.parametrize(("status", "code"), [(404, "LINK_NOT_FOUND"), (410, "LINK_GONE")])
def test_gone_link_can_be_deleted_and_not_updated(engine: Engine, server: Emulator, status: int, code: str) -> None:
    engine.up(**FULL)
    server.fault(answer="status", status=status, code=code, path="links/", times=2)
    engine.destroy()
    with pytest.raises(APIError) as caught:
        engine.up(**{**FULL, "link_title": "Other"})
    assert f'update of recording link "m" ({engine.id}) failed: {status} {code}' in str(caught.value)
    assert "it was deleted outside Pulumi: `pulumi up --refresh` creates a new one" in str(caught.value)


@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_refusal_is_an_error_when_it_is_not_about_a_gone_link(
    engine: Engine, server: Emulator, status: int, code: str, warned: list[str]
) -> None:
    engine.up(**FULL)
    server.fault(answer="status", status=status, code=code, message="No.", times=None)
    for operation in (engine.refresh, engine.destroy, lambda: engine.up(**{**FULL, "link_title": "Other"})):
        with pytest.raises(APIError) as caught:
            operation()
        assert f'recording link "m" ({engine.id}) failed: {status} {code} "No."; ' in str(caught.value)
        assert "deleted outside" not in str(caught.value)
    assert warned == []


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("answer", ["html", "empty"])
def test_gone_proves_nothing_when_a_proxy_says_it(
    engine: Engine, server: Emulator, monkeypatch: pytest.MonkeyPatch, status: int, answer: str
) -> None:
    engine.up(**FULL)
    body = b"<html>Not found</html>" if answer == "html" else b""
    page = Response(status, {"Content-Type": "text/html"}, body)
    monkeypatch.setattr(engine.client._transport, "send", lambda *_asked: page)
    for operation in (engine.refresh, engine.destroy, lambda: engine.up(**{**FULL, "link_title": "Other"})):
        with pytest.raises(APIError, match=r"check the base URL|check the workspace and the project") as caught:
            operation()
        assert not caught.value.proves_link_gone


@pytest.mark.parametrize(
    "answer", ["html", "empty", "cut_json", "oversized", "other_link", "redirect", "drop", "cut_body"]
)
def test_state_is_kept_when_the_response_is_unreadable(engine: Engine, server: Emulator, answer: Any) -> None:
    engine.up(**FULL)
    for operation in (engine.refresh, engine.destroy, lambda: engine.up(**{**FULL, "link_title": "Other"})):
        server.fault(answer=answer, path="links/", times=None)
        with pytest.raises(UserplaneError, match=engine.id):
            operation()
        server.clear_faults()
    assert engine.id


def test_key_is_in_no_result_warning_or_error(engine: Engine, server: Emulator, warned: list[str]) -> None:
    engine.up(**FULL)
    shown = [repr(engine.outputs), repr(engine.inputs), repr(engine.provider._settings)]
    for status, code in REFUSALS:
        server.fault(answer="status", status=status, code=code, message=f"Bearer {server.api_key}", path="links")
        try:
            engine.refresh()
        except UserplaneError as error:
            shown += [str(error), repr(error), repr(vars(error))]
    server.delete_link(engine.id)
    engine.refresh()
    assert len(shown) > len(REFUSALS)
    assert server.api_key not in "".join(shown + warned)
