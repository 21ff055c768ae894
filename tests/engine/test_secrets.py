"""What a program marks as secret, and the API key, are in no state, preview or error of the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from tests.engine.stack import CANARY
from tests.engine.yaml_stack import describe_link

if TYPE_CHECKING:
    from tests.engine.yaml_stack import YamlStack

TITLE, DRIFTED, TOKEN, MARK = "Quarterly layoffs", "Edited layoffs", "token-4711", "hidden-mark"
SECRETS = (TITLE, DRIFTED, TOKEN, MARK)
SECOND, THIRD = "uspl_demo_member", "uspl_demo_admin"


def _secret(value: str) -> dict[str, str]:
    return {"fn::secret": value}


def _check(stack: YamlStack, *secrets: str) -> None:
    """Asserts that these are in nothing that the CLI has printed so far, and not in the state."""
    for text in (stack.state, *stack.printed):
        assert [secret for secret in secrets if secret in text] == [], text


def test_secrets_of_links_stay_secret(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    meta = {"team": "x", "token": _secret(TOKEN)}
    links: dict[str, dict[str, Any]] = {
        "help": {"domain_id": "dom_help", "link_title": _secret(TITLE), "meta": meta},
        "marked": {"domain_id": "dom_help", "mark": _secret(MARK)},
    }
    stack.declare(**links)

    stack.pulumi("up", "--yes", "--diff")

    [made] = [link for link in stack.live().values() if link["linkTitle"]]
    assert (made["linkTitle"], made["meta"]) == (TITLE, {"team": "x", "token": TOKEN})
    held = stack.links()
    assert held["help"]["outputs"]["meta"]["team"] == "x"
    # The reference of the new link begins with the mark.
    assert "ciphertext" in held["marked"]["outputs"]["linkProviderRef"]

    stack.userplane.edit_link(held["help"]["id"], linkTitle=DRIFTED, meta={"team": "y", "token": TITLE})
    stack.userplane.delete_link(held["marked"]["id"])
    output = stack.refresh("--diff")
    assert "~ linkTitle: [secret] => [secret]" in output
    assert f'recording link "[secret]" ({held["marked"]["id"]}) was deleted outside Pulumi' in output
    preview = stack.pulumi("preview", "--json")
    assert '"team": "x"' in preview

    refusal: dict[str, Any] = {"answer": "status", "status": 400, "code": "BAD_REQUEST"}
    stack.userplane.fault(method="PUT", message=f"not '{TITLE}' for '{DRIFTED}', nor {TOKEN}", **refusal)
    stack.userplane.fault(method="POST", message=f"not {MARK}", **refusal)
    output = stack.up("--diff", "--continue-on-error", code=1)
    assert 'creation of recording link "[secret]" failed: 400 BAD_REQUEST "not [secret]"' in output
    assert "failed: 400 BAD_REQUEST \"not '[linkTitle]' for '[linkTitle]', nor [meta]\"" in output
    _check(stack, *SECRETS)


def test_key_stays_out_of_state_and_output_however_it_is_given(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    del stack.env["USERPLANE_API_KEY"]
    link = {"domain_id": "dom_help", "link_title": "Help"}
    stack.declare(help=link)
    stack.configure({"userplane:apiKey": CANARY})

    stack.pulumi("up", "--yes", "--diff")

    settings = stack.folder / "Pulumi.dev.yaml"
    written = yaml.safe_load(settings.read_text(encoding="utf-8"))
    written["config"]["userplane:apiKey"] = SECOND
    settings.write_text(yaml.safe_dump(written), encoding="utf-8")
    # Nothing of a link depends on the key.
    stack.pulumi("up", "--yes", "--diff", "--refresh")
    account = {"type": "pulumi:providers:userplane", "properties": {"apiKey": THIRD}}
    links = dict.fromkeys(("help", "new"), describe_link(link, {"provider": "${account}"}))
    stack.define(resources={"account": account, **links})
    stack.pulumi("up", "--yes", "--diff")

    makers = [link["creator"]["workspaceMemberId"] for link in stack.live().values()]
    assert makers == ["mem_owner", "mem_admin"]
    keys = [resource["inputs"]["apiKey"] for resource in stack.resources() if "providers:" in resource["type"]]
    assert [key for key in keys if "ciphertext" not in key] == []
    _check(stack, CANARY, SECOND, THIRD)
