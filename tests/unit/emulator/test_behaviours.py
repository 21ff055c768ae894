"""The values that behaviours take and refuse, and how they go out as JSON."""

from typing import Any

import pytest
import requests

from pulumi_userplane.emulator import Behaviours, Emulator, EmulatorError
from pulumi_userplane.emulator.behaviours import validate_behaviours

CHANGED: dict[str, Any] = {
    "meta_key": "linkMeta",
    "meta_returned_as": "other",
    "meta_update": "merge",
    "meta_values": "text",
    "null_meta": "clear",
    "empty_meta": "refuse",
    "empty_text": "refuse",
    "null_text": "ignore",
    "trim_text": True,
    "title_length": "shorter",
    "provider_id_length": "longer",
    "reference_length": "cut",
    "created_reference_length": "cut",
    "left_out": "clear",
    "reference_after_update": "clear",
    "ignored_fields": ["linkTitle", "meta"],
    "unknown_fields": "refuse",
    "default_link_type": "file",
    "default_provider_type": "others",
    "default_reusable": True,
    "default_title": "text",
    "default_provider_id": "empty",
    "default_meta": "empty",
    "created_status": 201,
    "updated_status": 202,
    "refused_status": 422,
    "refused_input": {"errors": [{"text": "…"}], "count": 1, "more": None},
    "unverified_domain": "409 DOMAIN_NOT_VERIFIED",
    "unknown_domain": "404",
    "unknown_project": "taken",
    "second_delete": "input",
    "list_order": "title",
    "links_per_page": 50,
    "projects_per_page": "take",
    "domains_per_page": "refuse",
    "members_per_page": 10,
    "listed_at_once": False,
    "search_reference": "beginning",
    "date_header": False,
    "rate_headers": ["x-ratelimit-limit", "x-ratelimit-reset"],
    "retry_after": False,
    "rate_limit": 120,
    "daily_limit": 10_000,
}
"""Each behaviour with another value than its default."""


def test_every_behaviour_goes_in_and_out_as_json_when_it_is_changed(emulator: Emulator) -> None:
    assert list(CHANGED) == list(Behaviours.model_fields)
    defaults = Behaviours().model_dump(mode="json")
    assert not any(defaults[name] == value for name, value in CHANGED.items())
    reversed_sets = {name: CHANGED[name][::-1] for name in ("ignored_fields", "rate_headers")}
    response = requests.patch(f"{emulator.control_url}/switches", json={**CHANGED, **reversed_sets}, timeout=10)
    assert response.json() == CHANGED
    assert emulator.behaviours == validate_behaviours(CHANGED)
    response = requests.patch(f"{emulator.control_url}/switches", json=defaults, timeout=10)
    assert response.json() == defaults


WRONG: dict[str, list[Any]] = {
    "trim_text": ["yes", 1, None],
    "created_status": [199, 204, 205, 300, "201", True],
    "updated_status": [204, 205, 404],
    "refused_status": [399, 500, "400", 401, 403, 404, 408, 410, 429],
    "refused_input": ["html", [], None, 5, {"rate": float("nan")}],
    "unknown_project": [
        "404 ",
        "404 not_found",
        "200",
        "taken 1",
        "4040",
        "404 A\n",
        "404\n",
        "",
        404,
        f"404 {'A' * 65}",
        "600",
        "999 A",
        "399",
    ],
    "links_per_page": [0, -1, "20", True, 2.5, None],
    "default_link_type": ["", "Recording", "a" * 41, "a\n", None],
    "default_provider_type": ["x" * 256],
    "ignored_fields": [[5], "linkTitle", ["domainId"]],
    "rate_headers": [[f"x-ratelimit-{number}" for number in range(21)], "ratelimit-limit"],
    "rate_limit": [True],
    "daily_limit": [-1, True, "5"],
    "title_length": [255],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_behaviour_is_refused_when_its_value_is_wrong(emulator: Emulator, name: str, value: Any) -> None:
    with pytest.raises(EmulatorError, match=f"^The behaviour is wrong at {name}[.:]"):
        emulator.set_behaviours(**{name: value})
    assert emulator.behaviours == Behaviours()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("refused_status", 429, "429 means something else to every client; choose another status, such as 422."),
        ("ignored_fields", ["domainId"], "no link could be created without domainId."),
        ("rate_headers", ["Proxy-Status"], "proxy-status can't tell a limit, since clients read the response by it."),
        ("rate_headers", [f"x-ratelimit-{number}" for number in range(21)], "there can be 20 at most."),
        ("x\n" * 100, 1, "Extra inputs are not permitted."),
    ],
)
def test_wrong_behaviour_is_explained_in_one_plain_line(emulator: Emulator, name: str, value: Any, said: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        emulator.set_behaviours(**{name: value})
    label = name if name.isprintable() else f"{'x ' * 49}x…"
    assert str(caught.value) == f"The behaviour is wrong at {label}: {said}"
