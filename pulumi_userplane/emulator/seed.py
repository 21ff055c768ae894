"""What a workspace holds before the first request: the demo's domains, projects and links, or those of a YAML file."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_userplane.emulator import demo
from pulumi_userplane.emulator.errors import EmulatorError
from pulumi_userplane.emulator.schemas import NewLink


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)


class SeedDomain(_Part):
    """A domain of the workspace."""

    domain_id: str = Field(min_length=1)
    domain_url: str = Field(min_length=1)
    domain_status: Literal["pending", "verified", "revoked"] = "verified"


class SeedProject(_Part):
    """A project of the workspace."""

    project_id: str = Field(min_length=1)
    project_title: str
    is_default: bool = False
    recording_retention_days: int = Field(default=30, ge=1)
    deleted: bool = False


def _demo_domains() -> list[SeedDomain]:
    return [
        SeedDomain(domain_id="dom_help", domain_url="help.acme.example"),
        SeedDomain(domain_id="dom_app", domain_url="app.acme.example"),
        SeedDomain(domain_id="dom_new", domain_url="new.acme.example", domain_status="pending"),
    ]


def _demo_projects() -> list[SeedProject]:
    return [
        SeedProject(project_id="prj_default", project_title="Acme Support", is_default=True),
        SeedProject(project_id="prj_onboarding", project_title="Onboarding"),
    ]


class Seed(_Part):
    """Domains, projects and links of the workspace; a part that is left out is the demo's."""

    workspace_name: str = "Acme Support"
    link_quota: int | None = Field(default=None, ge=0)
    domains: list[SeedDomain] = Field(default_factory=_demo_domains)
    projects: list[SeedProject] = Field(default_factory=_demo_projects)
    links: list[NewLink] = Field(default_factory=list)


SeedSource = Seed | Mapping[str, object] | os.PathLike[str] | str


def read_seed(given: SeedSource | None) -> Seed:
    """The seed that was given as a file, as data, or not at all.

    Raises:
        EmulatorError: it can't be read or is wrong; the text names the place.
    """
    if isinstance(given, Seed):
        return given
    if isinstance(given, (str, os.PathLike)):
        name, content = f"seed file {os.fspath(given)}", _file(Path(given))
    else:
        name, content = "seed", given
    try:
        seed = Seed.model_validate({} if content is None else content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top"
        raise EmulatorError(f"The {name} is wrong at {place}: {first['msg']}.") from error
    for place, problem in _contradictions(seed):
        raise EmulatorError(f"The {name} is wrong at {place}: {problem}.")
    return seed


def _file(path: Path) -> object:
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise EmulatorError(f"The seed file {path} can't be read: {error}.") from error
    except yaml.YAMLError as error:
        raise EmulatorError(f"The seed file {path} is no YAML: {' '.join(str(error).split())}.") from error
    return content


def _contradictions(seed: Seed) -> Iterable[tuple[str, str]]:
    domains = {domain.domain_id for domain in seed.domains}
    projects = {project.project_id for project in seed.projects}
    defaults = [project.project_id for project in seed.projects if project.is_default]
    for part, ids in (
        ("domains", [domain.domain_id for domain in seed.domains]),
        ("projects", [project.project_id for project in seed.projects]),
        ("links", [link.link_id for link in seed.links]),
    ):
        for index in _repeated(ids):
            yield f"{part}.{index}", f"the id {ids[index]} is there twice"
    if len(defaults) > 1:
        yield "projects", f"only one can be the default, not {' and '.join(defaults)}"
    for index, link in enumerate(seed.links):
        if link.workspace_member_id not in demo.MEMBER_IDS:
            yield f"links.{index}.workspaceMemberId", f"there is no member {link.workspace_member_id}"
        if link.domain_id not in domains:
            yield f"links.{index}.domainId", f"there is no domain {link.domain_id}"
        if not link.project_id and not defaults:
            yield f"links.{index}.projectId", "it is left out, and there is no default project"
        if link.project_id and link.project_id not in projects:
            yield f"links.{index}.projectId", f"there is no project {link.project_id}"


def _repeated(ids: list[str]) -> list[int]:
    seen: dict[str, int] = {}
    return [index for index, name in enumerate(ids) if seen.setdefault(name, index) != index]
