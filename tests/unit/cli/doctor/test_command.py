"""`doctor` names the cause of each broken set-up, and passes one that is right."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from pulumi_userplane.api.errors import Operation
from pulumi_userplane.api.rate_limit import RateLimit
from pulumi_userplane.cli.doctor.command import doctor
from pulumi_userplane.cli.doctor.report import CHECK_NAMES
from pulumi_userplane.cli.doctor.runner import MAX_SECONDS, run_checks
from pulumi_userplane.settings import Settings
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.store_server import StoreServer

CERTIFICATE = Path(__file__).parents[2] / "api" / "loopback.pem"


@pytest.fixture(autouse=True)
def _quick_waits(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """The command takes no clock: its client gets that of the tests."""
    monkeypatch.setattr("pulumi_userplane.api.client_base.CancelableClock", lambda _cancellation: clock)


@dataclass(frozen=True)
class SetUp:
    """A set-up that is right; a test breaks it in one place and looks.

    Attributes:
        server: Userplane.
        monkeypatch: Changes the shell's environment, or the code.
        cli: Makes another Pulumi CLI.
        project: The project's folder; nothing is configured.
    """

    server: Emulator
    monkeypatch: pytest.MonkeyPatch
    cli: Callable[..., Path]
    project: Path

    def env(self, name: str, value: str) -> None:
        self.monkeypatch.setenv(f"USERPLANE_{name}", value)

    def key(self, value: str) -> None:
        self.env("API_KEY", value)

    def seed(self, **parts: Any) -> None:
        self.server.seed(parts)

    def look(self, *arguments: str) -> tuple[int, dict[str, Any], dict[str, dict[str, Any]]]:
        """The exit code, what `--json` prints, and the checks by their names."""
        code, out = self.run("--json", *arguments)
        report = json.loads(out)
        return code, report, {check["name"]: check for check in report["checks"]}

    def run(self, *arguments: str) -> tuple[int, str]:
        app = typer.Typer()
        app.command()(doctor)
        done = CliRunner().invoke(app, ["-C", str(self.project), *arguments])
        assert self.server.api_key not in done.output
        assert all(line.startswith("info: ") for line in done.stderr.splitlines())
        assert not isinstance(done.exception, Exception), done.exception
        assert RequestLog(self.server).writes() == []
        return done.exit_code, done.stdout


@pytest.fixture
def set_up(server: Emulator, monkeypatch: pytest.MonkeyPatch, cli: Callable[..., Path], tmp_path: Path) -> SetUp:
    for name, value in server.environ().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    cli()
    server.add_link(domainId="dom_help")
    return SetUp(server, monkeypatch, cli, tmp_path)


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture
def untrusted() -> Iterator[int]:
    """The port of a server whose certificate nobody has signed."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection, pytest.raises(ssl.SSLError):
                tls.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=refuse)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_doctor_passes_every_check_when_set_up_is_right(set_up: SetUp) -> None:
    set_up.seed(domains=[{"domainId": "dom_help", "domainUrl": "help.acme.example"}])
    set_up.server.add_link(domainId="dom_help")

    code, report, checks = set_up.look()

    assert code == 0
    assert report["ok"] is True
    assert tuple(checks) == CHECK_NAMES
    assert [name for name, check in checks.items() if not check["ok"] or check["advice"]] == []
    details = {name: check["detail"] for name, check in checks.items()}
    assert details["Pulumi CLI"] == "v3.259.0"
    assert details["configuration"] == "the environment alone: no stack is selected"
    assert details["API key"] == "…c1e7, from USERPLANE_API_KEY"
    assert details["budget"] == "no limit is set; counted for this key on this machine"
    assert details["address"] == f"{set_up.server.base_url} responds as Userplane does"
    assert details["TLS"] == "none, on this machine's loopback"
    assert details["user"] == "Ines Calder <ines@acme.example>; workspaces: 1, links: 1"
    assert details["workspace"] == "Acme Support (ws_demo)"
    assert details["role"] == "owner"
    assert details["domains"] == "help.acme.example (dom_help)"
    assert details["default project"] == "Acme Support (prj_default)"
    assert details["plan"].startswith("1 live links; ")
    assert details["meta"] == "the server calls it meta, as the setting does"
    assert report["workspaces"] == report["commands"] == []
    assert {"name": "api_key", "value": "…c1e7", "from": "USERPLANE_API_KEY"} in report["settings"]
    assert {"name": "mark_links", "value": True, "from": "the default"} in report["settings"]
    assert len(set_up.server.requests) == 5


@dataclass(frozen=True)
class Broken:
    """What breaks a set-up, the check that must name it, and what that must say."""

    what: str
    how: Callable[[SetUp], object]
    check: str
    detail: str
    advice: str


def no_default_project(s: SetUp) -> None:
    s.server.delete_project("prj_default")


def revoked_domains(s: SetUp) -> None:
    for domain in ("dom_help", "dom_app"):
        s.server.set_domain_status(domain, "revoked")


def key_in_clear(s: SetUp) -> None:
    content = {"userplane:apiKey": {"value": s.server.api_key, "secret": False}}
    s.cli(configuration=json.dumps(content), selected="dev")


def no_cli(s: SetUp) -> None:
    s.monkeypatch.setenv("PATH", str(s.project))


def old_sdk(s: SetUp) -> None:
    s.monkeypatch.setattr("pulumi_userplane.cli.doctor.runner.version", lambda _: "3.234.0")


def minute_used_up(s: SetUp) -> None:
    s.env("REQUESTS_PER_MINUTE", "3")
    s.env("REQUESTS_PER_DAY", "100")
    budget = RateLimit(Settings.read(lambda _: None).make_client(print).shared_file, 3, 100, print)
    for _ in range(3):
        budget.acquire(Operation("read", "something"), lambda _: None)


def day_used_up(s: SetUp) -> None:
    s.env("REQUESTS_PER_DAY", "1")
    RateLimit(Settings.read(lambda _: None).make_client(print).shared_file, 0, 1, print).acquire(
        Operation("read", "something"), lambda _: None
    )


def every(s: SetUp, path: str, **fault: Any) -> None:
    s.server.fault(path=path, times=None, **fault)


BROKEN = [
    Broken("old SDK", old_sdk, "Pulumi SDK", "3.234.0 is not supported", "pip install 'pulumi>=3.235,<4'"),
    Broken("no CLI", no_cli, "Pulumi CLI", "there is no pulumi on PATH", "install it"),
    Broken(
        "wrong passphrase",
        lambda s: s.cli(fails="error: incorrect passphrase", selected="dev"),
        "configuration",
        "failed: incorrect passphrase",
        "PULUMI_CONFIG_PASSPHRASE_FILE to its file; or use no stack: name a folder outside of the project",
    ),
    Broken("malformed key", lambda s: s.key("uspl a"), "settings", "USERPLANE_API_KEY is malformed", "correct it"),
    Broken(
        "http to another machine",
        lambda s: s.env("BASE_URL", "http://userplane.example/api/v1"),
        "settings",
        "USERPLANE_BASE_URL is malformed: the base URL must begin with https://",
        "correct it",
    ),
    Broken("no key", lambda s: s.key(""), "API key", "no API key is set", "create one at https://dash.userplane.io/"),
    Broken(
        "key in plaintext",
        key_in_clear,
        "API key",
        "userplane:apiKey is configured in plaintext",
        "`pulumi config set --secret userplane:apiKey`",
    ),
    Broken("minute used up", minute_used_up, "budget", "used up: 3 of 3 requests in the last minute", "run again"),
    Broken("day used up", day_used_up, "budget", "1 of 1 requests in the last day", "run again then"),
    Broken(
        "another web server",
        lambda s: every(s, "/me", answer="html"),
        "address",
        "an HTML page in Userplane's place",
        "check the base URL",
    ),
    Broken(
        "a moved server",
        lambda s: every(s, "/me", answer="redirect"),
        "address",
        "redirects (307) to https://elsewhere.example/",
        "set it as the base URL",
    ),
    Broken(
        "another path", lambda s: s.env("BASE_URL", s.server.base_url + "/v2"), "address", "404", "check the base URL"
    ),
    Broken(
        "a server with a problem",
        lambda s: every(s, "/me", answer="status", status=503, code="SERVICE_UNAVAILABLE"),
        "address",
        "503 SERVICE_UNAVAILABLE",
        "run again in a few minutes",
    ),
    Broken(
        "unknown key", lambda s: s.key("uspl_gone"), "key state", "401 API_KEY_INVALID", "set it with `pulumi config"
    ),
    Broken(
        "expired key", lambda s: s.key("uspl_demo_expired"), "key state", "401 API_KEY_EXPIRED", "the key has expired"
    ),
    Broken("disabled key", lambda s: s.key("uspl_demo_disabled"), "key state", "403 API_KEY_DISABLED", "enable it"),
    Broken(
        "no workspace",
        lambda s: s.env("WORKSPACE_ID", ""),
        "workspace",
        "no workspace",
        "set it with --workspace, `pulumi config set userplane:workspaceId`",
    ),
    Broken(
        "unknown workspace",
        lambda s: s.env("WORKSPACE_ID", "ws_none"),
        "workspace",
        "404 WORKSPACE_NOT_FOUND",
        "check the workspace id",
    ),
    Broken(
        "somebody else's workspace",
        lambda s: s.env("WORKSPACE_ID", "ws_other"),
        "workspace",
        "403 NOT_A_MEMBER",
        "invite the owner",
    ),
    Broken(
        "deleted workspace",
        lambda s: s.server.set_workspace("ws_demo", gone=True),
        "workspace",
        "410 WORKSPACE_GONE",
        "the workspace was deleted",
    ),
    Broken(
        "no verified domain",
        revoked_domains,
        "domains",
        "none is verified, and only a verified one takes links: help.acme.example (dom_help, revoked)",
        "verify one in the dashboard",
    ),
    Broken("no domain", lambda s: s.seed(domains=[]), "domains", "there is none at all", "have an admin add"),
    Broken(
        "no default project",
        no_default_project,
        "default project",
        "there is none; projects: Onboarding (prj_onboarding)",
        "write project_id= on each link",
    ),
    Broken("no project", lambda s: s.seed(projects=[]), "default project", "projects: none", "write project_id="),
    Broken(
        "projects that may not be seen",
        lambda s: every(s, "/projects", answer="status", status=403, code="FORBIDDEN"),
        "default project",
        "403 FORBIDDEN",
        "ask an admin of the workspace for a role that may, or use an admin's key",
    ),
    Broken(
        "meta under another name",
        lambda s: s.server.set_behaviours(meta_key="linkMeta"),
        "meta",
        "the server calls it linkMeta, the setting meta_field says meta",
        "`pulumi config set userplane:metaField linkMeta`",
    ),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.what)
def test_doctor_fails_check_that_names_cause_when_set_up_is_broken(broken: Broken, set_up: SetUp) -> None:
    broken.how(set_up)

    code, report, checks = set_up.look()

    assert (code, report["ok"]) == (1, False)
    assert [name for name, check in checks.items() if check["ok"] is False] == [broken.check]
    assert broken.detail in checks[broken.check]["detail"]
    assert broken.advice in checks[broken.check]["advice"]
    assert broken.advice
    assert tuple(checks) == CHECK_NAMES
    reasons = {check["detail"] for check in checks.values() if check["ok"] is None}
    assert reasons <= {f"skipped: {broken.check} comes first"}
    code, out = set_up.run()
    assert code == 1
    assert " ".join(checks[broken.check]["detail"].split()[:3]) in out


def test_doctor_names_the_limit_store_when_one_is_set(set_up: SetUp, store_server: StoreServer) -> None:
    set_up.env("LIMIT_STORE", f"unix://:hunter22@{store_server.socket}")
    set_up.env("REQUESTS_PER_MINUTE", "60")
    store_server.client.config_set("requirepass", "hunter22")
    try:
        _, report, checks = set_up.look()
    finally:
        store_server.stop()
    assert checks["budget"]["detail"] == (
        "0 of 60 requests in the last minute; counted for this key by all "
        f"machines that use the limit store at {store_server.socket}"
    )
    shown = {"name": "limit_store", "value": str(store_server.socket), "from": "USERPLANE_LIMIT_STORE"}
    assert shown in report["settings"]
    code, out = set_up.run()
    assert code == 1
    assert "hunter22" not in out + json.dumps(report)


def test_doctor_fails_budget_when_limit_store_is_down(set_up: SetUp, closed_port: int) -> None:
    set_up.env("LIMIT_STORE", f"redis://:hunter22@127.0.0.1:{closed_port}")
    _, _, checks = set_up.look()
    assert checks["budget"]["detail"] == (
        f"the limit store at 127.0.0.1:{closed_port} can't be used: there is no connection (Connection refused)"
    )
    assert checks["budget"]["advice"].startswith(
        "start the limit store, or correct userplane:limitStore, then run again; with"
    )
    set_up.env("LIMIT_STORE_REQUIRED", "false")
    _, _, checks = set_up.look()
    assert checks["budget"]["ok"]
    assert checks["budget"]["detail"].endswith("; counted for this key on this machine")
    assert checks["budget"]["advice"].startswith(f"the limit store at 127.0.0.1:{closed_port} can't be used: ")


def test_doctor_fails_key_state_when_other_machines_used_up_rate_limit(set_up: SetUp) -> None:
    every(set_up, "/me", answer="status", status=429, code="RATE_LIMITED", headers={"Retry-After": "30"})
    _, _, checks = set_up.look()
    assert "429 RATE_LIMITED" in checks["key state"]["detail"]
    assert checks["key state"]["advice"].startswith("other machines use this user's rate limit")
    assert checks["key state"]["advice"].endswith("; more: `pulumi-userplane explain RATE_LIMITED`")
    assert len(set_up.server.requests) == 1
    assert "used up: the server said so" in set_up.look()[2]["budget"]["detail"]
    assert len(set_up.server.requests) == 1


def test_doctor_fails_address_when_connection_is_refused(set_up: SetUp, closed_port: int) -> None:
    set_up.env("BASE_URL", f"http://127.0.0.1:{closed_port}/api/v1")
    _, _, checks = set_up.look()
    assert checks["address"]["detail"] == f"read of the key's owner failed: no connection to 127.0.0.1:{closed_port}"
    assert checks["address"]["advice"] == "check the network and the base URL"
    assert checks["TLS"]["detail"] == checks["meta"]["detail"] == "skipped: address comes first"


def test_doctor_fails_address_when_network_variable_is_unusable(set_up: SetUp) -> None:
    set_up.env("BASE_URL", "https://api.example/api/v1")
    set_up.monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nope.pem")
    code, _, checks = set_up.look()
    assert code == 1
    assert checks["address"]["detail"].startswith(
        "read of the key's owner failed: REQUESTS_CA_BUNDLE names `/nope.pem`"
    )
    assert checks["address"]["advice"].startswith("set REQUESTS_CA_BUNDLE to certificates")
    assert checks["TLS"]["ok"] is None


def test_doctor_fails_tls_when_certificate_is_not_trusted(set_up: SetUp, untrusted: int) -> None:
    set_up.env("BASE_URL", f"https://127.0.0.1:{untrusted}/api/v1")
    _, _, checks = set_up.look()
    assert checks["address"]["ok"] is True
    assert checks["address"]["detail"] == f"127.0.0.1:{untrusted} takes connections"
    assert checks["TLS"]["ok"] is False
    assert f"no trusted TLS connection to 127.0.0.1:{untrusted}" in checks["TLS"]["detail"]
    assert "name its file in SSL_CERT_FILE" in checks["TLS"]["advice"]
    assert checks["key state"]["ok"] is None


@pytest.mark.slow
def test_doctor_gives_up_check_when_server_is_silent(set_up: SetUp) -> None:
    assert MAX_SECONDS == 5
    every(set_up, "/domains", latency=600)
    every(set_up, "/links", latency=600)
    report = run_checks(None, set_up.project, None, None, None, max_seconds=0.3)
    failed = {check.name: check for check in report.checks if not check.ok}
    assert list(failed) == ["domains", "plan", "meta"]
    assert "did not finish its response" in failed["domains"].detail


def test_doctor_does_not_wait_when_rate_limit_ends_meanwhile(set_up: SetUp) -> None:
    set_up.env("REQUESTS_PER_MINUTE", "3")
    set_up.env("REQUESTS_PER_DAY", "0")
    _, _, checks = set_up.look()
    assert len(set_up.server.requests) == 3
    assert checks["budget"]["detail"].startswith("0 of 3 requests in the last minute; counted ")
    assert checks["domains"]["ok"] is True
    assert re.fullmatch(
        r"list of projects of workspace ws_demo failed: it would have to wait \d\d s: .* allows 3 requests a minute",
        checks["default project"]["detail"],
    )
    assert checks["default project"]["advice"] == "run again then"


def test_doctor_does_not_wait_when_server_asked_for_pause(set_up: SetUp) -> None:
    RateLimit(Settings.read(lambda _: None).make_client(print).shared_file, 0, 0, print).record_refusal(0.0, 30)
    _, _, checks = set_up.look()
    assert re.fullmatch(r"used up: the server said so; the next request may go in \d+ s", checks["budget"]["detail"])
    assert set_up.server.requests == []


def test_doctor_advises_when_cache_folder_is_unusable(set_up: SetUp, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    set_up.monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    code, _, checks = set_up.look()
    assert code == 0
    assert "parallel runs may exceed the rate limit" in checks["budget"]["advice"]


def test_doctor_passes_with_advice_when_something_is_worth_knowing(set_up: SetUp) -> None:
    set_up.cli(version="v3.253.1")
    set_up.monkeypatch.setattr("pulumi_userplane.cli.doctor.runner.version", lambda _: "3.259.9")
    set_up.monkeypatch.setattr("platform.python_version", lambda: "3.15.0rc1")
    set_up.key("uspl_demo_member")

    code, report, checks = set_up.look()

    assert (code, report["ok"]) == (0, True)
    notes = {name: check["advice"] for name, check in checks.items() if check["advice"]}
    assert set(notes) == {"Python", "Pulumi SDK", "Pulumi CLI", "role", "domains"}
    assert notes["Python"] == "newer than any that was tested"
    assert "Exception calling application" in notes["Pulumi SDK"]
    assert "before 3.254" in notes["Pulumi CLI"]
    assert checks["role"]["detail"] == "member"
    assert (
        "can change but not delete links that others made, and replacing such a link would stop halfway"
        in notes["role"]
    )
    assert notes["domains"] == "no new link can be made on new.acme.example"
    assert "new.acme.example (dom_new, pending)" in checks["domains"]["detail"]


def test_doctor_takes_cli_for_old_when_version_is_unreadable(set_up: SetUp) -> None:
    set_up.cli(version="dirty")
    _, _, checks = set_up.look()
    assert checks["Pulumi CLI"] == {
        "name": "Pulumi CLI",
        "ok": True,
        "detail": "dirty",
        "advice": "before 3.254 `pulumi import` takes no file with a link's values: bring links in with adopt=",
    }


def test_doctor_reports_error_of_cli_when_cli_fails(set_up: SetUp) -> None:
    script = set_up.project / "bin" / "pulumi"
    script.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    (set_up.project / "Pulumi.yaml").unlink()
    _, _, checks = set_up.look()
    assert checks["Pulumi CLI"]["detail"] == "`pulumi version` failed: broken"
    assert checks["configuration"]["detail"] == (
        f"the environment alone: there is no Pulumi.yaml in {set_up.project} or above"
    )


def test_doctor_gives_cli_as_much_time_as_other_commands(set_up: SetUp) -> None:
    run = subprocess.run
    limits: list[float] = []

    def slow(*arguments: Any, timeout: float, **more: Any) -> Any:
        limits.append(timeout)
        return run(*arguments, timeout=timeout, **more)

    set_up.monkeypatch.setattr(subprocess, "run", slow)
    set_up.cli(selected="dev")

    code, *_ = set_up.look()

    # The version, the selected stack, its configuration: each has what `links` gives it.
    assert (code, limits) == (0, [120, 120, 120])


def test_doctor_fails_checks_when_cli_does_not_end(set_up: SetUp) -> None:
    def too_long(*_: Any, timeout: float, **__: Any) -> None:
        raise subprocess.TimeoutExpired("pulumi", timeout)

    set_up.monkeypatch.setattr(subprocess, "run", too_long)

    code, _, checks = set_up.look()

    assert code == 1
    assert checks["Pulumi CLI"]["ok"] is checks["configuration"]["ok"] is False
    assert checks["Pulumi CLI"]["detail"] == "`pulumi version` took longer than 120 s"
    assert checks["configuration"]["detail"] == "`pulumi stack --show-name` took longer than 120 s"
    assert "or use no stack: name a folder outside of the project with -C" in checks["configuration"]["advice"]
    assert checks["settings"]["detail"] == "skipped: configuration comes first"


def test_doctor_passes_meta_when_there_is_no_link(set_up: SetUp) -> None:
    set_up.seed(links=[])
    code, _, checks = set_up.look()
    assert code == 0
    assert checks["meta"]["detail"] == (
        "not known: there is no link that shows whether the server calls it meta or linkMeta"
    )
    assert checks["meta"]["advice"] == (
        "run again when there is a link, or `pulumi-userplane probe`, which asks with a link of its own; until then "
        "meta_field=meta is used unchecked"
    )


def test_doctor_lists_workspaces_and_commands_when_only_key_is_set(set_up: SetUp) -> None:
    set_up.env("WORKSPACE_ID", "")

    code, report, _ = set_up.look()

    assert code == 1
    [choice] = report["workspaces"]
    assert (choice["workspace_id"], choice["name"]) == ("ws_demo", "Acme Support")
    assert {check["name"]: check["detail"] for check in choice["checks"]} == {
        "role": "owner",
        "domains": "help.acme.example (dom_help), app.acme.example (dom_app), new.acme.example (dom_new, pending)",
        "default project": "Acme Support (prj_default)",
    }
    assert report["commands"] == [
        "pulumi config set --secret userplane:apiKey",
        "pulumi config set userplane:workspaceId ws_demo",
    ]
    _, out = set_up.run()
    assert out.endswith(
        "\nRun in the project's folder, with one of the workspaces:\n\n"
        "  pulumi config set --secret userplane:apiKey\n"
        "  pulumi config set userplane:workspaceId ws_demo\n"
    )
    assert "\nworkspace ws_demo, Acme Support\n" in out


def test_doctor_checks_stack_configuration_when_stack_is_named(set_up: SetUp) -> None:
    secret = {"value": set_up.server.api_key, "secret": True}
    set_up.cli(configuration=json.dumps({"userplane:apiKey": secret}), selected="dev")
    set_up.key("uspl_demo_expired")
    set_up.env("WORKSPACE_ID", "")

    _, report, checks = set_up.look("--workspace", "ws_demo")

    assert report["ok"]
    assert checks["configuration"]["detail"] == "of stack dev, then the environment"
    assert checks["API key"]["detail"] == "…c1e7, from the configuration of stack dev"
    assert {"name": "workspace_id", "value": "ws_demo", "from": "--workspace"} in report["settings"]
    _, report, _ = set_up.look("--stack", "prod")
    assert report["commands"] == ["pulumi config set userplane:workspaceId ws_demo --stack prod"]
    assert "from the configuration of stack prod" in set_up.run("--stack", "prod")[1].replace("\n", " ")


def test_doctor_prints_signs_in_80_columns_without_colours(set_up: SetUp) -> None:
    set_up.env("EXTRA_PROVIDER_TYPES", "a,b")
    set_up.key("uspl_demo_member")
    no_default_project(set_up)

    code, out = set_up.run()

    assert code == 1
    assert "\x1b" not in out
    assert all(len(line) <= 80 for line in out.splitlines())
    lines = [line.rstrip() for line in out.splitlines()]
    assert any(line.split() == ["mark_links", "true,", "from", "the", "default"] for line in lines)
    assert any(line.split()[:3] == ["extra_provider_types", "a", "b,"] for line in lines)
    assert any(line.startswith("✓ workspace       Acme Support (ws_demo)") for line in lines)
    assert any(line.startswith("! role            member") for line in lines)
    assert any(line.startswith("✗ default project there is none") for line in lines)
    assert any(line.strip().startswith("→ write project_id= on each link") for line in lines)


def test_doctor_prints_ascii_signs_when_encoding_lacks_others(set_up: SetUp) -> None:
    app = typer.Typer()
    app.command()(doctor)
    set_up.key("uspl_gone")
    done = CliRunner(charset="latin-1").invoke(app, ["-C", str(set_up.project)])
    assert done.exit_code == 1
    assert "\n+ address " in done.stdout
    assert "\nx key state " in done.stdout
    assert "\n- user " in done.stdout
    assert " > the key is unknown" in done.stdout


def test_doctor_shows_nothing_of_key_when_key_is_short(set_up: SetUp) -> None:
    set_up.key("short")
    assert set_up.look()[2]["API key"]["detail"] == "…, from USERPLANE_API_KEY"


def test_doctor_prints_names_harmlessly_when_they_hold_control_characters(set_up: SetUp) -> None:
    set_up.server.set_workspace("ws_demo", name="[red]A\x1b[2J\u202eB\nC[/red]")
    _, out = set_up.run()
    assert "[red]A [2J B C[/red] (ws_demo)" in out
