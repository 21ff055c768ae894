"""The policy pack of the examples on the real CLI: five programs are stopped by one line each, the sixth passes.

Each is only previewed; what the pack answers otherwise is in tests/host and tests/unit.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.engine.stack import Stack
    from tests.engine.yaml_stack import YamlStack

EXAMPLE = Path(__file__).parents[2] / "examples" / "policy"
CONFIG: dict[str, Any] = {
    "domain": {"domains": ["dom_help", "dom_app"]},
    "title": {"pattern": "[A-Z].+"},
    "meta": {"keys": ["team"]},
    "count": {"most": 2},
}
OLD_HOST = b"github.com/pulumi/pulumi/sdk/v3@v3.70.0/"
"""What the last Python host that can be built from Go modules has in it; it starts no policy packs."""


def add_pack(stack: Stack, config: Mapping[str, Any]) -> list[str]:
    """Puts the pack next to the program as its README says, and returns the README's command."""
    pack = stack.folder / "policy"
    shutil.copytree(EXAMPLE, pack, ignore=shutil.ignore_patterns("__pycache__"))
    # What the README has pip install.
    (pack / "venv").symlink_to(sys.prefix)
    (pack / "config.json").write_text(json.dumps(config), encoding="utf-8")
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^pulumi (preview .*)$", readme, re.MULTILINE)
    words = shlex.split(command)
    host = shutil.which("pulumi-language-python", path=stack.env["PATH"])
    assert host
    if OLD_HOST in Path(host).read_bytes():
        # The CLI also takes a program in the place of the folder, and starts that itself.
        start = pack / "start"
        start.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u -m pulumi.policy "$1" "{pack}"\n', encoding="utf-8")
        start.chmod(0o755)
        words[words.index("policy")] = str(start)
    return words


def violations(output: str) -> list[str]:
    """Returns what the CLI says of each violation: its level, its rule and its line."""
    _, _, policies = output.partition("\nPolicies:\n")
    policies, _, _ = policies.partition("\n\n")
    found = re.findall(r"^ +- \[(\w+)\]  (\w+)  \(.*\)\n((?: {10}.*\n?)+)", policies, re.MULTILINE)
    return sorted(f"{level} {rule}: {text.strip().splitlines()[-1].strip()}" for level, rule, text in found)


COUNT_ADVICE = "remove links from the program, or raise `most` in the configuration."
GOOD = "domain_id='dom_help', link_title='Help', meta={'team': 'payments'}"

# All that a policy could take for something else keeps the rules here.
PASSES = f"""
first = userplane.RecordingLink("first", {GOOD}, link_reusable=True, opts=pulumi.ResourceOptions(protect=True))
class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("shop:index:Team", name)
        inside = pulumi.ResourceOptions(parent=self)
        userplane.RecordingLink(
            "second",
            domain_id=pulumi.Output.secret("dom_help"),
            link_title=first.link_id,
            meta=pulumi.Output.secret({{"team": "s3cr3t"}}),
            opts=inside,
        )
Team("payments")
userplane.RecordingLink.get("looked-up", "lnk_support")
"""


@pytest.mark.parametrize(
    ("program", "rule", "line"),
    [
        (
            f"userplane.RecordingLink('a', {GOOD.replace('dom_help', 'dom_new')})",
            "domain",
            "The link 'a' is on a domain that is not allowed: set domain_id to dom_help or dom_app.",
        ),
        (
            f"userplane.RecordingLink('a', {GOOD.replace('Help', 'help')})",
            "title",
            "The title of the link 'a' does not match `[A-Z].+`: change its link_title.",
        ),
        (
            f"userplane.RecordingLink('a', {GOOD}, link_reusable=True)",
            "protect",
            "The link 'a' is reusable but not protected: add the resource option `protect`.",
        ),
        (
            f"userplane.RecordingLink('a', {GOOD.replace('team', 'owner')})",
            "meta",
            "The `meta` of the link 'a' lacks team: add it.",
        ),
        (
            f"""
first, second = (userplane.RecordingLink(name, {GOOD}) for name in "ab")
userplane.RecordingLink("c", {GOOD}, opts=pulumi.ResourceOptions(depends_on=[first, second]))
""",
            "count",
            "The link 'c' is one too many, a stack may have 2: " + COUNT_ADVICE,
        ),
    ],
    ids=["domain", "title", "protect", "meta", "count"],
)
def test_program_is_stopped_by_one_line_when_it_breaks_a_rule(stack: Stack, program: str, rule: str, line: str) -> None:
    stack.program(program)

    output = stack.pulumi(*add_pack(stack, CONFIG), code=1)

    assert violations(output) == [f"mandatory {rule}: {line}"]
    assert {method for method, _ in stack.sent()} <= {"GET"}


def test_program_passes_when_it_keeps_the_rules(stack: Stack) -> None:
    stack.userplane.add_link(domainId="dom_help", linkId="lnk_support", linkReusable=True)
    stack.program(PASSES)

    output = stack.pulumi(*add_pack(stack, CONFIG))

    [waiting] = violations(output)
    assert waiting.startswith("advisory title: can't run policy 'title' ")
    assert waiting.endswith(" during preview: string value at .link_title can't be known during preview")
    assert "s3cr3t" not in output


def test_comment_names_the_rule_that_stops_the_preview_in_ci(stack: Stack) -> None:
    stack.program(f"userplane.RecordingLink('a', {GOOD}, link_reusable=True)")
    _preview, _, pack, _, config = add_pack(stack, CONFIG)
    # The CLI takes its options from such variables, too.
    stack.env.update(PULUMI_OPTION_POLICY_PACK=pack, PULUMI_OPTION_POLICY_PACK_CONFIG=config)

    stack.command("ci", "preview", "--stack", "dev", "--out", "report", "--platform", "none", code=1)

    comment = (stack.folder / "report" / "comment.md").read_text(encoding="utf-8")
    assert comment.startswith("### The preview failed: 1 problem\n")
    assert "| `a` |" in comment
    assert "is reusable but not protected" in comment
    assert "the policy `protect` allows it" in comment


def test_rules_hold_for_the_plugin_and_can_be_advisory(yaml_stack: YamlStack) -> None:
    yaml_stack.declare(a={"domain_id": "dom_new", "link_reusable": True, "adopt": "lnk_checkout"})

    output = yaml_stack.pulumi(*add_pack(yaml_stack, {**CONFIG, "count": {"most": 0}, "all": "advisory"}))

    assert violations(output) == [
        "advisory count: The link 'a' is one too many, a stack may have 0: " + COUNT_ADVICE,
        "advisory domain: The link 'a' is on a domain that is not allowed: set domainId to dom_help or dom_app.",
        "advisory meta: The `meta` of the link 'a' lacks team: add it.",
        "advisory protect: The link 'a' is reusable but not protected: add the resource option `protect`.",
        "advisory title: The link 'a' has no title: add a linkTitle that matches `[A-Z].+`.",
    ]


def test_configuration_that_a_rule_lacks_or_can_not_mean_stops_the_preview_on_one_line_each(stack: Stack) -> None:
    stack.program("raise AssertionError('the program ran')")

    output = stack.pulumi(*add_pack(stack, {"domain": {"domains": ["a.example"]}, "title": {"pattern": "(a"}}), code=1)

    mistakes = output.partition("Diagnostics:")[2]
    assert re.findall(r"error: .* userplane-links \S+ +(.*)", mistakes) == [
        "count: most is required",
        r"domain: domains.0: Does not match pattern '^[^./:\s]+$'",
        "meta: keys is required",
        "title: pattern: Does not match format 'regex'",
    ]
    assert "the program ran" not in output
