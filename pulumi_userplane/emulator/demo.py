"""The workspace that every emulator starts with: its people, keys, projects and domains."""

from pulumi_userplane.emulator.clock import now
from pulumi_userplane.emulator.database import Database

WORKSPACE_ID = "ws_demo"
API_KEY = "uspl_demo"
OWNER = "mem_owner"

_BEGINNING = "2025-01-06T09:00:00.000Z"
_PEOPLE = (
    ("usr_owner", "Ines Calder", "ines@acme.example"),
    ("usr_admin", "Tomas Wren", "tomas@acme.example"),
    ("usr_member", "Priya Nand", "priya@acme.example"),
    ("usr_member2", "Joel Abara", "joel@acme.example"),
    ("usr_stranger", "Lena Fisk", "lena@globex.example"),
)
_WORKSPACES = ((WORKSPACE_ID, "Acme Support"), ("ws_other", "Globex"))
_MEMBERS = (
    (OWNER, WORKSPACE_ID, "usr_owner", "owner"),
    ("mem_admin", WORKSPACE_ID, "usr_admin", "admin"),
    ("mem_member", WORKSPACE_ID, "usr_member", "member"),
    ("mem_member2", WORKSPACE_ID, "usr_member2", "member"),
    ("mem_stranger", "ws_other", "usr_stranger", "owner"),
)
MEMBER_IDS = frozenset(member_id for member_id, workspace_id, _, _ in _MEMBERS if workspace_id == WORKSPACE_ID)
_KEYS = (
    ("uspl_demo_admin", "usr_admin", "valid"),
    ("uspl_demo_member", "usr_member", "valid"),
    ("uspl_demo_member2", "usr_member2", "valid"),
    ("uspl_demo_stranger", "usr_stranger", "valid"),
    ("uspl_demo_expired", "usr_owner", "expired"),
    ("uspl_demo_disabled", "usr_owner", "disabled"),
)


def populate(database: Database) -> None:
    """Bring in the people and both workspaces; projects, domains and links of the first come from the seed."""
    database.write_many("INSERT INTO users VALUES (?, ?, ?, ?)", [(*person, _BEGINNING) for person in _PEOPLE])
    database.write_many("INSERT INTO keys VALUES (?, ?, ?)", _KEYS)
    database.write_many(
        "INSERT INTO workspaces (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)",
        [(*workspace, _BEGINNING, _BEGINNING) for workspace in _WORKSPACES],
    )
    database.write_many("INSERT INTO members VALUES (?, ?, ?, ?, ?)", [(*member, _BEGINNING) for member in _MEMBERS])
    add_projects(database, "ws_other", [("prj_other", "Globex", True, 30, False)])
    add_domains(database, "ws_other", [("dom_other", "help.globex.example", "verified")])


def add_owner_key(database: Database, api_key: str) -> None:
    """Give the owner this key."""
    database.write("INSERT OR REPLACE INTO keys VALUES (:key, 'usr_owner', 'valid')", key=api_key)


def add_projects(database: Database, workspace_id: str, projects: list[tuple[str, str, bool, int, bool]]) -> None:
    """Add projects: id, title, whether it is the default, days that recordings are kept, whether it is deleted."""
    moment = now()
    database.write_many(
        "INSERT INTO projects VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (project_id, workspace_id, title, is_default, days, moment, moment, moment if deleted else None)
            for project_id, title, is_default, days, deleted in projects
        ],
    )


def add_domains(database: Database, workspace_id: str, domains: list[tuple[str, str, str]]) -> None:
    """Add domains: id, address, status."""
    moment = now()
    database.write_many(
        "INSERT INTO domains VALUES (?, ?, ?, ?, ?, ?)",
        [(domain_id, workspace_id, url, status, moment, moment) for domain_id, url, status in domains],
    )
