"""Errors of the plugin read as in the snapshot: one line each, at what they are about, in the program's spelling."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.engine.yaml_stack import describe_link

if TYPE_CHECKING:
    from tests.engine.yaml_stack import YamlStack

SNAPSHOT = Path(__file__).parent / "snapshots" / "errors-plugin.txt"
LINK: dict[str, Any] = {"domainId": "dom_help", "linkTitle": "Help"}
PROVIDER = "pulumi:providers:userplane"
WRONG: dict[str, Any] = {"requestsPerMinute": -1, "refresh": "fast", "baseUrl": "http://example.com"}
INPUTS = {"domainId": "..", "linkTitle": "x" * 300, "linkProviderType": "zendesc", "meta": {"a": "x" * 70_000}}
REFUSED: dict[str, dict[str, Any]] = {
    "no-such-domain": {"domainId": "dom_lost"},
    "no-such-link": {**LINK, "adopt": "lnk_lost"},
    "of-another-stack": {**LINK, "adopt": "lnk_other"},
    "title-refused": LINK,
}


def _errors(output: str) -> str:
    """Returns the errors by what they are about, in the order of the alphabet, without what the CLI adds to them."""
    diagnostics = output.partition("Diagnostics:\n")[2].partition("\nResources:")[0].partition("\nOutputs:")[0]
    own = re.sub(
        r"error: .* resource '.*' has a problem: ", "error: ", re.sub(r"lnk_[0-9a-f]{20}", "LINK", diagnostics)
    )
    blocks = [block for block in re.split(r"\n(?=  \S)", own) if "pulumi:pulumi:Stack" not in block]
    return "\n".join(line.strip() for block in sorted(blocks) for line in block.splitlines() if line.strip())


def test_errors_read_as_in_snapshot(yaml_stack: YamlStack) -> None:
    stack = yaml_stack
    shown: dict[str, str] = {}

    def run(title: str, *command: str) -> None:
        shown[title] = _errors(stack.pulumi(*command, "--parallel", "1", code=1))

    stack.declare(help=LINK)
    settings = stack.folder / "Pulumi.dev.yaml"
    before = settings.read_text(encoding="utf-8")
    config = {"userplane:requestsPerMinut": "60", "userplane:requestsPerMinute": "many", "userplane:refresh": "fast"}
    settings.write_text(yaml.safe_dump({**yaml.safe_load(before), "config": config}), encoding="utf-8")
    run("wrong settings of the stack", "preview")
    settings.write_text(before, encoding="utf-8")

    account = {"type": PROVIDER, "properties": WRONG}
    stack.define(resources={"account": account, "help": describe_link(LINK, {"provider": "${account}"})})
    run("wrong settings of a provider", "preview")

    stack.declare(help=INPUTS)
    run("wrong inputs", "preview")

    stack.userplane.add_link(
        linkId="lnk_other", domainId="dom_help", linkProviderReference="pulumi:shop/dev/help#0123abcd"
    )
    stack.userplane.fault(method="PUT", answer="status", status=403, code="FORBIDDEN", message="No.")
    stack.declare(**REFUSED)
    run("refusals of the server", "up", "--yes", "--skip-preview", "--continue-on-error")

    text = "\n".join(f"===== {title} =====\n{errors}" for title, errors in shown.items()) + "\n"
    if "WRITE_SNAPSHOTS" in os.environ:
        SNAPSHOT.write_text(text, encoding="utf-8")
    assert text == SNAPSHOT.read_text(encoding="utf-8")
