"""Programs use look-ups, subclasses, components, secrets and links that they do not manage."""

import json
from typing import Any

from tests.engine.stack import LINK_TYPE, Stack


def test_program_combines_subclasses_components_secrets_and_look_ups(stack: Stack) -> None:
    stack.program("""
        class HelpLink(userplane.RecordingLink):
            extra: pulumi.Output[str]

        class Desk(pulumi.ComponentResource):
            def __init__(self, name: str) -> None:
                shop = pulumi.ComponentResource("acme:Shop", "shop")
                super().__init__("acme:Desk", name, opts=pulumi.ResourceOptions(parent=shop))
                self.link = HelpLink("child", domain_id="dom_help", opts=pulumi.ResourceOptions(parent=self))
                self.register_outputs({})

        desk = Desk("desk")
        title = pulumi.Config().require_secret("title")
        address = desk.link.domain.url.apply(lambda bare: f"https://{bare}/")
        domain = userplane.get_domain_output(url=address)
        project = userplane.get_project_output(title=desk.link.project.title)
        hidden = userplane.RecordingLink(
            "hidden",
            userplane.RecordingLinkArgs(
                domain_id=domain.apply(lambda found: found.domain_id),
                project_id=project.apply(lambda found: found.project_id),
                link_title=title,
                meta={"n": 5, "deep": {"token": title}},
            ),
        )
        pulumi.export("creator", hidden.creator.name)
        pulumi.export("kind", desk.link.domain.apply(lambda domain: type(domain).__name__))
    """)
    stack.pulumi("config", "set", "--secret", "title", "t0p s3cret")

    output = stack.up()

    assert 'creator: "Ines Calder"' in output
    assert 'kind   : "LinkDomain"' in output
    [child, hidden] = [stack.links()[name] for name in ("child", "hidden")]
    assert child["type"] == hidden["type"] == LINK_TYPE
    assert "acme:Shop$acme:Desk$" in child["urn"]
    assert child["outputs"]["mark"] == "pulumi:p/dev/acme:Shop$acme:Desk$child"
    assert "t0p s3cret" not in "".join([output, json.dumps([child, hidden])])
    assert "ciphertext" in hidden["inputs"]["link_title"]
    assert "ciphertext" in hidden["outputs"]["link_title"]
    assert stack.live()[hidden["id"]]["linkTitle"] == "t0p s3cret"
    stack.refresh()
    stack.preview("--expect-no-changes")
    assert "t0p s3cret" not in "".join([*stack.printed, json.dumps(stack.links())])


def test_get_reads_unmanaged_link_and_fails_when_link_is_missing(stack: Stack) -> None:
    link_id = stack.userplane.add_link(domainId="dom_app", linkTitle="By hand")["linkId"]
    stack.program(f"""
        found = userplane.RecordingLink.get("found", {link_id!r})
        pulumi.export("title", found.link_title)
        pulumi.export("url", found.link_url)
        pulumi.export("domain", found.domain.url)
    """)

    output = stack.up()

    assert 'title : "By hand"' in output
    assert 'domain: "app.acme.example"' in output
    stack.pulumi("refresh", "--preview-only", "--expect-no-changes")
    stack.refresh()
    assert "link_title" not in stack.preview("--expect-no-changes", "--diff")
    assert {method for method, _ in stack.sent()} == {"GET"}
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert link_id in stack.live()

    stack.userplane.delete_link(link_id)
    output = stack.preview(code=1)
    assert f"read of recording link {link_id} failed: 410 LINK_GONE" in output


def test_refresh_completes_link_when_import_file_has_no_values(stack: Stack) -> None:
    link_id = stack.userplane.add_link(
        domainId="dom_app", projectId="prj_onboarding", linkTitle="By hand", linkReusable=True, meta={"team": "x"}
    )["linkId"]
    stack.declare(start={"domain_id": "dom_help"})
    stack.up()
    blob = {"__provider": stack.links()["start"]["inputs"]["__provider"]}
    entry = {"type": LINK_TYPE, "name": "old", "id": link_id, "inputs": blob, "outputs": blob}
    (stack.folder / "import.json").write_text(json.dumps({"resources": [entry]}), encoding="utf-8")
    values: dict[str, Any] = {
        "domain_id": "dom_app",
        "project_id": "prj_onboarding",
        "link_title": "By hand",
        "link_reusable": True,
        "link_provider_type": "web",
        "meta": {"team": "x"},
    }
    stack.declare(start={"domain_id": "dom_help"}, old=values)
    stack.sent()

    stack.pulumi("import", "--yes", "--file", "import.json", "--generate-code=false", "--protect=false")
    stack.refresh()
    stack.preview("--expect-no-changes")
    stack.declare(start={"domain_id": "dom_help"}, old={"domain_id": "dom_app"})
    assert "1 updated" in stack.up()

    assert {method for method, _ in stack.sent()} == {"GET"}
    assert link_id in stack.live()
