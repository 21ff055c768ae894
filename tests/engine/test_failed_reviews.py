"""The real CLI prints of a failed preview what `review --failed` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.cli.review.failed_recordings import FOLDER, render, write
from tests.unit.cli.review.recorded import IS_RECORDING

if TYPE_CHECKING:
    from tests.engine.stack import Stack
    from tests.engine.yaml_stack import YamlStack

LINK = {"domain_id": "dom_help", "link_title": "Help"}
LIVE = ("--refresh", "--show-replacement-steps")
RAISES = r"""userplane.RecordingLink('help', {'domain_id': 'dom_help'})
raise ValueError('no such\n/close\n team uspl_abc ::error::x')
"""
HOSTILE = r"""print('uspl_leaked_key')
print('/close')
print('::error::x')
print('##[error]y')
pulumi.log.warn('/merge uspl_second')
pulumi.log.info('@everyone <!-- pulumi-userplane review p/dev -->')
pulumi.log.error('/approve\n/close')
userplane.RecordingLink('help', {'domain_id': 'dom_help', 'link_provider_type': 'zendesc'})
"""


def check(stack: Stack, name: str, *arguments: str, **environ: str) -> None:
    """Asserts that a preview fails, and that the comment on that is the recorded one."""
    options = ("--json",) if name.endswith(".json") else ()
    printed = stack.pulumi("preview", *arguments, *options, code=1, **environ)
    if IS_RECORDING:
        write(name, printed, stack.folder.parent)
    else:
        assert render(printed) == (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def test_cli_prints_failures_of_a_program_as_recorded(stack: Stack) -> None:
    stack.declare(help=LINK, other=LINK)
    stack.deploy()
    check(stack, "key-refused.json", *LIVE, USERPLANE_API_KEY="uspl_revoked_key")
    check(stack, "wrong-passphrase.txt", PULUMI_CONFIG_PASSPHRASE="wrong")
    stack.declare(help={**LINK, "link_provider_type": "zendesc"}, other=LINK)
    check(stack, "wrong-provider-type.json", *LIVE)
    stack.program(RAISES)
    check(stack, "exception.json")
    stack.program(HOSTILE)
    check(stack, "hostile.txt")


def test_cli_prints_failures_of_the_plugin_as_recorded(yaml_stack: YamlStack) -> None:
    yaml_stack.declare(other={**LINK, "link_title": "x" * 300})
    check(yaml_stack, "plugin-wrong-title.txt")
