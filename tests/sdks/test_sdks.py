"""The SDKs that Pulumi generates of the schema have no errors, and programs that use them are checked."""

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import sdk_tools
from scripts.code_blocks import list_blocks
from scripts.language_names import CALLS, spell, spell_call, spell_get, spell_output_type, spell_provider, spell_type
from scripts.pulumi_cli import CliError
from scripts.python_blocks import build_programs, imports_sdk
from scripts.schema import build_schema
from scripts.sdk_tools import SCHEMA
from scripts.source import LOOK_UPS, ROOT, list_look_ups

HERE = Path(__file__).parent
EXAMPLES = ROOT / "examples"

# The first time, all that the checks take is got.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def or_skip(check: Callable[..., str], *arguments: Path) -> str:
    try:
        return check(*arguments)
    except CliError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def sdks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdks")
    assert not or_skip(sdk_tools.generate, SCHEMA, folder)
    return folder


def test_generator_refuses_what_is_wrong_with_a_schema(tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"

    schema.write_text('{"name": "userplane", "version": "0.1.0", "resource": {}}', "utf-8")
    assert 'unknown field "resource"' in or_skip(sdk_tools.generate, schema, tmp_path)
    # A warning, for Pulumi.
    schema.write_text(
        '{"name": "userplane", "version": "0.1.0", "resources":'
        ' {"userplane:index:RecordingLink": {"properties": {"id": {"type": "string"}}}}}',
        "utf-8",
    )
    assert "id is a reserved property name for resources" in or_skip(sdk_tools.generate, schema, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["schema.json"]


def write_blocks(language: str, folder: Path) -> list[Path]:
    """Writes each block in a language, with the lines of its page; one without imports gets the usual ones."""
    suffix, head = {
        "typescript": (
            "ts",
            'import * as pulumi from "@pulumi/pulumi"; import * as userplane from "pulumi-userplane";',
        ),
        "go": ("go", ""),
    }[language]
    written = []
    for block in list_blocks():
        if block.language == language:
            page = re.sub(r"\W+", "-", block.page).lower()
            (folder / page).mkdir(exist_ok=True)
            path = folder / page / f"line{block.line}.{suffix}"
            path.write_text(
                ("" if "import" in block.text else head) + "\n" * (block.line - 1) + block.text, encoding="utf-8"
            )
            written.append(path)
    assert written
    return written


def test_typescript_sdk_and_programs_have_no_errors(sdks: Path, tmp_path: Path) -> None:
    """`tsc` also says where an expected error is missing."""
    programs = (EXAMPLES / "typescript" / "index.ts", HERE / "program.ts", *write_blocks("typescript", tmp_path))
    assert not or_skip(sdk_tools.check_typescript, sdks / "nodejs", *programs)


def test_go_sdk_and_programs_have_no_errors_but_the_expected(sdks: Path, tmp_path: Path) -> None:
    wrong = HERE / "program.go"
    programs = (EXAMPLES / "go" / "main.go", wrong, *write_blocks("go", tmp_path))
    expected = [number for number, line in enumerate(wrong.read_text("utf-8").splitlines(), 1) if "// wrong" in line]

    said = or_skip(sdk_tools.check_go, sdks / "go", *programs)

    found = [re.fullmatch(r".*/program\.go:(\d+):\d+: unknown field .*", line) for line in said.splitlines()]
    assert [match and int(match[1]) for match in found] == expected, said


def test_python_sdk_and_programs_have_no_errors(sdks: Path, tmp_path: Path) -> None:
    """mypy also says where an expected error is missing."""
    options = ["--strict", "--config-file=", "--follow-imports=silent", f"--cache-dir={tmp_path}"]
    programs = build_programs(block for block in list_blocks() if block.language == "python" and imports_sdk(block))
    assert programs
    for program in programs:
        (tmp_path / f"{program.name}.py").write_text(program.text, encoding="utf-8")
    check = [sys.executable, "-m", "mypy", *options, *map(str, [HERE / "program.py", *tmp_path.glob("*.py")])]
    env = {**os.environ, "MYPYPATH": str(sdks / "python")}
    checked = subprocess.run(check, env=env, stdout=subprocess.PIPE, text=True, check=False)
    assert not checked.returncode, checked.stdout


def test_python_sdk_can_be_imported_next_to_this_package(sdks: Path) -> None:
    # It asks for its own version, which pip writes there.
    metadata = sdks / "python" / "pulumi_userplane_sdk.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: pulumi_userplane_sdk\nVersion: 0.1.0\n", "utf-8")
    program = "import pulumi_userplane, pulumi_userplane_sdk; print(pulumi_userplane_sdk.RecordingLink.__module__)"
    env = {**os.environ, "PYTHONPATH": str(sdks / "python")}
    said = subprocess.check_output([sys.executable, "-W", "error", "-c", program], env=env, text=True)
    assert said == "pulumi_userplane_sdk.recording_link\n"


def _begin(call: str) -> str:
    """The name of what is called."""
    return call.strip("`").partition("(")[0]


def test_reference_has_the_names_and_types_of_the_packages(sdks: Path) -> None:
    link = build_schema()["resources"]["userplane:index:RecordingLink"]
    go, typescript = (
        (sdks / "go" / "userplane" / "recordingLink.go").read_text("utf-8"),
        (sdks / "nodejs" / "recordingLink.ts").read_text("utf-8").replace("outputs.", ""),
    )
    account = {
        "go": (sdks / "go" / "userplane" / "provider.go").read_text("utf-8"),
        "typescript": (sdks / "nodejs" / "provider.ts").read_text("utf-8"),
    }
    for name, spec in link["properties"].items():
        kinds = {
            language: spell_output_type(spec, language, is_optional=name not in link["required"]).strip("`")
            for language in ("Go", "TypeScript")
        }
        assert f"\t{spell(name, 'Go').strip('`')} {kinds['Go']} `pulumi:" in go
        assert f" readonly {name}: pulumi.Output<{kinds['TypeScript']}>;" in typescript
    for name, spec in link["inputProperties"].items():
        shown = spell_type(spec, "Go").strip("`")
        assert re.search(rf"\t{spell(name, 'Go').strip('`')} +{re.escape(shown)}(Ptr)?Input\n", go)
    for name, spec in build_schema()["provider"]["inputProperties"].items():
        shown = spell_type(spec, "Go").strip("`")
        assert re.search(rf"\t{spell(name, 'Go').strip('`')} +{re.escape(shown)}(Ptr)?Input\n", account["go"])
        shown = spell_type(spec, "TypeScript").strip("`").replace("string[]", "pulumi.Input<string>[]")
        assert f" {name}?: pulumi.Input<{shown} | undefined>;" in account["typescript"]
    assert f"func {_begin(spell_provider('Go'))}(ctx " in account["go"]
    assert " constructor(name: string, args?: ProviderArgs, opts?: pulumi.ResourceOptions)" in account["typescript"]
    parameters = r"\(ctx \*\w+\.\w+,\s+name string, id pulumi\.IDInput, state \*RecordingLinkState,"
    assert re.search(f"func {_begin(spell_get('Go'))}{parameters}", go)
    assert " get(name: string, id: pulumi.Input<pulumi.ID>, state?: RecordingLinkState, opts?: " in typescript
    functions = "".join(path.read_text("utf-8") for path in (sdks / "go" / "userplane").glob("get*.go"))
    names = [one.name for module in LOOK_UPS for one in list_look_ups(module) if not one.name.endswith("_output")]
    for name, row in itertools.product(names, CALLS):
        assert f"func {spell_call(row, name, 'Go').strip('`')}(ctx " in functions
