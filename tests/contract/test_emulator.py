"""The emulator against the OpenAPI description of the API: generated requests, and every documented answer.

They go over HTTP, with `--fast` to the application in this process.
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
from pulumi_userplane.emulator.admin import Admin, validate_behaviours
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.seed import API_KEY, read_seed
from pulumi_userplane.emulator.server import BASE_PATH, create_app

DESCRIPTION: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("userplane-openapi.yaml").read_text())
LINKS = "/public/workspace/{workspaceId}/links"
LINK = f"{LINKS}/{{linkId}}"
LINK_IDS = ("lnk_first", "lnk_second")
ARRAYS = {"created_by", "project_id", "domain_id"}
QUERY_NAMES = ARRAYS | {
    *("page", "per_page", "include_workspace_membership", "status", "sort_by", "sort_direction"),
    *("q", "type", "limit"),
}


def described(meta_key: str) -> dict[str, Any]:
    """The description for one position of the switch, with ids that there are where a request names one."""
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


META = schemathesis.openapi.from_dict(described("meta"))
LINK_META = schemathesis.openapi.from_dict(described("linkMeta"))
SEED = {"links": [{"linkId": link_id, "domainId": "dom_help"} for link_id in LINK_IDS]}
# As many as the profile says, but no more than 15.
generated = settings(
    max_examples=min(settings.default.max_examples, 15),  # type: ignore[union-attr] # a profile is loaded
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Userplane:
    """An emulator, and the way to it.

    Attributes:
        hand: What is done to it by hand.
        base_url: Where it is.
        session: What brings requests there; None for a connection each.
    """

    hand: Admin
    base_url: str
    session: requests.Session | None = None

    def request(self, method: str, path: str, key: str, body: object = None) -> requests.Response:
        send = self.session.request if self.session else requests.request
        return send(method, f"{self.base_url}{path}", headers=bearer(key), json=body, timeout=10)


@pytest.fixture(scope="module")
def _running(pytestconfig: pytest.Config) -> Iterator[Userplane]:
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
def userplane(_running: Userplane) -> Userplane:
    _running.hand.reset()
    return _running


@META.parametrize()
@generated
def test_generated_requests_with_meta(case: Case[Any], userplane: Userplane) -> None:
    check(case, userplane)


@LINK_META.parametrize()
@generated
def test_generated_requests_with_link_meta(case: Case[Any], userplane: Userplane) -> None:
    userplane.hand.set_behaviours(meta_key="linkMeta")
    check(case, userplane)


def check(case: Case[Any], userplane: Userplane) -> None:
    """Send one generated request and judge the answer by the description."""
    for link_id in LINK_IDS:
        userplane.hand.restore_link(link_id)
    # Nobody knows what the API does with a query parameter of another name, or what its 405 says.
    unknown: Any = CHECKS.get_by_names(["allow_header_conformance"])
    if set(case.query or {}) - QUERY_NAMES:
        unknown.append(CHECKS.get_one("negative_data_rejection"))
    # The form in which the API takes arrays is none that OpenAPI has words for.
    for name in ARRAYS & set(case.query or {}):
        if isinstance(case.query[name], list):
            case.query.update({f"{name}[{index}]": value for index, value in enumerate(case.query.pop(name))})
    case.call_and_validate(
        userplane.base_url,
        session=userplane.session,
        headers=bearer(API_KEY),
        excluded_checks=unknown,
    )


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


Arrange = Callable[[Userplane], object]


def nothing(_: Userplane) -> None:
    """Leave the emulator as it is."""


def failing(status: int, code: str) -> Arrange:
    """An answer that no state of the emulator leads to."""
    return lambda userplane: userplane.hand.fault(answer="status", status=status, code=code)


def keyed(state: Any) -> Arrange:
    return lambda userplane: userplane.hand.set_key_state(API_KEY, state)


def limited(userplane: Userplane) -> None:
    userplane.hand.set_behaviours(rate_limit=1)
    userplane.request("GET", "/public/me", API_KEY)


@dataclass(frozen=True)
class Answer:
    """One documented answer and what leads to it."""

    status: int
    code: str | None = None
    arrange: Arrange = nothing
    key: str = API_KEY
    workspace: str = "ws_demo"
    link: str = LINK_IDS[0]
    body: dict[str, Any] | None = None


COMMON = [
    Answer(200),
    Answer(401, "API_KEY_INVALID", key="uspl_none"),
    Answer(401, "API_KEY_EXPIRED", keyed("expired")),
    Answer(403, "API_KEY_DISABLED", keyed("disabled")),
    Answer(403, "NOT_A_MEMBER", workspace="ws_other"),
    Answer(429, "RATE_LIMITED", limited),
    Answer(503, "SERVICE_UNAVAILABLE", failing(503, "SERVICE_UNAVAILABLE")),
]
ONE_LINK = [
    Answer(404, "LINK_NOT_FOUND", link="lnk_none"),
    Answer(410, "LINK_GONE", lambda userplane: userplane.hand.delete_link(LINK_IDS[0])),
]
OWN = {
    ("GET", LINKS): [],
    ("POST", LINKS): [
        Answer(201, None, lambda userplane: userplane.hand.set_behaviours(created_status=201)),
        Answer(400, "BAD_REQUEST", body={"domainId": "dom_new"}),
        Answer(403, "PLAN_LIMIT_EXCEEDED", lambda userplane: userplane.hand.set_workspace("ws_demo", link_quota=0)),
        Answer(404, "LINK_DEFAULT_PROJECT_NOT_FOUND", lambda userplane: userplane.hand.delete_project("prj_default")),
        Answer(
            410,
            "LINK_PROJECT_DELETED",
            lambda userplane: userplane.hand.delete_project("prj_onboarding"),
            body={"domainId": "dom_help", "projectId": "prj_onboarding"},
        ),
        Answer(500, "LINK_CREATE_FAILED", failing(500, "LINK_CREATE_FAILED")),
    ],
    ("GET", LINK): ONE_LINK,
    ("PUT", LINK): [
        *ONE_LINK,
        Answer(400, "BAD_REQUEST", body={"linkProviderType": "fax"}),
        Answer(500, "LINK_UPDATE_FAILED", failing(500, "LINK_UPDATE_FAILED")),
    ],
    ("DELETE", LINK): [
        *ONE_LINK,
        Answer(403, "LINK_DELETE_FORBIDDEN", key="uspl_demo_member"),
        Answer(500, "LINK_DELETE_FAILED", failing(500, "LINK_DELETE_FAILED")),
    ],
}
BODIES = {"POST": {"domainId": "dom_help"}, "PUT": {"linkTitle": "New"}}


@pytest.mark.parametrize("meta_key", ["meta", "linkMeta"])
@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [(method, path, answer) for (method, path), own in OWN.items() for answer in [*COMMON, *own]],
    ids=lambda value: str(value.code or value.status) if isinstance(value, Answer) else None,
)
def test_every_documented_answer_of_links(
    userplane: Userplane, meta_key: Any, method: str, path: str, expected: Answer
) -> None:
    userplane.hand.set_behaviours(meta_key=meta_key)
    expected.arrange(userplane)
    body = expected.body or BODIES.get(method)
    answer = userplane.request(
        method,
        path.format(workspaceId=expected.workspace, linkId=expected.link),
        expected.key,
        body and {**body, meta_key: {"a": "1"}},
    )
    assert (answer.status_code, answer.json().get("error")) == (expected.status, expected.code)
    schema = META if meta_key == "meta" else LINK_META
    schema[path][method].validate_response(answer)


def test_no_documented_status_of_links_is_left_out() -> None:
    for (method, path), own in OWN.items():
        seen = {str(answer.status) for answer in [*COMMON, *own]}
        documented = DESCRIPTION["paths"][path][method.lower()]["responses"]
        assert {status for status in documented if status.isdigit()} <= seen
