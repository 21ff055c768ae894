"""Renders reviews as text or JSON; `comment.py` renders the Markdown of a pull request, with its rows."""

from __future__ import annotations

import json
from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.review import failed_comment, field_phrases, headline, phrases
from pulumi_userplane.cli.review.failed_preview import FailedPreview
from pulumi_userplane.cli.review.model import DeletionOutcome, find_worst
from pulumi_userplane.cli.review.safe_text import (
    escape_invisible,
    make_loggable,
    mask_all_keys,
    neutralize_workflow_commands,
    to_plain_text,
)
from pulumi_userplane.cli.review.spelling import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pulumi_userplane.cli.review.model import FieldChange, LinkChange, LinkDrift, Mask
    from pulumi_userplane.cli.review.safe_text import Phrase
    from pulumi_userplane.cli.review.section import Section


class Format(str, Enum):
    """What is written."""

    MARKDOWN = "markdown"
    TEXT = "text"
    JSON = "json"
    GITHUB_SUMMARY = "github-summary"
    CSV = "csv"


def render(sections: Sequence[Section], form: Format) -> str:
    """Returns the reviews of one or several stacks in a format."""
    if form is Format.TEXT:
        return render_text(sections)
    if form is Format.JSON:
        return render_json(sections)
    # The template engine is loaded only where a comment is written.
    from pulumi_userplane.cli.review import comment  # noqa: PLC0415

    return comment.render_summary(sections) if form is Format.GITHUB_SUMMARY else comment.render_comment(sections)


def render_text(sections: Sequence[Section]) -> str:
    """Returns all of the reviews as text for a terminal or a log, however long."""
    return make_loggable("\n\n".join(map(_write_section, sections)) + "\n")


def _write_section(section: Section) -> str:
    if isinstance(section, FailedPreview):
        return failed_comment.write_text(section)
    review = section.review
    lines = [headline.write_headline(review), f"Recording links of {escape_invisible('/'.join(review.stack))}"]
    for change in review.changes:
        details = [
            phrases.describe_change(change, review),
            *field_phrases.describe_fields(change, review),
            ("address: ", *_join(phrases.describe_addresses(change, review))),
        ]
        lines += _to_block(phrases.name_link(change), details)
    lines += ["", "Drift: changed outside Pulumi"] if review.drift else []
    for drift in review.drift:
        pairs = zip(
            field_phrases.describe_drift(drift, review), field_phrases.describe_outcomes(drift, review), strict=True
        )
        lines += _to_block(phrases.name_link(drift), [(*field, "; ", *outcome) for field, outcome in pairs])
    rest = [to_plain_text(phrase) for phrase in headline.describe_others(review)]
    rest += [to_plain_text(spell((headline.KEEP_ADDRESSES,), review))] if review.removes_addresses else []
    rest += [*headline.describe_unchecked_drift(review), *headline.describe_unnamed_deletions(review)]
    rest += [f"Stopped: {violation}" for violation in section.violations]
    return "\n".join([*lines, *(["", *rest] if rest else [])])


def _join(parts: Iterable[Phrase]) -> Phrase:
    return tuple(chain.from_iterable(("; ", *part) for part in parts))[1:]


def _to_block(names: Sequence[Phrase], details: Sequence[Phrase]) -> list[str]:
    *title, name = map(to_plain_text, names)
    heading = f"{name} ({title[0]})" if title else name
    return ["", heading, *(f"  {to_plain_text(detail)}" for detail in details)]


def render_json(sections: Sequence[Section]) -> str:
    """Returns the reviews as JSON; keys are only ever added, and a hidden value is `{"hidden": "secret"}` or alike."""
    verdict, severity = headline.write_verdict(sections), find_worst(section.severity for section in sections).value
    content: dict[str, Any] = {"version": 1, "verdict": verdict, "severity": severity}
    stacks = [*map(_section_to_json, sections)]
    content |= stacks[0] if len(stacks) == 1 else {"stacks": stacks}
    # In JSON the escape means the same, and inside of a text is the only place for it.
    return neutralize_workflow_commands(json.dumps(mask_all_keys(content), indent=2, default=_mask_to_json)) + "\n"


def _section_to_json(section: Section) -> dict[str, Any]:
    if isinstance(section, FailedPreview):
        return failed_comment.to_json(section)
    review, (project, stack) = section.review, section.stack
    return {
        "headline": headline.write_headline(review),
        "severity": section.severity.value,
        "project": project,
        "stack": stack,
        "links": {"count": review.links, "all": review.are_all_links},
        "changes": [_change_to_json(change) for change in review.changes],
        "drift": {
            "known": review.knows_drift,
            "links": [_drift_to_json(drift) for drift in review.drift],
            "unnamed_links": review.unnamed_link_deletions,
            "unnamed": review.unnamed_deletions,
        },
        "others": [{"op": other.op, "type": other.type, "count": other.count} for other in review.others],
        "others_drifted": review.drifted_others,
        "stopped": [str(violation) for violation in section.violations],
    }


def _change_to_json(change: LinkChange) -> dict[str, Any]:
    return {
        "urn": change.urn,
        "name": change.name,
        "title": change.title,
        "what": change.kind.value,
        "old_address": change.address,
        "old_address_stops": change.removes_address,
        "old_address_may_go_on": change.may_keep_address,
        "uncertain": change.is_uncertain,
        "unprotected": change.loses_protection,
        "protected": change.ignores_protection,
        "kept_by": None if change.may_be_deleted_with else change.retained_by,
        "goes_with": change.deleted_with,
        "shared_with": change.shared_with,
        "reasons": list(change.reasons),
        "options": sorted({*change.options.values()}),
        "replaced_first": list(change.replaced_first),
        "other": change.other,
        "other_owner": change.other_owner,
        "fields": [_field_to_json(field) for field in change.fields],
    }


def _drift_to_json(drift: LinkDrift) -> dict[str, Any]:
    return {
        "urn": drift.urn,
        "name": drift.name,
        "title": drift.title,
        "old_address": drift.address,
        "gone": drift.is_deleted,
        "returns": drift.deletion_outcome is DeletionOutcome.RECREATED,
        "comeback": drift.deletion_outcome.value if drift.is_deleted else None,
        "fields": [{**_field_to_json(field.change), "fate": field.outcome.value} for field in drift.fields],
    }


def _field_to_json(change: FieldChange) -> dict[str, Any]:
    return {"path": change.path, "how": change.kind.value, "before": change.before, "after": change.after}


def _mask_to_json(mask: Mask) -> dict[str, str]:
    return {"hidden": mask.value}
