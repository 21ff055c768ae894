"""`make demo` does what it shows, also after an interruption, and the project at the root works without it."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from rich.text import Text

from scripts import demo_picture, pictures
from scripts.demo_picture import copy_demo
from tests.support.processes import processes_of
from tests.support.terminal import run_on_terminal


def start_demo(folder: Path) -> subprocess.Popen[str]:
    # Settings of a person's own account must not reach the demo's stack.
    account = {"PULUMI_BACKEND_URL": "https://pulumi.example", "USERPLANE_API_KEY": "uspl_of_a_person"}
    env = {**os.environ, **account, "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-m", "scripts.demo"]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@dataclass(frozen=True)
class Runs:
    """Two runs in one folder: one that was interrupted, and the next one."""

    folder: Path
    interrupted_code: int
    interrupted_output: str
    left_by_interrupted: list[str]
    code: int
    output: str
    left: list[str]

    def step(self, number: int) -> str:
        """Returns the output of one step."""
        return re.split(r"^\d  .+ ─+$", self.output, flags=re.MULTILINE)[number]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = copy_demo(tmp_path_factory.mktemp("demo"))
    interrupted = start_demo(folder)
    assert interrupted.stdout
    begun = "".join(iter(interrupted.stdout.readline, "$ pulumi up --yes\n"))
    interrupted.send_signal(signal.SIGINT)
    rest = interrupted.communicate(timeout=60)[0]
    left_by_interrupted = processes_of(folder)
    complete = start_demo(folder)
    output = complete.communicate(timeout=120)[0]
    return Runs(
        folder,
        interrupted.returncode,
        begun + rest,
        left_by_interrupted,
        complete.returncode,
        output,
        processes_of(folder),
    )


def test_demo_leaves_no_process_when_it_ends(runs: Runs) -> None:
    assert runs.code == 0, runs.output
    assert runs.left == []


def test_demo_leaves_no_process_when_it_is_interrupted(runs: Runs) -> None:
    assert runs.interrupted_code == 1
    assert runs.interrupted_output.endswith("The demo was interrupted; nothing of it is running any more.\n")
    assert runs.left_by_interrupted == []


def test_demo_step_1_creates_three_links(runs: Runs) -> None:
    step = runs.step(1)

    assert "$ pulumi up --yes\n" in step
    assert "+ 4 to create" in step
    assert "+ 4 created" in step
    for name in ("minimal", "complete", "found"):
        assert re.search(rf'^ +{name} *: "https://(help|app)\.acme\.example/', step, re.MULTILINE)
    assert "✓ Checked: the emulator's database holds these three links." in step


def test_demo_step_2_sends_one_put_for_one_field(runs: Runs) -> None:
    step = runs.step(2)

    assert '$ pulumi config set title "Tell us what happened"\n' in step
    assert '~ link_title: "Show us what went wrong" => "Tell us what happened"' in step
    assert re.search(
        r'✓ Checked: all that was changed: PUT …/links/lnk_\w+  {"linkTitle": "Tell us what happened"}', step
    )


def test_demo_step_3_repairs_drift_with_one_put(runs: Runs) -> None:
    step = runs.step(3)

    assert "$ pulumi preview --diff --refresh\n" in step
    assert '~ link_title: "Edited in the dashboard" => "Report a problem in the app"' in step
    assert re.search(
        r'✓ Checked: all that was changed: PUT …/links/lnk_\w+  {"linkTitle": "Report a problem in the app"}', step
    )


def test_demo_step_4_creates_link_again_when_it_was_deleted(runs: Runs) -> None:
    step = runs.step(4)

    assert re.search(r'^  HTTP 410  {"error": "LINK_GONE"', step, re.MULTILINE)
    dropped = r'warning: recording link "pulumi:\S+/minimal" \(lnk_\w+\) was deleted outside Pulumi \(410 LINK_GONE\)'
    assert re.search(dropped, step)
    assert "- 1 deleted" in step
    assert "+ 1 created" in step
    assert re.search(r"✓ Checked: lnk_\w+ is gone, lnk_\w+ is in its place\.", step)


@pytest.mark.parametrize("picture", pictures.list_drawings(), ids=lambda picture: picture.name)
def test_picture_shows_what_the_demo_prints_today(runs: Runs, picture: Path) -> None:
    printed = demo_picture.choose_lines(Text(line) for line in runs.output.splitlines())
    today = demo_picture.mask("".join(line.plain for line in printed))
    assert demo_picture.read_text(picture.read_text("utf-8")) == today, f"{picture.name} is stale: run `make pictures`"


def test_demo_step_5_prints_commands_that_can_be_pasted(runs: Runs) -> None:
    step = runs.step(5)
    exports = re.findall(r"^  (export \w+=.+)$", step, re.MULTILINE)
    [emulator] = re.findall(r"^  (pulumi-userplane emulator --port \d+ --data .+) &$", step, re.MULTILINE)
    [unset] = re.findall(r"^  (unset .+)$", step, re.MULTILINE)
    ask = "from urllib.request import urlopen; urlopen('$USERPLANE_BASE_URL'.replace('/api/v1', '/_control/links'))"
    wait = f'until python -c "{ask}" 2> /dev/null; do sleep 0.1; done'
    # The project at the root works from the program's folder as well.
    preview = "pulumi preview --expect-no-changes"
    previews = [preview, f"cd examples/quickstart && {preview}"]
    done = run_pasted(runs, [*exports, f"{emulator} > /dev/null &", wait, *previews, "kill %1", "wait", unset, "env"])

    assert done.count("4 unchanged") == len(previews), done
    assert not re.search(r"^(PULUMI|USERPLANE)_", done, re.MULTILINE)
    assert {name.split("=")[0].split()[1] for name in exports} == {"PATH", *unset.split()[1:]}
    assert "  make demo-clean\n" in step


def test_links_are_repaired_when_they_are_changed_while_the_emulator_waits_on_a_terminal(runs: Runs) -> None:
    [port] = set(re.findall(r"http://127\.0\.0\.1:(\d+)/\n", runs.output))
    end_of_the_demo = (
        "from scripts import demo, demo_ending, demo_stage\n"
        f"stage = demo_stage.Demo({port})\n"
        "with stage.emulator(): demo_ending.wait_for_enter(stage, demo.NEW_TITLE)"
    )
    env = {name: text for name, text in os.environ.items() if name not in {"BROWSER", "DISPLAY", "WAYLAND_DISPLAY"}}
    env["TERM"] = "dumb"
    with run_on_terminal(end_of_the_demo, runs.folder, env) as terminal:
        said = terminal.read_until("Press Enter to end the emulator:")
        links = f"http://127.0.0.1:{port}/_control/links"
        ids = {link["linkTitle"]: link["linkId"] for link in requests.get(links, timeout=10).json() if link["live"]}
        [title] = re.findall(r'Change the title of the link "(.+)" there, and delete another link', said)
        requests.patch(f"{links}/{ids[title]}", json={"linkTitle": "Edited"}, timeout=10).raise_for_status()
        requests.delete(f"{links}/{ids[None]}", timeout=10).raise_for_status()

        [pasted] = re.findall(r"paste this into another shell:\n((?:  .+\n)+)", said)
        assert pasted.endswith("  pulumi up --refresh\n")
        done = run_pasted(runs, [*pasted.splitlines()[:-1], "pulumi up --refresh --yes"])

        terminal.type("\n")
        terminal.read_to_the_end()
    assert processes_of(runs.folder) == []
    assert re.search(r"\+ 1 created\n +~ 1 updated", done), done
    assert "410 LINK_GONE" in done


def run_pasted(runs: Runs, lines: list[str]) -> str:
    """Runs what a person pastes into a shell, and returns what is printed there."""
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=runs.folder,
        env={**os.environ, "XDG_CACHE_HOME": str(runs.folder / "cache")},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.stdout
