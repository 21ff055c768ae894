"""`scripts/pulumi_cli.py` finds or gets a CLI; `pulumi` and `go` are stand-ins and there is no network."""

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from pulumi_userplane.cli.doctor import local_checks

SCRIPT = Path(__file__).parents[3] / "scripts" / "pulumi_cli.py"
VERSION = "3.276.0"
PYTHON_PARTS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")
PARTS = (*PYTHON_PARTS, "pulumi-language-yaml")
TOOLS = ("sh", "cp", "chmod", "dirname", "mkdir", "sleep", "touch")

# Does what the build asks of Go: leaves read-only folders in the module cache, and files where `-o` says.
GO = """#!/bin/sh
case "$1" in
env) echo "$FAKE_GO_VERSION" ;;
build)
    touch "$FAKE_GO_STARTED"
    mkdir -p "$GOMODCACHE/module" && touch "$GOMODCACHE/module/file" && chmod 500 "$GOMODCACHE/module"
    sleep "$FAKE_GO_SECONDS"
    if [ -n "$FAKE_GO_ERROR" ]; then echo "$FAKE_GO_ERROR" >&2; exit 1; fi
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho %s\\n' "$FAKE_PULUMI_VERSION" > "$2" ;;
list)
    sdk=$GOMODCACHE/sdk
    mkdir -p "$sdk/python/cmd" "$sdk/python/dist"
    touch "$sdk/python/cmd/pulumi-language-python-exec" "$sdk/python/dist/pulumi-resource-pulumi-python"
    echo "$sdk" ;;
esac
"""


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def write_cli(folder: Path, version: str = f"v{VERSION}", parts: tuple[str, ...] = PARTS) -> Path:
    for part in parts:
        write_program(folder / part, f"#!/bin/sh\necho {version}\n")
    return folder


@dataclass(frozen=True)
class Machine:
    """A home and a PATH of its own, where every connection is refused."""

    root: Path
    script: Path = SCRIPT

    @property
    def tools(self) -> Path:
        return self.root / "tools"

    @property
    def cache(self) -> Path:
        return self.root / "home" / ".cache" / "pulumi-userplane"

    @property
    def kept(self) -> Path:
        return self.cache / f"pulumi-v{VERSION}"

    @property
    def build_has_begun(self) -> Path:
        return self.root / "go-started"

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        env = {
            "HOME": str(self.root / "home"),
            "PATH": str(self.tools),
            "https_proxy": "http://127.0.0.1:1",
            "FAKE_GO_STARTED": str(self.build_has_begun),
            "FAKE_GO_VERSION": "go1.99.0",
            "FAKE_GO_SECONDS": "0",
            "FAKE_GO_ERROR": "",
            "FAKE_PULUMI_VERSION": f"v{VERSION}",
            **settings,
        }
        command = [sys.executable, str(self.script), *arguments]
        return subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments: str, **settings: str) -> tuple[int, str, str]:
        process = self.start(*arguments, **settings)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def start_building(self, **settings: str) -> subprocess.Popen[str]:
        process = self.start(**settings)
        while not self.build_has_begun.exists():
            assert process.poll() is None
            time.sleep(0.02)
        return process


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.tools.mkdir()
    (tmp_path / "home").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (machine.tools / tool).symlink_to(found)
    return machine


@pytest.fixture
def with_go(machine: Machine) -> Machine:
    write_program(machine.tools / "go", GO)
    return machine


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_find_returns_the_named_cli(machine: Machine) -> None:
    folder = write_cli(machine.root / "named")

    assert machine.run("--pulumi", str(folder)) == (0, f"{folder}\n", "")
    assert machine.run("--pulumi", str(folder / "pulumi")) == (0, f"{folder}\n", "")
    assert machine.run(PULUMI=str(folder)) == (0, f"{folder}\n", "")


def test_find_fails_when_the_named_cli_is_not_usable(machine: Machine) -> None:
    folder = write_cli(machine.root / "named", version="v3.253.1")

    code, out, err = machine.run("--pulumi", str(folder))

    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert f"{folder} can't be used: it is v3.253.1; 3.254 or newer is needed" in err


def test_find_prefers_the_cli_on_path(with_go: Machine) -> None:
    on_path = write_cli(with_go.root / "on-path", version="v3.254.0")
    write_cli(with_go.kept)

    assert with_go.run(PATH=f"{on_path}:{with_go.tools}") == (0, f"{on_path}\n", "")


def test_find_follows_the_link_when_the_cli_on_path_is_linked(machine: Machine) -> None:
    real = write_cli(machine.root / "real")
    (machine.tools / "pulumi").symlink_to(real / "pulumi")

    assert machine.run() == (0, f"{real}\n", "")


@pytest.mark.parametrize(
    ("version", "parts", "reason"),
    [
        ("v3.200.0", PARTS, "it is v3.200.0; 3.254 or newer is needed"),
        ("", PARTS, "it is of no known version"),
        ("v3.300.0", PARTS[:-2], "there is no pulumi-resource-pulumi-python that can be run"),
        ("v3.300.0", PYTHON_PARTS, "there is no pulumi-language-yaml that can be run"),
        ("v3.300.0", ("pulumi",), "there is no pulumi-language-python that can be run"),
        ("v3.300.0; exit 3", PARTS, "`pulumi version` does not run"),
    ],
)
def test_find_skips_the_cli_on_path_when_it_is_not_usable(
    machine: Machine, version: str, parts: tuple[str, ...], reason: str
) -> None:
    on_path = write_cli(machine.root / "on-path", version, parts)
    write_cli(machine.kept)

    code, out, err = machine.run(PATH=f"{on_path}:{machine.tools}")

    assert (code, out) == (0, f"{machine.kept}\n")
    assert f"({on_path / 'pulumi'}) is not used: {reason}" in err


def test_find_takes_a_cli_without_the_yaml_host_when_only_python_programs_run(with_go: Machine) -> None:
    folder = write_cli(with_go.root / "python-only", parts=PYTHON_PARTS)

    assert with_go.run("--python", "--pulumi", str(folder)) == (0, f"{folder}\n", "")
    assert with_go.run("--python", PATH=f"{folder}:{with_go.tools}") == (0, f"{folder}\n", "")
    code, out, err = with_go.run("--pulumi", str(folder))
    assert (code, out) == (1, "")
    assert f"{folder} can't be used: there is no pulumi-language-yaml that can be run" in err


def test_find_builds_only_what_the_cached_cli_lacks(with_go: Machine) -> None:
    write_cli(with_go.kept, version=f"v{VERSION} # of an older clone", parts=PYTHON_PARTS)
    assert with_go.run("--python") == (0, f"{with_go.kept}\n", "")

    code, out, err = with_go.run()

    assert (code, out) == (0, f"{with_go.kept}\n"), err
    assert contents(with_go.kept) == sorted([*PARTS, "sdks"])
    kept = [part for part in PARTS if "older clone" in (with_go.kept / part).read_text()]
    assert kept == ["pulumi", "pulumi-language-python"]


def test_find_builds_once_when_the_download_is_refused(with_go: Machine) -> None:
    code, out, err = with_go.run()

    assert (code, out) == (0, f"{with_go.kept}\n"), err
    getting, building, how_long, done = err.splitlines()
    assert getting == f"There is no usable Pulumi CLI here yet. Getting {VERSION} once, into {with_go.cache} …"
    assert "can't be reached. Building it from source instead, with 3 GB of disk while it builds." in building
    assert "takes 5 minutes on two quiet cores, 10 or more on busy ones. Every 15 seconds a line says" in how_long
    assert done.startswith(f"The Pulumi CLI is in {with_go.kept} (after 0:")
    assert contents(with_go.kept) == sorted([*PARTS, "sdks"])
    assert contents(with_go.cache) == ["lock", with_go.kept.name]
    assert contents(with_go.root / "home") == [".cache"]
    assert with_go.run() == (0, f"{with_go.kept}\n", "")


def test_find_gets_the_floor_when_another_cli_is_there(with_go: Machine) -> None:
    write_cli(with_go.kept)
    on_path = write_cli(with_go.root / "on-path")
    floor = with_go.cache / "pulumi-v3.254.0"

    code, out, err = with_go.run(
        "--floor", PULUMI=str(on_path), PATH=f"{on_path}:{with_go.tools}", FAKE_PULUMI_VERSION="v3.254.0"
    )

    assert (code, out) == (0, f"{floor}\n"), err
    assert err.startswith(f"There is no Pulumi CLI 3.254.0 here yet. Getting 3.254.0 once, into {with_go.cache} …\n")
    assert contents(floor) == sorted(PARTS)
    assert with_go.run("--floor", FAKE_GO_ERROR="built twice") == (0, f"{floor}\n", "")
    assert with_go.run(FAKE_GO_ERROR="built twice") == (0, f"{with_go.kept}\n", "")


def test_release_has_the_version_that_its_module_pins(script: ModuleType) -> None:
    for release in (script.NEWEST, script.FLOOR):
        required = (script.SOURCES / release.module / "go.mod").read_text("utf-8")
        for module in ("pkg", "sdk"):
            assert f"github.com/pulumi/pulumi/{module}/v3 v{release.version}" in required
    assert script.FLOOR.version == ".".join(map(str, (*script.OLDEST, 0)))
    assert local_checks._MIN_CLI_WITH_IMPORT_FILES == script.OLDEST


def test_find_replaces_the_cached_cli_when_it_can_not_run(with_go: Machine) -> None:
    write_cli(with_go.kept, version="v3.1.0")

    code, out, err = with_go.run()

    assert (code, out) == (0, f"{with_go.kept}\n"), err
    assert contents(with_go.cache) == ["lock", with_go.kept.name]


def test_find_explains_in_one_sentence_when_go_is_missing(machine: Machine) -> None:
    code, out, err = machine.run()

    assert (code, out) == (1, "")
    assert err.count("\n") == 2
    assert "building it from source needs Go 1.26.6 or newer (on PATH: none);" in err
    assert contents(machine.cache) == ["lock"]


def test_find_explains_in_one_sentence_when_go_is_too_old(with_go: Machine) -> None:
    code, _, err = with_go.run(FAKE_GO_VERSION="go1.24.9")

    assert code == 1
    assert "needs Go 1.26.6 or newer (on PATH: go1.24.9);" in err


def test_build_leaves_nothing_when_it_fails(with_go: Machine) -> None:
    code, out, err = with_go.run(FAKE_GO_ERROR="go: a.example/module@v1: connection refused")

    assert (code, out) == (1, "")
    assert re.sub(r"\d:\d\d", "TIME", err.splitlines()[-1]) == (
        "pulumi_cli: building failed after TIME: go: a.example/module@v1: connection refused. "
        "Run it again, or name a Pulumi CLI with PULUMI=/path/to/pulumi."
    )
    assert contents(with_go.cache) == ["lock"]


def test_build_is_discarded_when_its_program_does_not_run(with_go: Machine) -> None:
    code, out, err = with_go.run(FAKE_PULUMI_VERSION="nothing")

    assert (code, out) == (1, "")
    assert "can't be used: it is nothing" in err
    assert contents(with_go.cache) == ["lock"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_build_leaves_nothing_when_interrupted(with_go: Machine, number: signal.Signals) -> None:
    process = with_go.start_building(FAKE_GO_SECONDS="60")

    process.send_signal(number)
    out, _ = process.communicate(timeout=10)

    assert process.returncode not in {0, -number}
    assert out == ""
    assert contents(with_go.cache) == ["lock"]


@pytest.mark.slow
def test_find_waits_and_cleans_up_when_an_earlier_build_was_killed(with_go: Machine) -> None:
    process = with_go.start_building(FAKE_GO_SECONDS="2")
    process.kill()
    process.communicate()
    assert any(name.startswith("getting-") for name in contents(with_go.cache))

    code, out, err = with_go.run()

    assert (code, out) == (0, f"{with_go.kept}\n"), err
    assert "Another run is getting the Pulumi CLI. Waiting for it …\n" in err
    assert contents(with_go.cache) == ["lock", with_go.kept.name]


@pytest.mark.slow
def test_find_builds_once_when_two_run_at_a_time(with_go: Machine) -> None:
    first = with_go.start_building(FAKE_GO_SECONDS="1")

    code, out, err = with_go.run(FAKE_GO_ERROR="built twice")

    assert (code, out) == (0, f"{with_go.kept}\n"), err
    assert first.communicate(timeout=10)[0] == f"{with_go.kept}\n"


def test_find_builds_nothing_when_another_clone_has_built(with_go: Machine) -> None:
    with_go.run()
    clone = with_go.root / "second-clone" / "scripts"
    shutil.copytree(SCRIPT.parent / "pulumi-cli", clone / "pulumi-cli")
    shutil.copy(SCRIPT, clone)

    second = Machine(with_go.root, clone / SCRIPT.name)

    assert second.run(FAKE_GO_ERROR="built twice") == (0, f"{with_go.kept}\n", "")


def test_find_does_not_wait_for_another_build_when_the_cli_is_there(with_go: Machine) -> None:
    write_cli(with_go.kept)
    with held(with_go.cache):
        (with_go.cache / "getting-another").mkdir()
        assert with_go.run() == (0, f"{with_go.kept}\n", "")
        assert (with_go.cache / "getting-another").is_dir()


@contextlib.contextmanager
def held(cache: Path) -> Iterator[None]:
    """Does what another run does that is getting a CLI."""
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module whose download answers, in a cache of its own."""
    spec = importlib.util.spec_from_file_location("pulumi_cli_under_test", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look for it there.
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(module, "_can_download", lambda: True)
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", 0.2)
    monkeypatch.setattr(module, "SECONDS_TO_DOWNLOAD", 5)
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    return module


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts another `PulumiCommand.install` before the SDK's."""

    def write(body: str) -> None:
        package = tmp_path / "sdk" / "pulumi"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        lines = [
            "import os, pathlib, time",
            "class PulumiCommand:",
            "    @staticmethod",
            "    def install(root, version):",
        ]
        lines += [f"        {line}" for line in body.splitlines()]
        (package / "automation.py").write_text("\n".join(lines))
        monkeypatch.setenv("PYTHONPATH", str(package.parent))

    return write


@pytest.mark.slow
def test_download_stays_out_of_the_home_folder(
    script: ModuleType,
    installer: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    installer(
        f"""assert str(version) == {VERSION!r}
assert "getting-" in os.environ["HOME"] and "getting-" in os.environ["PULUMI_HOME"]
time.sleep(0.5)
for part in {(*PARTS, "pulumi-language-nodejs")!r}:
    path = pathlib.Path(root, "bin", part)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\\necho v{VERSION}\\n")
    path.chmod(0o755)"""
    )

    folder = script.find(None)

    assert folder == tmp_path / "cache" / f"pulumi-v{VERSION}"
    assert contents(folder) == sorted(PARTS)
    assert contents(folder.parent) == ["lock", folder.name]
    assert not (tmp_path / "home").exists()
    assert re.search(r"^  0:\d\d  downloading …$", capsys.readouterr().err, re.MULTILINE)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise OSError('cut off')", r"downloading failed after 0:\d\d: OSError: cut off"),
        ("pass", "No such file or directory"),
        pytest.param("time.sleep(60)", "downloading took longer than", marks=pytest.mark.slow),
    ],
)
def test_find_builds_when_the_download_fails(
    script: ModuleType, installer: Callable[[str], None], capsys: pytest.CaptureFixture[str], body: str, reason: str
) -> None:
    installer(body)

    with pytest.raises(script.CliError, match=r"building it from source needs Go"):
        script.find(None)

    assert re.search(reason, capsys.readouterr().err)


@pytest.fixture
def script_with_go(with_go: Machine, script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script where the download does not answer and a build takes a second."""
    monkeypatch.setattr(script, "_can_download", lambda: False)
    monkeypatch.setenv("PATH", str(with_go.tools))
    for name, value in {
        "FAKE_GO_STARTED": str(with_go.build_has_begun),
        "FAKE_GO_VERSION": "go1.99.0",
        "FAKE_GO_SECONDS": "1",
        "FAKE_GO_ERROR": "",
        "FAKE_PULUMI_VERSION": f"v{VERSION}",
    }.items():
        monkeypatch.setenv(name, value)
    return script


@pytest.mark.slow
def test_build_reports_progress(script_with_go: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    script_with_go.find(None)

    said = capsys.readouterr().err
    assert re.search(r"^  0:\d\d  building, 2 of 5: compiling the engine and the CLI …$", said, re.MULTILINE)
    assert re.search(r"^  0:\d\d  building, 3 of 5: the YAML language host …$", said, re.MULTILINE)
    assert re.search(r"^  0:\d\d  building, 5 of 5: the Python language host …$", said, re.MULTILINE)


@pytest.mark.slow
def test_find_reports_progress_while_it_waits_and_then_builds_nothing(
    script_with_go: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    waits = threading.Event()

    def say(text: str) -> None:
        said.append(text)
        if text.endswith("waiting …"):
            waits.set()

    monkeypatch.setattr(script_with_go, "notify", say)
    script_with_go.CACHE.mkdir()
    monkeypatch.setenv("FAKE_GO_ERROR", "built twice")
    with ThreadPoolExecutor() as threads:
        with held(script_with_go.CACHE):
            waiting = threads.submit(script_with_go.find, None)
            assert waits.wait(10)
            kept = write_cli(script_with_go.CACHE / f"pulumi-v{VERSION}")
        assert waiting.result(timeout=10) == kept

    first, *alive = said
    assert first == "Another run is getting the Pulumi CLI. Waiting for it …"
    assert alive
    assert all(re.fullmatch(r"  0:\d\d  waiting …", line) for line in alive)


def test_find_explains_when_the_disk_is_too_small(
    with_go: Machine, script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "_can_download", lambda: False)
    monkeypatch.setattr(script, "DISK_TO_BUILD", 10**18)
    monkeypatch.setenv("PATH", f"{with_go.tools}{os.pathsep}")
    monkeypatch.setenv("FAKE_GO_VERSION", "go1.99.0")

    with pytest.raises(script.CliError, match=r"needs 5 GB of free disk in .+ \(there are [\d.]+\); or name a CLI"):
        script.find(None)
