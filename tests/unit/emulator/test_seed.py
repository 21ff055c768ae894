"""Seeds from files and data, and what is refused in them."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_userplane.emulator import Emulator, EmulatorError, Seed
from pulumi_userplane.emulator.seed import read_seed

FULL = """
workspaceName: Initech
linkQuota: 7
domains:
  - {domainId: dom_tps, domainUrl: "https://tps.initech.example/"}
  - {domainId: dom_old, domainUrl: old.initech.example, domainStatus: revoked}
projects:
  - {projectId: prj_a, projectTitle: A, isDefault: true, recordingRetentionDays: 7}
  - {projectId: prj_b, projectTitle: B, deleted: true}
links:
  - {domainId: dom_tps, linkId: lnk_first, linkTitle: First, createdAt: "2024-05-01T10:00:00.000Z"}
  - {domainId: dom_old, projectId: prj_b, workspaceMemberId: mem_admin, meta: {a: "1"}}
  - {domainId: dom_tps, deleted: true}
"""


def test_seed_file_sets_everything_when_complete(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(FULL)
    with Emulator(seed=path) as emulator:
        first, second, third = emulator.links
    assert (first["linkId"], first["createdAt"], first["project"]["projectId"]) == (
        "lnk_first",
        "2024-05-01T10:00:00.000Z",
        "prj_a",
    )
    assert first["linkURL"].startswith("https://tps.initech.example/record")
    assert (second["live"], second["deletedAt"], second["creator"]["name"]) == (False, None, "Tomas Wren")
    assert third["deletedAt"] is not None
    assert first["createdAt"] < second["createdAt"] < third["createdAt"]


def test_seed_takes_part_from_demo_when_left_out() -> None:
    seed = read_seed({"links": [{"domainId": "dom_help"}]})
    assert [part.domain_id for part in seed.domains] == ["dom_help", "dom_app", "dom_new"]
    assert [part.project_id for part in seed.projects] == ["prj_default", "prj_onboarding"]
    assert read_seed(seed) is seed
    assert read_seed(None) == Seed()


def test_seed_is_the_demo_when_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("")
    assert read_seed(str(tmp_path / "seed.yaml")) == Seed()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"colour": 1}, "colour: Extra"),
        ({"linkQuota": -1}, "linkQuota: "),
        ({"domains": [{"domainId": "d"}]}, "domains.0.domainUrl: "),
        ({"domains": [{"domainId": "d", "domainUrl": "d", "domainStatus": "fine"}]}, "domains.0.domainStatus: "),
        ({"links": [{"domainId": "dom_none"}]}, "links.0.domainId: there is no domain dom_none"),
        ({"links": [{"domainId": "dom_help", "projectId": "prj_none"}]}, "links.0.projectId: there is no project"),
        ({"links": [{"domainId": "dom_help", "workspaceMemberId": "mem_none"}]}, "links.0.workspaceMemberId: "),
        ({"links": [{"domainId": "dom_help"}], "projects": []}, "links.0.projectId: it is left out"),
        ({"links": [{"domainId": "dom_help", "linkId": "a"}] * 2}, "links.1: the id a is there twice"),
        ({"domains": [{"domainId": "a", "domainUrl": "a"}] * 2}, "domains.1: the id a is there twice"),
        (
            {"projects": [{"projectId": name, "projectTitle": "", "isDefault": True} for name in ("a", "b")]},
            "projects: only one can be the default, not a and b",
        ),
        ([], "the top: "),
    ],
)
def test_error_is_one_line_with_place_when_seed_is_invalid(tmp_path: Path, change: Any, place: str) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(yaml.safe_dump(change))
    with pytest.raises(EmulatorError) as error:
        read_seed(path)
    assert str(error.value).startswith(f"The seed file {path} is wrong at {place}")
    assert "\n" not in str(error.value)


def test_seed_file_is_refused_when_it_is_not_yaml(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("links: [")
    with pytest.raises(EmulatorError, match=r"^The seed file .* is not valid YAML: [^\n]+$"):
        read_seed(tmp_path / "seed.yaml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("links: [", r"is not valid YAML: while parsing a flow node .* in line 1, column 9: [^\n]*\. Correct it\."),
        ("a: \x01", r"is not valid YAML: unacceptable character [^\n]*\. Correct it\."),
        ("[" * 100_000, r"can't be read: it is nested too deeply\. Correct it\."),
        ("a: 2024-13-45", r"can't be read: a date or a number in it is wrong\. Correct it\."),
        (f"a: {'1' * 5000}", r"can't be read: a date or a number in it is wrong\. Correct it\."),
        (f"? {'x' * 9000}", rf"is wrong at {'x' * 99}…: Extra inputs are not permitted\."),
        ("links: [5]", r"is wrong at links\.0: Input should be an object\."),
    ],
)
def test_seed_file_is_refused_in_one_line_without_internals(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "seed.yaml").write_text(text)
    with pytest.raises(EmulatorError, match=rf"^The seed file {tmp_path}/seed\.yaml {problem}$"):
        read_seed(tmp_path / "seed.yaml")


def test_seed_file_is_refused_when_it_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\xff")
    for path in (tmp_path, tmp_path / "none.yaml", tmp_path / "binary.yaml"):
        with pytest.raises(EmulatorError, match="can't be read"):
            read_seed(path)


def test_add_link_requires_project_when_seed_has_no_default() -> None:
    projects = [{"projectId": "prj_a", "projectTitle": "A"}]
    with Emulator(seed={"projects": projects}) as emulator:
        with pytest.raises(EmulatorError):
            emulator.add_link(domainId="dom_help")
        emulator.add_link(domainId="dom_help", projectId="prj_a")


def test_seed_loads_quickly_when_it_has_ten_thousand_links() -> None:
    began = time.perf_counter()
    with Emulator(seed={"links": [{"domainId": "dom_help"}] * 10_000}) as emulator:
        moments = [link["createdAt"] for link in emulator.links]
    assert time.perf_counter() - began < 10
    assert len(set(moments)) == 10_000
    assert moments == sorted(moments)
