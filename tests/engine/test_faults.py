"""Faults between the engine and Userplane, as the terminal shows them; the state survives all of them."""

import re

from pulumi_userplane.emulator import Emulator
from tests.engine.stack import HOST_TRACEBACK, Stack

LINK = {"domain_id": "dom_app", "project_id": "prj_onboarding", "link_title": "Help"}


def test_refresh_keeps_state_when_deletion_is_not_proved(stack: Stack) -> None:
    stack.declare(help=LINK)
    stack.deploy()
    created = stack.links()["help"]

    def refused(says: str, **environ: str) -> None:
        output = stack.refresh(code=1, **environ)
        # An older host puts words of its own before the error.
        before = r"error: (Exception calling application: )?"
        line = rf'{before}read of recording link "pulumi:p/dev/help" \({created["id"]}\) failed: .*{says}'
        assert re.search(line, output), output
        assert HOST_TRACEBACK not in output

    # What fails for a moment is tried again; a server that asks for more than a minute is not waited for.
    long = {"Retry-After": "90"}
    stack.userplane.fault(path="/links/", answer="status", status=500, code="INTERNAL_SERVER_ERROR", headers=long)
    refused("500 INTERNAL_SERVER_ERROR")
    stack.userplane.fault(path="/links/", answer="html")
    refused("HTML")
    with Emulator(api_key=stack.userplane.api_key) as another:
        refused(
            f"{another.base_url} does not know it .*{stack.userplane.base_url}", USERPLANE_BASE_URL=another.base_url
        )
    stack.userplane.delete_project("prj_onboarding")
    refused("its project prj_onboarding was deleted .*the state is kept")

    assert {method for method, _ in stack.sent()} == {"GET"}
    kept = stack.links()["help"]
    assert (kept["inputs"], kept["outputs"]) == (created["inputs"], created["outputs"])
    stack.userplane.restore_project("prj_onboarding")
    stack.pulumi("refresh", "--preview-only", "--expect-no-changes")


def test_preview_names_every_wrong_input_at_once(stack: Stack) -> None:
    secret = "s3cret" * 50
    wrong = {"link_title": secret, "link_provider_type": "zendesc", "link_reusable": "yes", "project_id": ".."}
    stack.declare(help={**LINK, **wrong})

    output = stack.preview(code=1)

    for line in (
        "project_id: is not an id",
        "link_title: is 300 characters long; the limit is 255",
        "link_provider_type: is not one of the 28 provider types; did you mean 'zendesk'?",
        "link_reusable: must be true or false, not text",
    ):
        assert line in output
    assert secret not in output
    assert stack.sent() == []


def test_next_run_completes_write_when_it_failed_with_one_line(stack: Stack) -> None:
    stack.declare(help=LINK)
    stack.userplane.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")

    output = stack.up(code=1)

    failed = r'creation of recording link "pulumi:p/dev/help" .* failed at step 2 of 2, the PUT of link_title: '
    line = f"error: (Exception calling application: )?{failed}403 FORBIDDEN .*; the new link was deleted again"
    assert re.search(line, output), output
    assert HOST_TRACEBACK not in output
    assert stack.live() == {}
    assert "1 created" in stack.up()
    assert [link["linkTitle"] for link in stack.live().values()] == ["Help"]
