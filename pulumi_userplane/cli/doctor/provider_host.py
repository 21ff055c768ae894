"""Checks where Pulumi starts the provider: in which Python, or for a program of another language, which plugin."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError, field_validator

from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.cli.doctor.grpc_proxy import find_proxy_of_loopback
from pulumi_userplane.cli.doctor.report import Check

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = "provider host"

_UV_DEFAULT = ".venv"

_PLUGIN = "pulumi-resource-userplane"
_PLUGIN_FILES = (_PLUGIN, f"{_PLUGIN}.exe", "PulumiPlugin.yaml")


class _Options(BaseModel):
    toolchain: str | None = None
    virtualenv: str | None = None


class _Runtime(BaseModel):
    name: str
    options: _Options | None = None


class _Plugin(BaseModel):
    name: str = ""
    path: str = ""


class _Plugins(BaseModel):
    providers: list[_Plugin] | None = None


class _Project(BaseModel):
    runtime: _Runtime
    main: str | None = None
    plugins: _Plugins | None = None

    @field_validator("runtime", mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:  # noqa: ANN401 - as YAML has it
        return {"name": value} if isinstance(value, str) else value


def check_provider_host(folder: Path, environ: Mapping[str, str]) -> Check:
    """Checks whether Pulumi finds the provider of a project, in the environment of its program if that is in Python.

    Args:
        folder: The project's folder, or one in it, absolute.
        environ: The environment that `pulumi` would have.
    """
    file = pulumi_cli.find_project_file(folder)
    if file is None:
        return Check(_NAME, ok=True, detail=f"there is no Pulumi.yaml in {folder} or above")
    try:
        project = _Project.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError, ValidationError):
        return Check(_NAME, ok=False, detail=f"{file} names no runtime", advice="run `pulumi preview` to see why")
    if project.runtime.name != "python":
        return _check_plugin(file.parent, project, environ)
    if variable := find_proxy_of_loopback(environ):
        return Check(
            _NAME,
            ok=False,
            detail=f"{variable} is written in small letters, so Pulumi's Python asks that proxy for this machine, too, "
            "and no program runs",
            advice="add 127.0.0.1 to no_proxy, written in small letters as well",
        )
    return _check_python_program(file.parent, project, environ)


def _check_plugin(root: Path, project: _Project, environ: Mapping[str, str]) -> Check:
    named = (project.plugins.providers if project.plugins else None) or []
    path = next((plugin.path for plugin in named if plugin.name == "userplane"), None)
    if path is not None:
        folder = os.path.normpath(root / path)
        if any(Path(folder, name).is_file() for name in _PLUGIN_FILES):
            return Check(_NAME, ok=True, detail=f"the plugin in {folder}")
        return Check(
            _NAME,
            ok=False,
            detail=f"Pulumi looks for the plugin in {folder}, where there is no {_PLUGIN}",
            advice="write the folder that has it as its `path` under plugins.providers in Pulumi.yaml",
        )
    found = shutil.which(_PLUGIN, path=environ.get("PATH"))
    return Check(
        _NAME,
        ok=True,
        detail=f"the plugin {found}" if found else f"there is no {_PLUGIN} on PATH",
        advice="" if found else "unless Pulumi has installed the plugin, put the folder that has it on PATH",
    )


def _check_python_program(root: Path, project: _Project, environ: Mapping[str, str]) -> Check:
    options = project.runtime.options or _Options()
    program = _find_program_folder(root, project.main or "")
    # From here on this is what Pulumi's script `pulumi-resource-pulumi-python` does, in the program's folder.
    named = options.virtualenv or environ.get("PULUMI_RUNTIME_VIRTUALENV")
    if named or options.toolchain == "uv":
        return _check_virtualenv(root, program, program / (named or _UV_DEFAULT), options, environ)
    if options.toolchain == "poetry":
        return Check(_NAME, ok=True, detail="in Poetry's environment, as the program")
    return _check_path(program, options, environ)


def _check_virtualenv(
    root: Path, program: Path, provider_env: Path, options: _Options, environ: Mapping[str, str]
) -> Check:
    program_env = root / options.virtualenv if options.virtualenv else _find_uv_environment(program, environ)
    exists = any((provider_env / python).is_file() for python in ("bin/python", "Scripts/python.exe"))
    if _is_same(provider_env, program_env):
        missing = "" if exists else "there is no virtual environment yet: run `pulumi install`"
        return Check(_NAME, ok=True, detail=f"in {os.path.normpath(provider_env)}, as the program", advice=missing)
    return Check(
        _NAME,
        ok=exists,
        detail=f"Pulumi starts the provider in {os.path.normpath(provider_env)}, "
        f"{'' if exists else 'which does not exist, '}and the program in {os.path.normpath(program_env)}",
        advice=_advise(root, program, program_env),
    )


def _check_path(program: Path, options: _Options, environ: Mapping[str, str]) -> Check:
    command = environ.get("PULUMI_PYTHON_CMD") or "python3"
    python = shutil.which(command, path=environ.get("PATH")) or command
    # Pulumi finds the toolchain of a program by these files, and looks for none for a provider.
    locked = (name for name in ("uv", "poetry") if not options.toolchain and _find_folder_with(program, f"{name}.lock"))
    tool = next(locked, None)
    active = environ.get("VIRTUAL_ENV") if tool == "poetry" else str(_find_uv_environment(program, environ))
    if tool is None or (active and _is_same(Path(python).parent.parent, Path(active))):
        return Check(_NAME, ok=True, detail=f"{python}, as the program")
    return Check(
        _NAME,
        ok=True,
        detail=f"Pulumi starts the provider with {python}, and the program in the environment of {tool}.lock",
        advice=f"write `toolchain: {tool}` under runtime.options in Pulumi.yaml, or activate that environment",
    )


def _find_program_folder(root: Path, main: str) -> Path:
    path = root / main
    return path.parent if path.is_file() else path


def _find_uv_environment(program: Path, environ: Mapping[str, str]) -> Path:
    """Returns the virtual environment that uv creates for a program."""
    project = _find_folder_with(program, "uv.lock") or _find_folder_with(program, "pyproject.toml") or program
    return project / (environ.get("UV_PROJECT_ENVIRONMENT") or _UV_DEFAULT)


def _find_folder_with(folder: Path, name: str) -> Path | None:
    return next((parent for parent in (folder, *folder.parents) if (parent / name).exists()), None)


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _advise(root: Path, program: Path, program_env: Path) -> str:
    line = f"write `virtualenv: {os.path.relpath(program_env, program)}` under runtime.options in Pulumi.yaml"
    if root == program:
        return line
    # Pulumi sees the line from the project's folder for the program, and from the program's for the provider.
    return f"move Pulumi.yaml and the stacks' files to {program}, take `main:` out, and {line}"
