"""What an emulator holds before the first request: the demo workspace, or what a YAML file or data describe."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from pydantic import ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_userplane.emulator.clock import Clock
from pulumi_userplane.emulator.database import Database
from pulumi_userplane.emulator.errors import EmulatorError
from pulumi_userplane.emulator.input_files import InputFileError, read_input
from pulumi_userplane.emulator.problems import describe_problem, shorten
from pulumi_userplane.emulator.schemas import NewLink, StoredModel
from pulumi_userplane.emulator.workspace_store import DomainStatus

WORKSPACE_ID = "ws_demo"
API_KEY = "uspl_demo"

_MAX_MEBIBYTES = 64
_MAX_PROBLEM = 300

_DEMO_TIME = "2025-01-06T09:00:00.000Z"
_USERS = (
    ("usr_owner", "Ines Calder", "ines@acme.example"),
    ("usr_admin", "Tomas Wren", "tomas@acme.example"),
    ("usr_member", "Priya Nand", "priya@acme.example"),
    ("usr_member2", "Joel Abara", "joel@acme.example"),
    ("usr_stranger", "Lena Fisk", "lena@globex.example"),
)
_WORKSPACES = ((WORKSPACE_ID, "Acme Support"), ("ws_other", "Globex"))
_MEMBERS = (
    ("mem_owner", WORKSPACE_ID, "usr_owner", "owner"),
    ("mem_admin", WORKSPACE_ID, "usr_admin", "admin"),
    ("mem_member", WORKSPACE_ID, "usr_member", "member"),
    ("mem_member2", WORKSPACE_ID, "usr_member2", "member"),
    ("mem_stranger", "ws_other", "usr_stranger", "owner"),
)
_MEMBER_IDS = frozenset(member_id for member_id, workspace_id, _, _ in _MEMBERS if workspace_id == WORKSPACE_ID)
_KEYS = (
    ("uspl_demo_admin", "usr_admin", "valid"),
    ("uspl_demo_member", "usr_member", "valid"),
    ("uspl_demo_member2", "usr_member2", "valid"),
    ("uspl_demo_stranger", "usr_stranger", "valid"),
    ("uspl_demo_expired", "usr_owner", "expired"),
    ("uspl_demo_disabled", "usr_owner", "disabled"),
)


class _SeedModel(StoredModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class SeedDomain(_SeedModel):
    """A domain of the workspace."""

    domain_id: str = Field(min_length=1)
    domain_url: str = Field(min_length=1)
    domain_status: DomainStatus = "verified"


class SeedProject(_SeedModel):
    """A project of the workspace."""

    project_id: str = Field(min_length=1)
    project_title: str
    is_default: bool = False
    recording_retention_days: int = Field(default=30, ge=1)
    deleted: bool = False


def _make_demo_domains() -> list[SeedDomain]:
    return [
        SeedDomain(domain_id="dom_help", domain_url="help.acme.example"),
        SeedDomain(domain_id="dom_app", domain_url="app.acme.example"),
        SeedDomain(domain_id="dom_new", domain_url="new.acme.example", domain_status="pending"),
    ]


def _make_demo_projects() -> list[SeedProject]:
    return [
        SeedProject(project_id="prj_default", project_title="Acme Support", is_default=True),
        SeedProject(project_id="prj_onboarding", project_title="Onboarding"),
    ]


class Seed(_SeedModel):
    """Domains, projects and links of the workspace; a part that is left out is the demo's."""

    workspace_name: str = "Acme Support"
    link_quota: int | None = Field(default=None, ge=0)
    domains: list[SeedDomain] = Field(default_factory=_make_demo_domains)
    projects: list[SeedProject] = Field(default_factory=_make_demo_projects)
    links: list[NewLink] = Field(default_factory=list)


SeedSource = Seed | Mapping[str, object] | os.PathLike[str] | str


def read_seed(source: SeedSource | None) -> Seed:
    """Returns the seed that a YAML file or data describe; the demo's if the source is None.

    Raises:
        EmulatorError: The seed can't be read or is invalid; the text names the place.
    """
    if isinstance(source, Seed):
        return source
    if isinstance(source, (str, os.PathLike)):
        name, content = f"seed file {os.fspath(source)}", _read_yaml(Path(source))
    else:
        name, content = "seed", source
    try:
        seed = Seed.model_validate({} if content is None else content)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = shorten(".".join(str(part) for part in problem["loc"])) or "the top"
        raise EmulatorError(f"The {name} is wrong at {place}: {describe_problem(problem)}.") from error
    for place, contradiction in _find_contradictions(seed):
        raise EmulatorError(f"The {name} is wrong at {place}: {contradiction}.")
    return seed


def populate(database: Database) -> None:
    """Inserts the users, their keys, and both workspaces with their members."""
    database.execute_many("INSERT INTO users VALUES (?, ?, ?, ?)", [(*user, _DEMO_TIME) for user in _USERS])
    database.execute_many("INSERT INTO keys VALUES (?, ?, ?)", _KEYS)
    database.execute_many(
        "INSERT INTO workspaces (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)",
        [(*workspace, _DEMO_TIME, _DEMO_TIME) for workspace in _WORKSPACES],
    )
    database.execute_many("INSERT INTO members VALUES (?, ?, ?, ?, ?)", [(*member, _DEMO_TIME) for member in _MEMBERS])


def add_owner_key(database: Database, api_key: str) -> None:
    """Inserts a valid key of the workspace's owner, or makes the existing one valid."""
    database.execute("INSERT OR REPLACE INTO keys VALUES (:key, 'usr_owner', 'valid')", key=api_key)


def add_projects_and_domains(database: Database, clock: Clock, seed: Seed) -> None:
    """Inserts the seed's projects and domains, and one of each for the other workspace."""
    other_project = SeedProject(project_id="prj_other", project_title="Globex", is_default=True)
    other_domain = SeedDomain(domain_id="dom_other", domain_url="help.globex.example")
    now = clock.now()
    database.execute_many(
        "INSERT INTO projects VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(project.project_id, workspace_id, project.project_title, project.is_default),
                *(project.recording_retention_days, now, now, now if project.deleted else None),
            )
            for workspace_id, projects in (("ws_other", [other_project]), (WORKSPACE_ID, seed.projects))
            for project in projects
        ],
    )
    database.execute_many(
        "INSERT INTO domains VALUES (?, ?, ?, ?, ?, ?)",
        [
            (domain.domain_id, workspace_id, domain.domain_url, domain.domain_status, now, now)
            for workspace_id, domains in (("ws_other", [other_domain]), (WORKSPACE_ID, seed.domains))
            for domain in domains
        ],
    )


def _read_yaml(path: Path) -> object:
    try:
        content: object = yaml.safe_load(read_input(path, _MAX_MEBIBYTES))
    except InputFileError as error:
        raise EmulatorError(f"The seed file {path} can't be read: {error}. Name a YAML file.") from error
    except RecursionError as error:
        raise EmulatorError(f"The seed file {path} can't be read: it is nested too deeply. Correct it.") from error
    except yaml.YAMLError as error:
        problem = shorten(str(error).replace('"<unicode string>", ', ""), _MAX_PROBLEM)
        raise EmulatorError(f"The seed file {path} is not valid YAML: {problem}. Correct it.") from error
    except ValueError as error:
        raise EmulatorError(
            f"The seed file {path} can't be read: a date or a number in it is wrong. Correct it."
        ) from error
    return content


def _find_contradictions(seed: Seed) -> Iterable[tuple[str, str]]:
    domain_ids = [domain.domain_id for domain in seed.domains]
    project_ids = [project.project_id for project in seed.projects]
    default_ids = [project.project_id for project in seed.projects if project.is_default]
    for part, ids in (
        ("domains", domain_ids),
        ("projects", project_ids),
        ("links", [link.link_id for link in seed.links]),
    ):
        for index in _find_repeated(ids):
            yield f"{part}.{index}", f"the id {ids[index]} is there twice"
    if len(default_ids) > 1:
        yield "projects", f"only one can be the default, not {' and '.join(default_ids)}"
    known_domains, known_projects = set(domain_ids), set(project_ids)
    for index, link in enumerate(seed.links):
        if link.workspace_member_id not in _MEMBER_IDS:
            yield f"links.{index}.workspaceMemberId", f"there is no member {link.workspace_member_id}"
        if link.domain_id not in known_domains:
            yield f"links.{index}.domainId", f"there is no domain {link.domain_id}"
        if not link.project_id and not default_ids:
            yield f"links.{index}.projectId", "it is left out, and there is no default project"
        if link.project_id and link.project_id not in known_projects:
            yield f"links.{index}.projectId", f"there is no project {link.project_id}"


def _find_repeated(ids: list[str]) -> list[int]:
    first_index: dict[str, int] = {}
    return [index for index, name in enumerate(ids) if first_index.setdefault(name, index) != index]
