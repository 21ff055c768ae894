"""The review as JSON for other programs; keys are only ever added."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.review.headline import headline
from pulumi_userplane.cli.review.model import Comeback

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.review.model import FieldChange, LinkChange, LinkDrift, Mask, Review


def as_json(review: Review, stops: Sequence[str]) -> str:
    """Returns the text; values that can't be shown are objects such as `{"hidden": "secret"}`."""
    project, stack = review.stack
    said = {
        "version": 1,
        "headline": headline(review),
        "project": project,
        "stack": stack,
        "links": {"count": review.links, "all": review.are_all_links},
        "changes": [_change(each) for each in review.changes],
        "drift": {
            "known": review.knows_drift,
            "links": [_drift(each) for each in review.drift],
            "unnamed_links": review.vanished_links,
            "unnamed": review.vanished,
        },
        "others": [{"op": each.op, "type": each.type, "count": each.count} for each in review.others],
        "others_drifted": review.drifted_others,
        "stopped": list(stops),
    }
    # Inside of a text, which is the only place for it, the escape says the same; see `without_commands`.
    return json.dumps(said, indent=2, default=_hidden).replace("##[", "\\u0023#[") + "\n"


def _change(change: LinkChange) -> dict[str, Any]:
    return {
        "urn": change.urn,
        "name": change.name,
        "title": change.title,
        "what": change.kind.value,
        "old_address": change.address,
        "old_address_stops": change.kills_address,
        "old_address_may_go_on": change.may_kill_address,
        "uncertain": change.is_uncertain,
        "unprotected": change.is_unprotected,
        "protected": change.is_protected,
        "kept_by": None if change.may_end else change.keeper,
        "goes_with": change.goes_with,
        "shared_with": change.shared_with,
        "reasons": list(change.reasons),
        "options": sorted({*change.options.values()}),
        "replaced_first": list(change.replaced_first),
        "other": change.other,
        "fields": [_field(each) for each in change.fields],
    }


def _drift(drift: LinkDrift) -> dict[str, Any]:
    return {
        "urn": drift.urn,
        "name": drift.name,
        "title": drift.title,
        "old_address": drift.address,
        "gone": drift.is_gone,
        "returns": drift.comeback is Comeback.NEW_LINK,
        "comeback": drift.comeback.value if drift.is_gone else None,
        "fields": [{**_field(each.change), "fate": each.fate.value} for each in drift.fields],
    }


def _field(change: FieldChange) -> dict[str, Any]:
    return {"path": change.path, "how": change.how.value, "before": change.before, "after": change.after}


def _hidden(mask: Mask) -> dict[str, str]:
    return {"hidden": mask.value}
