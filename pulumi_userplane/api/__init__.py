"""Userplane's REST API for Python programs, without Pulumi: `Client`, its models and its errors."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_userplane.api.client import Client
    from pulumi_userplane.api.constants import DEFAULT_BASE_URL, PROVIDER_TYPES
    from pulumi_userplane.api.errors import (
        APIError,
        AuthenticationError,
        CertificateError,
        ConfigurationError,
        ConnectError,
        GoneError,
        InvalidResponseError,
        LimitStoreError,
        LocalRateLimitError,
        NotFoundError,
        PermissionDeniedError,
        PlanLimitError,
        ProxyError,
        RateLimitError,
        RedirectError,
        ResponseLostError,
        ResponseTimeoutError,
        ResponseTooLargeError,
        RunCanceledError,
        ServerError,
        TLSConnectionError,
        TransportError,
        UserplaneError,
    )
    from pulumi_userplane.api.models import Domain, Link, LinkFields, LinkHit, LinkPage, Me, Member, Project, Workspace

# A Pulumi program that only declares links must not load requests and pydantic: a name is loaded at its first use.
_MODULES = {
    "client": ("Client",),
    "errors": (
        "APIError",
        "AuthenticationError",
        "CertificateError",
        "ConfigurationError",
        "ConnectError",
        "GoneError",
        "InvalidResponseError",
        "LimitStoreError",
        "LocalRateLimitError",
        "NotFoundError",
        "PermissionDeniedError",
        "PlanLimitError",
        "ProxyError",
        "RateLimitError",
        "RedirectError",
        "ResponseLostError",
        "ResponseTimeoutError",
        "ResponseTooLargeError",
        "RunCanceledError",
        "ServerError",
        "TLSConnectionError",
        "TransportError",
        "UserplaneError",
    ),
    "models": ("Domain", "Link", "LinkFields", "LinkHit", "LinkPage", "Me", "Member", "Project", "Workspace"),
    "constants": ("DEFAULT_BASE_URL", "PROVIDER_TYPES"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def _load(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


# A type checker knows the names from above; it would accept any name from here.
if not TYPE_CHECKING:
    __getattr__ = _load

__all__ = [
    "DEFAULT_BASE_URL",
    "PROVIDER_TYPES",
    "APIError",
    "AuthenticationError",
    "CertificateError",
    "Client",
    "ConfigurationError",
    "ConnectError",
    "Domain",
    "GoneError",
    "InvalidResponseError",
    "LimitStoreError",
    "Link",
    "LinkFields",
    "LinkHit",
    "LinkPage",
    "LocalRateLimitError",
    "Me",
    "Member",
    "NotFoundError",
    "PermissionDeniedError",
    "PlanLimitError",
    "Project",
    "ProxyError",
    "RateLimitError",
    "RedirectError",
    "ResponseLostError",
    "ResponseTimeoutError",
    "ResponseTooLargeError",
    "RunCanceledError",
    "ServerError",
    "TLSConnectionError",
    "TransportError",
    "UserplaneError",
    "Workspace",
]
