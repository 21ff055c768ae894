"""Which settings follow from what a probe has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.constants import PROVIDER_TYPES
from pulumi_userplane.cli.probe.findings import UNCLEAR
from pulumi_userplane.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_userplane.cli.probe.findings import Finding
    from pulumi_userplane.setting import Setting
    from pulumi_userplane.settings import Settings

_ITEMS_ON_A_PAGE = 20


def find_settings(findings: Iterable[Finding], settings: Settings) -> dict[str, tuple[Setting, str]]:
    """Returns the settings that should have another value, with it, by the id of the finding that says so.

    Args:
        findings: What was seen.
        settings: The settings as they are.
    """
    seen = {finding.id: finding.seen for finding in findings if not finding.not_tried and finding.seen != UNCLEAR}
    by_argument = {setting.argument: setting for setting in SETTINGS}
    return {unknown: (by_argument[argument], text) for unknown, argument, text in _find(seen, settings)}


def _find(seen: Mapping[str, Any], settings: Settings) -> Iterator[tuple[str, str, str]]:
    name = seen.get("meta_key", settings.meta_field)
    if name != settings.meta_field:
        yield "meta_key", "meta_field", name
    provider_type = seen.get("default_provider_type", PROVIDER_TYPES[0])
    if provider_type not in {*PROVIDER_TYPES, *settings.extra_provider_types}:
        yield "default_provider_type", "extra_provider_types", ",".join([*settings.extra_provider_types, provider_type])
    size = seen.get("links_per_page")
    if isinstance(size, int) and size < _ITEMS_ON_A_PAGE and settings.refresh != "single":
        yield "links_per_page", "refresh", "single"
    if settings.mark_links:
        # A mark proves nothing there; without marks a creation whose response is lost fails, and makes no second link.
        if "linkReference" in seen.get("ignored_fields", ()):
            yield "ignored_fields", "mark_links", "false"
        elif seen.get("listed_at_once") is False:
            yield "listed_at_once", "mark_links", "false"
