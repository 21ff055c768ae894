"""Marshals properties for Pulumi's engine and unmarshals its own: with secrets, and with values not known yet.

Protocol: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct, Value
from pulumi.output import UNKNOWN, Unknown

from pulumi_userplane.diff import SIGNATURE, UNKNOWNS
from pulumi_userplane.property_names import to_camel_case_names, to_python_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Path = tuple[str, ...]
"""Where a value is: the names that lead to it."""

_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - what marks a secret
_UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_MIN_PART = 8
"""A secret of fewer characters makes no text a secret that merely contains it."""


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
        """The texts of the secrets."""
        return frozenset(text for value in self.secrets.values() for text in _texts(value))

    def forget_secrets_at(self, keys: Collection[str]) -> Properties:
        """Returns the same properties, without the secrets that these keys hold."""
        kept = {path: value for path, value in self.secrets.items() if path[0] not in keys}
        return replace(self, secrets=kept)


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
    """Returns properties as the engine takes them, by the names given; secrets stay where the sources have them.

    Keys without a value are left out, as in the states of the dynamic provider.

    Another text is a secret, too, if it is the text of a secret or contains a long one: so does the reference of a new
    link, which begins with the mark.
    """
    secrets = frozenset[Any]().union(*(source.secrets for source in sources))
    texts = frozenset[str]().union(*(source.secret_texts for source in sources))
    message = Struct()
    message.update(_marshal_value(dict(values), (), secrets, texts))
    return message


def marshal_link(values: Mapping[str, Any], *sources: Properties) -> Struct:
    """Returns the properties of a link as the engine takes them, with the names of all languages but Python."""
    return marshal(to_camel_case_names(values), *sources)


def _unmarshal_value(value: Value, path: Path, secrets: dict[Path, Any]) -> Any:  # noqa: ANN401 - any JSON
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _unmarshal_map(value.struct_value, path, secrets)
    if kind == "list_value":
        # The positions of a list move when somebody adds to it.
        return [_unmarshal_value(inner, path, secrets) for inner in value.list_value.values]
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


def _marshal_value(value: Any, path: Path, secrets: frozenset[Path], texts: frozenset[str]) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, Unknown):
        marshalled: Any = _UNKNOWN_TEXT
    elif isinstance(value, Struct):
        marshalled = MessageToDict(value)
    elif isinstance(value, dict):
        marshalled = {
            key: _marshal_value(inner, (*path, key), secrets, texts)
            for key, inner in value.items()
            if inner is not None
        }
    elif isinstance(value, (list, tuple)):
        marshalled = [_marshal_value(inner, (*path, ""), secrets, texts) for inner in value]
    else:
        marshalled = value
    is_secret = path in secrets or (isinstance(value, str) and _tells(value, texts))
    return {SIGNATURE: _SECRET, "value": marshalled} if is_secret else marshalled


def _tells(value: str, secret_texts: frozenset[str]) -> bool:
    return value in secret_texts or any(len(text) >= _MIN_PART and text in value for text in secret_texts)


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    if isinstance(value, str) and value:
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)
