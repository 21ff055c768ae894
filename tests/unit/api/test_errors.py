"""The tree of errors: which class a response gets, what it proves and what it advises."""

import pytest

from pulumi_userplane.api.advice import DOCUMENTED_CODES, list_advice, steps
from pulumi_userplane.api.constants import ERROR_CODES
from pulumi_userplane.api.errors import (
    APIError,
    AuthenticationError,
    GoneError,
    NotFoundError,
    Operation,
    PermissionDeniedError,
    PlanLimitError,
    RateLimitError,
    ServerError,
    UserplaneError,
    api_error,
)

READ = Operation("read", 'recording link "Help" (lnk_1)')

# Every code that the API documents, with its status.
CODES = {
    "API_KEY_REQUIRED": 401,
    "API_KEY_INVALID": 401,
    "API_KEY_EXPIRED": 401,
    "API_KEY_DISABLED": 403,
    "NOT_A_MEMBER": 403,
    "FORBIDDEN": 403,
    "LINK_DELETE_FORBIDDEN": 403,
    "PLAN_LIMIT_EXCEEDED": 403,
    "RECORDING_DELETE_FORBIDDEN": 403,
    "RECORDING_WORKSPACE_MISMATCH": 403,
    "LINK_NOT_FOUND": 404,
    "LINK_DEFAULT_PROJECT_NOT_FOUND": 404,
    "PROJECT_NOT_FOUND": 404,
    "WORKSPACE_NOT_FOUND": 404,
    "RECORDING_NOT_FOUND": 404,
    "LINK_GONE": 410,
    "LINK_PROJECT_DELETED": 410,
    "PROJECT_GONE": 410,
    "WORKSPACE_GONE": 410,
    "RECORDING_GONE": 410,
    "RATE_LIMITED": 429,
    "LINK_CREATE_FAILED": 500,
    "LINK_UPDATE_FAILED": 500,
    "LINK_DELETE_FAILED": 500,
    "SERVICE_UNAVAILABLE": 503,
    "RECORDING_DELETE_FAILED": 500,
    "WORKSPACE_SEARCH_UNAVAILABLE": 500,
    "WORKSPACE_SEARCH_TERM_REQUIRED": 400,
    "WORKSPACE_SEARCH_TYPE_INVALID": 400,
}


def test_error_codes_are_the_documented_ones() -> None:
    assert {code: status for status, codes in ERROR_CODES.items() for code in codes} == CODES


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "", APIError),
        (401, "API_KEY_INVALID", AuthenticationError),
        (403, "FORBIDDEN", PermissionDeniedError),
        (403, "PLAN_LIMIT_EXCEEDED", PlanLimitError),
        (404, "LINK_NOT_FOUND", NotFoundError),
        (410, "LINK_GONE", GoneError),
        (418, "", APIError),
        (429, "RATE_LIMITED", RateLimitError),
        (500, "LINK_CREATE_FAILED", ServerError),
        (511, "", APIError),
        (599, "", ServerError),
    ],
)
def test_api_error_has_the_class_of_its_status(status: int, code: str, kind: type[APIError]) -> None:
    assert type(api_error(READ, status, code, "")) is kind


def test_proves_link_gone_is_true_for_two_codes_with_their_status_alone() -> None:
    proofs = [(status, code) for code in [*CODES, ""] for status in {*CODES.values()}]
    proved = {proof for proof in proofs if api_error(READ, *proof, "").proves_link_gone}
    assert proved == {(404, "LINK_NOT_FOUND"), (410, "LINK_GONE")}


def test_proves_project_gone_is_true_for_two_codes_with_their_status_alone() -> None:
    proofs = [(status, code) for code in [*CODES, ""] for status in {*CODES.values()}]
    proved = {proof for proof in proofs if api_error(READ, *proof, "").proves_project_gone}
    assert proved == {(404, "PROJECT_NOT_FOUND"), (410, "PROJECT_GONE")}


def test_api_error_has_its_own_advice_for_each_refusal_of_a_key_or_right() -> None:
    refusals = [code for code, status in CODES.items() if status in {401, 403} and "RECORDING" not in code]
    advice = {code: api_error(READ, CODES[code], code, "").next_step for code in refusals}
    general = {api_error(READ, status, "", "").next_step for status in (401, 403)}
    assert len(set(advice.values()) | general) == len(refusals) + 2
    assert "" not in advice.values()


@pytest.mark.parametrize("code", ["API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_DISABLED", "UNHEARD_OF"])
def test_api_error_says_where_to_create_a_key_when_one_is_refused(code: str) -> None:
    advice = api_error(READ, 403 if "DISABLED" in code else 401, code, "").next_step
    assert "https://dash.userplane.io/_/account?tab=developers" in advice
    assert "--run-program" in advice


@pytest.mark.parametrize("code", CODES)
def test_api_error_has_advice_for_every_documented_code(code: str) -> None:
    assert api_error(READ, CODES[code], code, "").next_step


@pytest.mark.parametrize("status", [402, 405, 409, 413, 422])
def test_api_error_has_advice_for_every_other_status(status: int) -> None:
    assert api_error(READ, status, "", "").next_step


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UserplaneError("it broke"), "it broke"),
        (UserplaneError("it broke", next_step="mend it"), "it broke; mend it"),
        (UserplaneError("it\nbroke", operation=READ), 'read of recording link "Help" (lnk_1) failed: it broke'),
        (
            api_error(Operation("update", "recording link\nlnk_1"), 400, "", "no\r\n title"),
            'update of recording link lnk_1 failed: 400 "no title"; change what the server names, then run again',
        ),
        (
            api_error(Operation("read", "it"), 410, "LINK_GONE", "Deleted."),
            (
                'read of it failed: 410 LINK_GONE "Deleted."; the link was deleted: its address no longer works; '
                "more: `pulumi-userplane explain LINK_GONE`"
            ),
        ),
    ],
)
def test_error_text_is_one_line_that_stands_alone(error: UserplaneError, line: str) -> None:
    assert str(error) == line


def test_steps_joins_all_that_are_not_empty() -> None:
    assert steps("wait", "", "run again") == "wait; run again"
    assert steps("") == ""


@pytest.mark.parametrize("code", CODES)
def test_error_with_a_documented_code_ends_by_naming_what_explains_it(code: str) -> None:
    error = api_error(READ, CODES[code], code, "")
    more = f"more: `pulumi-userplane explain {code}`"
    assert code in DOCUMENTED_CODES
    assert str(error) == f"{error.failure}; {error.next_step}; {more}"
    assert error.advice in list_advice()
    assert error.advise("") == more
    assert error.advise("wait") == f"wait; {more}"
    assert error.advise("wait") == f"wait; {more}"


@pytest.mark.parametrize("code", ["", "BAD_REQUEST", "LINK_GONE2", "link_gone"])
def test_error_with_another_code_names_no_command(code: str) -> None:
    error = api_error(READ, 410, code, "")
    assert code not in DOCUMENTED_CODES
    assert error.advice == error.next_step


def test_error_about_a_code_names_what_explains_it() -> None:
    error = UserplaneError("its project can't be read", next_step="restore it", code="PROJECT_GONE")
    assert str(error) == "its project can't be read; restore it; more: `pulumi-userplane explain PROJECT_GONE`"
