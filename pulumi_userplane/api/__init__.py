"""Userplane's REST API for Python programs, without Pulumi: `Client`, its models and its errors."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_userplane.api.client import Client, LinkFields
    from pulumi_userplane.api.errors import (
        AnswerLostError,
        APIError,
        AuthenticationError,
        BadAnswerError,
        BudgetError,
        ConfigurationError,
        GoneError,
        NotFoundError,
        NotSentError,
        PermissionDeniedError,
        PlanLimitError,
        ProxyError,
        RateLimitError,
        RedirectError,
        ServerError,
        SilenceError,
        TLSBrokenError,
        TLSError,
        TooLargeError,
        TransportError,
        UserplaneError,
    )
    from pulumi_userplane.api.models import Domain, Link, LinkHit, LinkPage, Me, Member, Project, Workspace
    from pulumi_userplane.api.vocabulary import DEFAULT_BASE_URL, PROVIDER_TYPES

# A Pulumi program that only declares links must not pay for requests and pydantic: names are loaded when asked for.
_HOMES = {
    "client": ("Client", "LinkFields"),
    "errors": (
        "APIError",
        "AnswerLostError",
        "AuthenticationError",
        "BadAnswerError",
        "BudgetError",
        "ConfigurationError",
        "GoneError",
        "NotFoundError",
        "NotSentError",
        "PermissionDeniedError",
        "PlanLimitError",
        "ProxyError",
        "RateLimitError",
        "RedirectError",
        "ServerError",
        "SilenceError",
        "TLSBrokenError",
        "TLSError",
        "TooLargeError",
        "TransportError",
        "UserplaneError",
    ),
    "models": ("Domain", "Link", "LinkHit", "LinkPage", "Me", "Member", "Project", "Workspace"),
    "vocabulary": ("DEFAULT_BASE_URL", "PROVIDER_TYPES"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def _loaded(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


# A type checker knows the names from above, and would take any name at all for one from here.
if not TYPE_CHECKING:
    __getattr__ = _loaded

__all__ = [
    "DEFAULT_BASE_URL",
    "PROVIDER_TYPES",
    "APIError",
    "AnswerLostError",
    "AuthenticationError",
    "BadAnswerError",
    "BudgetError",
    "Client",
    "ConfigurationError",
    "Domain",
    "GoneError",
    "Link",
    "LinkFields",
    "LinkHit",
    "LinkPage",
    "Me",
    "Member",
    "NotFoundError",
    "NotSentError",
    "PermissionDeniedError",
    "PlanLimitError",
    "Project",
    "ProxyError",
    "RateLimitError",
    "RedirectError",
    "ServerError",
    "SilenceError",
    "TLSBrokenError",
    "TLSError",
    "TooLargeError",
    "TransportError",
    "UserplaneError",
    "Workspace",
]
