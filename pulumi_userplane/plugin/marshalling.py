"""Marshals properties for Pulumi's engine and unmarshals its own: with secrets, and with values not known yet.

Protocol: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct, Value
from pulumi.output import UNKNOWN, Unknown

from pulumi_userplane.api.redaction import MIN_LENGTH, MIN_LONG
from pulumi_userplane.diff import SIGNATURE, UNKNOWN_TEXT, UNKNOWNS
from pulumi_userplane.property_names import to_camel_case_names, to_python_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str, ...]
"""Where a value is: the names that lead to it."""

_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - what marks a secret


@dataclass(frozen=True)
class Properties:
    """The properties of a link or the settings of a provider, and which of the values are secrets.

    Attributes:
        values: The values; `pulumi.output.Unknown` is one that is not known yet.
        secrets: The secrets by where they are, with the engine's names; a list that holds one counts as a whole.
    """

    values: dict[str, Any]
    secrets: Mapping[Path, Any] = field(default_factory=dict, repr=False)

    @property
    def secret_texts(self) -> frozenset[str]:
        """The texts of the secrets; a short one tells nothing."""
        texts = (text for value in self.secrets.values() for text in _list_texts(value))
        return frozenset(text for text in texts if len(text) >= MIN_LENGTH)

    def carry_secrets_of(self, olds: Properties) -> Properties:
        """Returns what is declared, with its secrets and those of the state that is no longer declared."""
        declared = to_camel_case_names(self.values)
        kept = {path: value for path, value in olds.secrets.items() if path[0] not in declared}
        return replace(self, secrets={**kept, **self.secrets})


def unmarshal(message: Struct) -> Properties:
    """Returns what the engine passes, by the names that it has there."""
    secrets: dict[Path, Any] = {}
    values = {key: _unmarshal_value(value, (key,), secrets) for key, value in message.fields.items()}
    return Properties(values, secrets)


def unmarshal_link(message: Struct) -> Properties:
    """Returns the properties of a link by Python's names, whichever of the two providers wrote them."""
    properties = unmarshal(message)
    secrets = {(*to_camel_case_names({key: None}), *rest): value for (key, *rest), value in properties.secrets.items()}
    return replace(properties, values=to_python_names(properties.values), secrets=secrets)


def marshal(values: Mapping[str, Any], *sources: Properties) -> Struct:
    """Returns properties as the engine takes them, by the names given; keys without a value are left out.

    Secrets stay where the sources have them. Another text is a secret, too, if it is the text of a secret or contains
    a long one: so does the reference of a new link, which begins with the mark.
    """
    paths = frozenset[Path]().union(*(source.secrets for source in sources))
    texts = frozenset[str]().union(*(source.secret_texts for source in sources))
    message = Struct()
    message.update(_marshal_map(values, (), _Secrets(paths, texts)))
    return message


def marshal_link(values: Mapping[str, Any], *sources: Properties) -> Struct:
    """Returns the properties of a link as the engine takes them, with the names of all languages but Python."""
    return marshal(to_camel_case_names(values), *sources)


class _Secrets(NamedTuple):
    """Where secrets are, and their texts."""

    paths: frozenset[Path] = frozenset()
    texts: frozenset[str] = frozenset()

    def include(self, value: Any, path: Path) -> bool:  # noqa: ANN401 - any JSON
        """Returns whether the value at a place is a secret."""
        found = (text for text in self.texts if isinstance(value, str) and text in value)
        return path in self.paths or any(text == value or len(text) >= MIN_LONG for text in found)


def _unmarshal_value(value: Value, path: Path, secrets: dict[Path, Any]) -> Any:  # noqa: ANN401 - any JSON
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _unmarshal_map(value.struct_value, path, secrets)
    if kind == "list_value":
        inside: dict[Path, Any] = {}
        values = [_unmarshal_value(inner, path, inside) for inner in value.list_value.values]
        # The positions of a list move when somebody adds to it.
        return secrets.setdefault(path, values) if inside else values
    if kind == "null_value" or kind is None:
        return None
    plain = getattr(value, kind)
    return UNKNOWN if isinstance(plain, str) and plain in UNKNOWNS else plain


def _unmarshal_map(message: Struct, path: Path, secrets: dict[Path, Any]) -> Any:  # noqa: ANN401 - as above
    signature = message.fields[SIGNATURE].string_value if SIGNATURE in message.fields else None
    if signature is None:
        return {key: _unmarshal_value(inner, (*path, key), secrets) for key, inner in message.fields.items()}
    if signature != _SECRET:
        # A file or an archive stays as it is: no argument takes one, and JSON can't express it.
        return message
    secrets[path] = _unmarshal_value(message.fields["value"], path, secrets)
    return secrets[path]


def _marshal_value(value: Any, path: Path, secrets: _Secrets) -> Any:  # noqa: ANN401 - as above
    if secrets.include(value, path):
        # Inside a secret nothing is marked once more.
        return {SIGNATURE: _SECRET, "value": _marshal_value(value, path, _Secrets())}
    if isinstance(value, Unknown):
        return UNKNOWN_TEXT
    if isinstance(value, Struct):
        return MessageToDict(value)
    if isinstance(value, dict):
        return _marshal_map(value, path, secrets)
    if isinstance(value, (list, tuple)):
        return [_marshal_value(inner, (*path, ""), secrets) for inner in value]
    return value


def _marshal_map(values: Mapping[str, Any], path: Path, secrets: _Secrets) -> dict[str, Any]:
    return {key: _marshal_value(value, (*path, key), secrets) for key, value in values.items() if value is not None}


def _list_texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _list_texts(inner)
