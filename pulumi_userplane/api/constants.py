"""Userplane's address, provider types and limits of fields, as documented, and the limits that this package adds."""

DEFAULT_BASE_URL = "https://api.userplane.io/api/v1"
"""The address of Userplane's API.

It is `.io`, as in Userplane's present documentation and its own clients. Older pages print `api.userplane.com`, a name
that an unrelated, older product used: a key must never go there by default.
"""

PROVIDER_TYPES = (
    "intercom",
    "zendesk",
    "hubspot",
    "freshdesk",
    "freshchat",
    "jira_service_management",
    "helpscout",
    "happyfox",
    "ada",
    "forethought",
    "servicenow",
    "front",
    "zoho_desk",
    "crisp",
    "pylon",
    "plain",
    "asana",
    "azure_devops",
    "clickup",
    "github",
    "gitlab",
    "jira",
    "linear",
    "notion",
    "sentry",
    "slack",
    "web",
    "others",
)
"""The values of `linkProviderType` (https://docs.userplane.io/api/links/update-link)."""

ERROR_CODES = {
    400: {"WORKSPACE_SEARCH_TERM_REQUIRED", "WORKSPACE_SEARCH_TYPE_INVALID"},
    401: {"API_KEY_REQUIRED", "API_KEY_INVALID", "API_KEY_EXPIRED"},
    403: {
        "API_KEY_DISABLED",
        "NOT_A_MEMBER",
        "FORBIDDEN",
        "LINK_DELETE_FORBIDDEN",
        "PLAN_LIMIT_EXCEEDED",
        "RECORDING_DELETE_FORBIDDEN",
        "RECORDING_WORKSPACE_MISMATCH",
    },
    404: {
        "LINK_NOT_FOUND",
        "LINK_DEFAULT_PROJECT_NOT_FOUND",
        "PROJECT_NOT_FOUND",
        "WORKSPACE_NOT_FOUND",
        "RECORDING_NOT_FOUND",
    },
    410: {"LINK_GONE", "LINK_PROJECT_DELETED", "PROJECT_GONE", "WORKSPACE_GONE", "RECORDING_GONE"},
    429: {"RATE_LIMITED"},
    500: {
        "LINK_CREATE_FAILED",
        "LINK_UPDATE_FAILED",
        "LINK_DELETE_FAILED",
        "RECORDING_DELETE_FAILED",
        "WORKSPACE_SEARCH_UNAVAILABLE",
    },
    503: {"SERVICE_UNAVAILABLE"},
}
"""The documented codes of each status. Userplane may have others, too."""

TITLE_LIMIT = 255
PROVIDER_ID_LIMIT = 255
PROVIDER_REF_LIMIT = 2048
META_LIMIT = 64 * 1024
"""The largest declared `meta`, in bytes of JSON as it is sent. It is this package's: Userplane documents none.

A page of the list holds 20 such links, and another writer may need 6 bytes for one of ours (`<` as `\\u003c`): such a
page still fits into `transport.MAX_RESPONSE_BYTES`.
"""

MAX_PER_MINUTE, MAX_PER_DAY = 100_000, 10_000_000
"""The largest rate limits that can be set: far more than Userplane allows, and few enough to be counted."""
