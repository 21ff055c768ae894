"""Runs Pulumi programs without the CLI, and prints where they fail: `python -m scripts.run_on_emulator FILE...`.

Pulumi's mocks take the engine's place. They let the provider check and create each link, at the Userplane that the
environment names.
"""

from __future__ import annotations

import os
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.rpc import unwrap_rpc_secret

from pulumi_userplane.provider import RecordingLinkProvider


class _Engine(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.typ.endswith("userplane:RecordingLink"):
            return args.name, args.inputs
        # A look-up with a secret key returns a secret; the engine shows a provider what is in it.
        declared = {name: unwrap_rpc_secret(value) for name, value in args.inputs.items() if name != "__provider"}
        provider = RecordingLinkProvider()
        if args.resource_id:
            found = provider.read(args.resource_id, declared)
            return found.id, found.outs or {}
        checked = provider.check({}, declared)
        if checked.failures:
            raise ValueError(checked.failures[0].reason)
        made = provider.create(checked.inputs)
        return made.id, made.outs or {}

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:  # noqa: ANN401 - as Pulumi has it
        # Look-ups of this package are no calls of the engine; those of others need their providers.
        raise ValueError(f"{args.token} belongs to another provider, which does not run here")


def run(path: Path) -> None:
    """Runs a program, and waits until all its resources are there."""
    # The journal keeps creations by the project's name.
    pulumi.runtime.set_mocks(_Engine(), project=path.stem, stack="dev")
    # What a program with an account of its own reads from the stack.
    pulumi.runtime.set_all_config({f"{path.stem}:acmeKey": os.environ["USERPLANE_API_KEY"]})

    def program() -> None:
        runpy.run_path(str(path), run_name="__main__")

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]


def find_error(path: Path) -> str:
    """Runs a program, and returns the line where it fails with what it says; nothing if it does not fail."""
    try:
        run(path)
    except Exception as error:  # noqa: BLE001 - whatever a program raises
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        return f"{lines[-1] if lines else 1}: {type(error).__name__}: {' '.join(str(error).split())}"
    return ""


def main() -> None:
    """Runs each program; one that fails does not end the others."""
    for path in map(Path, sys.argv[1:]):
        if error := find_error(path):
            print(f"{path.name}:{error}")


if __name__ == "__main__":
    main()
