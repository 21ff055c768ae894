"""No error, warning or other line of the provider shows what a link holds: any of it may be a secret of the program."""

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
def said() -> list[str]:
    """Every line that is said, of whatever kind."""
    lines: list[str] = []
    run_state.reset(RunState(Messages(lines, lines), this_run().clock))
    return lines


@pytest.fixture(autouse=True)
def _server_that_trims(server: Emulator) -> None:
    server.set_behaviours(trim_text=True)


def _tried(said: list[str], operation: Callable[[], object]) -> None:
    try:
        operation()
    except UserplaneError as error:
        said.append(str(error))


def _assert_nothing_is_shown(said: list[str]) -> None:
    assert said
    assert [line for line in said if "SECRET" in line or "Title" in line] == []


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
def test_of_a_link_that_the_state_holds(
    engine: Engine, server: Emulator, said: list[str], fault: Any, operation: str
) -> None:
    engine.up(**OLD)
    server.fault(**_quoting(fault, NEW if operation == "update, new" else OLD))
    operations: dict[str, Callable[[], object]] = {
        "read": engine.refresh,
        "delete": engine.destroy,
        "replace elsewhere": lambda: engine.diff(**{**NEW, "domain_id": "dom_app", "adopt": "lnk_other"}),
    }
    _tried(said, operations.get(operation, lambda: engine.up(**NEW)))
    _assert_nothing_is_shown(said)


@fault_that_quotes
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_of_a_new_link(engine: Engine, server: Emulator, said: list[str], fault: Any, method: str) -> None:
    server.fault(method=method, **_quoting(fault, NEW))
    _tried(said, lambda: engine.up(**NEW))
    _assert_nothing_is_shown(said)


@fault_that_quotes
@pytest.mark.parametrize("quoted", [OLD, NEW], ids=["old", "new"])
def test_of_an_existing_one(engine: Engine, server: Emulator, said: list[str], fault: Any, quoted: Any) -> None:
    link = server.add_link(domainId="dom_help", linkTitle=OLD["link_title"].strip(), meta=OLD["meta"])
    server.edit_link(
        link["linkId"], linkProviderId=OLD["link_provider_id"], linkProviderReference=OLD["link_provider_ref"]
    )
    server.fault(method="PUT", **_quoting(fault, quoted))
    _tried(said, lambda: engine.up(**{**NEW, "adopt": link["linkId"]}))
    _assert_nothing_is_shown(said)


def test_of_what_an_adoption_changes_only_plain_words_are_said(
    engine: Engine, server: Emulator, said: list[str]
) -> None:
    link = server.add_link(domainId="dom_help", linkTitle="Title OLDSECRET", meta=OLD["meta"])
    engine.up(**{**NEW, "link_reusable": True, "link_provider_type": "zendesk", "adopt": link["linkId"]})
    _assert_nothing_is_shown(said)
    assert said[-1].startswith(f'recording link "{MARK}" ({link["linkId"]}) was adopted and keeps its address ')
    assert said[-1].endswith(
        "; changed: link_title, link_reusable false → true, "
        'link_provider_type "web" → "zendesk", link_provider_id, link_provider_ref, meta'
    )


@pytest.mark.parametrize("ignored", [["linkTitle"], ["meta"], ["linkProviderId"], ["linkProviderReference"]])
def test_where_the_server_does_not_do_as_it_was_told(
    engine: Engine, server: Emulator, said: list[str], ignored: list[str]
) -> None:
    engine.up(**OLD)
    server.set_behaviours(ignored_fields=ignored)
    _tried(said, lambda: engine.up(**NEW))
    _assert_nothing_is_shown(said)


def test_what_is_stored_in_another_form_is_named_and_what_shows_it(engine: Engine, said: list[str]) -> None:
    engine.up(**OLD)
    assert [line.partition("the server stored ")[2] for line in said] == [
        f"{field} in another form; write it as `pulumi refresh --preview-only --diff` shows it"
        for field in ("link_title", "link_provider_id", "link_provider_ref")
    ]


def test_without_a_mark_a_link_has_its_id_alone(make_engine: MakeEngine, server: Emulator, said: list[str]) -> None:
    engine = make_engine(markLinks="false")
    unmarked = {key: value for key, value in OLD.items() if key != "mark"}
    engine.up(**unmarked)
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError, match=rf"^update of recording link {engine.id} failed: 403 FORBIDDEN"):
        engine.up(**{**unmarked, "link_title": "NEWSECRET"})
    _tried(said, engine.destroy)
    _tried(said, lambda: engine.up(**unmarked))
    _assert_nothing_is_shown(said)
