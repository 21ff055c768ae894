"""Which account the provider uses in the engine, and that no change of account changes a link."""

import re

import yaml

from tests.engine.stack import CANARY, HOST_TRACEBACK, LINK_TYPE, Stack

LINK = "userplane.RecordingLink('help', domain_id='dom_help', link_title='Help'{opts})"


def test_up_keeps_keys_encrypted_when_program_has_two_accounts(stack: Stack) -> None:
    stack.pulumi("config", "set", "--secret", "memberKey", "uspl_demo_member")
    stack.program("""
        admin = userplane.Provider("admin", api_key="uspl_demo_admin")
        member = userplane.Provider("member", api_key=pulumi.Config().require_secret("memberKey"))
        owner = userplane.Provider("owner")
        for account in (admin, member, owner):
            name = account._name
            userplane.RecordingLink(name, domain_id="dom_help", opts=pulumi.ResourceOptions(provider=account))
            domain = userplane.get_domain_output(url="help.acme.example", provider=account)
            pulumi.export(name, domain.apply(lambda found: found.domain_id))
        pulumi.export("plain", userplane.get_domain(url="help.acme.example", provider=admin).domain_id)
    """)

    output = stack.up()

    makers = {link["creator"]["workspaceMemberId"] for link in stack.live().values()}
    assert makers == {"mem_admin", "mem_member", "mem_owner"}
    assert re.findall(r"(admin|member|owner|plain) *: (.*)", output) == [
        ("admin", '"dom_help"'),
        # What a secret led to is a secret.
        ("member", "[secret]"),
        ("owner", '"dom_help"'),
        ("plain", '"dom_help"'),
    ]
    # "uspl_demo_admin" is in the program's own text, and may be nowhere in the state.
    assert "uspl_demo_" not in stack.state
    accounts = [resource for resource in stack.resources() if resource["type"] == "pulumi:providers:pulumi-python"]
    keys = {
        resource["urn"].split("::")[-1]: resource.get("inputs", {}).get("userplane:apiKey", {}) for resource in accounts
    }
    assert {name for name, key in keys.items() if "ciphertext" in key} == {"admin", "member"}
    (stack.folder / "__main__.py").unlink()
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert stack.live() == {}


def test_up_changes_no_link_when_account_is_given_another_way(stack: Stack) -> None:
    stack.pulumi("config", "set", "--secret", "userplane:apiKey", CANARY)
    stack.program(LINK.format(opts=""))
    stack.up(USERPLANE_API_KEY="")
    [created] = stack.live()
    stack.sent()

    def end_the_first_key() -> None:
        stack.userplane.set_key_state(CANARY, "expired")
        stack.refresh(USERPLANE_API_KEY="")
        stack.userplane.set_key_state(CANARY, "valid")
        stack.sent()

    account = "userplane.Provider('account', api_key='uspl_demo_admin')"
    for program, change in (
        (LINK.format(opts=", opts=pulumi.ResourceOptions(provider=userplane.Provider('account'))"), "1 created"),
        (LINK.format(opts=f", opts=pulumi.ResourceOptions(provider={account})"), "1 updated"),
        (
            LINK.format(opts=f", opts=pulumi.ResourceOptions(provider={account.replace('account', 'other')})"),
            "1 created",
        ),
        (LINK.format(opts=""), "1 deleted"),
    ):
        stack.program(program)
        assert change in (output := stack.up(USERPLANE_API_KEY=""))
        assert "RecordingLink" not in output
        assert stack.sent() == []
        if change == "1 updated":
            end_the_first_key()
    assert list(stack.live()) == [created]
    assert stack.links()["help"]["type"] == LINK_TYPE


def test_up_moves_no_link_when_only_setting_names_another_workspace(stack: Stack) -> None:
    stack.program(LINK.format(opts=""))
    stack.deploy()

    by_environment = stack.preview(code=1, USERPLANE_WORKSPACE_ID="ws_other")
    stack.pulumi("config", "set", "userplane:workspaceId", "ws_other")
    by_config = stack.up(code=1)

    for output in (by_environment, by_config):
        assert "workspace_id: the link is in workspace ws_demo, but the settings name ws_other" in output
        assert 'to move it (to a new address) write workspace_id="ws_other"' in output
    assert stack.sent() == []


def test_preview_names_three_ways_to_set_key_when_key_is_missing(stack: Stack) -> None:
    stack.program(LINK.format(opts=""))

    output = stack.preview(code=1, USERPLANE_API_KEY="")

    [line] = [line for line in output.splitlines() if "no API key" in line]
    for way in ("`pulumi config set --secret userplane:apiKey`", "USERPLANE_API_KEY", "api_key= of userplane.Provider"):
        assert way in line
    assert HOST_TRACEBACK not in output


def test_links_and_look_ups_use_mapped_account_when_default_providers_are_disabled(stack: Stack) -> None:
    settings = stack.folder / "Pulumi.dev.yaml"
    disabled = {"config": {"pulumi:disable-default-providers": ["pulumi-python"]}}
    settings.write_text(yaml.safe_dump({**yaml.safe_load(settings.read_text("utf-8")), **disabled}), encoding="utf-8")
    stack.program("""
        opts = pulumi.ResourceOptions(env_var_mappings={"ACME_KEY": "USERPLANE_API_KEY"})
        account = userplane.Provider("account", opts=opts)
        pulumi.export("user", userplane.get_user(provider=account).id)
        userplane.RecordingLink("help", domain_id="dom_help", opts=pulumi.ResourceOptions(provider=account))
    """)

    output = stack.up(ACME_KEY="uspl_demo_member")

    assert re.findall(r"user *: (.*)", output) == ['"usr_member"']
    assert [link["creator"]["workspaceMemberId"] for link in stack.live().values()] == ["mem_member"]

    stack.program("userplane.get_user()")

    output = stack.preview(code=1)

    [line] = [line for line in output.splitlines() if "a look-up would use the stack's own account" in line]
    assert line.endswith("give the look-up provider= with a userplane.Provider")
