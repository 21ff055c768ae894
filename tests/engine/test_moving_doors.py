"""A stack moves from the dynamic provider to the plugin, and back, without a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.stack import LINK_TYPE, PLUGIN_LINK_TYPE
from tests.engine.yaml_stack import YamlStack, describe_link

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack, Templates

TITLE, TOKEN = "Quarterly layoffs", "token-4711"
DYNAMIC = f"""
def link(name, opts=None, **declared):
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_={PLUGIN_LINK_TYPE!r})])
    return userplane.RecordingLink(name, declared, pulumi.ResourceOptions.merge(opts, alias))

acme = userplane.Provider("acme", api_key="uspl_demo_admin")
"""
PLUGIN = f"""
from pulumi_userplane.property_names import to_camel_case_names

def link(name, opts=None, **declared):
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_={LINK_TYPE!r})])
    opts = pulumi.ResourceOptions.merge(opts, alias)
    return pulumi.CustomResource({PLUGIN_LINK_TYPE!r}, name, to_camel_case_names(declared), opts)

acme = pulumi.ProviderResource("userplane", "acme", {{"apiKey": "uspl_demo_admin"}})
"""
LINKS = f"""
team = pulumi.ComponentResource("acme:index:Team", "team")
title, token = map(pulumi.Output.secret, ({TITLE!r}, {TOKEN!r}))
link("secret", domain_id="dom_help", link_title=title, meta={{"token": token, "n": 5}})
link("child", pulumi.ResourceOptions(parent=team), domain_id="dom_help", link_reusable=True)
parent = link("parent", domain_id="dom_help", project_id="prj_default", link_provider_ref="REF-1")
link("grandchild", pulumi.ResourceOptions(parent=parent), domain_id="dom_help")
link("adopted", domain_id="dom_help", link_title="Old", adopt="lnk_old")
both = pulumi.ResourceOptions(ignore_changes=["link_title", "linkTitle"])
link("ignored", both, domain_id="dom_help", link_title="Kept", meta={{"n": 5}})
link("of-acme", pulumi.ResourceOptions(provider=acme), domain_id="dom_help")
"""


def _check_moved(stack: Stack, ids: dict[str, str]) -> None:
    """Asserts that the state has the same links under the other type, and that nothing was sent."""
    assert {name: link["id"] for name, link in stack.links().items()} == ids
    stack.preview("--expect-no-changes")
    assert stack.sent() == []
    assert ("__provider" in stack.state) == (stack.link_type == LINK_TYPE)
    assert [secret for secret in (TITLE, TOKEN) if secret in stack.state] == []


def test_links_move_to_the_plugin_and_back_without_a_request(stack: Stack) -> None:
    stack.userplane.add_link(linkId="lnk_old", domainId="dom_help", linkTitle="Old")
    stack.program(DYNAMIC + LINKS)
    stack.up()
    ids = {name: link["id"] for name, link in stack.links().items()}
    live = stack.live()
    stack.sent()

    stack.program(PLUGIN + LINKS)
    assert "~ 7 updated" in stack.up()

    stack.link_type = PLUGIN_LINK_TYPE
    _check_moved(stack, ids)
    stack.program(DYNAMIC + LINKS)
    assert "~ 7 updated" in stack.up()

    stack.link_type = LINK_TYPE
    _check_moved(stack, ids)
    assert stack.live() == live


def test_links_of_a_python_program_move_to_yaml_without_a_request(
    stack: Stack, tmp_path: Path, templates: Templates
) -> None:
    stack.program(f"""
        title = pulumi.Output.secret({TITLE!r})
        parent = userplane.RecordingLink("parent", domain_id="dom_help", link_title=title)
        opts = pulumi.ResourceOptions(parent=parent, provider=userplane.Provider("acme", api_key="uspl_demo_admin"))
        userplane.RecordingLink("child", domain_id="dom_help", meta={{"n": 5}}, opts=opts)
    """)
    stack.up()
    ids = {name: link["id"] for name, link in stack.links().items()}
    state = stack.state
    stack.sent()

    moved = YamlStack(tmp_path, stack.env, stack.userplane, templates)
    moved.state_file.write_text(state, encoding="utf-8")
    options = {"parent": "${parent}", "provider": "${acme}", "ignoreChanges": ["*"]}
    # The alias to the dynamic type is in the schema.
    moved.define(
        resources={
            "acme": {"type": "pulumi:providers:userplane", "properties": {"apiKey": "uspl_demo_admin"}},
            "parent": describe_link({"domain_id": "dom_help", "link_title": {"fn::secret": TITLE}}),
            "child": describe_link({"domain_id": "dom_app", "meta": {"n": 6}}, options),
        }
    )
    assert "~ 2 updated" in moved.up()

    _check_moved(moved, ids)
