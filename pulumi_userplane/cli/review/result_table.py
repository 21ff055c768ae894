"""Writes what an `up` did as a table for spreadsheets and scripts: CSV and JSON, a row for each link."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.review.applied_model import ResultKind
from pulumi_userplane.cli.review.result_phrases import write_problems, write_problems_of, write_verdict
from pulumi_userplane.cli.review.safe_text import (
    escape_invisible,
    mask_all_keys,
    mask_keys,
    neutralize_workflow_commands,
)

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.applied_model import Applied, LinkResult
    from pulumi_userplane.cli.review.model import Mask

COLUMNS = (
    "what",
    "name",
    "title",
    "old_address",
    "old_address_works",
    "new_address",
    "fields",
    "problem",
    "link_id",
    "urn",
)
_WORKS = {True: "yes", False: "no", None: ""}

# A spreadsheet calculates a cell that begins so, also after blanks, and with the wide forms of these characters:
# https://owasp.org/www-community/attacks/CSV_Injection
_BEGIN = r"""\s*"*\s*[=+\-@\uff1d\uff0b\uff0d\uff20]"""
_FORMULA = re.compile(_BEGIN)
_LATER_FORMULA = re.compile(rf"([;|])(?={_BEGIN})")
"""A formula after what separates the cells for a spreadsheet in much of Europe."""


def render_csv(applied: Applied) -> str:
    """Returns a header and a row for each link to which something was done or happened."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for link in _list_rows(applied):
        row = {**_to_row(link), "old_address_works": _WORKS[link.old.works]}
        row["fields"] = ", ".join([change.path for change in link.fields] + [*link.put_back])
        row["problem"] = " / ".join(write_problems_of(link, applied))
        writer.writerow({column: _to_cell(row[column]) for column in COLUMNS})
    return file.getvalue()


def _list_rows(applied: Applied) -> list[LinkResult]:
    return applied.select(lambda link: link.kind is not ResultKind.NOT_REACHED)


def _to_cell(value: str | None) -> str:
    """Returns a cell that stays text in a spreadsheet: one line, and no formula."""
    text = neutralize_workflow_commands(escape_invisible(mask_keys(value or "")))
    text = _LATER_FORMULA.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text


def _to_row(link: LinkResult) -> dict[str, Any]:
    return {
        "what": link.kind.value,
        "name": link.name,
        "title": link.title,
        "old_address": link.old_address,
        "old_address_works": link.old.works,
        "new_address": link.new_address,
        "fields": [
            {"path": change.path, "how": change.kind.value, "before": change.before, "after": change.after}
            for change in link.fields
        ],
        "link_id": link.link_id,
        "urn": link.urn,
    }


def render_result_json(applied: Applied) -> str:
    """Returns the same as JSON; keys are only ever added, and a hidden value is `{"hidden": "secret"}` or alike."""
    project, stack = applied.stack
    content = {
        "version": 1,
        "verdict": write_verdict(applied),
        "project": project,
        "stack": stack,
        "failed": applied.has_failed,
        "interrupted": applied.is_interrupted,
        "links": [
            {
                **_to_row(link),
                "old_address_is": link.old.value,
                "put_back": list(link.put_back),
                "renamed_from": link.renamed_from,
                "successor": link.successor,
                "problems": write_problems_of(link, applied),
            }
            for link in _list_rows(applied)
        ],
        "not_reached": [link.name for link in applied.of_kind(ResultKind.NOT_REACHED)],
        "other_problems": [
            {"type": error.type, "name": error.name, "problem": write_problems([error])[0]}
            for error in applied.other_errors
        ],
    }
    # In JSON the escape means the same, and inside of a text is the only place for it.
    return neutralize_workflow_commands(json.dumps(mask_all_keys(content), indent=2, default=_mask_to_json)) + "\n"


def _mask_to_json(mask: Mask) -> dict[str, str]:
    return {"hidden": mask.value}
