"""The links of all workspaces: what SQLite holds, in the words that Userplane uses on the wire."""

import json
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from pulumi_userplane.emulator.clock import after, now
from pulumi_userplane.emulator.database import Database, Value
from pulumi_userplane.emulator.schemas import LinkFields, LinkRow, NewLink

_COLUMNS = {
    "link_title": "title",
    "link_type": "type",
    "link_reusable": "reusable",
    "link_provider_type": "provider_type",
    "link_provider_id": "provider_id",
    "link_provider_reference": "provider_reference",
    "link_url": "url",
    "meta": "meta",
    "created_at": "created_at",
    "project_id": "project_id",
    "domain_id": "domain_id",
    "workspace_member_id": "member_id",
}
_INSERT = """
INSERT INTO links (id, workspace_id, project_id, domain_id, member_id, title, type, reusable,
                   provider_type, provider_id, provider_reference, url, meta, created_at, deleted_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = """
UPDATE links SET title = :title, type = :type, reusable = :reusable, provider_type = :provider_type,
    provider_id = :provider_id, provider_reference = :provider_reference, url = :url, meta = :meta,
    created_at = :created_at, project_id = :project_id, domain_id = :domain_id, member_id = :member_id
WHERE id = :id
"""
_WANTED = """
workspace_id = :workspace_id
AND (:created_by IS NULL OR member_id IN (SELECT value FROM json_each(:created_by)))
AND (:project_id IS NULL OR project_id IN (SELECT value FROM json_each(:project_id)))
AND (:domain_id IS NULL OR domain_id IN (SELECT value FROM json_each(:domain_id)))
"""
_COUNT = "SELECT count(*) AS n FROM live_links WHERE WANTED".replace("WANTED", _WANTED)
_PAGE = """
SELECT * FROM link_rows WHERE seq IN (
    SELECT seq FROM live_links WHERE WANTED ORDER BY SORT LIMIT :limit OFFSET :offset
) ORDER BY SORT
""".replace("WANTED", _WANTED)
_SORTS = {
    ("created_at", "asc"): "created_at, seq",
    ("created_at", "desc"): "created_at DESC, seq DESC",
    ("link_title", "asc"): "title, seq",
    ("link_title", "desc"): "title DESC, seq DESC",
}
_PAGES = {asked: _PAGE.replace("SORT", order) for asked, order in _SORTS.items()}


@dataclass(frozen=True)
class LinkQuery:
    """What a list request asks for; `filters` holds the ids for each array parameter that was sent."""

    offset: int
    limit: int
    sort: tuple[str, str] = ("created_at", "desc")
    filters: Mapping[str, list[str]] = field(default_factory=dict)


class Links:
    """Reads and writes the links table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, workspace_id: str, links: Iterable[NewLink]) -> None:
        """Put links into the table; each is younger than all before it unless it says when it was made."""
        last: str | None = self._database.one(
            "SELECT max(created_at) AS moment FROM links WHERE workspace_id = :id", id=workspace_id
        )["moment"]
        default: str | None = self._database.one(
            "SELECT max(id) AS id FROM projects WHERE workspace_id = :id AND is_default AND deleted_at IS NULL",
            id=workspace_id,
        )["id"]
        urls = {row["id"]: row["url"] for row in self._database.rows("SELECT id, url FROM domains")}
        rows: list[tuple[Value, ...]] = []
        for link in links:
            created_at = link.created_at or after(last)
            last = max(last or created_at, created_at)
            rows.append(
                (
                    *(link.link_id, workspace_id, link.project_id or default, link.domain_id, link.workspace_member_id),
                    *(link.link_title, link.link_type, link.link_reusable, link.link_provider_type),
                    *(link.link_provider_id, link.link_provider_reference),
                    *(link.link_url or _address(urls.get(link.domain_id, "")), _text(link.meta), created_at),
                    now() if link.deleted else None,
                )
            )
        self._database.write_many(_INSERT, rows)

    def find(self, link_id: str) -> LinkRow | None:
        """One link of any workspace, deleted or not."""
        rows = self._database.rows("SELECT * FROM link_rows WHERE id = :id", id=link_id)
        return _wire(rows[0]) if rows else None

    def find_in(self, workspace_id: str, link_id: str) -> LinkRow | None:
        """One link of this workspace, deleted or not."""
        rows = self._database.rows(
            "SELECT * FROM link_rows WHERE id = :id AND workspace_id = :workspace_id",
            id=link_id,
            workspace_id=workspace_id,
        )
        return _wire(rows[0]) if rows else None

    def everything(self) -> list[LinkRow]:
        """All links of all workspaces in the order of their making, deleted ones as well."""
        return [_wire(row) for row in self._database.rows("SELECT * FROM link_rows ORDER BY created_at, seq")]

    def change(self, link_id: str, fields: LinkFields) -> None:
        """Set the fields that were given."""
        given = {_COLUMNS[name]: getattr(fields, name) for name in fields.model_fields_set}
        if "meta" in given:
            given["meta"] = _text(given["meta"])
        stored = dict(self._database.one("SELECT * FROM links WHERE id = :id", id=link_id))
        self._database.write(_UPDATE, **{**stored, **given})

    def delete(self, link_id: str) -> bool:
        """Mark a link as deleted; False when there is none that was not."""
        return bool(
            self._database.write(
                "UPDATE links SET deleted_at = :now WHERE id = :id AND deleted_at IS NULL", id=link_id, now=now()
            )
        )

    def restore(self, link_id: str) -> None:
        """Take that mark away."""
        self._database.write("UPDATE links SET deleted_at = NULL WHERE id = :id", id=link_id)

    def made(self, workspace_id: str) -> int:
        """How many links were ever made; deleting one gives nothing back."""
        count: int = self._database.one("SELECT count(*) AS n FROM links WHERE workspace_id = :id", id=workspace_id)[
            "n"
        ]
        return count

    def of_user(self, user_id: str) -> int:
        """How many live links there are in the workspaces of a user."""
        count: int = self._database.one(
            "SELECT count(*) AS n FROM live_links"
            " WHERE workspace_id IN (SELECT workspace_id FROM members WHERE user_id = :id)",
            id=user_id,
        )["n"]
        return count

    def page(self, workspace_id: str, query: LinkQuery) -> tuple[list[LinkRow], int]:
        """One page of the live links, and how many there are on all pages."""
        values: dict[str, Value] = {"workspace_id": workspace_id}
        for name in ("created_by", "project_id", "domain_id"):
            values[name] = json.dumps(query.filters[name]) if name in query.filters else None
        rows = self._database.rows(_PAGES[query.sort], **values, limit=query.limit, offset=query.offset)
        return [_wire(row) for row in rows], self._database.one(_COUNT, **values)["n"]

    def search(self, workspace_id: str, term: str, limit: int) -> list[LinkRow]:
        """Live links in whose title each word of the term begins a word."""
        words = term.casefold().split()
        rows = self._database.rows(
            "SELECT seq, title FROM live_links WHERE workspace_id = :id AND title IS NOT NULL ORDER BY seq",
            id=workspace_id,
        )
        found = [row["seq"] for row in rows if _begins(words, row["title"].casefold().split())]
        hits = self._database.rows(
            "SELECT * FROM link_rows WHERE seq IN (SELECT value FROM json_each(:found)) ORDER BY seq",
            found=json.dumps(found[:limit]),
        )
        return [_wire(row) for row in hits]


def _begins(beginnings: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(beginning) for word in words) for beginning in beginnings)


def _address(domain_url: str) -> str:
    host = domain_url.removeprefix("https://").rstrip("/")
    return f"https://{host}/record?session={secrets.token_urlsafe(32)}"


def _text(meta: dict[str, JsonValue] | None) -> str | None:
    return None if meta is None else json.dumps(meta)


def _wire(row: sqlite3.Row) -> LinkRow:
    return {
        "linkId": row["id"],
        "linkTitle": row["title"],
        "linkType": row["type"],
        "linkReusable": bool(row["reusable"]),
        "linkProviderType": row["provider_type"],
        "linkProviderId": row["provider_id"],
        "linkProviderReference": row["provider_reference"],
        "linkURL": row["url"],
        "meta": None if row["meta"] is None else json.loads(row["meta"]),
        "createdAt": row["created_at"],
        "project": {"projectId": row["project_id"], "title": row["project_title"]},
        "creator": {"workspaceMemberId": row["member_id"], "name": row["member_name"]},
        "domain": {"domainId": row["domain_id"], "url": row["domain_url"], "status": row["domain_status"]},
        "deletedAt": row["deleted_at"],
        "live": row["deleted_at"] is None and row["project_deleted_at"] is None,
    }
