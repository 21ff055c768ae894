"""docs/emulator.md is right: its programs run, its requests succeed, its tables are complete."""

import json
import re
import shlex
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import requests
import yaml
from fastapi.routing import APIRoute

from pulumi_userplane.emulator import Behaviours, Emulator, Fault
from pulumi_userplane.emulator.admin import Admin
from pulumi_userplane.emulator.admin_routes import router
from pulumi_userplane.emulator.behaviours import BehavioursDict
from pulumi_userplane.emulator.faults import Answer
from pulumi_userplane.emulator.seed import read_seed
from scripts.code_blocks import find_block, list_commands
from tests.unit.emulator.client import Api

PAGE = (Path(__file__).parents[3] / "docs" / "emulator.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Returns the rows of all tables whose head begins with this cell."""
    tables = [part.split("\n\n", 1)[0] for part in PAGE.split(f"| {heading} |")[1:]]
    lines = [line for table in tables for line in table.splitlines()[2:]]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def first_cells(heading: str) -> list[str]:
    """Returns the first column of those tables, without back quotes."""
    return [row[0].strip("`") for row in rows(heading)]


def test_page_test_passes_when_run_with_fixture(userplane: Emulator) -> None:
    names: dict[str, object] = {}
    exec(find_block("docs/emulator.md", "import requests").text, names)
    test = names["test_the_support_link_is_made"]
    assert callable(test)
    test(userplane)


def test_page_seed_has_a_dead_link() -> None:
    seed = read_seed(yaml.safe_load(find_block("docs/emulator.md", "workspaceName: Initech").text))
    with Emulator(seed=seed) as emulator:
        assert [link["live"] for link in emulator.links] == [False, True]


def test_page_commands_succeed(emulator: Emulator) -> None:
    for line in "".join(list_commands("docs/emulator.md")).splitlines():
        words = shlex.split(line)
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        body = words[words.index("-d") + 1] if "-d" in words else None
        headers = dict([words[words.index("-H") + 1].split(": ")]) if "-H" in words else {}
        url = next(word for word in words if word.startswith("http"))
        path = url.removeprefix("http://127.0.0.1:8787/_control")
        response = requests.request(method, emulator.control_url + path, data=body, headers=headers, timeout=10)
        assert response.status_code == 200
    assert emulator.behaviours == Behaviours(meta_key="linkMeta")


def test_page_names_every_control_route_and_its_method() -> None:
    assert set(first_cells("route")) == {
        f"{method} {route.path}"
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    methods = re.findall(r"_control/.*\| `(\w+)(?:\(\))?` \|$", PAGE, re.MULTILINE)
    assert set(methods) == {name for name in vars(Admin) if not name.startswith("_")}


def test_page_names_every_fault_field_and_behaviour() -> None:
    assert first_cells("field") == list(Fault.model_fields)
    assert first_cells("behaviour") == list(Behaviours.model_fields)
    answers = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (yes|with `after_work`) \|$", PAGE, re.MULTILINE))
    assert set(answers) == set(get_args(Answer))
    for answer, executed in answers.items():
        assert Fault.model_validate({"answer": answer}).should_execute == (executed == "yes")
        assert Fault.model_validate({"answer": answer, "after_work": True}).should_execute


@pytest.mark.parametrize(("cell", "words", "default"), rows("behaviour"))
def test_page_says_default_and_words_of_behaviour(cell: str, words: str, default: str) -> None:
    name = cell.strip("`")
    value = getattr(Behaviours(), name)
    shown = f"`{value}`" if isinstance(value, str) else "none" if value == frozenset() else json.dumps(value)
    assert default == shown
    if "the same" not in words:
        for word in get_args(get_type_hints(BehavioursDict)[name]):
            assert f"`{word}`" in words or not isinstance(word, str)


@pytest.mark.parametrize("row", [line for line in PAGE.splitlines() if line.startswith("| `uspl_")])
def test_key_works_as_the_page_says(emulator: Emulator, row: str) -> None:
    _, key, _, answer, _ = (cell.strip() for cell in row.split("|"))
    api = Api(emulator, key.strip("`"))
    status = api.get("/workspace/ws_demo").status_code
    api.close()
    assert status == (200 if answer == "works" else int(answer[:3]))
