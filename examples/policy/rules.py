"""Five rules for recording links, in programs of every language.

They judge what a program declares. A value that is known only during `up` is judged there, before anything is sent:
the SDK says so in the preview. No line shows a value of a link, since it may be a secret.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import re2
from pulumi_policy import PolicyConfigSchema, ResourceValidationPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sized

    from pulumi_policy import Policy, ReportViolation, ResourceValidationArgs

    Rule = Callable[["Link", Mapping[str, Any]], Iterator[str]]

PYTHON_TYPE = "pulumi-python:dynamic/userplane:RecordingLink"
PLUGIN_TYPE = "userplane:index:RecordingLink"
_CAMEL_CASE = {"domain_id": "domainId", "link_title": "linkTitle", "link_reusable": "linkReusable"}

_LINE = r"^[^\r\n]+$"
_LINES = {"type": "array", "minItems": 1, "uniqueItems": True}
DOMAINS = {
    "description": "Ids of the domains that links may be on, as `pulumi-userplane doctor` lists them.",
    # Whoever writes an address is told so here, not at each link.
    **_LINES,
    "items": {"type": "string", "pattern": r"^[^./:\s]+$"},
}
PATTERN = {
    "description": "A regular expression (RE2) that the whole title must match.",
    "type": "string",
    "format": "regex",
    "pattern": _LINE,
    "maxLength": 500,
}
KEYS = {
    "description": "Keys of `meta` that every link must have.",
    **_LINES,
    "items": {"type": "string", "pattern": _LINE},
}
MOST = {"description": "How many links a stack may have.", "type": "integer", "minimum": 0}


@dataclass(frozen=True)
class Link:
    """A link as its program declares it. To read a value that is not known yet raises the SDK's UnknownValueError."""

    urn: str
    name: str
    props: Mapping[str, Any]
    is_protected: bool
    is_of_plugin: bool = False

    def spell(self, name: str) -> str:
        """Returns an argument's name in the spelling of the program's language."""
        return _CAMEL_CASE.get(name, name) if self.is_of_plugin else name

    def get(self, name: str) -> Any:  # noqa: ANN401  what the program has declared
        """Returns the value of an argument, None without one."""
        return self.props.get(self.spell(name))


def check_domain(link: Link, config: Mapping[str, Any]) -> Iterator[str]:
    """Yields a line if the link is on a domain that is not allowed."""
    if link.get("domain_id") not in config["domains"]:
        allowed = " or ".join(config["domains"])
        yield f"The link {link.name!r} is on a domain that is not allowed: set {link.spell('domain_id')} to {allowed}."


def check_title(link: Link, config: Mapping[str, Any]) -> Iterator[str]:
    """Yields a line if the link has no title, or one that does not match."""
    options = re2.Options()
    options.log_errors = False
    pattern, title = config["pattern"], link.spell("link_title")
    try:
        expression = re2.compile(pattern, options)
    except re2.error:
        # The CLI refuses it by the schema; another caller may not.
        yield f"The title of the link {link.name!r} can't be checked: correct `pattern` in the configuration."
        return
    if not link.get("link_title"):
        yield f"The link {link.name!r} has no title: add a {title} that matches `{pattern}`."
    elif not expression.fullmatch(link.get("link_title")):
        yield f"The title of the link {link.name!r} does not match `{pattern}`: change its {title}."


def check_protection(link: Link, _config: Mapping[str, Any]) -> Iterator[str]:
    """Yields a line if the link is reusable without being protected, or if it adopts one that may be."""
    if link.is_protected:
        return
    if link.get("link_reusable"):
        yield f"The link {link.name!r} is reusable but not protected: add the resource option `protect`."
    elif link.get("link_reusable") is None and link.get("adopt"):
        reusable = link.spell("link_reusable")
        yield f"The link {link.name!r} adopts a link that may be reusable: declare {reusable}, or add `protect`."


def check_meta(link: Link, config: Mapping[str, Any]) -> Iterator[str]:
    """Yields a line if the link's `meta` lacks a key, or has no value for it."""
    meta = link.get("meta") or {}
    # A loop over the keys reads no values, of which one may be unknown.
    declared = set(meta)
    if missing := [key for key in config["keys"] if key not in declared]:
        yield f"The `meta` of the link {link.name!r} lacks {', '.join(missing)}: add {_them(missing)}."
    if empty := [key for key in config["keys"] if key in declared and meta[key] in ("", None)]:
        yield f"The `meta` of the link {link.name!r} has nothing for {', '.join(empty)}: fill {_them(empty)} in."


def _them(keys: Sized) -> str:
    return "it" if len(keys) == 1 else "them"


class Count:
    """Counts the links that one run declares. `RecordingLink.get` declares none, and replacing one adds none."""

    def __init__(self) -> None:
        self._urns: set[str] = set()
        self._lock = threading.Lock()

    def check(self, link: Link, config: Mapping[str, Any]) -> Iterator[str]:
        """Yields a line at the first link that is too many, and no line for the others."""
        with self._lock:
            is_new = link.urn not in self._urns
            self._urns.add(link.urn)
            count = len(self._urns)
        # A number of the configuration arrives as 50.0.
        if is_new and count == int(config["most"]) + 1:
            yield (
                f"The link {link.name!r} is one too many, a stack may have {count - 1}: "
                "remove links from the program, or raise `most` in the configuration."
            )


def make_policies() -> list[Policy]:
    """Returns the rules as Pulumi's policies, for one run."""
    return [
        _make_policy("domain", "Links are on allowed domains.", check_domain, domains=DOMAINS),
        _make_policy("title", "Titles of links have the agreed form.", check_title, pattern=PATTERN),
        _make_policy("protect", "Reusable links are protected.", check_protection),
        _make_policy("meta", "Links have the agreed keys in `meta`.", check_meta, keys=KEYS),
        _make_policy("count", "A stack has a limited number of links.", Count().check, most=MOST),
    ]


def _make_policy(name: str, description: str, rule: Rule, **schema: dict[str, Any]) -> Policy:
    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        if args.resource_type not in {PYTHON_TYPE, PLUGIN_TYPE}:
            return
        is_of_plugin = args.resource_type == PLUGIN_TYPE
        link = Link(args.urn, args.name, args.props, args.opts.protect, is_of_plugin)
        for line in rule(link, args.get_config()):
            report_violation(line, None)

    # A rule without its configuration would pass everything, so the CLI does not begin without it.
    config_schema = PolicyConfigSchema(schema, list(schema)) if schema else None
    return ResourceValidationPolicy(name, description, validate, config_schema=config_schema)
