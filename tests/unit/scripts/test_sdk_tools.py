"""`scripts/sdk_tools.py` says what it lacks; tests/sdks has what it does."""

from pathlib import Path

import pytest

from scripts import comment_pictures, pulumi_cli, sdk_tools
from scripts.pulumi_cli import CliError


@pytest.fixture(autouse=True)
def _empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pulumi_cli, sdk_tools):
        monkeypatch.setattr(module, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))


def test_checks_explain_in_one_sentence_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(
        CliError, match=r"^the generator of SDKs is built from source, which needs Go 1\.26\.6 or newer"
    ):
        sdk_tools.generate(sdk_tools.SCHEMA, tmp_path)
    with pytest.raises(CliError, match=r"there is no `npm` on PATH\.$"):
        sdk_tools.check_typescript(tmp_path)
    with pytest.raises(CliError, match=r"there is no `go` on PATH\.$"):
        sdk_tools.check_go(tmp_path)


def test_programs_take_the_sdk_of_the_cli() -> None:
    version = pulumi_cli.NEWEST.version
    assert f"github.com/pulumi/pulumi/sdk/v3 v{version}\n" in (sdk_tools.SOURCES / "go" / "go.mod").read_text("utf-8")
    package = (sdk_tools.SOURCES / "typescript" / "package.json").read_text("utf-8")
    assert f'"@pulumi/pulumi": "{version}"' in package


@pytest.mark.parametrize(
    "folder", [sdk_tools.SOURCES / "typescript", comment_pictures.SOURCES], ids=lambda folder: folder.name
)
def test_no_lock_names_a_registry(folder: Path) -> None:
    lock = (folder / "package-lock.json").read_text("utf-8")
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
