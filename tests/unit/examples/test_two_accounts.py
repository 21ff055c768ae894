"""The program with two accounts: its look-ups wait for the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane import ProgramError
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Program

PROGRAM = ROOT / "examples" / "two-accounts" / "__main__.py"
pytestmark = pytest.mark.usefixtures("account_of_server")


def run(program: Program, server: Emulator, text: str) -> list[str]:
    """Runs the program as this text, and returns the names of the links that it registers."""
    config = {"proj:acmeKey": server.api_key, "proj:globexKey": "uspl_demo_stranger"}
    program.run(lambda: exec(compile(text, "__main__.py", "exec"), {}), config=config)
    return [resource.name for resource in program.registered if "RecordingLink" in resource.typ]


def test_program_fails_when_it_calls_look_up_instead_of_output_twin(program: Program, server: Emulator) -> None:
    text = PROGRAM.read_text(encoding="utf-8")
    assert sorted(run(program, server, text)) == ["acme", "globex"]

    with pytest.raises(ProgramError, match="use the function that ends in _output"):
        run(program, server, text.replace("get_domain_output(", "get_domain("))
