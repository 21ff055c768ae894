"""Reads the catalog of recording links and reports each mistake with its line; run as a script, writes its schema."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import pulumi
import yaml
from pydantic import AfterValidator, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import NotRequired, TypedDict

from pulumi_userplane.api import PROVIDER_TYPES

# The stacks of this program. Any other word in the file is a mistake.
Environment: TypeAlias = Literal["dev", "staging", "prod"]

Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
# The keys and indexes that lead to a value in the file.
Location: TypeAlias = tuple[str | int, ...]


def _check_provider_type(word: str) -> str:
    if word not in PROVIDER_TYPES:
        raise PydanticCustomError("unknown_type", "it must be one of {words}", {"words": ", ".join(PROVIDER_TYPES)})
    return word


@with_config(ConfigDict(extra="forbid", strict=True))
class Link(TypedDict):
    """One link. A field that is left out is not managed."""

    domain: Annotated[Text, Field(description="Address of a verified domain. Another one means a new address.")]
    project: NotRequired[Annotated[Text, Field(description="Title of a project. Another one means a new address.")]]
    link_title: NotRequired[Annotated[str, Field(max_length=255, description="What customers and colleagues read.")]]
    link_reusable: NotRequired[
        Annotated[bool, Field(description="true: any number of recordings, and protected; false: one recording.")]
    ]
    link_provider_type: NotRequired[
        Annotated[
            str,
            AfterValidator(_check_provider_type),
            Field(description="The tool in which it is used.", json_schema_extra={"enum": list(PROVIDER_TYPES)}),
        ]
    ]
    link_provider_id: NotRequired[Annotated[str, Field(max_length=255, description="An id in that tool, in quotes.")]]
    link_provider_ref: NotRequired[Annotated[str, Field(max_length=2048, description="A reference in that tool.")]]
    meta: NotRequired[Annotated[dict[str, JsonValue], Field(description="A map of your own.")]]
    environments: NotRequired[
        Annotated[list[Environment], Field(min_length=1, description="The stacks that have it. Left out: all.")]
    ]
    adopt: NotRequired[
        Annotated[Text, Field(description="An existing link to take over, in one environment. Remove it afterwards.")]
    ]


# Without this, a JSON schema allows names of any other form as well.
_NO_OTHER_NAMES = Field(json_schema_extra={"additionalProperties": False})
TeamLinks: TypeAlias = Annotated[dict[Name, Link], _NO_OTHER_NAMES]
Teams: TypeAlias = Annotated[dict[Name, TeamLinks], _NO_OTHER_NAMES, Field(min_length=1)]
_TEAMS: TypeAdapter[Teams] = TypeAdapter(Teams)

_MESSAGES = {
    "bool_type": "it must be true or false",
    "dict_type": "there must be an indented block of entries",
    "extra_forbidden": "there is no such field",
    "invalid-json-value": "put it in quotes",
    "missing": "it is missing",
    "string_pattern_mismatch": "a name has small letters, digits and single hyphens",
    "string_type": "it must be a text: write it in quotes",
    "too_short": "it is empty",
}


class CatalogError(pulumi.RunError):
    """The catalog has mistakes. Pulumi shows this error without a traceback."""


@dataclass(frozen=True)
class Catalog:
    """A catalog without mistakes.

    Attributes:
        file: The file that was read.
        teams: The links by team and name.
        root: The YAML nodes of the file. Each knows its line.
    """

    file: Path
    teams: Teams
    root: yaml.Node

    def for_stack(self, stack: str) -> Teams:
        """Returns the links of a stack. Teams without a link there are left out."""
        teams = {
            team: {name: link for name, link in links.items() if stack in link.get("environments", [stack])}
            for team, links in self.teams.items()
        }
        return {team: links for team, links in teams.items() if links}

    def error(self, location: Location, problem: str) -> CatalogError:
        """Returns the error for one mistake."""
        return _make_error(self.file, _add_lines(self.root, [(location, problem)]))


def read(file: Path) -> Catalog:
    """Reads a catalog.

    Raises:
        CatalogError: The file can't be read or has mistakes. The error lists all of them, each with its line.
    """
    try:
        loader = _Loader(file.read_text(encoding="utf-8"))
        root = loader.get_single_node() or yaml.MappingNode("tag:yaml.org,2002:map", [])
        teams = _TEAMS.validate_python(loader.construct_document(root))
    except (OSError, UnicodeDecodeError, yaml.reader.ReaderError) as error:
        raise CatalogError(f"{file.name} can't be read: {' '.join(str(error).split())}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _make_error(file, [(line, (), str(error.problem))]) from None
    except ValidationError as error:
        raise _make_error(file, _add_lines(root, _list_mistakes(error))) from None
    if contradictions := _add_lines(root, _find_contradictions(teams)):
        raise _make_error(file, contradictions)
    return Catalog(file, teams, root)


def make_schema() -> str:
    """Returns the JSON schema for editors. It does not hold what `_find_contradictions` checks."""
    generated = _TEAMS.json_schema()
    return json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **generated}, indent=2) + "\n"


class _Loader(yaml.SafeLoader):
    """Refuses a second entry of the same name. YAML itself lets it replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} appears twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _list_mistakes(error: ValidationError) -> Iterator[tuple[Location, str]]:
    for mistake in error.errors(include_url=False):
        location = tuple(step for step in mistake["loc"] if step != "[key]")
        yield location, _MESSAGES.get(mistake["type"], mistake["msg"])


def _find_contradictions(teams: Teams) -> Iterator[tuple[Location, str]]:
    resources: dict[str, Location] = {}
    adopted: dict[str, Location] = {}
    for team, links in teams.items():
        for name, link in links.items():
            location = team, name
            other = resources.setdefault(f"{team}-{name}", location)
            if other != location:
                yield location, f"this link and {_join(other)} would both be called {team}-{name}"
            if "adopt" not in link:
                continue
            if adopted.setdefault(link["adopt"], location) != location:
                yield (*location, "adopt"), "another entry already adopts this link"
            if len(link.get("environments", [""])) > 1:
                yield (*location, "adopt"), "a link can be adopted in one environment only: name just that one"


def _add_lines(root: yaml.Node, mistakes: Iterable[tuple[Location, str]]) -> list[tuple[int, Location, str]]:
    return [(_find_line(root, location), location, problem) for location, problem in mistakes]


def _find_line(root: yaml.Node, location: Location) -> int:
    """Returns the line of the innermost value on the way to a location that the file has."""
    node, line = root, 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            entries = {key.value: (key, value) for key, value in node.value}
        else:
            entries = {str(index): (value, value) for index, value in enumerate(node.value)}
        if str(step) not in entries:
            break
        key, node = entries[str(step)]
        line = key.start_mark.line + 1
    return line


def _join(location: Location) -> str:
    return ".".join(map(str, location))


def _make_error(file: Path, mistakes: list[tuple[int, Location, str]]) -> CatalogError:
    lines = [
        f"{file.name}:{line}: {_join(location) + ': ' if location else ''}{problem}"
        for line, location, problem in sorted(mistakes)
    ]
    return CatalogError("the catalog has mistakes, and nothing was changed:\n" + "\n".join(lines))


if __name__ == "__main__":
    Path(__file__).with_name("links.schema.json").write_text(make_schema(), encoding="utf-8")
