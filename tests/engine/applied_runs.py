"""Runs of `up` that reviewers hear the result of: what was deployed, what the program then declares, what goes wrong.

`RECORD_REVIEWS=1 python -m pytest tests/engine/test_applied_runs.py` writes what the real CLI leaves of them to the
folder that the unit tests read; with `tests/unit/cli/review` after it, also what `review --applied` makes of that.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.engine.pull_requests import PLACEHOLDERS, strip_irrelevant
from tests.engine.running import running, wait_until
from tests.engine.yaml_stack import YamlStack, describe_link
from tests.unit.cli.review.recorded import AFTER, BEFORE, LOG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.engine.stack import Stack

KEPT = {"retain_on_delete": True}
REFUSED: dict[str, Any] = {"answer": "status", "status": 400, "code": "BAD_REQUEST", "message": "No."}
FORBIDDEN: dict[str, Any] = {"answer": "status", "status": 403, "code": "FORBIDDEN", "message": "No."}
BY_HAND = "lnk_by_hand"

Fields = dict[str, Any]
Link = tuple[Fields, Fields]
"""Inputs and options of a link; `adopt` is the placeholder of a link that was created outside Pulumi."""


def _link(domain: str = "dom_help", title: str | None = None, /, opts: Fields | None = None, **fields: Any) -> Link:
    return {"domain_id": domain, **({"link_title": title} if title else {}), **fields}, opts or {}


SECRET = {"token": "a-secret"}
DEPLOYED: Mapping[str, Link] = {
    "checkout": _link("dom_help", "Checkout help"),
    "refunds": _link("dom_help", "Refunds"),
    "campaign": _link("dom_help", "Spring campaign", opts=KEPT),
    "vip": _link("dom_help", "VIP line", meta=SECRET),
    "login": _link("dom_help", "Login trouble"),
}
"""The links of the stack before each run. What `meta` has is a secret."""


@dataclass(frozen=True)
class AppliedRun:
    """One run of `up`.

    Attributes:
        name: What it is about; the name of its recordings' folder.
        links: The links that differ from those deployed; None for one that leaves the program.
        outside: What somebody did at Userplane before: changed fields by link, None for one that was deleted.
        faults: What Userplane does to requests of the run; `link` stands for the path of a deployed link.
        code: How the CLI ends.
        is_yaml: Whether the program is Pulumi YAML, which has its links from the plugin.
        is_killed: Whether the CLI is killed when a request hangs.
    """

    name: str
    links: Mapping[str, Link | None] = field(default_factory=dict)
    outside: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    faults: tuple[dict[str, Any], ...] = ()
    code: int = 0
    is_yaml: bool = False
    is_killed: bool = False


_ADDRESSES: Mapping[str, Link | None] = {
    "refunds": _link("dom_app", "Refunds"),
    "campaign": _link("dom_app", "Spring campaign", opts=KEPT),
    "status": _link("dom_app", "Status page"),
    "faq": _link("dom_help", "Questions", adopt=BY_HAND),
    "login": None,
}

RUNS = (
    AppliedRun(
        "01-clean",
        {"checkout": _link("dom_help", "Help with paying"), "status": _link("dom_app", "Status page")},
    ),
    AppliedRun("02-new-addresses", _ADDRESSES),
    AppliedRun(
        "03-drift",
        outside={"checkout": {"linkTitle": "Edited by hand"}, "refunds": None},
    ),
    AppliedRun(
        "04-half-failed",
        {
            "first": _link("dom_app"),
            "second": _link("dom_help", "Second", opts={"depends_on": ["first"]}),
            "third": _link("dom_help", "Third", opts={"depends_on": ["second"]}),
            "checkout": _link("dom_help", "Help with paying", opts={"depends_on": ["second"]}),
        },
        faults=({"method": "PUT", **REFUSED},),
        code=1,
    ),
    AppliedRun(
        "05-old-link-lives",
        {"checkout": _link("dom_app", "Checkout help"), "login": None},
        faults=({"method": "DELETE", "times": None, **FORBIDDEN},),
        code=1,
    ),
    AppliedRun("06-nothing-done", {"refunds": _link("dom_help", "x" * 256), "login": None}, code=1),
    AppliedRun(
        "07-killed",
        {"first": _link("dom_app"), "second": _link("dom_help", "Second", opts={"depends_on": ["first"]})},
        faults=({"method": "PUT", "latency": 600.0},),
        is_killed=True,
    ),
    AppliedRun(
        "08-made-room-in-vain",
        {"refunds": _link("dom_lost", "Refunds", opts={"delete_before_replace": True})},
        code=1,
    ),
    AppliedRun("09-yaml", _ADDRESSES, is_yaml=True),
    AppliedRun(
        "10-yaml-failed",
        {"checkout": _link("dom_help", "Help with paying")},
        faults=({"method": "PUT", **REFUSED},),
        code=1,
        is_yaml=True,
    ),
)


CHECKED = [run for run in RUNS if run.name in {"02-new-addresses", "05-old-link-lives", "10-yaml-failed"}]
"""What is run in each test of the whole: every kind of result, but for what only a log can tell."""


def record(stack: Stack, run: AppliedRun) -> dict[str, str]:
    """Runs it, and returns states and log by the files' names, without what differs from run to run."""
    _write_program(stack, DEPLOYED)
    stack.deploy()
    by_hand = stack.userplane.add_link(domainId="dom_help", linkTitle="Made by hand")["linkId"]
    ids = {name: link["id"] for name, link in stack.links().items()}
    before = stack.state
    # A link may depend on those that the run declares before it.
    _write_program(
        stack, {**run.links, **{name: link for name, link in DEPLOYED.items() if name not in run.links}}, by_hand
    )
    for name, fields in run.outside.items():
        if fields is None:
            stack.userplane.delete_link(ids[name])
        else:
            stack.userplane.edit_link(ids[name], **fields)
    for fault in run.faults:
        stack.userplane.fault(**fault)
    log = _kill_up(stack) if run.is_killed else stack.pulumi("up", "--yes", "--refresh", code=run.code)
    stack.userplane.clear_faults()
    ids["by_hand"] = by_hand
    ids.update({f"{name}_2": link["id"] for name, link in _new_links(stack, ids).items()})
    files = {BEFORE: _to_export(before), AFTER: _to_export(stack.state), LOG: _normalize_log(log)}
    return {name: _normalize(stack, text, ids) for name, text in files.items()}


def _write_program(stack: Stack, links: Mapping[str, Link | None], by_hand: str = "") -> None:
    declared = {
        name: ({**link[0], **({"adopt": by_hand} if "adopt" in link[0] else {})}, link[1])
        for name, link in links.items()
        if link is not None
    }
    if isinstance(stack, YamlStack):
        stack.define(resources={name: _describe(*link) for name, link in declared.items()})
    else:
        stack.program("\n".join(_call(name, *link) for name, link in declared.items()))


def _call(name: str, fields: Fields, opts: Fields) -> str:
    inputs = repr(fields).replace(repr(SECRET), f"pulumi.Output.secret({SECRET!r})")
    options = ", ".join(f"{key}={str(value).replace(chr(39), '')}" for key, value in opts.items())
    return f"{name} = userplane.RecordingLink({name!r}, {inputs}, pulumi.ResourceOptions({options}))"


def _describe(fields: Fields, opts: Fields) -> Fields:
    inputs = {key: {"fn::secret": value} if value == SECRET else value for key, value in fields.items()}
    return describe_link(inputs, {"retainOnDelete": True} if opts else None)


def _kill_up(stack: Stack) -> str:
    with running(stack, "up", "--yes", "--skip-preview") as run:
        wait_until(lambda: not stack.userplane.faults, "the request that hangs")
        run.kill_all()
        return run.end()[1]


def _new_links(stack: Stack, ids: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    links = [one for one in stack.resources() if one["type"] == stack.link_type and one["id"] not in ids.values()]
    return {link["urn"].split("::")[-1]: link for link in links}


def _to_export(checkpoint: str) -> str:
    """Returns what `pulumi stack export` prints of a checkpoint, which a file backend keeps."""
    content = strip_irrelevant({"version": 3, "deployment": json.loads(checkpoint)["checkpoint"]["latest"]})
    # The order in which the engine comes to independent resources is chance.
    content["deployment"]["resources"].sort(key=lambda resource: (resource["urn"], resource.get("delete", False)))
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _normalize_log(log: str) -> str:
    return re.sub(r"\(\d+(\.\d+)?s\)|(?<=Duration: )\w+", "(0s)", log)


def _normalize(stack: Stack, text: str, ids: Mapping[str, str]) -> str:
    sessions = {link["linkId"]: link["linkURL"].partition("=")[2] for link in stack.userplane.links}
    for name, link_id in ids.items():
        text = text.replace(link_id, f"lnk_{name}").replace(sessions[link_id], name)
    for pattern, placeholder in (*PLACEHOLDERS, (r"lnk_[0-9a-f]{20}", "lnk_rolled_back"), (r"(?<=\()/\S+/p/", "/p/")):
        text = re.sub(pattern, placeholder, text)
    return text
