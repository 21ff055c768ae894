"""`pulumi-userplane probe`: asks first, prints a table and what to set, writes the report, and ends with one line."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from typer.testing import CliRunner

from pulumi_userplane.cli.app import app
from pulumi_userplane.cli.probe.unknowns import EXPECTED
from tests.unit.cli.conftest import Ended, after_account
from tests.unit.cli.probe.conftest import DOMAIN, list_live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator

COMMAND = [sys.executable, "-c", "from pulumi_userplane.cli import main; main()", "probe", "--domain", DOMAIN]


def after_question(errors: str) -> list[str]:
    """What the command says on standard error after what it does and costs, line by line."""
    return errors.partition("refuse.\n")[2].splitlines()


class Run(Protocol):
    """Runs the command in this process."""

    def __call__(self, *arguments: object) -> Ended:
        """Returns how it ended."""


@pytest.fixture
def account(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's account, in the environment."""
    for name, value in server.environ().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def probe(server: Emulator, account: None) -> Run:
    """Runs the command with the server's account."""

    def run(*arguments: object) -> Ended:
        done = CliRunner().invoke(app, ["probe", *map(str, arguments)])
        assert server.api_key not in done.output
        return Ended(done.exit_code, done.stdout, after_account(done.stderr))

    return run


def test_dry_run_lists_40_requests_one_a_line_and_sends_none(server: Emulator, probe: Run) -> None:
    done = probe("--dry-run")
    lines = done.out.splitlines()
    assert [int(line.split()[0]) for line in lines] == list(range(1, 41))
    assert {line.split()[1] for line in lines} == {"GET", "POST", "PUT", "DELETE"}
    assert (done.code, done.errors, server.requests) == (0, "", [])


def test_probe_sends_nothing_without_yes_or_a_terminal(server: Emulator, probe: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    done = probe("--domain", DOMAIN, "--report", file)
    assert (done.code, done.out) == (1, "")
    assert done.errors == (
        "the probe asks before it begins, and nobody can be asked here: nothing was sent; add --yes to agree "
        "beforehand, or --dry-run to see what it sends\n"
    )
    assert server.requests == []
    assert not file.exists()


@pytest.mark.parametrize("domain", [(), ("--domain", " ")])
def test_probe_needs_a_domain(server: Emulator, probe: Run, domain: tuple[str, ...]) -> None:
    done = probe("--yes", *domain)
    assert (done.code, done.out) == (2, "")
    assert done.errors == "--domain is missing: name a verified domain, by its id or its address\n"
    assert server.requests == []


def test_probe_prints_what_differs_with_what_to_set(server: Emulator, probe: Run) -> None:
    server.set_behaviours(meta_key="linkMeta", trim_text=True)
    done = probe("--domain", DOMAIN, "--yes")
    rows = done.out.splitlines()
    assert rows[0].split() == ["expected", "seen"]
    assert rows[1].split() == ["!", "name", "of", "the", "map", "meta", "linkMeta"]
    assert rows[2] == "   → meta_key: set userplane:metaField to linkMeta"
    assert "   → trim_text: write texts without white space around them" in rows
    assert "-  not tried (the list has too few links to tell): list_order" in rows
    assert "37 as expected, 2 different, 2 not tried; 33 requests, 2 links deleted." in rows
    assert done.out.endswith(
        "\nRun in the project's folder:\n\n  pulumi config set userplane:metaField linkMeta\n\nor, for programs whose "
        "account is in the environment:\n\n  export USERPLANE_META_FIELD=linkMeta\n"
    )
    assert done.code == 0
    assert " ".join(done.errors.split()) == (
        f"The probe makes 2 recording links on {DOMAIN} in workspace ws_demo, and deletes them. It sends 40 requests "
        "at most, and changes no other link. Your plan may count a link for good, also when it is deleted: then this "
        "uses up 2 of its links, and up to 6 if Userplane makes links that it should refuse."
    )
    assert max(map(len, rows)) <= 90


def test_probe_names_the_stack_in_what_to_set(server: Emulator, probe: Run, cli: Callable[..., Path]) -> None:
    cli(selected="dev")
    server.set_behaviours(meta_key="linkMeta")
    done = probe("--domain", DOMAIN, "--yes", "--stack", "dev")
    assert "  pulumi config set userplane:metaField linkMeta --stack dev" in done.out.splitlines()


@pytest.mark.parametrize(
    ("behaviours", "variables", "line"),
    [
        ({}, {"USERPLANE_META_FIELD": "linkMeta"}, "userplane:metaField meta"),
        ({"meta_key": "linkMeta"}, {"USERPLANE_META_FIELD": "linkMeta"}, ""),
        ({"default_provider_type": "new_desk"}, {}, "userplane:extraProviderTypes new_desk"),
        (
            {"default_provider_type": "new_desk"},
            {"USERPLANE_EXTRA_PROVIDER_TYPES": "other"},
            "userplane:extraProviderTypes other,new_desk",
        ),
        ({"default_provider_type": "new_desk"}, {"USERPLANE_EXTRA_PROVIDER_TYPES": "new_desk"}, ""),
        ({"ignored_fields": ["linkReference"]}, {}, "userplane:markLinks false"),
        pytest.param({"listed_at_once": False}, {}, "userplane:markLinks false", marks=pytest.mark.slow),
        pytest.param({"listed_at_once": False}, {"USERPLANE_MARK_LINKS": "false"}, "", marks=pytest.mark.slow),
        ({"links_per_page": 5}, {}, "userplane:refresh single"),
        ({"links_per_page": 5}, {"USERPLANE_REFRESH": "single"}, ""),
        ({"links_per_page": 20}, {}, ""),
    ],
)
def test_probe_says_what_to_set(  # noqa: PLR0917 - pytest passes fixtures and parameters by name
    server: Emulator,
    probe: Run,
    monkeypatch: pytest.MonkeyPatch,
    behaviours: dict[str, Any],
    variables: dict[str, str],
    line: str,
) -> None:
    server.set_behaviours(**behaviours)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = probe("--domain", DOMAIN, "--yes")
    commands = [text.strip() for text in done.out.splitlines() if text.startswith("  pulumi config set")]
    assert commands == ([f"pulumi config set {line}"] if line else [])


def test_report_has_one_entry_for_each_unknown_and_is_the_same_each_time(
    server: Emulator, probe: Run, tmp_path: Path
) -> None:
    server.set_behaviours(
        meta_key="linkMeta", refused_input={"code": "NO", "detail": "…"}, rate_headers=["x-ratelimit-a"]
    )
    files = [tmp_path / "first.json", tmp_path / "second.json"]
    for file in files:
        assert probe("--domain", DOMAIN, "--yes", "--report", file).code == 0
    assert files[0].read_text() == files[1].read_text()
    report = json.loads(files[0].read_text())
    assert (report["report"], report["version"]) == ("pulumi-userplane probe", 1)
    assert [finding["id"] for finding in report["findings"]] == list(EXPECTED)
    assert report["findings"][0] == {"id": "meta_key", "expected": "meta", "seen": "linkMeta"}
    assert report["findings"][-1] == {"id": "retry_after", "expected": True, "not_tried": "no 429 came"}


def test_report_names_nobody(server: Emulator, probe: Run, tmp_path: Path) -> None:
    # A server that puts names and addresses wherever it can.
    server.set_workspace("ws_demo", name="ACME_SUPPORT")
    server.add_link(domainId="dom_help", linkTitle="ACME_TITLE")
    server.set_behaviours(
        refused_input={
            "error": "ACME_TITLE",
            "help_acme_example": {"dom_help": "help.acme.example", "ines@acme.example": 1},
            "ACME_SUPPORT": ["Ines Calder", 17],
            "code": "Ines Calder",
            "message": "The link of Ines Calder on help.acme.example is wrong",
        },
        unknown_domain="404 ACME_TITLE",
    )
    file = tmp_path / "report.json"
    probe("--domain", DOMAIN, "--yes", "--report", file)
    text = file.read_text().lower()
    assert "refused_input" in text
    words = ("acme", "title", "ines", "help", "dom_", "ws_demo", server.api_key)
    found = [word for word in words if word in text.replace("title_length", "").replace("default_title", "")]
    assert found == []


def test_report_hides_types_that_name_somebody(server: Emulator, probe: Run, tmp_path: Path) -> None:
    server.add_link(domainId="dom_help", linkTitle="Alice Of Acme")
    server.set_behaviours(default_link_type="alice_of_acme")
    file = tmp_path / "report.json"
    probe("--domain", DOMAIN, "--yes", "--report", file)
    assert "alice" not in file.read_text()


def test_report_hides_the_key(server: Emulator, probe: Run, tmp_path: Path) -> None:
    server.set_behaviours(refused_input={server.api_key: "…", "error": server.api_key.upper(), "code": "SEE_WS_DEMO"})
    file = tmp_path / "report.json"
    probe("--domain", DOMAIN, "--yes", "--report", file)
    findings = {finding["id"]: finding for finding in json.loads(file.read_text())["findings"]}
    assert findings["refused_input"]["seen"] == {"error": "…", "code": "…"}


def test_report_hides_words_of_names(server: Emulator, probe: Run, tmp_path: Path) -> None:
    server.set_behaviours(refused_input={"ines": "…", "error": "INES_MAY_NOT"}, unknown_domain="404 ACME_REFUSED")
    file = tmp_path / "report.json"
    probe("--domain", DOMAIN, "--yes", "--report", file)
    findings = {finding["id"]: finding for finding in json.loads(file.read_text())["findings"]}
    assert findings["refused_input"]["seen"] == {"error": "…"}
    assert findings["unknown_domain"]["seen"] == "404"


@pytest.mark.slow
def test_probe_names_what_a_doubtful_response_named(server: Emulator, probe: Run) -> None:
    server.set_behaviours(date_header=False, ignored_fields=["linkReference"])
    done = probe("--domain", DOMAIN, "--yes")
    (link_id,) = list_live(server)
    assert f"(the response named {link_id}, which may be another's)" in done.errors.splitlines()[-1]


@pytest.mark.parametrize("name", ["x" * 300, "."])
def test_probe_refuses_a_name_that_no_file_can_have(server: Emulator, probe: Run, name: str) -> None:
    done = probe("--domain", DOMAIN, "--yes", "--report", name)
    assert done.errors == f"{name} can't be written; name a file in a folder that you may write\n"
    assert server.requests == []


@pytest.mark.slow
def test_mistake_of_the_probe_is_shown_after_what_remains(
    server: Emulator, probe: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr("pulumi_userplane.cli.probe.run.ask_lengths", fail)
    server.fault(method="DELETE", answer="status", status=403, code="LINK_DELETE_FORBIDDEN", times=None)
    done = probe("--domain", DOMAIN, "--yes")
    assert done.code == 1
    end = "remains: delete it in the dashboard; more: `pulumi-userplane explain LINK_DELETE_FORBIDDEN`"
    assert [line.endswith(end) for line in after_question(done.errors)[1:]] == [True] * 2


def test_probe_reports_a_file_that_cannot_be_written_before_it_begins(server: Emulator, probe: Run) -> None:
    done = probe("--domain", DOMAIN, "--yes", "--report", "/nowhere/report.json")
    assert done.code == 1
    assert done.errors == "/nowhere/report.json can't be written; name a file in a folder that you may write\n"
    assert server.requests == []


def test_probe_keeps_a_report_that_is_there_when_nobody_agrees(server: Emulator, probe: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("kept")
    assert probe("--domain", DOMAIN, "--report", file).code == 1
    assert file.read_text() == "kept"


def test_probe_that_makes_no_link_ends_with_one_line(server: Emulator, probe: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("kept")
    server.set_workspace("ws_demo", link_quota=0)
    done = probe("--domain", DOMAIN, "--yes", "--report", file)
    assert (done.code, done.out) == (1, "")
    (line,) = after_question(done.errors)
    assert line == (
        "creation of a recording link for the probe failed: 403 PLAN_LIMIT_EXCEEDED \"The plan's 0 links are used "
        "up.\"; the plan's quota of links is used up, and no link was created: upgrade the plan; "
        "more: `pulumi-userplane explain PLAN_LIMIT_EXCEEDED`"
    )
    assert file.read_text() == "kept"


def test_probe_that_ends_early_prints_and_writes_what_it_has_seen(server: Emulator, probe: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    server.fault(skip=10, answer="status", status=401, code="API_KEY_INVALID")
    done = probe("--domain", DOMAIN, "--yes", "--report", file)
    assert done.code == 1
    assert "-  not tried (the probe did not get there): " in done.out
    assert "401 API_KEY_INVALID" in done.errors.splitlines()[-1]
    assert done.errors.endswith(
        "; everything that the probe made is deleted; more: `pulumi-userplane explain API_KEY_INVALID`\n"
    )
    assert done.out.endswith(f"\nThe report is in {file}.\n")
    seen = {finding["id"] for finding in json.loads(file.read_text())["findings"] if "seen" in finding}
    assert "created_status" in seen
    assert "second_delete" not in seen


def test_refused_key_says_what_the_user_of_a_command_can_do(
    server: Emulator, probe: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERPLANE_API_KEY", "uspl_demo_expired")
    done = probe("--domain", DOMAIN, "--yes")
    assert "or the variable USERPLANE_API_KEY" in done.errors.splitlines()[-1]
    assert "--run-program" not in done.errors
    assert server.links == []


@pytest.mark.slow
def test_probe_names_links_that_are_left(server: Emulator, probe: Run) -> None:
    server.fault(method="DELETE", answer="status", status=403, code="LINK_DELETE_FORBIDDEN", times=None)
    done = probe("--domain", DOMAIN, "--yes")
    assert done.code == 1
    waiting, *lines = after_question(done.errors)
    assert waiting == "info: waiting 1 s, since the server responded with 403 LINK_DELETE_FORBIDDEN"
    assert len(lines) == 2
    for line, link_id in zip(lines, list_live(server), strict=True):
        assert line == (
            f'deletion of recording link {link_id} failed: 403 LINK_DELETE_FORBIDDEN "A scripted fault."; the probe\'s '
            f"link {link_id} remains: delete it in the dashboard; "
            "more: `pulumi-userplane explain LINK_DELETE_FORBIDDEN`"
        )


def test_probe_says_that_all_is_deleted_when_a_response_was_lost(server: Emulator, probe: Run) -> None:
    server.fault(method="POST", skip=1, answer="drop", after_work=True)
    done = probe("--domain", DOMAIN, "--yes")
    assert done.code == 1
    assert re.fullmatch(
        "creation of a recording link for the probe failed: the connection to 127.0.0.1:[0-9]+ broke before the "
        "response was complete; everything that the probe made is deleted: run it again",
        done.errors.splitlines()[-1],
    )


def test_probe_names_links_of_another_probe(server: Emulator, probe: Run) -> None:
    link_id = server.add_link(domainId="dom_help", linkTitle="pulumi-userplane probe")["linkId"]
    done = probe("--domain", DOMAIN, "--yes")
    assert done.code == 0
    assert done.errors.splitlines()[-1] == (
        f"the recording link {link_id} is another probe's; if none runs now, one was killed before it could delete it: "
        "delete it in the dashboard"
    )


def test_probe_says_what_to_do_with_what_it_cannot_name(server: Emulator, probe: Run) -> None:
    server.set_behaviours(default_link_type="x" * 40, default_provider_type="An Odd Type", created_status=201)
    rows = probe("--domain", DOMAIN, "--yes").out.splitlines()
    unclear = "what came is none of the values known here: describe it in an issue, please"
    assert f"   → default_provider_type: {unclear}" in rows
    assert "   → created_status: nothing to do" in rows


def test_probe_says_what_is_set_already(server: Emulator, probe: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERPLANE_META_FIELD", "linkMeta")
    server.set_behaviours(meta_key="linkMeta")
    assert "   → meta_key: is set already" in probe("--domain", DOMAIN, "--yes").out.splitlines()


@pytest.mark.slow
def test_probe_says_where_a_link_may_be_left(server: Emulator, probe: Run) -> None:
    server.set_behaviours(ignored_fields=["linkReference"])
    server.fault(method="POST", skip=1, answer="drop", after_work=True)
    done = probe("--domain", DOMAIN, "--yes")
    assert done.code == 1
    assert "the connection to " in done.errors.splitlines()[-2]
    assert re.fullmatch(
        "the probe may have left a recording link in workspace ws_demo: a POST had no clear response, and no list "
        "shows its link; look in the dashboard for a new link whose reference begins with [0-9a-f]{16}, or is empty, "
        "and delete it if nobody else made it",
        done.errors.splitlines()[-1],
    )


def test_probe_does_not_begin_when_the_day_has_too_few_requests(
    server: Emulator, probe: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERPLANE_REQUESTS_PER_DAY", "39")
    done = probe("--domain", DOMAIN, "--yes")
    assert done.code == 1
    assert done.errors.splitlines()[-1] == (
        "the probe needs up to 40 requests, and 39 of today's 39 remain; run it tomorrow, or raise "
        "userplane:requestsPerDay"
    )
    assert server.requests == []


@pytest.fixture
def environment(server: Emulator, tmp_path: Path) -> dict[str, str]:
    """The environment of the command as a process."""
    return {**os.environ, **server.environ(), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def begin(environment: dict[str, str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--yes"], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "request_number"),
    [(signal.SIGINT, 0), (signal.SIGINT, 4), (signal.SIGTERM, 6), (signal.SIGHUP, 14), (signal.SIGINT, 26)],
)
def test_interrupted_probe_leaves_nothing(
    server: Emulator, environment: dict[str, str], tmp_path: Path, number: signal.Signals, request_number: int
) -> None:
    server.fault(skip=request_number, latency=1)
    with begin(environment, tmp_path) as process:
        # A fault is taken from the script when its request arrives.
        wait_until(lambda: server.faults == [])
        for _ in range(2):
            process.send_signal(number)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert list_live(server) == []
    assert errors.splitlines()[-1] == "the probe was interrupted" + "; everything that it made is deleted" * (
        request_number > 0
    )
    assert "Traceback" not in errors
    assert ("the probe did not get there" in out) is (request_number > 0)


@pytest.mark.slow
def test_probe_deletes_its_links_when_its_terminal_is_closed(
    server: Emulator, environment: dict[str, str], tmp_path: Path
) -> None:
    main, terminal = pty.openpty()
    server.fault(method="PUT", latency=1)
    with subprocess.Popen(
        [*COMMAND, "--yes"], cwd=tmp_path, env=environment, stdin=terminal, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        wait_until(lambda: server.faults == [])
        os.close(main)
        for _ in range(3):
            process.send_signal(signal.SIGHUP)
    assert list_live(server) == []
    assert len(server.links) == 2


@pytest.mark.slow
def test_probe_that_is_interrupted_while_it_deletes_goes_on(
    server: Emulator, environment: dict[str, str], tmp_path: Path
) -> None:
    server.fault(method="DELETE", latency=1)
    with begin(environment, tmp_path) as process:
        wait_until(lambda: server.faults == [])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert list_live(server) == []
    assert errors.splitlines()[-1] == "info: stopping: the probe deletes what it has made"


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], int]]:
    """Makes standard input a terminal, and types into it."""
    main, terminal = pty.openpty()
    with os.fdopen(terminal, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield lambda text: os.write(main, text.encode())
    os.close(main)


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1)])
def test_probe_asks_in_a_terminal(  # noqa: PLR0917 - pytest passes fixtures and parameters by name
    server: Emulator,
    account: None,
    keyboard: Callable[[str], int],
    capsys: pytest.CaptureFixture[str],
    answer: str,
    code: int,
) -> None:
    keyboard(answer)
    with pytest.raises(SystemExit) as ended:
        app(["probe", "--domain", DOMAIN])
    assert ended.value.code == code
    errors = capsys.readouterr().err
    assert "makes links that it should refuse.\nBegin? [y/N]:" in errors
    assert errors.endswith("nothing was sent\n") is (code != 0)
    assert bool(server.requests) is (code == 0)
    assert list_live(server) == []


@pytest.mark.slow
def test_interrupted_probe_restores_the_handlers(server: Emulator, account: None) -> None:
    def interrupt() -> None:
        wait_until(lambda: server.faults == [])
        handler = signal.getsignal(signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        assert callable(handler)
        # A second Ctrl-C: it says nothing more.
        wait_until(lambda: len(server.requests) > before_fault)
        handler(signal.SIGINT, None)

    before, before_fault = signal.getsignal(signal.SIGINT), 8
    server.fault(method="PUT", latency=1)
    thread = threading.Thread(target=interrupt)
    thread.start()
    done = CliRunner().invoke(app, ["probe", "--domain", DOMAIN, "--yes"])
    thread.join()
    assert done.exit_code == 1
    assert done.stderr.count("info: stopping: the probe deletes what it has made") == 1
    assert signal.getsignal(signal.SIGINT) is before
    assert list_live(server) == []
