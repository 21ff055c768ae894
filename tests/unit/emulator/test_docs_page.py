"""docs/emulator.md is right: its programs run, its requests succeed, its tables are complete."""

import json
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
import requests
import yaml
from fastapi.routing import APIRoute

from pulumi_userplane.emulator import Behaviours, Emulator, Fault
from pulumi_userplane.emulator.admin import Admin
from pulumi_userplane.emulator.admin_routes import router
from pulumi_userplane.emulator.faults import Answer
from pulumi_userplane.emulator.seed import read_seed
from tests.unit.emulator.client import Api

PAGE = (Path(__file__).parents[3] / "docs" / "emulator.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def first_cells(heading: str) -> list[str]:
    """Returns the first column of the table whose head begins with this cell, without back quotes."""
    table = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [line.split("|")[1].strip().strip("`") for line in table.splitlines()[2:]]


def test_page_test_passes_when_run_with_fixture(userplane: Emulator) -> None:
    names: dict[str, object] = {}
    exec(blocks("python")[0], names)
    test = names["test_the_support_link_is_made"]
    assert callable(test)
    test(userplane)


def test_page_program_runs() -> None:
    exec(blocks("python")[1], {})


def test_page_seed_loads() -> None:
    (text,) = blocks("yaml")
    seed = read_seed(yaml.safe_load(text))
    with Emulator(seed=seed) as emulator:
        assert [link["live"] for link in emulator.links] == [False, True]


def test_page_commands_succeed(emulator: Emulator) -> None:
    (text,) = blocks("sh")
    for line in text.splitlines():
        words = shlex.split(line)
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
        url = next(word for word in words if word.startswith("http"))
        path = url.removeprefix("http://127.0.0.1:8787/_control")
        assert requests.request(method, emulator.control_url + path, json=body, timeout=10).status_code == 200


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
    assert set(first_cells("behaviour")) == set(Behaviours.model_fields)
    answers = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (yes|with `after_work`) \|$", PAGE, re.MULTILINE))
    assert set(answers) == set(get_args(Answer))
    for answer, executed in answers.items():
        assert Fault.model_validate({"answer": answer}).should_execute == (executed == "yes")
        assert Fault.model_validate({"answer": answer, "after_work": True}).should_execute


@pytest.mark.parametrize("row", [line for line in PAGE.splitlines() if line.startswith("| `uspl_")])
def test_key_works_as_the_page_says(emulator: Emulator, row: str) -> None:
    _, key, _, answer, _ = (cell.strip() for cell in row.split("|"))
    api = Api(emulator, key.strip("`"))
    status = api.get("/workspace/ws_demo").status_code
    api.close()
    assert status == (200 if answer == "works" else int(answer[:3]))
