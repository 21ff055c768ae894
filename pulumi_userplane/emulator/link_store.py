"""Reads and changes the links of all workspaces in SQLite, with the keys that Userplane uses in JSON."""

import json
import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from pulumi_userplane.emulator.behaviour_values import SearchReference
from pulumi_userplane.emulator.clock import Clock
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
_FILTER = """
workspace_id = :workspace_id
AND (:created_by IS NULL OR member_id IN (SELECT value FROM json_each(:created_by)))
AND (:project_id IS NULL OR project_id IN (SELECT value FROM json_each(:project_id)))
AND (:domain_id IS NULL OR domain_id IN (SELECT value FROM json_each(:domain_id)))
AND (:hidden IS NULL OR seq NOT IN (SELECT h.seq FROM links h JOIN json_each(:hidden) j ON h.id = j.value))
"""
_COUNT = "SELECT count(*) AS n FROM live_links WHERE FILTER".replace("FILTER", _FILTER)
_PAGE = """
SELECT * FROM link_rows WHERE seq IN (
    SELECT seq FROM live_links WHERE FILTER ORDER BY SORT LIMIT :limit OFFSET :offset
) ORDER BY SORT
""".replace("FILTER", _FILTER)
_NEWEST = "SELECT seq FROM links ORDER BY created_at DESC, seq DESC"
_NEWEST_WITH_TEXTS = _NEWEST.replace("seq FROM", "seq, title, id, url, provider_reference FROM")
_SORTS = {
    ("created_at", "asc"): "created_at, seq",
    ("created_at", "desc"): "created_at DESC, seq DESC",
    ("link_title", "asc"): "title, seq",
    ("link_title", "desc"): "title DESC, seq DESC",
    ("link_id", "asc"): "id",
}
_PAGES = {sort: _PAGE.replace("SORT", order) for sort, order in _SORTS.items()}


@dataclass(frozen=True)
class LinkQuery:
    """What a list request asks for.

    Attributes:
        offset: How many links come before the page.
        limit: How many links are on the page at most.
        sort: A column and a direction.
        filters: The ids of each array parameter that was sent.
        hidden: The ids of links to leave out.
    """

    offset: int
    limit: int
    sort: tuple[str, str] = ("created_at", "desc")
    filters: Mapping[str, list[str]] = field(default_factory=dict)
    hidden: Sequence[str] = ()


class LinkStore:
    """Reads and changes the table of links; a deleted link stays in it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, workspace_id: str, links: Iterable[NewLink]) -> None:
        """Stores links; each gets a later `createdAt` than all before it, unless it has one."""
        latest: str | None = self._database.fetch_one(
            "SELECT max(created_at) AS moment FROM links WHERE workspace_id = :id", id=workspace_id
        )["moment"]
        default_project_id: str | None = self._database.fetch_one(
            "SELECT max(id) AS id FROM projects WHERE workspace_id = :id AND is_default AND deleted_at IS NULL",
            id=workspace_id,
        )["id"]
        domain_urls = {row["id"]: row["url"] for row in self._database.fetch_all("SELECT id, url FROM domains")}
        rows: list[tuple[Value, ...]] = []
        for link in links:
            created_at = link.created_at or self._clock.after(latest)
            latest = max(latest or created_at, created_at)
            project_id = link.project_id or default_project_id
            link_url = link.link_url or _make_link_url(domain_urls.get(link.domain_id, ""))
            rows.append(
                (
                    *(link.link_id, workspace_id, project_id, link.domain_id, link.workspace_member_id),
                    *(link.link_title, link.link_type, link.link_reusable, link.link_provider_type),
                    *(link.link_provider_id, link.link_provider_reference, link_url, _dump_meta(link.meta)),
                    *(created_at, self._clock.now() if link.deleted else None),
                )
            )
        self._database.execute_many(_INSERT, rows)

    def find(self, link_id: str) -> LinkRow | None:
        """Returns a link of any workspace, deleted or not."""
        row = self._database.fetch_first("SELECT * FROM link_rows WHERE id = :id", id=link_id)
        return _to_link_row(row) if row else None

    def find_in_workspace(self, workspace_id: str, link_id: str) -> LinkRow | None:
        """Returns a link of this workspace, deleted or not."""
        row = self._database.fetch_first(
            "SELECT * FROM link_rows WHERE id = :id AND workspace_id = :workspace_id",
            id=link_id,
            workspace_id=workspace_id,
        )
        return _to_link_row(row) if row else None

    def list_all(self) -> list[LinkRow]:
        """Returns the links of all workspaces, oldest first, deleted ones as well."""
        return [
            _to_link_row(row) for row in self._database.fetch_all("SELECT * FROM link_rows ORDER BY created_at, seq")
        ]

    def update(self, link_id: str, fields: LinkFields) -> None:
        """Sets the fields that were given."""
        columns = {_COLUMNS[name]: getattr(fields, name) for name in fields.model_fields_set}
        if "meta" in columns:
            columns["meta"] = _dump_meta(columns["meta"])
        stored = dict(self._database.fetch_one("SELECT * FROM links WHERE id = :id", id=link_id))
        self._database.execute(_UPDATE, **{**stored, **columns})

    def delete(self, link_id: str) -> bool:
        """Marks a link as deleted; returns False if there is no such link, or it is deleted already."""
        return bool(
            self._database.execute(
                "UPDATE links SET deleted_at = :now WHERE id = :id AND deleted_at IS NULL",
                id=link_id,
                now=self._clock.now(),
            )
        )

    def restore(self, link_id: str) -> None:
        """Marks a link as not deleted."""
        self._database.execute("UPDATE links SET deleted_at = NULL WHERE id = :id", id=link_id)

    def count_created(self, workspace_id: str) -> int:
        """Returns how many links were ever created in a workspace, deleted ones as well."""
        row = self._database.fetch_one("SELECT count(*) AS n FROM links WHERE workspace_id = :id", id=workspace_id)
        count: int = row["n"]
        return count

    def count_live_for_user(self, user_id: str) -> int:
        """Returns how many live links the workspaces of a user have."""
        count: int = self._database.fetch_one(
            "SELECT count(*) AS n FROM live_links"
            " WHERE workspace_id IN (SELECT workspace_id FROM members WHERE user_id = :id)",
            id=user_id,
        )["n"]
        return count

    def list_page(self, workspace_id: str, query: LinkQuery) -> tuple[list[LinkRow], int]:
        """Returns one page of the live links, and how many there are on all pages."""
        values: dict[str, Value] = {"workspace_id": workspace_id}
        for name in ("created_by", "project_id", "domain_id"):
            values[name] = json.dumps(query.filters[name]) if name in query.filters else None
        values["hidden"] = json.dumps(query.hidden) if query.hidden else None
        rows = self._database.fetch_all(_PAGES[query.sort], **values, limit=query.limit, offset=query.offset)
        return [_to_link_row(row) for row in rows], self._database.fetch_one(_COUNT, **values)["n"]

    def search(self, workspace_id: str, term: str, limit: int, search_reference: SearchReference) -> list[LinkRow]:
        """Returns the live links that match a term, oldest first.

        Args:
            workspace_id: The workspace.
            term: The term. Each of its words must begin a word of a link's title.
            limit: How many links are returned at most.
            search_reference: Whether a link also matches by its reference.
        """
        texts = self._database.fetch_all(
            "SELECT seq, title, provider_reference FROM live_links WHERE workspace_id = :id ORDER BY seq",
            id=workspace_id,
        )
        matches = [
            row["seq"]
            for row in texts
            if _has_words(row["title"] or "", term)
            or _has_reference(row["provider_reference"] or "", term, search_reference)
        ]
        rows = self._database.fetch_all(
            "SELECT * FROM link_rows WHERE seq IN (SELECT value FROM json_each(:matches)) ORDER BY seq",
            matches=json.dumps(matches[:limit]),
        )
        return [_to_link_row(row) for row in rows]

    def find_newest(self, text: str) -> list[int]:
        """Returns the numbers of the links of all workspaces, newest first, deleted ones as well.

        Args:
            text: What a link's title, id, address or reference holds; empty for all links.
        """
        rows = self._database.fetch_all(_NEWEST_WITH_TEXTS if text else _NEWEST)
        wanted = text.casefold()
        return [row[0] for row in rows if not text or any(wanted in (value or "").casefold() for value in row[1:])]

    def list_by_numbers(self, numbers: Sequence[int]) -> list[LinkRow]:
        """Returns the links with these numbers, newest first."""
        rows = self._database.fetch_all(
            "SELECT * FROM link_rows WHERE seq IN (SELECT value FROM json_each(:numbers))"
            " ORDER BY created_at DESC, seq DESC",
            numbers=json.dumps(list(numbers)),
        )
        return [_to_link_row(row) for row in rows]


def _has_words(title: str, term: str) -> bool:
    words = title.casefold().split()
    return all(any(word.startswith(prefix) for word in words) for prefix in term.casefold().split())


def _has_reference(reference: str, term: str, search_reference: SearchReference) -> bool:
    if search_reference == "no":
        return False
    found, wanted = reference.casefold(), term.casefold()
    return found == wanted or (search_reference == "beginning" and found.startswith(wanted))


def _make_link_url(domain_url: str) -> str:
    host = domain_url.removeprefix("https://").rstrip("/")
    return f"https://{host}/record?session={secrets.token_urlsafe(32)}"


def _dump_meta(meta: dict[str, JsonValue] | None) -> str | None:
    return None if meta is None else json.dumps(meta)


def _to_link_row(row: sqlite3.Row) -> LinkRow:
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
