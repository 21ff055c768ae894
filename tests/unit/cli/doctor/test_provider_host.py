"""The check of the provider host names the Python in which Pulumi starts the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.cli.doctor.provider_host import check_provider_host

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.cli.doctor.report import Check


def project(folder: Path, *options: str, more: str = "") -> Path:
    """A project's folder with these runtime options."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"\n    {each}" for each in options)
    runtime = f"\n  name: python\n  options:{lines}" if options else " python"
    (folder / "Pulumi.yaml").write_text(f"name: p\nruntime:{runtime}\n{more}")
    return folder


def environment(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    for name in ("python", "python3"):
        (folder / "bin" / name).touch(0o755)
    return folder


def look(folder: Path, **environ: str) -> Check:
    return check_provider_host(folder, environ)


def test_provider_host_advises_virtualenv_line_when_program_is_in_uv_workspace(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()
    environment(tmp_path / ".venv")
    infra = project(tmp_path / "infra", "toolchain: uv")

    check = look(infra)

    assert check.ok is False
    assert check.detail == (
        f"Pulumi starts the provider in {infra}/.venv, which does not exist, and the program in {tmp_path}/.venv"
    )
    assert check.advice == "write `virtualenv: ../.venv` under runtime.options in Pulumi.yaml"
    project(infra, "toolchain: uv", "virtualenv: ../.venv")
    cured = look(infra)
    assert (cured.ok, cured.detail, cured.advice) == (True, f"in {tmp_path}/.venv, as the program", "")


def test_provider_host_advises_when_other_environment_is_next_to_program(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    infra = project(tmp_path / "infra", "toolchain: uv")
    environment(infra / ".venv")
    check = look(infra)
    assert check.ok is True
    assert check.detail == f"Pulumi starts the provider in {infra}/.venv, and the program in {tmp_path}/.venv"
    assert check.advice.startswith("write `virtualenv: ../.venv` ")


@pytest.mark.parametrize("main", ["app", "app/__main__.py"])
def test_provider_host_advises_to_move_project_file_when_main_is_set(main: str, tmp_path: Path) -> None:
    root = project(tmp_path, "toolchain: uv", more=f"main: {main}\n")
    (root / "pyproject.toml").touch()
    (root / "app").mkdir()
    (root / "app" / "__main__.py").touch()
    environment(root / ".venv")

    check = look(root)

    assert check.ok is False
    assert check.detail.startswith(f"Pulumi starts the provider in {root}/app/.venv, which does not exist, ")
    assert check.advice == (
        f"move Pulumi.yaml and the stacks' files to {root}/app, take `main:` out, and write `virtualenv: ../.venv` "
        "under runtime.options in Pulumi.yaml"
    )
    # Or what is there for the one is there for the other.
    (root / "app" / ".venv").symlink_to("../.venv")
    assert (look(root).ok, look(root).advice) == (True, "")


def test_provider_host_fails_for_pip_environment_when_main_is_set(tmp_path: Path) -> None:
    root = project(tmp_path, "virtualenv: venv", more="main: app\n")
    (root / "app").mkdir()
    environment(root / "venv")
    check = look(root)
    assert check.ok is False
    assert check.detail.startswith(f"Pulumi starts the provider in {root}/app/venv, which does not exist, ")


def test_provider_host_follows_uv_variable_when_environment_is_elsewhere(tmp_path: Path) -> None:
    root = project(tmp_path, "toolchain: uv")
    environment(root / "elsewhere")
    check = look(root, UV_PROJECT_ENVIRONMENT="elsewhere")
    assert check.ok is False
    assert check.advice == "write `virtualenv: elsewhere` under runtime.options in Pulumi.yaml"
    assert look(root, UV_PROJECT_ENVIRONMENT="elsewhere", PULUMI_RUNTIME_VIRTUALENV="elsewhere").advice == ""


@pytest.mark.parametrize("option", ["toolchain: uv", "virtualenv: venv"])
def test_provider_host_advises_install_when_environment_does_not_exist_yet(option: str, tmp_path: Path) -> None:
    check = look(project(tmp_path, option))
    assert (check.ok, check.advice) == (True, "there is no virtual environment yet: run `pulumi install`")


def test_provider_host_is_python_on_path_when_options_are_missing(tmp_path: Path) -> None:
    python = environment(tmp_path / "env") / "bin" / "python3"
    check = look(project(tmp_path), PATH=str(python.parent))
    assert (check.ok, check.detail, check.advice) == (True, f"{python}, as the program", "")
    assert look(tmp_path, PATH="", PULUMI_PYTHON_CMD="python").detail == "python, as the program"
    poetry = look(project(tmp_path, "toolchain: poetry"))
    assert (poetry.ok, poetry.detail) == (True, "in Poetry's environment, as the program")


@pytest.mark.parametrize("tool", ["uv", "poetry"])
def test_provider_host_advises_toolchain_when_only_lock_file_names_it(tool: str, tmp_path: Path) -> None:
    (tmp_path / f"{tool}.lock").touch()
    other = environment(tmp_path / "other") / "bin"
    active = environment(tmp_path / ".venv")
    infra = project(tmp_path / "infra")

    check = look(infra, PATH=str(other))

    assert check.ok is True
    assert check.detail == (
        f"Pulumi starts the provider with {other}/python3, and the program in the environment of {tool}.lock"
    )
    assert check.advice.startswith(f"write `toolchain: {tool}` under runtime.options")
    assert look(infra, PATH=str(active / "bin"), VIRTUAL_ENV=str(active)).advice == ""
    # Who names pip has no other.
    assert look(project(infra, "toolchain: pip"), PATH=str(other)).advice == ""


def test_provider_host_is_not_checked_when_there_is_no_project(tmp_path: Path) -> None:
    assert look(tmp_path).detail == f"there is no Pulumi.yaml in {tmp_path} or above"


@pytest.mark.parametrize(
    "plugins", ["", "plugins:\n", "plugins: {providers: }\n", "plugins: {providers: [{name: a}]}\n"]
)
def test_program_of_another_language_has_its_plugin_on_path(tmp_path: Path, plugins: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(f"name: p\nruntime: yaml\n{plugins}")
    missing = look(tmp_path, PATH=str(tmp_path))
    assert (missing.ok, missing.detail) == (True, "there is no pulumi-resource-userplane on PATH")
    assert missing.advice == "unless Pulumi has installed the plugin, put the folder that has it on PATH"
    (tmp_path / "pulumi-resource-userplane").touch(0o755)
    found = look(tmp_path, PATH=str(tmp_path))
    assert (found.ok, found.detail, found.advice) == (True, f"the plugin {tmp_path}/pulumi-resource-userplane", "")


@pytest.mark.parametrize("file", ["pulumi-resource-userplane", "PulumiPlugin.yaml"])
def test_program_of_another_language_has_its_plugin_where_the_project_says(tmp_path: Path, file: str) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "Pulumi.yaml").write_text(
        "name: p\nruntime: {name: nodejs}\nplugins: {providers: [{name: userplane, path: ../bin}]}\n"
    )
    missing = look(tmp_path / "infra", PATH="")
    detail = f"Pulumi looks for the plugin in {tmp_path}/bin, where there is no pulumi-resource-userplane"
    assert (missing.ok, missing.detail) == (False, detail)
    assert missing.advice
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / file).touch()
    found = look(tmp_path / "infra", PATH="")
    assert (found.ok, found.detail, found.advice) == (True, f"the plugin in {tmp_path}/bin", "")


@pytest.mark.parametrize("content", ["", "name: p\n", "runtime: [", "- a\n", "runtime:\n  options: {toolchain: 1}\n"])
def test_provider_host_fails_when_project_file_is_unreadable(content: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(content)
    check = look(tmp_path)
    assert (check.ok, check.detail) == (False, f"{tmp_path}/Pulumi.yaml names no runtime")
    assert check.advice


def test_provider_host_ignores_options_when_they_are_empty(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime:\n  name: python\n  options:\nmain:\n")
    assert look(tmp_path).ok is True


PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    "environ",
    [
        {"https_proxy": PROXY},
        {"http_proxy": PROXY},
        {"grpc_proxy": PROXY, "https_proxy": ""},
        {"https_proxy": PROXY, "NO_PROXY": "127.0.0.1"},
        {"https_proxy": PROXY, "no_proxy": "localhost, ::1, 127., 127.0.0.1:443, 10.0.0.0/8, */8, *"},
        {"https_proxy": PROXY, "no_proxy": "127.0.0.1", "no_grpc_proxy": ""},
    ],
)
def test_provider_host_names_variable_when_grpc_would_ask_a_proxy_for_this_machine(
    environ: dict[str, str], tmp_path: Path
) -> None:
    check = look(project(tmp_path), **environ)
    assert check.ok is False
    variable = next(iter(environ))
    assert check.detail.startswith(f"{variable} is written in small letters, so Pulumi's Python asks that proxy for ")
    assert check.advice == "add 127.0.0.1 to no_proxy, written in small letters as well"
    assert "proxy.example" not in check.detail


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY, "all_proxy": PROXY},
        {"https_proxy": PROXY, "no_proxy": "localhost, 127.0.0.1"},
        {"https_proxy": PROXY, "no_proxy": "10.0.0.0/8,127.0.0.0/8"},
        {"https_proxy": PROXY, "no_grpc_proxy": "127.0.0.1"},
        {"grpc_proxy": "", "https_proxy": PROXY},
    ],
)
def test_provider_host_passes_when_grpc_asks_no_proxy_for_this_machine(environ: dict[str, str], tmp_path: Path) -> None:
    assert look(project(tmp_path), **environ).ok is True


def test_provider_host_passes_when_a_program_of_another_language_has_a_proxy(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: yaml\n")
    assert look(tmp_path, https_proxy=PROXY).ok is True
