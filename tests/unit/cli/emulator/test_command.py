"""`emulator` prints what to paste, ends clean, and reports an error in one line."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner

import pulumi_userplane.emulator as package
from pulumi_userplane.cli import main
from pulumi_userplane.cli.app import app

COMMAND = [sys.executable, "-c", "from pulumi_userplane.cli import main; main()", "emulator"]


@contextmanager
def _running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def _exports(process: subprocess.Popen[str]) -> dict[str, str]:
    """Returns the variables, and as `page` the address of the page."""
    assert process.stdout
    exports: dict[str, str] = {}
    while len(exports) < 4:
        line = process.stdout.readline()
        assert line, "the command ended early"
        if line.startswith("Look at it: "):
            exports["page"] = line.removeprefix("Look at it: ").strip()
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            exports[name] = value
    return exports


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_emulator_prints_variables_serves_and_ends_clean_when_stopped(tmp_path: Path, number: signal.Signals) -> None:
    with _running("--port", "0", "--data", str(tmp_path / "data.db"), "--rate-limit", "1") as process:
        exports = _exports(process)
        assert (exports["USERPLANE_API_KEY"], exports["USERPLANE_WORKSPACE_ID"]) == ("uspl_demo", "ws_demo")
        assert exports["page"] == exports["USERPLANE_BASE_URL"].replace("/api/v1", "/")
        assert "<h1>Links</h1>" in requests.get(exports["page"], timeout=10).text
        headers = {"Authorization": "Bearer uspl_demo"}
        answers = [
            requests.get(f"{exports['USERPLANE_BASE_URL']}/public/me", headers=headers, timeout=10) for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 429]
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["data.db"]


@pytest.mark.slow
def test_emulator_keeps_data_when_killed(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data.db"))
    with _running("--port", "0", *data) as process:
        control = _exports(process)["USERPLANE_BASE_URL"].replace("/api/v1", "/_control")
        made = requests.post(f"{control}/links", json={"domainId": "dom_help"}, timeout=10).json()
    with _running("--port", "0", *data) as process:
        control = _exports(process)["USERPLANE_BASE_URL"].replace("/api/v1", "/_control")
        assert requests.get(f"{control}/links", timeout=10).json() == [made]


def _run(*arguments: str) -> tuple[int, str, str]:
    """Run in this process; it is interrupted a second after it began to wait."""
    result = CliRunner().invoke(app, ["emulator", "--port", "0", *arguments])
    return result.exit_code, result.stdout, result.stderr


def _run_until_caught(*arguments: str) -> tuple[int, str, str]:
    """Runs the command, and interrupts it once it catches that: before, the signal would end the whole test run."""
    handler = signal.getsignal(signal.SIGTERM)
    over = threading.Event()

    def interrupt() -> None:
        while signal.getsignal(signal.SIGTERM) == handler:
            if over.wait(0.01):
                return
        os.kill(os.getpid(), signal.SIGTERM)

    interruption = threading.Thread(target=interrupt)
    interruption.start()
    try:
        return _run(*arguments)
    finally:
        over.set()
        interruption.join()


@pytest.mark.slow
def test_emulator_ignores_seed_when_data_file_exists(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("workspaceName: Initech")
    arguments = ("--data", str(tmp_path / "data.db"), "--seed", str(seed), "--api-key", "uspl_it's mine")
    handler = signal.getsignal(signal.SIGTERM)
    code, first, _ = _run_until_caught(*arguments)
    assert code == 0
    assert "the seed is not used" not in first
    assert "export USERPLANE_API_KEY='uspl_it'\"'\"'s mine'" in first
    code, second, _ = _run_until_caught(*arguments)
    assert code == 0
    assert "holds a workspace already: the seed is not used." in second
    assert signal.getsignal(signal.SIGTERM) == handler


def test_emulator_prints_one_line_when_it_cannot_start(tmp_path: Path) -> None:
    wrong_seed = tmp_path / "seed.yaml"
    wrong_seed.write_text("links: 5")
    (tmp_path / "seed2.yaml").touch()
    fifo = str(tmp_path / "fifo")
    os.mkfifo(fifo)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for arguments, text in (
            (("--port", str(taken.getsockname()[1])), "can't be used: Address already in use"),
            (("--seed", str(wrong_seed)), "is wrong at links"),
            (("--seed", str(tmp_path / "none.yaml")), "can't be read"),
            (("--data", str(wrong_seed)), "can't be used"),
            (("--like", str(wrong_seed)), "is not valid JSON"),
            (("--like", str(tmp_path / "none.json")), "can't be read"),
            *(((option, fifo), "it is a pipe or a device") for option in ("--like", "--seed", "--data")),
            *(((option, str(tmp_path)), "it is a folder") for option in ("--like", "--seed", "--data")),
            (("--seed", str(tmp_path / "none.yaml"), "--data", "x" * 300), "can't be read"),
            (("--seed", str(tmp_path / "seed2.yaml"), "--data", "x" * 300), "File name too long"),
            (("--host", "0.0.0.0"), "loopback only"),
        ):
            code, out, errors = _run(*arguments)
            assert (code, out) == (1, "")
            assert re.fullmatch(rf"[^\n]*{re.escape(text)}[^\n]*\n", errors), errors


def _write_report(path: Path, *not_tried: str, **seen: object) -> str:
    findings = [
        *({"id": name, "expected": None, "seen": value} for name, value in seen.items()),
        *({"id": name, "expected": None, "not_tried": "no time"} for name in not_tried),
    ]
    content = {"report": "pulumi-userplane probe", "version": 1, "findings": findings}
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


@pytest.mark.slow
def test_emulator_says_how_it_answers_when_it_behaves_like_a_report(tmp_path: Path) -> None:
    report = _write_report(
        tmp_path / "report.json",
        meta_key="linkMeta",
        list_order="unclear",
        trim_text=True,
        left_out="keep",
        rate_headers=["ratelimit-reset", "ratelimit-limit"],
        default_provider_type="\033[31m" + "x" * 200,
        empty_text="unclear",
    )
    code, out, _ = _run_until_caught("--like", report)
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("Userplane emulator at ")
    assert lines[2:10] == [
        f"Answers like {report}:",
        "  meta_key linkMeta",
        "  trim_text true",
        f"  default_provider_type [31m{'x' * 95}…",
        '  rate_headers ["ratelimit-limit", "ratelimit-reset"]',
        f"Keeps the defaults of list_order, empty_text: {report} says unclear.",
        "",
        "Paste this where your program runs:",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("not_tried", "said"),
    [(("left_out",), "1 finding that was not tried."), (("left_out", "null_text"), "2 findings that were not tried.")],
)
def test_emulator_counts_the_findings_that_were_not_tried(
    tmp_path: Path, not_tried: tuple[str, ...], said: str
) -> None:
    report = _write_report(tmp_path / "report.json", *not_tried, meta_key="linkMeta")
    code, out, _ = _run_until_caught("--like", report)
    assert code == 0
    assert out.splitlines()[2:5] == [
        f"Answers like {report}: meta_key linkMeta.",
        f"Keeps the defaults of {said}",
        "",
    ]


@pytest.mark.slow
def test_emulator_says_that_nothing_differs_when_report_has_only_defaults(tmp_path: Path) -> None:
    report = _write_report(tmp_path / "report.json", meta_key="meta", retry_after=True)
    code, out, _ = _run_until_caught("--like", report, "--rate-limit", "5")
    assert code == 0
    assert out.splitlines()[2:4] == [f"Answers like {report}, which differs from the defaults nowhere.", ""]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        *(
            (module, "The emulator needs FastAPI, uvicorn and PyYAML: pip install 'pulumi-userplane[emulator]'\n")
            for module in ("fastapi", "starlette", "uvicorn", "yaml")
        ),
        ("_sqlite3", "The emulator needs a Python that was built with SQLite: this one has no sqlite3 module\n"),
    ],
)
def test_emulator_names_missing_package_when_extra_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, missing: str, said: str
) -> None:
    def fail(_: str) -> None:
        raise ModuleNotFoundError(name=missing)

    monkeypatch.setattr(package, "import_module", fail)
    code, _, errors = _run()
    assert (code, errors) == (1, said)


def test_command_shows_help_when_called_without_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["pulumi-userplane", "--help"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert "emulator" in capsys.readouterr().out


def test_emulator_starts_soon() -> None:
    began = time.perf_counter()
    with _running("--port", "0") as process:
        _exports(process)
    assert time.perf_counter() - began < 20
