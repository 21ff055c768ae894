"""The catalog of the example: each mistake is reported with its line, and the editor's schema agrees."""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pulumi
import pytest
import yaml

from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.conftest import Program

FOLDER = ROOT / "examples" / "link-catalog"
LINK = "payments:\n  help:\n    domain: help.acme.example\n"


def _catalog() -> Any:
    spec = importlib.util.spec_from_file_location("catalog", FOLDER / "catalog.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


catalog = _catalog()


@pytest.fixture(scope="module")
def editor() -> jsonschema_rs.Draft7Validator:
    """What an editor does with the schema."""
    return jsonschema_rs.Draft7Validator(json.loads((FOLDER / "links.schema.json").read_text(encoding="utf-8")))


def refused(folder: Path, text: str) -> list[str]:
    """The lines that say what is wrong with a file."""
    (folder / "links.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(catalog.CatalogError) as caught:
        catalog.read(folder / "links.yaml")
    assert isinstance(caught.value, pulumi.RunError)
    first, *lines = str(caught.value).splitlines()
    assert first == "the catalog has mistakes, and nothing was changed:"
    return lines


def test_schema_is_up_to_date() -> None:
    assert (FOLDER / "links.schema.json").read_text(encoding="utf-8") == catalog.make_schema()


def test_catalog_of_the_example_has_no_mistakes_and_names_its_schema(editor: jsonschema_rs.Draft7Validator) -> None:
    text = (FOLDER / "links.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=./links.schema.json\n")
    assert editor.is_valid(yaml.safe_load(text))
    catalog.read(FOLDER / "links.yaml")


def test_catalog_takes_every_field(tmp_path: Path, editor: jsonschema_rs.Draft7Validator) -> None:
    link = {
        "domain": "help.acme.example",
        "project": "Onboarding",
        "link_title": "Help",
        "link_reusable": True,
        "link_provider_type": "zendesk",
        "link_provider_id": "4711",
        "link_provider_ref": "ref",
        "meta": {"text": "a", "number": 1.5, "none": None, "list": [{"deep": True}]},
        "environments": ["prod"],
        "adopt": "lnk_1",
    }
    teams = {"payments": {"help": link}}
    (tmp_path / "links.yaml").write_text(yaml.safe_dump(teams), encoding="utf-8")
    assert catalog.read(tmp_path / "links.yaml").teams == teams
    assert editor.is_valid(teams)


def test_stack_has_links_of_its_environment_and_of_all() -> None:
    read = catalog.read(FOLDER / "links.yaml")
    links = {stack: {team: list(links) for team, links in read.for_stack(stack).items()} for stack in ("dev", "prod")}
    assert links == {
        "dev": {"payments": ["checkout-help", "refund-check"]},
        "prod": {"payments": ["checkout-help"], "mobile": ["crash-report"]},
    }


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[]", 1, "there must be an indented block of entries"),
        ("payments:", 1, "payments: there must be an indented block of entries"),
        ("payments:\n  help:", 2, "payments.help: there must be an indented block of entries"),
        ("payments:\n  help: {link_title: Help}", 2, "payments.help.domain: it is missing"),
        ("payments:\n  help: {domain: ''}", 2, "payments.help.domain: String should have at least 1 character"),
        ("Payments: {}", 1, "Payments: a name has small letters, digits and single hyphens"),
        ("payments:\n  big help: {domain: x}", 2, "payments.big help: a name has small letters, digits and"),
        ("{}", 1, "it is empty"),
        (f"{LINK}    title: Help", 4, "payments.help.title: there is no such field"),
        (
            f"{LINK}    link_title: {'x' * 256}",
            4,
            "payments.help.link_title: String should have at most 255",
        ),
        (
            f"{LINK}    link_provider_id: 4711",
            4,
            "payments.help.link_provider_id: it must be a text: write",
        ),
        (f"{LINK}    project:", 4, "payments.help.project: it must be a text: write it in quotes"),
        (f"{LINK}    link_reusable: yes please", 4, "payments.help.link_reusable: it must be true or false"),
        (f"{LINK}    link_provider_type: zendsk", 4, "payments.help.link_provider_type: it must be one of intercom, "),
        (f"{LINK}    environments: []", 4, "payments.help.environments: it is empty"),
        (
            f"{LINK}    environments:\n      - prod\n      - prd",
            6,
            "payments.help.environments.1: Input should be 'dev', 'staging' or 'prod'",
        ),
    ],
)
def test_reader_and_editor_refuse_file_when_it_has_a_mistake(
    tmp_path: Path, editor: jsonschema_rs.Draft7Validator, text: str, line: int, said: str
) -> None:
    (refusal,) = refused(tmp_path, text)
    assert refusal.startswith(f"links.yaml:{line}: {said}")
    assert not editor.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"{LINK}  help:\n    domain: x", 4, "help appears twice"),
        (f"{LINK}    meta: {{since: 2026-01-01}}", 4, "payments.help.meta.since: put it in quotes"),
        (f"{LINK}    adopt: a\n    environments: [dev, prod]", 4, "payments.help.adopt: a link can be adopted in one"),
        (
            f"{LINK}    adopt: a\n  faq:\n    domain: x\n    adopt: a",
            7,
            "payments.faq.adopt: another entry already adopts",
        ),
        ("a: {b-c: {domain: x}}\na-b: {c: {domain: x}}", 2, "a-b.c: this link and a.b-c would both be called a-b-c"),
        ("payments: [", 1, "expected the node content"),
        ("payments:\n\thelp: {}", 2, "found character '\\t' that cannot start any token"),
        ("payments: !!python/name:os.system {}", 1, "could not determine a constructor for the tag"),
    ],
)
def test_reader_refuses_file_when_editor_sees_no_mistake(tmp_path: Path, text: str, line: int, said: str) -> None:
    (refusal,) = refused(tmp_path, text)
    assert refusal.startswith(f"links.yaml:{line}: {said}")


def test_reader_reports_all_mistakes_in_order_of_the_file(tmp_path: Path) -> None:
    lines = refused(tmp_path, f"{LINK}    titel: Help\n  faq:\n    link_reusable: 1\n")
    assert [line.rpartition(": ")[0] for line in lines] == [
        "links.yaml:4: payments.help.titel",
        "links.yaml:5: payments.faq.domain",
        "links.yaml:6: payments.faq.link_reusable",
    ]


@pytest.mark.parametrize("content", [b"\xff", b"\x07"])
def test_reader_fails_when_file_is_not_text(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "links.yaml").write_bytes(content)
    with pytest.raises(catalog.CatalogError, match=r"^links\.yaml can't be read: .+"):
        catalog.read(tmp_path / "links.yaml")


def test_reader_fails_when_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(catalog.CatalogError, match="No such file"):
        catalog.read(tmp_path / "links.yaml")


@pytest.mark.usefixtures("account_of_server")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "[dev, staging]",
            "[dev, stagin]",
            "links.yaml:18: payments.refund-check.environments.1: Input should be 'dev', 'staging' or 'prod'",
        ),
        (
            "domain: help.acme.example\n    link_title: Show",
            "domain: hlp.acme.example\n    link_title: Show",
            "links.yaml:15: payments.refund-check: there is no domain 'hlp.acme.example' in workspace ws_demo;",
        ),
        ("project: Onboarding", "project: On-boarding", "links.yaml:7: payments.checkout-help: there is no project"),
    ],
)
def test_program_registers_nothing_when_catalog_has_a_mistake(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, old: str, new: str, said: str
) -> None:
    for file in FOLDER.glob("*.*"):
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(text.replace(old, new) if file.name == "links.yaml" else text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("catalog", "team_links"):
        # After the run they are forgotten.
        monkeypatch.setitem(sys.modules, module, sys)
        del sys.modules[module]

    # Pulumi shows what is a RunError without a traceback.
    with pytest.raises(pulumi.RunError) as caught:
        program.run(lambda: runpy.run_path(str(tmp_path / "__main__.py")))

    first, line = str(caught.value).splitlines()
    assert first == "the catalog has mistakes, and nothing was changed:"
    assert line.startswith(said)
    assert program.registered == []
