"""The repository's folder is a plugin as it is: the CLI installs it into an environment, and starts `__main__.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
import yaml
from pulumi.runtime.proto.provider_pb2 import GetSchemaRequest
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_folder_serves_the_plugin_when_it_is_started_from_a_program(tmp_path: Path) -> None:
    # As the Python language host of Pulumi does it.
    command = [sys.executable, str(ROOT), "127.0.0.1:1"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as plugin:
        try:
            assert plugin.stdout is not None
            port = int(plugin.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                answer = ResourceProviderStub(channel).GetSchema(GetSchemaRequest())
        finally:
            plugin.kill()
    assert json.loads(answer.schema)["name"] == "userplane"


def test_folder_says_how_it_is_installed_whatever_project_it_lies_in() -> None:
    plugin = yaml.safe_load((ROOT / "PulumiPlugin.yaml").read_text("utf-8"))
    # Without a toolchain, the lock of a folder above would choose one.
    assert plugin == {"runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": "venv"}}}
    ignored = subprocess.run(["git", "check-ignore", "venv/"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert ignored.stdout == "venv/\n"
