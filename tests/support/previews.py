"""Builds previews and refreshes as the CLI writes them with --json, and reviews them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from pulumi.runtime import rpc

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.preview_digest import Digest, parse_digest
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from pulumi_userplane.property_names import PYTHON_NAMES, to_camel_case
from tests.support.states import STACK, Resource, of_plugin, planned, state

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.model import LinkChange, Review

SECRET = "[secret]"
UNKNOWN = rpc.UNKNOWN

Step = dict[str, Any]


def step(op: str, old: Resource | None = None, new: Resource | None = None, **more: Any) -> Step:
    """One step about the resource that is given."""
    states = {key: value for key, value in (("oldState", old), ("newState", new)) if value is not None}
    return {"op": op, "urn": (new or old or STACK)["urn"], **states, "detailedDiff": None, **more}


def step_of_plugin(of_dynamic: Step) -> Step:
    """Returns a step as it is where the links are the plugin's, from how it is with the dynamic provider."""
    # Other resources name links in their options.
    renamed: Step = json.loads(json.dumps(of_dynamic).replace(LINK_TYPE, PLUGIN_LINK_TYPE))
    states = {key: of_plugin(of_dynamic[key]) for key in ("oldState", "newState") if of_dynamic.get(key)}
    renamed.update(json.loads(json.dumps(states).replace(LINK_TYPE, PLUGIN_LINK_TYPE)))
    if any(recorded["type"] == PLUGIN_LINK_TYPE for recorded in states.values()):
        lists = {"diffReasons", "replaceReasons"} & renamed.keys()
        renamed.update({key: renamed[key] and [*map(_in_camel_case, renamed[key])] for key in lists})
        details = renamed.get("detailedDiff")
        renamed["detailedDiff"] = details and {_in_camel_case(path): diff for path, diff in details.items()}
    return renamed


def _in_camel_case(path: str) -> str:
    name, *rest = re.split(r"(?=[.\[])", path, maxsplit=1)
    return "".join([to_camel_case(name), *rest])


_OPTIONS = ("retain_on_delete", "deleted_with", "replace_with", "replace_on_changes", "replacement_trigger")


def in_camel_case(comment: str) -> str:
    """Returns a comment on links of the dynamic provider as it is where they are the plugin's."""
    return re.sub("|".join((*PYTHON_NAMES, *_OPTIONS)), lambda name: to_camel_case(name[0]), comment)


def stack_step(op: str = "same") -> Step:
    """The step about the stack itself, which each run begins with."""
    return step(op, STACK, STACK)


def text(*steps: Step, op: str = "same", **more: Any) -> str:
    """A whole file; its first step is about the stack."""
    return json.dumps({"steps": [stack_step(op), *steps], **more})


def preview(*steps: Step, **summary: int) -> Digest:
    """A preview; the summary counts what the engine does, also what it lists no step for."""
    return parse_digest(text(*steps, changeSummary=summary or None), "preview.json")


def refresh(*steps: Step) -> Digest:
    """A refresh."""
    return parse_digest(text(*steps, op="refresh"), "refresh.json")


def reviewed(*steps: Step) -> Review:
    """The review of a preview without a refresh."""
    return build_review(preview(*steps))


def only_change(*steps: Step) -> LinkChange:
    """The one link that such a preview changes."""
    [change] = reviewed(*steps).changes
    return change


def changed_paths(change: LinkChange) -> list[str]:
    """The fields that change."""
    return [field.path for field in change.fields]


def read_links(*links: Resource) -> list[Step]:
    """The steps with which a preview with --refresh begins."""
    return [stack_step("refresh"), *(step("refresh", link, link) for link in links)]


def review_after_reads(links: list[Resource], *steps: Step, **summary: int) -> Review:
    """The review of a preview with --refresh that has read these resources; see `preview`."""
    return build_review(preview(*read_links(*links), *steps, **summary))


def review_refreshed(*links: tuple[Resource, Step]) -> Review:
    """The review of a preview with --refresh: each link as recorded, and the step that is planned for it."""
    return review_after_reads([recorded for recorded, _ in links], *(step for _, step in links))


def deleted_outside(name: str) -> tuple[Resource, Step]:
    """A link that was deleted outside Pulumi, and that the program still declares."""
    return state(name), step("create", None, planned(name))


def drifted(name: str, title: str = "A") -> tuple[Resource, Step]:
    """A link whose title was changed outside Pulumi, and the title that the program declares."""
    live = state(name, link_title="By hand")
    return state(name, link_title="A"), step("update", live, planned(name, link_title=title))


def replaced_link(name: str, **fields: Any) -> Step:
    """The step that replaces a link, since its domain changes."""
    declared = planned(name, **{**fields, "domain_id": "dom_app"})
    return step("replace", state(name, **fields), declared, replaceReasons=["domain_id"])


def declared_as(recorded: Resource) -> Resource:
    """The same link as declared: nothing in the program has changed."""
    return {key: value for key, value in recorded.items() if key not in {"outputs", "id"}}


def find_rows(markdown: str) -> list[list[str]]:
    """The cells of all rows of links in a comment: the address, and the link with what happens to it."""
    html = MarkdownIt("commonmark").enable("table").render(markdown)
    rows = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)]
    # Those of the heads have none, and a table of counts begins with the stack.
    return [row for row in rows if row and row[0] != "<code>p/dev</code>"]
