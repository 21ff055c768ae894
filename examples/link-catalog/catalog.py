"""Reads the catalogue of recording links, and says with file and line what is wrong; run alone, writes its schema."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import pulumi
import yaml
from pydantic import AfterValidator, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import NotRequired, TypedDict

from pulumi_userplane.api import PROVIDER_TYPES

# The stacks of this program: another word in the file is a slip of the pen and not one more stack.
Environment: TypeAlias = Literal["dev", "staging", "prod"]

Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
Place: TypeAlias = tuple[str | int, ...]


def _known_type(word: str) -> str:
    if word not in PROVIDER_TYPES:
        raise PydanticCustomError("unknown_type", "it must be one of {words}", {"words": ", ".join(PROVIDER_TYPES)})
    return word


@with_config(ConfigDict(extra="forbid", strict=True))
class Link(TypedDict):
    """One link; a field that is left out is not managed."""

    domain: Annotated[Text, Field(description="Address of a verified domain. Another one means a new address.")]
    project: NotRequired[Annotated[Text, Field(description="Title of a project. Another one means a new address.")]]
    link_title: NotRequired[Annotated[str, Field(max_length=255, description="What customers and colleagues read.")]]
    link_reusable: NotRequired[
        Annotated[bool, Field(description="true: any number of recordings, and guarded; false: a single one.")]
    ]
    link_provider_type: NotRequired[
        Annotated[
            str,
            AfterValidator(_known_type),
            Field(description="The tool that it is used in.", json_schema_extra={"enum": list(PROVIDER_TYPES)}),
        ]
    ]
    link_provider_id: NotRequired[Annotated[str, Field(max_length=255, description="An id in that tool, in quotes.")]]
    link_provider_ref: NotRequired[Annotated[str, Field(max_length=2048, description="A reference in that tool.")]]
    meta: NotRequired[Annotated[dict[str, JsonValue], Field(description="Whatever else is worth knowing.")]]
    environments: NotRequired[
        Annotated[list[Environment], Field(min_length=1, description="Where it exists; left out, everywhere.")]
    ]
    adopt: NotRequired[
        Annotated[Text, Field(description="A link that exists, to take over in one environment; remove it afterwards.")]
    ]


# What JSON schema leaves open unless told: names of another form.
_NO_OTHERS = Field(json_schema_extra={"additionalProperties": False})
Teams: TypeAlias = Annotated[dict[Name, Annotated[dict[Name, Link], _NO_OTHERS]], _NO_OTHERS, Field(min_length=1)]
_TEAMS: TypeAdapter[Teams] = TypeAdapter(Teams)

_WORDS = {
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
    """The catalogue is wrong; Pulumi shows this without a traceback."""


@dataclass(frozen=True)
class Catalog:
    """A catalogue without mistakes.

    Attributes:
        file: Where it was read.
        teams: The links by team and name.
        root: The file as YAML nodes, which know their lines.
    """

    file: Path
    teams: Teams
    root: yaml.Node

    def of_stack(self, stack: str) -> Teams:
        """Returns what exists in a stack; teams without a link there are left out."""
        here = {
            team: {name: link for name, link in links.items() if stack in link.get("environments", [stack])}
            for team, links in self.teams.items()
        }
        return {team: links for team, links in here.items() if links}

    def error(self, place: Place, problem: str) -> CatalogError:
        """Returns the error for something that is wrong at a place."""
        return _error(self.file, [(_line(self.root, place), place, problem)])


def read(file: Path) -> Catalog:
    """Reads a catalogue.

    Raises:
        CatalogError: It can't be read, or something in it is wrong; says all mistakes, each with its line.
    """
    try:
        loader = _Loader(file.read_text(encoding="utf-8"))
        root = loader.get_single_node() or yaml.MappingNode("tag:yaml.org,2002:map", [])
        teams = _TEAMS.validate_python(loader.construct_document(root))
    except (OSError, UnicodeDecodeError, yaml.reader.ReaderError) as error:
        raise CatalogError(f"{file.name} can't be read: {' '.join(str(error).split())}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _error(file, [(line, (), str(error.problem))]) from None
    except ValidationError as error:
        raise _error(file, [(_line(root, place), place, problem) for place, problem in _mistakes(error)]) from None
    if contradictions := [(_line(root, place), place, problem) for place, problem in _contradictions(teams)]:
        raise _error(file, contradictions)
    return Catalog(file, teams, root)


def schema() -> str:
    """Returns the JSON schema for an editor; what only this program finds out is not in it."""
    generated = _TEAMS.json_schema()
    return json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **generated}, indent=2) + "\n"


class _Loader(yaml.SafeLoader):
    """YAML lets a second entry of the same name silently take the place of the first: refuses it."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _mistakes(error: ValidationError) -> Iterator[tuple[Place, str]]:
    for each in error.errors(include_url=False):
        yield tuple(step for step in each["loc"] if step != "[key]"), _WORDS.get(each["type"], each["msg"])


def _contradictions(teams: Teams) -> Iterator[tuple[Place, str]]:
    resources: dict[str, Place] = {}
    adopted: dict[str, Place] = {}
    for team, links in teams.items():
        for name, link in links.items():
            place = team, name
            other = resources.setdefault(f"{team}-{name}", place)
            if other != place:
                yield place, f"{_shown(other)} would be called {team}-{name} as well"
            if "adopt" not in link:
                continue
            if adopted.setdefault(link["adopt"], place) != place:
                yield (*place, "adopt"), "another entry adopts this link already"
            if len(link.get("environments", [""])) > 1:
                yield (*place, "adopt"), "a link is taken over in one environment: name a single one in environments"


def _line(root: yaml.Node, place: Place) -> int:
    """The line of the innermost thing on the way to a place that is in the file."""
    node, line = root, 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            entries = {key.value: (key, value) for key, value in node.value}
        else:
            entries = {str(index): (value, value) for index, value in enumerate(node.value)}
        if str(step) not in entries:
            break
        key, node = entries[str(step)]
        line = key.start_mark.line + 1
    return line


def _shown(place: Place) -> str:
    return ".".join(map(str, place))


def _error(file: Path, mistakes: list[tuple[int, Place, str]]) -> CatalogError:
    lines = [
        f"{file.name}:{line}: {_shown(place) + ': ' if place else ''}{problem}"
        for line, place, problem in sorted(mistakes)
    ]
    return CatalogError("the catalogue is wrong, and nothing was done:\n" + "\n".join(lines))


if __name__ == "__main__":
    Path(__file__).with_name("links.schema.json").write_text(schema(), encoding="utf-8")
