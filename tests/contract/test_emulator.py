"""The emulator conforms to the OpenAPI description of the API, for generated requests and every documented response.

Requests go over HTTP, with `--fast` to the application in this process.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import CHECKS
from schemathesis.python.asgi import get_client

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.emulator.admin import Admin
from pulumi_userplane.emulator.app import BASE_PATH, create_app
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import validate_behaviours
from pulumi_userplane.emulator.seed import API_KEY, read_seed

DESCRIPTION: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("userplane-openapi.yaml").read_text())
LINKS = "/public/workspace/{workspaceId}/links"
LINK = f"{LINKS}/{{linkId}}"
LINK_IDS = ("lnk_first", "lnk_second")
ARRAYS = {"created_by", "project_id", "domain_id"}
QUERY_NAMES = ARRAYS | {
    *("page", "per_page", "include_workspace_membership", "status", "sort_by", "sort_direction"),
    *("q", "type", "limit"),
}


def describe(meta_key: str) -> dict[str, Any]:
    """Returns the description for one `meta_key`, with existing ids wherever a request names one."""
    description = deepcopy(DESCRIPTION)
    other = "linkMeta" if meta_key == "meta" else "meta"
    schemas, parameters = description["components"]["schemas"], description["components"]["parameters"]
    for name in ("LinkCreate", "LinkUpdate"):
        del schemas[name]["properties"][other]
    schemas["LinkCreate"]["properties"]["domainId"] = {"enum": ["dom_help", "dom_app"]}
    schemas["LinkCreate"]["properties"]["projectId"] = {"enum": ["prj_default", "prj_onboarding"]}
    parameters["WorkspaceId"]["schema"] = {"enum": ["ws_demo"]}
    parameters["LinkId"]["schema"] = {"enum": list(LINK_IDS)}
    project = description["paths"]["/public/workspace/{workspaceId}/projects/{projectId}"]
    project["parameters"][1]["schema"] = {"enum": ["prj_default", "prj_onboarding"]}
    # Every generated request has a working key; keys that don't work are tested below.
    del description["security"]
    return description


META = schemathesis.openapi.from_dict(describe("meta"))
LINK_META = schemathesis.openapi.from_dict(describe("linkMeta"))
SEED = {"links": [{"linkId": link_id, "domainId": "dom_help"} for link_id in LINK_IDS]}
# As many as the profile says, but no more than 15.
generated = settings(
    max_examples=min(settings.default.max_examples, 15),  # type: ignore[union-attr] # a profile is loaded
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Userplane:
    """An emulator and how to reach it.

    Attributes:
        admin: What changes it from outside the API.
        base_url: The address of its API.
        session: Sends the requests; None opens a connection for each.
    """

    admin: Admin
    base_url: str
    session: requests.Session | None = None

    def request(self, method: str, path: str, key: str, body: object = None) -> requests.Response:
        send = self.session.request if self.session else requests.request
        return send(method, f"{self.base_url}{path}", headers=bearer(key), json=body, timeout=10)


@pytest.fixture(scope="module")
def _shared_userplane(pytestconfig: pytest.Config) -> Iterator[Userplane]:
    if pytestconfig.getoption("--fast"):
        backend = Backend(read_seed(SEED), None, API_KEY, validate_behaviours({"meta_values": "strings"}))
        app: Any = create_app(backend, lambda _scope: None)  # schemathesis has its own words for the same types
        with get_client(app) as session:
            yield Userplane(Admin(backend), f"http://127.0.0.1{BASE_PATH}", session)
        backend.close()
    else:
        with Emulator(seed=SEED, meta_values="strings") as running:
            yield Userplane(running, running.base_url)


@pytest.fixture
def userplane(_shared_userplane: Userplane) -> Userplane:
    _shared_userplane.admin.reset()
    return _shared_userplane


@META.parametrize()
@generated
def test_response_conforms_when_request_is_generated_with_meta(case: Case[Any], userplane: Userplane) -> None:
    check(case, userplane)


@LINK_META.parametrize()
@generated
def test_response_conforms_when_request_is_generated_with_link_meta(case: Case[Any], userplane: Userplane) -> None:
    userplane.admin.set_behaviours(meta_key="linkMeta")
    check(case, userplane)


def check(case: Case[Any], userplane: Userplane) -> None:
    """Sends one generated request and checks the response against the description."""
    for link_id in LINK_IDS:
        userplane.admin.restore_link(link_id)
    # How the API treats unknown query parameters and what its 405 says is not documented.
    undocumented: Any = CHECKS.get_by_names(["allow_header_conformance"])
    if set(case.query or {}) - QUERY_NAMES:
        undocumented.append(CHECKS.get_one("negative_data_rejection"))
    # OpenAPI can't describe the form in which the API takes arrays.
    for name in ARRAYS & set(case.query or {}):
        if isinstance(case.query[name], list):
            case.query.update({f"{name}[{index}]": value for index, value in enumerate(case.query.pop(name))})
    case.call_and_validate(
        userplane.base_url,
        session=userplane.session,
        headers=bearer(API_KEY),
        excluded_checks=undocumented,
    )


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


Arrange = Callable[[Userplane], object]


def change_nothing(_: Userplane) -> None:
    """Leaves the emulator as it is."""


def fail_with(status: int, code: str) -> Arrange:
    """Scripts a response that no state of the emulator leads to."""
    return lambda userplane: userplane.admin.fault(answer="status", status=status, code=code)


def set_key(state: Any) -> Arrange:
    return lambda userplane: userplane.admin.set_key_state(API_KEY, state)


def exceed_rate_limit(userplane: Userplane) -> None:
    userplane.admin.set_behaviours(rate_limit=1)
    userplane.request("GET", "/public/me", API_KEY)


@dataclass(frozen=True)
class Expected:
    """One documented response and what leads to it."""

    status: int
    code: str | None = None
    arrange: Arrange = change_nothing
    key: str = API_KEY
    workspace: str = "ws_demo"
    link: str = LINK_IDS[0]
    body: dict[str, Any] | None = None


COMMON = [
    Expected(200),
    Expected(401, "API_KEY_INVALID", key="uspl_none"),
    Expected(401, "API_KEY_EXPIRED", set_key("expired")),
    Expected(403, "API_KEY_DISABLED", set_key("disabled")),
    Expected(403, "NOT_A_MEMBER", workspace="ws_other"),
    Expected(429, "RATE_LIMITED", exceed_rate_limit),
    Expected(503, "SERVICE_UNAVAILABLE", fail_with(503, "SERVICE_UNAVAILABLE")),
]
ONE_LINK = [
    Expected(404, "LINK_NOT_FOUND", link="lnk_none"),
    Expected(410, "LINK_GONE", lambda userplane: userplane.admin.delete_link(LINK_IDS[0])),
]
OWN = {
    ("GET", LINKS): [],
    ("POST", LINKS): [
        Expected(201, None, lambda userplane: userplane.admin.set_behaviours(created_status=201)),
        Expected(400, "BAD_REQUEST", body={"domainId": "dom_new"}),
        Expected(403, "PLAN_LIMIT_EXCEEDED", lambda userplane: userplane.admin.set_workspace("ws_demo", link_quota=0)),
        Expected(
            404, "LINK_DEFAULT_PROJECT_NOT_FOUND", lambda userplane: userplane.admin.delete_project("prj_default")
        ),
        Expected(
            410,
            "LINK_PROJECT_DELETED",
            lambda userplane: userplane.admin.delete_project("prj_onboarding"),
            body={"domainId": "dom_help", "projectId": "prj_onboarding"},
        ),
        Expected(500, "LINK_CREATE_FAILED", fail_with(500, "LINK_CREATE_FAILED")),
    ],
    ("GET", LINK): ONE_LINK,
    ("PUT", LINK): [
        *ONE_LINK,
        Expected(400, "BAD_REQUEST", body={"linkProviderType": "fax"}),
        Expected(500, "LINK_UPDATE_FAILED", fail_with(500, "LINK_UPDATE_FAILED")),
    ],
    ("DELETE", LINK): [
        *ONE_LINK,
        Expected(403, "LINK_DELETE_FORBIDDEN", key="uspl_demo_member"),
        Expected(500, "LINK_DELETE_FAILED", fail_with(500, "LINK_DELETE_FAILED")),
    ],
}
BODIES = {"POST": {"domainId": "dom_help"}, "PUT": {"linkTitle": "New"}}


@pytest.mark.parametrize("meta_key", ["meta", "linkMeta"])
@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [(method, path, expected) for (method, path), own in OWN.items() for expected in [*COMMON, *own]],
    ids=lambda value: str(value.code or value.status) if isinstance(value, Expected) else None,
)
def test_link_route_returns_documented_response_when_state_leads_to_it(
    userplane: Userplane, meta_key: Any, method: str, path: str, expected: Expected
) -> None:
    userplane.admin.set_behaviours(meta_key=meta_key)
    expected.arrange(userplane)
    body = expected.body or BODIES.get(method)
    response = userplane.request(
        method,
        path.format(workspaceId=expected.workspace, linkId=expected.link),
        expected.key,
        body and {**body, meta_key: {"a": "1"}},
    )
    assert (response.status_code, response.json().get("error")) == (expected.status, expected.code)
    schema = META if meta_key == "meta" else LINK_META
    schema[path][method].validate_response(response)


def test_documented_statuses_of_link_routes_are_all_tested() -> None:
    for (method, path), own in OWN.items():
        tested = {str(expected.status) for expected in [*COMMON, *own]}
        documented = DESCRIPTION["paths"][path][method.lower()]["responses"]
        assert {status for status in documented if status.isdigit()} <= tested
