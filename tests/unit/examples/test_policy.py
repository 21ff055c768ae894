"""The rules of the example, as Pulumi's SDK calls them: a line for each link that breaks one, none for others."""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from pulumi_userplane.property_names import to_camel_case_names
from scripts.code_blocks import find_block
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = ROOT / "examples" / "policy"
CONFIG: dict[str, dict[str, Any]] = {
    "domain": {"domains": ["dom_help", "dom_app"]},
    "title": {"pattern": "[A-Z].+"},
    "protect": {},
    "meta": {"keys": ["team", "owner"]},
    "count": {"most": 2.0},
}
GOOD = {"domain_id": "dom_help", "link_title": "Help", "meta": {"team": "payments", "owner": "ann", "more": 1}}


def _rules() -> Any:
    spec = importlib.util.spec_from_file_location("rules_of_the_policy_pack", FOLDER / "rules.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look for it there.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


rules = _rules()


class Pack:
    """The policies of one run."""

    def __init__(self) -> None:
        self.policies: list[Policy] = rules.make_policies()

    def judge(
        self,
        props: Mapping[str, Any],
        name: str = "refunds",
        *,
        protect: bool = False,
        type_: str = LINK_TYPE,
        config: Mapping[str, Mapping[str, Any]] = CONFIG,
    ) -> dict[str, list[str]]:
        """Returns the lines about a resource by the policies that report them."""
        reported: dict[str, list[str]] = {}
        urn = f"urn:pulumi:dev::p::{type_}::{name}"
        options = PolicyResourceOptions(protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
        for policy in self.policies:
            assert isinstance(policy, ResourceValidationPolicy)
            args = ResourceValidationArgs(type_, props, urn, name, options, None, config[policy.name])
            lines: list[tuple[str, str | None]] = []
            policy.validate(args, lambda *report, lines=lines: lines.append(report))
            if lines:
                reported[policy.name] = [line for line, _urn in lines]
        return reported


@pytest.fixture
def pack() -> Pack:
    return Pack()


def test_link_passes_when_it_keeps_all_rules(pack: Pack) -> None:
    assert pack.judge(GOOD) == {}
    assert pack.judge({**GOOD, "link_reusable": True}, "other", protect=True) == {}


@pytest.mark.parametrize(
    ("change", "policy", "line"),
    [
        (
            {"domain_id": "dom_new"},
            "domain",
            "The link 'refunds' is on a domain that is not allowed: set domain_id to dom_help or dom_app.",
        ),
        (
            {"link_title": "help"},
            "title",
            "The title of the link 'refunds' does not match `[A-Z].+`: change its link_title.",
        ),
        (
            {"link_title": "Help\n"},
            "title",
            "The title of the link 'refunds' does not match `[A-Z].+`: change its link_title.",
        ),
        ({"link_title": ""}, "title", "The link 'refunds' has no title: add a link_title that matches `[A-Z].+`."),
        ({"link_title": None}, "title", "The link 'refunds' has no title: add a link_title that matches `[A-Z].+`."),
        (
            {"link_reusable": True},
            "protect",
            "The link 'refunds' is reusable but not protected: add the resource option `protect`.",
        ),
        (
            {"adopt": "lnk_1"},
            "protect",
            "The link 'refunds' adopts a link that may be reusable: declare link_reusable, or add `protect`.",
        ),
        ({"meta": None}, "meta", "The `meta` of the link 'refunds' lacks team, owner: add them."),
        ({"meta": {"team": "a"}}, "meta", "The `meta` of the link 'refunds' lacks owner: add it."),
        (
            {"meta": {"team": "a", "owner": ""}},
            "meta",
            "The `meta` of the link 'refunds' has nothing for owner: fill it in.",
        ),
    ],
)
def test_link_is_reported_on_one_line_when_it_breaks_a_rule(
    pack: Pack, change: dict[str, Any], policy: str, line: str
) -> None:
    props = {name: value for name, value in {**GOOD, **change}.items() if value is not None}

    assert pack.judge(props) == {policy: [line]}
    assert pack.judge(to_camel_case_names(props), type_=PLUGIN_LINK_TYPE) == {
        policy: [line.replace("domain_id", "domainId").replace("link_title", "linkTitle").replace("_reus", "Reus")]
    }


@pytest.mark.parametrize("change", [{"link_reusable": False}, {"adopt": "lnk_1", "link_reusable": False}])
def test_link_need_not_be_protected_when_it_is_declared_as_not_reusable(pack: Pack, change: dict[str, Any]) -> None:
    assert pack.judge({**GOOD, **change}) == {}


def test_adopted_link_may_leave_out_whether_it_is_reusable_when_it_is_protected(pack: Pack) -> None:
    assert pack.judge({**GOOD, "adopt": "lnk_1"}, protect=True) == {}


def test_rules_ignore_all_other_resources(pack: Pack) -> None:
    assert pack.judge({"link_reusable": True}, type_="aws:s3/bucket:Bucket") == {}
    assert pack.judge({"link_reusable": True}, type_="userplane:index:RecordingLinks") == {}


def test_first_link_that_is_too_many_is_reported_once(pack: Pack) -> None:
    for name in ("a", "b", "a"):  # a replacement declares its link again
        assert pack.judge(GOOD, name) == {}

    assert pack.judge(GOOD, "c") == {
        "count": [
            (
                "The link 'c' is one too many, a stack may have 2: "
                "remove links from the program, or raise `most` in the configuration."
            )
        ]
    }
    assert pack.judge(GOOD, "c") == {}
    assert pack.judge(GOOD, "d") == {}


def test_count_begins_anew_with_each_run(pack: Pack) -> None:
    for name in ("a", "b", "c"):
        pack.judge(GOOD, name)
    assert Pack().judge(GOOD, "d") == {}


def test_name_of_a_link_can_not_break_its_line_or_command_a_runner(pack: Pack) -> None:
    [line] = pack.judge({**GOOD, "link_title": "help"}, "a\n::error::b\u202e")["title"]
    assert line.startswith(r"The title of the link 'a\n::error::b\u202e' does not")
    assert line.isprintable()


def test_lines_show_no_value_of_a_link(pack: Pack) -> None:
    props = {"domain_id": "s3cr3t", "link_title": "s3cr3t", "meta": {"s3cr3t": "s3cr3t"}, "adopt": "s3cr3t"}
    reported = pack.judge(props)
    assert set(reported) == {"domain", "title", "meta", "protect"}
    assert "s3cr3t" not in str(reported)


def test_readme_shows_a_line_as_it_is(pack: Pack) -> None:
    [line] = pack.judge({**GOOD, "link_reusable": True})["protect"]
    [description] = [policy.description for policy in pack.policies if policy.name == "protect"]
    block = find_block("examples/policy/README.md", "- [mandatory]  protect  ")
    assert block.text == f"{block.first_line}\n  {description}\n  {line}\n"


@pytest.mark.parametrize("pattern", ["(a", "(?=a)b", r"(a)\1"])
def test_title_is_reported_when_its_pattern_can_not_be_read(
    pack: Pack, pattern: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert pack.judge(GOOD, config={**CONFIG, "title": {"pattern": pattern}}) == {
        "title": ["The title of the link 'refunds' can't be checked: correct `pattern` in the configuration."]
    }
    assert capfd.readouterr() == ("", "")


def test_pattern_that_would_take_python_forever_is_answered_at_once(pack: Pack) -> None:
    config = {**CONFIG, "title": {"pattern": "(a+)+"}}
    assert set(pack.judge({**GOOD, "link_title": "a" * 254 + "b"}, config=config)) == {"title"}


def _schema(policy: Policy) -> dict[str, Any]:
    """Returns the schema of a policy's configuration as the CLI puts it together."""
    schema = policy.config_schema
    return {"type": "object", "properties": schema.properties, "required": schema.required} if schema else {}


def test_configuration_of_the_example_is_complete() -> None:
    configured = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    policies = {policy.name: policy for policy in rules.make_policies()}
    assert list(configured) == list(policies)
    for name, config in configured.items():
        jsonschema_rs.Draft7Validator(_schema(policies[name])).validate(config if isinstance(config, dict) else {})


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("domain", {}),
        ("domain", {"domains": []}),
        ("domain", {"domains": ["help.acme.example"]}),
        ("domain", {"domains": ["https://help.acme.example/"]}),
        ("title", {}),
        ("title", {"pattern": "a\nb"}),
        ("title", {"pattern": "a" * 501}),
        ("meta", {}),
        ("meta", {"keys": []}),
        ("meta", {"keys": [""]}),
        ("count", {}),
        ("count", {"most": -1}),
        ("count", {"most": 1.5}),
    ],
)
def test_schema_refuses_configuration_that_makes_no_sense(name: str, config: dict[str, Any]) -> None:
    [policy] = [policy for policy in rules.make_policies() if policy.name == name]
    assert not jsonschema_rs.Draft7Validator(_schema(policy)).is_valid(config)
