"""Check of the Python in which Pulumi starts the provider: its script looks for it elsewhere than for the program's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError, field_validator

from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.cli.doctor.report import Check

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "provider host"

_UV_DEFAULT = ".venv"


class _Options(BaseModel):
    toolchain: str | None = None
    virtualenv: str | None = None


class _Runtime(BaseModel):
    name: str
    options: _Options | None = None


class _Project(BaseModel):
    runtime: _Runtime
    main: str | None = None

    @field_validator("runtime", mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:  # noqa: ANN401 - as YAML has it
        return {"name": value} if isinstance(value, str) else value


def check_provider_host(folder: Path, environ: Mapping[str, str]) -> Check:
    """Returns whether the provider of a project runs in the environment of its program.

    Args:
        folder: The project's folder, or one in it, absolute.
        environ: The environment that `pulumi` would have.
    """
    file = pulumi_cli.find_project_file(folder)
    if file is None:
        return Check(NAME, ok=True, detail=f"there is no Pulumi.yaml in {folder} or above")
    try:
        project = _Project.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError, ValidationError):
        return Check(
            NAME, ok=False, detail=f"{file} tells no runtime", advice="look at what `pulumi preview` says of it"
        )
    if project.runtime.name != "python":
        return Check(NAME, ok=True, detail=f"not looked at: the program's runtime is {project.runtime.name}")
    return _of_python(file.parent, project, environ)


def _of_python(root: Path, project: _Project, environ: Mapping[str, str]) -> Check:
    options = project.runtime.options or _Options()
    program = _program_folder(root, project.main or "")
    # From here on this is what Pulumi's script `pulumi-resource-pulumi-python` does, in the program's folder.
    named = options.virtualenv or environ.get("PULUMI_RUNTIME_VIRTUALENV")
    if named or options.toolchain == "uv":
        return _in_virtualenv(root, program, program / (named or _UV_DEFAULT), options, environ)
    if options.toolchain == "poetry":
        return Check(NAME, ok=True, detail="in Poetry's environment, as the program")
    return _on_path(program, options, environ)


def _in_virtualenv(root: Path, program: Path, ours: Path, options: _Options, environ: Mapping[str, str]) -> Check:
    theirs = root / options.virtualenv if options.virtualenv else _of_uv(program, environ)
    there = any((ours / python).is_file() for python in ("bin/python", "Scripts/python.exe"))
    if _is_same(ours, theirs):
        missing = "" if there else "there is no virtual environment yet: run `pulumi install`"
        return Check(NAME, ok=True, detail=f"in {os.path.normpath(ours)}, as the program", advice=missing)
    return Check(
        NAME,
        ok=there,
        detail=f"Pulumi starts the provider in {os.path.normpath(ours)}, {'' if there else 'which is not there, '}"
        f"and the program in {os.path.normpath(theirs)}",
        advice=_cure(root, program, theirs),
    )


def _on_path(program: Path, options: _Options, environ: Mapping[str, str]) -> Check:
    command = environ.get("PULUMI_PYTHON_CMD") or "python3"
    found = shutil.which(command, path=environ.get("PATH")) or command
    # Pulumi tells the toolchain of a program by these files, and that of a provider by nothing.
    tool = next((each for each in ("uv", "poetry") if not options.toolchain and _above(program, f"{each}.lock")), None)
    active = environ.get("VIRTUAL_ENV") if tool == "poetry" else str(_of_uv(program, environ))
    if tool is None or (active and _is_same(Path(found).parent.parent, Path(active))):
        return Check(NAME, ok=True, detail=f"{found}, as the program")
    return Check(
        NAME,
        ok=True,
        detail=f"Pulumi starts the provider with {found}, and the program in the environment of {tool}.lock",
        advice=f"write `toolchain: {tool}` under runtime.options in Pulumi.yaml, or activate that environment",
    )


def _program_folder(root: Path, main: str) -> Path:
    path = root / main
    return path.parent if path.is_file() else path


def _of_uv(program: Path, environ: Mapping[str, str]) -> Path:
    """The virtual environment that uv makes for a program."""
    project = _above(program, "uv.lock") or _above(program, "pyproject.toml") or program
    return project / (environ.get("UV_PROJECT_ENVIRONMENT") or _UV_DEFAULT)


def _above(folder: Path, name: str) -> Path | None:
    return next((each for each in (folder, *folder.parents) if (each / name).exists()), None)


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _cure(root: Path, program: Path, theirs: Path) -> str:
    line = f"write `virtualenv: {os.path.relpath(theirs, program)}` under runtime.options in Pulumi.yaml"
    if root == program:
        return line
    # Pulumi sees the line from the project's folder for the program, and from the program's for the provider.
    return f"move Pulumi.yaml and the stacks' files to {program}, take `main:` out, and {line}"
