"""What to do about a response of the server: advice for each code that Userplane documents, else for its status.

Codes and their meaning: https://docs.userplane.io/api/error-handling
"""

from pulumi_userplane.api.constants import ERROR_CODES

DOCUMENTED_CODES = frozenset(code for codes in ERROR_CODES.values() for code in codes)
"""The codes that Userplane documents, which `pulumi-userplane explain` explains."""

DASHBOARD_KEYS = "https://dash.userplane.io/_/account?tab=developers"

SET_NEW_KEY = (
    "set it where the old one is set (in a stack: `pulumi config set --secret userplane:apiKey`), then run "
    "`pulumi up`; until then `pulumi refresh` and `pulumi destroy` use it only with --run-program"
)
"""How a run of Pulumi gets a new key; a command says something else."""

SIGN_IN = "sign in at the proxy (open any page in a browser), then run again"
"""What to do after a 511, by which a proxy or a login page asks for that."""

NEXT_STEPS = {
    "API_KEY_REQUIRED": "something on the way removed the key: run `pulumi-userplane doctor`, which shows the proxy",
    "API_KEY_INVALID": f"the key is unknown or was revoked: create one at {DASHBOARD_KEYS}; {SET_NEW_KEY}",
    "API_KEY_EXPIRED": f"the key has expired: create one at {DASHBOARD_KEYS}; {SET_NEW_KEY}",
    "API_KEY_DISABLED": f"the key is disabled: enable it, or create one at {DASHBOARD_KEYS}; {SET_NEW_KEY}",
    "NOT_A_MEMBER": "the key's owner is not a member of this workspace: check the workspace id, or invite the owner",
    "FORBIDDEN": "the key's owner may not do this in this workspace: ask an admin of the workspace for a role that "
    "may, or use an admin's key",
    "LINK_NOT_FOUND": "no link has this id in this workspace: check the link id and the workspace id",
    "LINK_GONE": "the link was deleted: its address no longer works",
    "LINK_DELETE_FORBIDDEN": "only the link's creator, an admin or the owner can delete it: use the key of one of them",
    "PLAN_LIMIT_EXCEEDED": "the plan's quota of links is used up, and no link was created: upgrade the plan",
    "LINK_DEFAULT_PROJECT_NOT_FOUND": "the workspace has no default project: set project_id=",
    "LINK_PROJECT_DELETED": "the project was deleted: restore it in the dashboard, or set another project_id=",
    "PROJECT_NOT_FOUND": "no project has this id in this workspace: check project_id",
    "PROJECT_GONE": "the project was deleted: restore it in the dashboard within 3 days",
    "WORKSPACE_NOT_FOUND": "no workspace has this id: check the workspace id",
    "WORKSPACE_GONE": "the workspace was deleted: check the workspace id",
    "RATE_LIMITED": "the user's limit of 120 requests a minute or 10,000 a day is used up: wait, then run again",
}

_BY_STATUS = {
    400: "change what the server names, then run again",
    401: f"check the key, or create one at {DASHBOARD_KEYS}; {SET_NEW_KEY}",
    403: "ask an admin of the workspace for access",
    404: "without the code LINK_NOT_FOUND it proves no deletion: check the base URL and the workspace id",
    410: "without the code LINK_GONE it proves no deletion: check the workspace and the project",
    429: NEXT_STEPS["RATE_LIMITED"],
    511: SIGN_IN,
}


def steps(*parts: str) -> str:
    """Joins several next steps; parts may be empty."""
    return "; ".join(part for part in parts if part)


def list_advice() -> frozenset[str]:
    """Returns all advice that the responses of the server have, each with what explains its code."""
    return frozenset(
        steps(next_step(status, code), name_explanation(code))
        for status in {*ERROR_CODES, *_BY_STATUS}
        for code in {*ERROR_CODES.get(status, ()), ""}
    )


def next_step(status: int, code: str) -> str:
    """Returns what to do about a response with this status and code."""
    if code in NEXT_STEPS:
        return NEXT_STEPS[code]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return "Userplane has a problem of its own: run again in a few minutes" if status >= 500 else _BY_STATUS[400]


def name_explanation(code: str) -> str:
    """Returns the words that name the command which explains a code; empty for a code that is not documented."""
    return f"more: `pulumi-userplane explain {code}`" if code in DOCUMENTED_CODES else ""
