"""Pull requests: what was deployed, what was changed outside Pulumi, what the author writes; on two stacks.

`RECORD_REVIEWS=1 python -m pytest tests/engine/test_review.py` writes what the real CLI says of them to the folder that
the unit tests read; with `tests/unit/cli/review` after it, also what `review` makes of that.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field, replace
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.preview_digest import parse_digest
from tests.engine.stack import DEADLINE, LINK_TYPE
from tests.unit.cli.review.recorded import PREVIEW, REFRESH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_userplane.cli.review.model import Review
    from tests.engine.stack import Stack

_KEPT = "pulumi.ResourceOptions(retain_on_delete=True)"
_OTHERS = """
class Tickets(pulumi.ComponentResource):
    def __init__(self, name, queue):
        super().__init__("shop:index:Tickets", name, {"queue": queue})
"""

CHECKOUT = (
    "{'domain_id': 'dom_help', 'link_title': 'Checkout help', 'link_reusable': True,"
    " 'link_provider_type': 'zendesk', 'meta': {'team': 'payments', 'tier': '1'}}"
)
VIP = (
    "{'domain_id': 'dom_help', 'link_title': 'VIP line',"
    " 'meta': {'token': pulumi.Output.secret('first-secret'), 'team': 'vip'}}"
)

DEPLOYED: Mapping[str, tuple[str, str]] = {
    "checkout": (CHECKOUT, "None"),
    "refunds": ("{'domain_id': 'dom_help', 'link_title': 'Refunds'}", "None"),
    "login": ("{'domain_id': 'dom_help', 'link_title': 'Login trouble', 'meta': {'team': 'web'}}", "None"),
    "campaign": ("{'domain_id': 'dom_help', 'link_title': 'Spring campaign'}", _KEPT),
    "vip": (VIP, "None"),
    "untitled": ("{'domain_id': 'dom_app', 'link_reusable': True}", "None"),
}
"""The links of the stack before all pull requests: inputs and options as Python."""


@dataclass(frozen=True)
class PullRequest:
    """One change to the program.

    Attributes:
        name: What it is about; the name of its recordings' folder.
        program: What the author writes after the links; `adopt` in it is the id of a link created outside Pulumi.
        links: The links that differ from those deployed; None for one that is removed.
        outside: What somebody did at Userplane: changed fields by link, None for one that was deleted.
        arguments: Options of `pulumi preview`.
        with_refresh: Whether `pulumi refresh --preview-only` was run as well.
    """

    name: str
    links: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)
    program: str = ""
    outside: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    with_refresh: bool = False

    @property
    def source(self) -> str:
        """The program."""
        links = {**DEPLOYED, **self.links}
        calls = [
            f"{name.replace('-', '_')} = userplane.RecordingLink({name!r}, {given[0]}, {given[1]})"
            for name, given in links.items()
            if given is not None
        ]
        return "\n".join([_OTHERS, *calls, dedent(self.program)])


def _declared(text: str, opts: str = "None") -> tuple[str, str]:
    return text, opts


PULL_REQUESTS = (
    PullRequest(
        "01-new-words",
        {
            "checkout": _declared(
                "{'domain_id': 'dom_help', 'link_title': 'Help with paying', 'link_reusable': True,"
                " 'link_provider_type': 'zendesk', 'meta': {'team': 'payments', 'queue': 'eu'}}"
            ),
            "refunds": _declared("{'domain_id': 'dom_help', 'link_title': 'Refunds', 'link_reusable': True}"),
        },
        "Tickets('tickets', 'new')",
    ),
    PullRequest(
        "02-new-domain",
        {"login": _declared("{'domain_id': 'dom_app', 'link_title': 'Login trouble', 'meta': {'team': 'web'}}")},
    ),
    PullRequest("03-removed", {"refunds": None, "campaign": None}),
    PullRequest(
        "04-taken-over",
        {"faq": _declared("{'domain_id': 'dom_help', 'link_title': 'Questions', 'adopt': 'lnk_by_hand'}")},
        "userplane.RecordingLink('status', {'domain_id': 'dom_app', 'link_title': 'Status page'})",
    ),
    PullRequest(
        "05-only-drift",
        outside={"checkout": {"linkTitle": "Edited by hand", "meta": {"team": "other"}}, "refunds": None},
        arguments=("--refresh",),
    ),
    PullRequest(
        "06-drift-and-change",
        {
            "checkout": _declared(
                "{'domain_id': 'dom_help', 'link_title': 'Checkout and paying', 'link_reusable': True,"
                " 'meta': {'team': 'payments', 'tier': '1'}}"
            ),
            "login": _declared("{'domain_id': 'dom_help', 'link_title': 'Login', 'meta': {'team': 'web'}}"),
        },
        "Tickets('tickets', 'new')",
        outside={
            "checkout": {"linkTitle": "Edited by hand", "linkProviderType": "slack"},
            "login": {"meta": {"team": "nobody"}},
            "refunds": None,
            "untitled": {"linkReusable": False},
        },
        arguments=("--refresh",),
        with_refresh=True,
    ),
    PullRequest(
        "07-odd-words-and-secrets",
        {
            "vip": _declared(VIP.replace("first", "second")),
            "refunds": _declared(
                "{'domain_id': 'dom_help', 'link_title': '@everyone |x| `y` <b>z</b> [a](javascript:b)\\n# c \\u202ed'}"
            ),
            "untitled": _declared(
                "{'domain_id': 'dom_app', 'link_reusable': True, 'link_title': pulumi.Output.secret('third-secret')}"
            ),
        },
        "userplane.RecordingLink('@acme/all', {'domain_id': 'dom_help', 'link_title': '\\u05e2\\u05d6\\u05e8\\u05d4',"
        " 'meta': {'a|b': '<script>', '\\u202e`': 'x' * 300}})",
    ),
    PullRequest(
        "08-renamed",
        {
            "refunds": None,
            "money-back": _declared("{'domain_id': 'dom_help', 'link_title': 'Refunds'}"),
            "login": None,
            "sign-in": _declared("{'domain_id': 'dom_help', 'link_title': 'Login trouble', 'adopt': 'lnk_login'}"),
            "untitled": None,
            "app": _declared(
                "{'domain_id': 'dom_app', 'link_reusable': True}",
                "pulumi.ResourceOptions(aliases=[pulumi.Alias(name='untitled')])",
            ),
        },
    ),
    PullRequest(
        "09-replaced-in-many-ways",
        {
            "campaign": _declared("{'domain_id': 'dom_app', 'link_title': 'Spring campaign'}", _KEPT),
            "login": _declared(
                "{'domain_id': 'dom_help', 'link_title': 'Log in', 'meta': {'team': 'web'}}",
                "pulumi.ResourceOptions(replace_on_changes=['link_title'])",
            ),
            "refunds": _declared(
                "{'domain_id': 'dom_help', 'project_id': 'prj_onboarding', 'link_title': 'Refunds'}",
                "pulumi.ResourceOptions(delete_before_replace=True)",
            ),
            "untitled": None,
        },
        """
        first = userplane.RecordingLink('first', {'domain_id': 'dom_app'})
        userplane.RecordingLink('untitled', {'domain_id': first.domain.domain_id, 'link_reusable': True})
        userplane.RecordingLink('after', {'domain_id': 'dom_app', 'link_title': first.link_id})
        """,
    ),
    PullRequest(
        "10-all-at-once",
        {
            "checkout": _declared("{'domain_id': 'dom_app', 'link_title': 'Checkout help', 'link_reusable': True}"),
            "refunds": None,
            "login": _declared("{'domain_id': 'dom_help', 'link_title': 'Login trouble'}"),
            "campaign": None,
            "faq": _declared("{'domain_id': 'dom_help', 'link_title': 'Questions', 'adopt': 'lnk_by_hand'}"),
        },
        """
        userplane.RecordingLink('status', {'domain_id': 'dom_app', 'link_title': 'Status page'})
        Tickets('tickets', 'new')
        """,
        outside={"vip": None, "untitled": {"linkReusable": False}},
        arguments=("--refresh",),
        with_refresh=True,
    ),
)

PICTURED = PullRequest(
    "new-domain",
    {
        "checkout": _declared(CHECKOUT.replace("dom_help", "dom_app")),
        "login": _declared(
            "{'domain_id': 'dom_help', 'link_title': 'Trouble with the login', 'meta': {'team': 'web'}}"
        ),
    },
    "Tickets('old', 'old')",
    arguments=("--refresh",),
)
"""The one whose comment README shows as a picture: one address dies, another link changes harmlessly."""


_OPTIONS = """
Link, opts = userplane.RecordingLink, pulumi.ResourceOptions
Tickets('queue', 'old')
"""


def _with_options(*lines: str, arguments: tuple[str, ...] = ()) -> PullRequest:
    return PullRequest(lines[0], dict.fromkeys(DEPLOYED), "\n".join([_OPTIONS, *lines[1:]]), {}, arguments)


OPTIONS_DEPLOYED = _with_options(
    "deployed",
    "base = Link('base', {'domain_id': 'dom_help'})",
    "Link('asked', {'domain_id': 'dom_help'})",
    "Link('tainted', {'domain_id': 'dom_help'})",
    "Link('tainted-and-moved', {'domain_id': 'dom_help'})",
    "Link('trigger', {'domain_id': 'dom_help'}, opts(replacement_trigger='v1'))",
    "Link('trigger-and-moved', {'domain_id': 'dom_help'}, opts(replacement_trigger='v1'))",
    "Link('trigger-unknown', {'domain_id': 'dom_help'}, opts(replacement_trigger=base.link_id))",
    "Link('with-base', {'domain_id': 'dom_help'}, opts(replace_with=[base]))",
    "Link('with-base-kept', {'domain_id': 'dom_help'}, opts(replace_with=[base], retain_on_delete=True))",
    "Link('deleted-with-base', {'domain_id': 'dom_help'}, opts(deleted_with=base))",
    "Link('part', {'domain_id': 'dom_help', 'meta': {'team': 'a'}}, opts(replace_on_changes=['meta.team']))",
    "queue = Tickets('queue-of-link', 'old')",
    "Link('deleted-with-queue', {'domain_id': 'dom_help'}, opts(deleted_with=queue))",
    "Link('guarded', {'domain_id': 'dom_help'}, opts(protect=True))",
    "Link('guarded-trigger', {'domain_id': 'dom_help'}, opts(protect=True, replacement_trigger='v1'))",
)
"""The stack on which options replace, delete and keep links."""

TAINTED = ("tainted", "tainted-and-moved")


def _changed(name: str, *changes: tuple[str, str], arguments: tuple[str, ...]) -> PullRequest:
    program = OPTIONS_DEPLOYED.program
    for before, after in changes:
        assert before in program
        program = program.replace(before, after)
    return replace(OPTIONS_DEPLOYED, name=name, program=program, arguments=arguments)


OPTIONS = (
    _changed(
        "replaced",
        ("Link('base', {'domain_id': 'dom_help'", "Link('base', {'domain_id': 'dom_app'"),
        ("moved', {'domain_id': 'dom_help'", "moved', {'domain_id': 'dom_app'"),
        ("trigger='v1'", "trigger='v2'"),
        ("'team': 'a'", "'team': 'b'"),
        arguments=("--ignore-protect", "--replace", f"urn:pulumi:dev::p::{LINK_TYPE}::asked"),
    ),
    _changed(
        "left",
        ("base = Link('base', {'domain_id': 'dom_help'})", ""),
        ("Link('trigger-unknown', {'domain_id': 'dom_help'}, opts(replacement_trigger=base.link_id))", ""),
        ("Link('with-base', {'domain_id': 'dom_help'}, opts(replace_with=[base]))", ""),
        ("Link('with-base-kept', {'domain_id': 'dom_help'}, opts(replace_with=[base], retain_on_delete=True))", ""),
        ("Link('deleted-with-base', {'domain_id': 'dom_help'}, opts(deleted_with=base))", ""),
        ("queue = Tickets('queue-of-link', 'old')", ""),
        ("Link('deleted-with-queue', {'domain_id': 'dom_help'}, opts(deleted_with=queue))", ""),
        ("Link('guarded', {'domain_id': 'dom_help'}, opts(protect=True))", ""),
        arguments=("--ignore-protect",),
    ),
)


class Recorder:
    """Runs the pull requests on one stack that is deployed once, and undoes changes outside Pulumi after each one."""

    def __init__(self, stack: Stack, deployed: str = PullRequest("").source + "\nTickets('old', 'old')") -> None:
        self._stack = stack
        stack.program(deployed)
        stack.deploy()
        self._ids = {name: link["id"] for name, link in stack.links().items()}
        self._ids["by_hand"] = stack.userplane.add_link(domainId="dom_help", linkTitle="Made by hand")["linkId"]

    def state(self) -> str:
        """What `pulumi stack export` writes, normalised as all else."""
        return self._normalize(self.run("stack", "export"))

    def record(self, pull_request: PullRequest) -> dict[str, str]:
        """Returns what the CLI writes, by the files' names."""
        program = pull_request.source
        for name, link_id in self._ids.items():
            program = program.replace(f"'lnk_{name}'", repr(link_id))
        self._stack.program(program)
        undo = [self._change_outside(self._ids[name], fields) for name, fields in pull_request.outside.items()]
        files = {PREVIEW: self.run("preview", "--json", *pull_request.arguments)}
        if pull_request.with_refresh:
            files[REFRESH] = self.run("refresh", "--preview-only", "--json", "--run-program")
        for revert in undo:
            revert()
        return {name: self._normalize(output) for name, output in files.items()}

    def review(self, pull_request: PullRequest) -> Review:
        """Returns what a preview of it means."""
        self._stack.program(pull_request.source)
        return build_review(parse_digest(self.run("preview", "--json"), PREVIEW))

    def run(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """What a command writes to its standard output."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],
            cwd=self._stack.folder,
            env={**self._stack.env, **environ},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        self._stack.printed += [done.stdout, done.stderr]
        assert done.returncode == code, done.stderr
        return done.stdout

    def _change_outside(self, link_id: str, fields: Mapping[str, Any] | None) -> Callable[[], object]:
        userplane = self._stack.userplane
        if fields is None:
            userplane.delete_link(link_id)
            return lambda: userplane.restore_link(link_id)
        [before] = [link for link in userplane.links if link["linkId"] == link_id]
        was = {key: value for key, value in before.items() if key in fields}
        userplane.edit_link(link_id, **fields)
        return lambda: userplane.edit_link(link_id, **was)

    def _normalize(self, output: str) -> str:
        """The same without what differs from run to run; ids and addresses tell whose they are."""
        content = strip_irrelevant(json.loads(output))
        # The order in which the engine comes to independent resources is chance.
        content.get("steps", []).sort(key=lambda step: (step["op"] != "refresh", step["urn"], step["op"]))
        content.get("deployment", {}).get("resources", []).sort(key=lambda resource: resource["urn"])
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        sessions = {link["linkId"]: link["linkURL"].partition("=")[2] for link in self._stack.userplane.links}
        for name, link_id in self._ids.items():
            text = text.replace(link_id, f"lnk_{name}").replace(sessions[link_id], name)
        for pattern, placeholder in PLACEHOLDERS:
            text = re.sub(pattern, placeholder, text)
        return text


PLACEHOLDERS = (
    (r"(?<=#)[0-9a-f]{8}\b", "00000000"),
    (r"(?<=::)[0-9a-f]{8}-[0-9a-f-]{27}|(?<=\"id\": \")[0-9a-f]{8}-[0-9a-f-]{27}", "default"),
    (r"20\d\d-\d\d-\d\dT[\d:.]+Z", "2026-01-01T00:00:00Z"),
    (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:1"),
    (r"(?<=\"ciphertext\": \")[^\"]+", "v1:"),
)
"""What stands for texts that differ from run to run."""

_IRRELEVANT_KEYS = {
    "created",
    "modified",
    "duration",
    "manifest",
    "metadata",
    "propertyDependencies",
    "secrets_providers",
    "sourcePosition",
    "stackTrace",
}


def strip_irrelevant(value: Any) -> Any:
    """Returns JSON without what differs from run to run and says nothing."""
    if isinstance(value, dict):
        return {key: strip_irrelevant(inner) for key, inner in value.items() if key not in _IRRELEVANT_KEYS}
    if isinstance(value, list):
        return [strip_irrelevant(inner) for inner in value]
    return value
