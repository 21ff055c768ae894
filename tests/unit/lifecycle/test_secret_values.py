"""No error, warning or other message shows the values of a link: any of them may be a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from tests.support.messages import Messages
from tests.unit.conftest import this_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/help"


def _link(word: str) -> dict[str, Any]:
    """A declaration whose values all hold that word."""
    return {
        "domain_id": "dom_help",
        "mark": MARK,
        "link_title": f"  Title {word} ",
        "link_provider_id": f" id-{word}  ",
        "link_provider_ref": f" reference {word} ",
        "meta": {"text": f"text {word}", "list": [f"item {word}", {"deep": f"deep {word}"}]},
    }


OLD, NEW = _link("OLDSECRET"), _link("NEWSECRET")


@pytest.fixture
def shown() -> list[str]:
    """All messages."""
    lines: list[str] = []
    run_state.reset(RunState(Messages(lines, lines), this_run().clock))
    return lines


@pytest.fixture(autouse=True)
def _server_that_trims(server: Emulator) -> None:
    server.set_behaviours(trim_text=True)


def _try(shown: list[str], operation: Callable[[], object]) -> None:
    try:
        operation()
    except UserplaneError as error:
        shown.append(str(error))


def _assert_nothing_is_shown(shown: list[str]) -> None:
    assert shown
    assert [line for line in shown if "SECRET" in line or "Title" in line] == []


FAULTS: list[dict[str, Any]] = [
    {"status": 400, "message": "Not valid: {quoted}"},
    {"status": 403, "code": "FORBIDDEN", "message": "{title} is not yours"},
    {"status": 404, "code": "LINK_NOT_FOUND", "message": "There is no '{title}'"},
    {"status": 410, "code": "LINK_GONE", "message": "Gone: {cut}…"},
    {"status": 409, "code": "CONFLICT", "message": "text {word} and deep {word}, id-{word}"},
    {"status": 503, "code": "SERVICE_UNAVAILABLE", "message": "{quoted}", "times": 9},
    {"status": 500, "message": "{quoted}", "times": 9},
    {"status": 429, "code": "RATE_LIMITED", "message": "{quoted}", "headers": {"Retry-After": "90"}},
]
fault_that_quotes = pytest.mark.parametrize("fault", FAULTS, ids=[str(fault["status"]) for fault in FAULTS])


def _quoting(fault: dict[str, Any], link: dict[str, Any]) -> Any:
    """The fault with what that link holds in the server's words."""
    title = link["link_title"].strip()
    quoted = {key: value for key, value in link.items() if key not in {"domain_id", "mark"}}
    words = fault["message"].format(
        title=title, cut=title[:9], word=title.split()[1], quoted=json.dumps(quoted, ensure_ascii=False)
    )
    return {**fault, "answer": "status", "message": words}


@fault_that_quotes
@pytest.mark.parametrize("operation", ["update, old", "update, new", "read", "delete", "replace elsewhere"])
def test_messages_show_no_value_of_a_recorded_link(
    engine: Engine, server: Emulator, shown: list[str], fault: Any, operation: str
) -> None:
    engine.up(**OLD)
    server.fault(**_quoting(fault, NEW if operation == "update, new" else OLD))
    operations: dict[str, Callable[[], object]] = {
        "read": engine.refresh,
        "delete": engine.destroy,
        "replace elsewhere": lambda: engine.diff(**{**NEW, "domain_id": "dom_app", "adopt": "lnk_other"}),
    }
    _try(shown, operations.get(operation, lambda: engine.up(**NEW)))
    _assert_nothing_is_shown(shown)


@fault_that_quotes
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_messages_show_no_value_of_a_new_link(
    engine: Engine, server: Emulator, shown: list[str], fault: Any, method: str
) -> None:
    server.fault(method=method, **_quoting(fault, NEW))
    _try(shown, lambda: engine.up(**NEW))
    _assert_nothing_is_shown(shown)


@fault_that_quotes
@pytest.mark.parametrize("quoted", [OLD, NEW], ids=["old", "new"])
def test_messages_show_no_value_of_an_adopted_link(
    engine: Engine, server: Emulator, shown: list[str], fault: Any, quoted: Any
) -> None:
    link = server.add_link(domainId="dom_help", linkTitle=OLD["link_title"].strip(), meta=OLD["meta"])
    server.edit_link(
        link["linkId"], linkProviderId=OLD["link_provider_id"], linkProviderReference=OLD["link_provider_ref"]
    )
    server.fault(method="PUT", **_quoting(fault, quoted))
    _try(shown, lambda: engine.up(**{**NEW, "adopt": link["linkId"]}))
    _assert_nothing_is_shown(shown)


def test_adopt_shows_only_public_fields_among_its_changes(engine: Engine, server: Emulator, shown: list[str]) -> None:
    link = server.add_link(domainId="dom_help", linkTitle="Title OLDSECRET", meta=OLD["meta"])
    engine.up(**{**NEW, "link_reusable": True, "link_provider_type": "zendesk", "adopt": link["linkId"]})
    _assert_nothing_is_shown(shown)
    assert shown[-1].startswith(f'recording link "{MARK}" ({link["linkId"]}) was adopted and keeps its address ')
    assert shown[-1].endswith(
        "; changed: link_title, link_reusable false → true, "
        'link_provider_type "web" → "zendesk", link_provider_id, link_provider_ref, meta'
    )


@pytest.mark.parametrize("ignored", [["linkTitle"], ["meta"], ["linkProviderId"], ["linkProviderReference"]])
def test_messages_show_no_value_when_a_field_is_not_applied(
    engine: Engine, server: Emulator, shown: list[str], ignored: list[str]
) -> None:
    engine.up(**OLD)
    server.set_behaviours(ignored_fields=ignored)
    _try(shown, lambda: engine.up(**NEW))
    _assert_nothing_is_shown(shown)


def test_warning_names_the_field_and_the_command_when_a_form_differs(engine: Engine, shown: list[str]) -> None:
    engine.up(**OLD)
    assert [line.partition("the server stored ")[2] for line in shown] == [
        f"{field} in another form than was sent, such as trimmed; declare the value that "
        "`pulumi refresh --preview-only --diff` shows, or each refresh shows a change"
        for field in ("link_title", "link_provider_id", "link_provider_ref")
    ]


def test_messages_name_the_id_alone_when_there_is_no_mark(
    make_engine: MakeEngine, server: Emulator, shown: list[str]
) -> None:
    engine = make_engine(markLinks="false")
    unmarked = {key: value for key, value in OLD.items() if key != "mark"}
    engine.up(**unmarked)
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError, match=rf"^update of recording link {engine.id} failed: 403 FORBIDDEN"):
        engine.up(**{**unmarked, "link_title": "NEWSECRET"})
    _try(shown, engine.destroy)
    _try(shown, lambda: engine.up(**unmarked))
    _assert_nothing_is_shown(shown)
