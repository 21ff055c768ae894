"""The policy pack of the examples in a process of its own, asked as the engine asks it before each step."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import proto, rpc
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from tests.support import provider_process
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.provider_process import Started

PACK = ROOT / "examples" / "policy"
CONFIG: dict[str, dict[str, Any]] = {
    "domain": {"domains": ["dom_help"]},
    "title": {"pattern": "[A-Z].+"},
    "protect": {},
    "meta": {"keys": ["team", "owner"]},
    "count": {"most": 1000},
}
GOOD = {"domain_id": "dom_help", "link_title": "Help", "meta": {"team": "a", "owner": "b"}}
NOT_KNOWN_YET = "during preview: string value at .{} can't be known during preview"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """The pack, started as a language host does."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)]
    folder = tmp_path_factory.mktemp("pack")
    with provider_process.running(command, folder, {}, make_stub=AnalyzerStub) as process:
        yield process


class Pack:
    """The pack, configured."""

    def __init__(self, process: Started) -> None:
        self._call = process.call
        self.configure()

    def configure(self, **levels: str) -> None:
        """Configures the rules; all are mandatory but those of which the level is given."""
        config = {
            name: proto.PolicyConfig(
                properties=properties, enforcementLevel=proto.EnforcementLevel.Value(levels.get(name, "MANDATORY"))
            )
            for name, properties in CONFIG.items()
        }
        self._call("Configure", proto.ConfigureAnalyzerRequest(policyConfig=config))

    def judge(
        self, props: Mapping[str, Any], type_: str = LINK_TYPE, parent: str = ""
    ) -> dict[tuple[str, str], list[str]]:
        """Returns what is reported of the link `refunds` by level and rule, each time its lines."""
        urn = f"urn:pulumi:dev::p::{parent}{type_}::refunds"
        request = proto.AnalyzeRequest(type=type_, properties=props, urn=urn, name="refunds")
        diagnostics = self._call("Analyze", request).diagnostics
        levels = proto.EnforcementLevel.Name
        return {(levels(one.enforcementLevel), one.policyName): one.message.splitlines() for one in diagnostics}


@pytest.fixture
def pack(started: Started) -> Pack:
    return Pack(started)


def test_pack_says_that_its_rules_are_mandatory_and_what_they_need(started: Started) -> None:
    info = started.call("GetAnalyzerInfo", Empty())
    assert info.supportsConfig
    needs = {policy.name: list(policy.configSchema.required) for policy in info.policies}
    assert needs == {name: list(config) for name, config in CONFIG.items()}
    assert {policy.enforcementLevel for policy in info.policies} == {proto.MANDATORY}


def test_link_in_a_component_is_judged_in_both_spellings(pack: Pack) -> None:
    component = "shop:index:Team$"
    assert pack.judge(GOOD, parent=component) == {}
    by_plugin = {"domainId": "dom_help", "linkTitle": "Help", "meta": GOOD["meta"]}
    assert pack.judge(by_plugin, PLUGIN_LINK_TYPE, component) == {}
    assert pack.judge({**by_plugin, "linkReusable": True}, PLUGIN_LINK_TYPE, component) == {
        ("MANDATORY", "protect"): [
            "Reusable links are protected.",
            "The link 'refunds' is reusable but not protected: add the resource option `protect`.",
        ]
    }


@pytest.mark.parametrize(
    ("unknown", "rule"),
    [("domain_id", "domain"), ("link_title", "title"), ("link_reusable", "protect"), ("meta", "meta")],
)
def test_preview_says_which_rule_waits_for_a_value_that_is_not_known_yet(pack: Pack, unknown: str, rule: str) -> None:
    reported = pack.judge({**GOOD, unknown: rpc.UNKNOWN})
    assert list(reported) == [("ADVISORY", rule)]
    [[line]] = reported.values()
    assert line.startswith(f"can't run policy '{rule}' from policy pack 'userplane-links@")
    assert line.endswith(NOT_KNOWN_YET.format(unknown))


def test_missing_key_is_reported_though_another_has_a_value_that_is_not_known_yet(pack: Pack) -> None:
    reported = pack.judge({**GOOD, "meta": {"team": rpc.UNKNOWN}})
    assert list(reported) == [("MANDATORY", "meta"), ("ADVISORY", "meta")]
    missing, waiting = reported.values()
    assert missing[1:] == ["The `meta` of the link 'refunds' lacks owner: add it."]
    assert waiting[0].endswith(NOT_KNOWN_YET.format("meta.team"))


def test_secrets_are_judged_and_not_shown(pack: Pack) -> None:
    secrets = {name: rpc.wrap_rpc_secret(value) for name, value in GOOD.items()}
    assert pack.judge(secrets) == {}
    bad = {"domain_id": "s3cr3t", "link_title": "s3cr3t", "meta": {"s3cr3t": "s3cr3t"}, "link_reusable": True}
    reported = pack.judge({name: rpc.wrap_rpc_secret(value) for name, value in bad.items()})
    assert [rule for _, rule in reported] == ["domain", "title", "protect", "meta"]
    assert "s3cr3t" not in str(reported)


def test_configuration_makes_a_rule_advisory_or_switches_it_off(pack: Pack) -> None:
    bad = {**GOOD, "domain_id": "dom_new", "link_title": "help", "link_reusable": True}
    assert list(pack.judge(bad)) == [("MANDATORY", "domain"), ("MANDATORY", "title"), ("MANDATORY", "protect")]

    pack.configure(domain="ADVISORY", title="DISABLED")

    assert list(pack.judge(bad)) == [("ADVISORY", "domain"), ("MANDATORY", "protect")]
