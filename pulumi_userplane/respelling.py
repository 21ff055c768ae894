"""Respells messages for all languages but Python: names of arguments and settings, and nothing that others wrote."""

from __future__ import annotations

import re

from pulumi_userplane.api.redaction import REDACTED_FIELDS
from pulumi_userplane.property_names import PYTHON_NAMES, to_camel_case
from pulumi_userplane.settings import SETTINGS

_ARGUMENTS = {
    *PYTHON_NAMES,
    *(setting.argument for setting in SETTINGS),
    "domain_ids",
    "project_ids",
    "created_by",
    "retain_on_delete",
    "delete_before_replace",
    *("deleted_with", "replace_on_changes", "replace_with", "replacement_trigger"),
    *("adopt", "mark", "meta", "title", "url", "default", "status"),
}
# Not a part of a mark, a command or a longer word.
_BEGIN, _END = r"(?<![\w/$#.'-])", r"(?![\w/$#-])"
_NAMES = "|".join(sorted(_ARGUMENTS))
_PART = re.compile(
    # The nearest name there is
    rf"did you mean '(?P<hint>{_NAMES})'"
    # What others wrote: quoted, in an address, as a value
    rf"|\"[^\"]*\"|(?<!\w)'(?:[^']|(?<=\w)'(?=\w))*'(?!\w)|https?://\S+|{_BEGIN}(?:{_NAMES})=[^\s\"'\[,;.:)?!]\S*"
    # An argument: `adopt="link_1"`, `adopt=`
    rf"|{_BEGIN}(?P<given>{_NAMES})=(?=[\"'\[])|{_BEGIN}(?P<argument>{_NAMES})="
    # Its name alone
    rf"|{_BEGIN}(?P<name>{_NAMES}){_END}"
)


_REDACTED = re.compile(rf"\[({'|'.join(REDACTED_FIELDS)})\]")
"""What stands for a value of the link in the server's words."""


def respell(message: str) -> str:
    """Returns a message with the names of arguments as all languages but Python write them.

    `write adopt="link_1"` becomes `write adopt: "link_1"`, `remove adopt=` becomes `remove adopt`, and `link_title`
    becomes `linkTitle`. What is quoted stays, and so do addresses, but for what stands there for a value of the link.
    """
    return _PART.sub(_respell_part, message)


def _respell_part(part: re.Match[str]) -> str:
    if part.lastgroup is None:
        return _REDACTED.sub(lambda field: f"[{to_camel_case(field[1])}]", part[0])
    name = to_camel_case(part[part.lastgroup])
    return {"hint": f"did you mean '{name}'", "given": f"{name}: "}.get(part.lastgroup, name)
