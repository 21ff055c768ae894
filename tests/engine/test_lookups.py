"""Look-ups with the real CLI: what they return to a program and its outputs, and their requests."""

import json

from tests.engine.stack import CANARY, HOST_TRACEBACK, Stack

EACH = """
    found = {
        "domain": userplane.get_domain(url="help.acme.example"),
        "domains": userplane.get_domains(status="verified"),
        "project": userplane.get_project(default=True),
        "projects": userplane.get_projects(),
        "link": userplane.get_recording_link("lnk_old"),
        "links": userplane.get_recording_links(project_ids=["prj_onboarding"]),
        "workspaces": userplane.get_workspaces(),
        "members": userplane.get_members(),
        "user": userplane.get_user(),
    }
    late = pulumi.Output.from_input
    found_late = {
        "domain": userplane.get_domain_output(url=late("help.acme.example")),
        "domains": userplane.get_domains_output(status=late("verified")),
        "project": userplane.get_project_output(default=late(True)),
        "projects": userplane.get_projects_output(),
        "link": userplane.get_recording_link_output(late("lnk_old")),
        "links": userplane.get_recording_links_output(project_ids=[late("prj_onboarding")]),
        "workspaces": userplane.get_workspaces_output(),
        "members": userplane.get_members_output(),
        "user": userplane.get_user_output(),
    }
    pulumi.export("found", found)
    pulumi.export("late", found_late)
    new = userplane.RecordingLink(
        "new",
        domain_id=found["link"].domain_id,
        project_id=found_late["project"].project_id,
        link_title=pulumi.Output.concat("As ", found_late["link"].link_title),
    )
    pulumi.export("new", new.link_title)
"""


def test_look_up_and_its_output_form_return_same_values_with_one_request(stack: Stack) -> None:
    stack.userplane.add_link(
        linkId="lnk_old", domainId="dom_app", projectId="prj_onboarding", linkTitle="Old", meta={"team": "x"}
    )
    stack.program(EACH)
    stack.preview()
    asked = sorted(stack.log.paths())
    assert asked == [
        "/me",
        "/workspace/ws_demo/domains",
        "/workspace/ws_demo/links",
        "/workspace/ws_demo/links/lnk_old",
        "/workspace/ws_demo/members",
        "/workspace/ws_demo/projects",
        "/workspaces",
    ]

    stack.up()

    outputs = json.loads(stack.pulumi("stack", "output", "--json"))
    found = outputs["found"]
    assert outputs["late"] == found
    assert outputs["new"] == "As Old"
    assert found["domain"] == {"domain_id": "dom_help", "url": "help.acme.example", "status": "verified"}
    assert [domain["domain_id"] for domain in found["domains"]] == ["dom_help", "dom_app"]
    assert found["project"] == {"project_id": "prj_default", "title": "Acme Support", "is_default": True}
    assert [project["title"] for project in found["projects"]] == ["Acme Support", "Onboarding"]
    assert found["links"] == [found["link"]]
    assert found["link"]["link_title"] == "Old"
    assert found["link"]["meta"] == {"team": "x"}
    assert found["link"]["domain"] == {"domain_id": "dom_app", "url": "app.acme.example", "status": "verified"}
    assert found["workspaces"] == [{"workspace_id": "ws_demo", "name": "Acme Support"}]
    assert [member["workspace_role"] for member in found["members"]] == ["owner", "admin", "member", "member"]
    assert found["user"] == {"id": "usr_owner", "name": "Ines Calder", "email": "ines@acme.example"}
    stack.preview("--expect-no-changes")


def test_look_up_fails_with_one_line_when_nothing_matches(stack: Stack) -> None:
    stack.program("userplane.get_recording_link('lnk_none')")

    output = stack.preview(code=1)

    assert "there is no recording link 'lnk_none' in workspace ws_demo (404 LINK_NOT_FOUND); there are none" in output
    assert "Traceback" not in output


def test_preview_fails_when_new_link_is_on_unverified_domain(stack: Stack) -> None:
    on = """
        domain = userplane.get_domain(domain_id={!r})
        userplane.RecordingLink("help", domain_id=domain.domain_id, link_title={!r})
    """
    stack.program(on.format("dom_new", "Help"))
    output = stack.preview(code=1)
    why = "domain new.acme.example (dom_new) is pending, and only a verified domain takes new links"
    assert f"domain_id: {why}" in output
    assert HOST_TRACEBACK not in output
    assert {method for method, _ in stack.sent()} == set()

    stack.program(on.format("dom_app", "Help"))
    stack.up()
    [created] = stack.live()
    stack.userplane.set_domain_status("dom_app", "revoked")
    stack.program(on.format("dom_app", "Changed"))
    stack.sent()
    assert "1 updated" in stack.up()
    assert stack.sent() == [("PUT", {"linkTitle": "Changed"})]
    recorded = stack.links()["help"]
    assert "__unverified" not in {*recorded["inputs"], *recorded["outputs"]}
    stack.userplane.set_domain_status("dom_app", "verified")
    stack.preview("--expect-no-changes")

    # Only a new link gets to another domain.
    stack.program(on.format("dom_new", "Changed"))
    assert why in stack.preview(code=1)
    assert why in stack.up(code=1)
    assert list(stack.live()) == [created]
    assert stack.sent() == []
    assert CANARY not in output
