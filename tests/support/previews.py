"""Previews and refreshes as the CLI writes them with --json, made by hand; a recorded one shows what is real."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi.runtime import rpc

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.preview_digest import Digest, parse_digest
from tests.support.states import STACK, Resource

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.model import Review

SECRET = "[secret]"
UNKNOWN = rpc.UNKNOWN

Step = dict[str, Any]


def step(op: str, old: Resource | None = None, new: Resource | None = None, **more: Any) -> Step:
    """One step about the resource that is given."""
    states = {key: value for key, value in (("oldState", old), ("newState", new)) if value is not None}
    return {"op": op, "urn": (new or old or STACK)["urn"], **states, "detailedDiff": None, **more}


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
    """What a preview without a refresh says."""
    return build_review(preview(*steps))
