"""The values that Userplane documents."""

from __future__ import annotations

from pulumi_userplane.api.constants import DEFAULT_BASE_URL, PROVIDER_TYPES
from pulumi_userplane.api.identifiers import validate_base_url


def test_default_base_url_is_userplanes() -> None:
    assert DEFAULT_BASE_URL == "https://api.userplane.io/api/v1"
    assert validate_base_url(DEFAULT_BASE_URL) == DEFAULT_BASE_URL


def test_provider_types_are_28_and_unique() -> None:
    assert len(set(PROVIDER_TYPES)) == len(PROVIDER_TYPES) == 28
