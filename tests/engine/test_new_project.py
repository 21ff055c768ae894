"""A project of `pulumi new` with examples/template and the wheel works on a machine without settings."""

from pathlib import Path

import yaml

from pulumi_userplane.emulator import Emulator
from tests.engine.fresh_machine import CHECKOUT, Machine, Proxy


def test_new_project_creates_links_with_defaults_of_user(
    machine: Machine, one_userplane: Emulator, proxy: Proxy
) -> None:
    machine.run("pulumi", "login", machine.home.as_uri())
    template = str(CHECKOUT / "examples" / "template")
    new = ("pulumi", "new", template, "--yes", "--generate-only", "--name", "my-links", "--description", "Our links")
    machine.run(*new)
    assert yaml.safe_load((machine.folder / "Pulumi.yaml").read_text())["name"] == "my-links"
    machine.install()
    # pip finds that all is there.
    machine.run("python", "-m", "pip", "install", "--dry-run", "--no-index", "--requirement", "requirements.txt")

    # The wheel is typed and has the command.
    where = Path(machine.run("python", "-c", "import pulumi_userplane; print(pulumi_userplane.__file__)")).parent
    assert where.is_relative_to(machine.folder)
    assert (where / "py.typed").is_file()
    assert "recover" in machine.run("pulumi-userplane", "--help")
    # What pip would get is there. Python packages named so have a plugin to download, unless they say no.
    machine.run("pulumi", "install", "--no-dependencies")

    machine.run("pulumi", "stack", "init", "dev")
    settings = {
        "userplane:workspaceId": one_userplane.workspace_id,
        "userplane:baseUrl": one_userplane.base_url,
        "domain": "help.acme.example",
    }
    plain = [part for key, value in settings.items() for part in ("--plaintext", f"{key}={value}")]
    machine.run("pulumi", "config", "set-all", "--secret", f"userplane:apiKey={one_userplane.api_key}", *plain)
    output = machine.run("pulumi", "up", "--yes")
    assert "2 to create" in output
    assert "2 created" in output
    assert [link["linkTitle"] for link in one_userplane.links] == ["Report a problem"]
    machine.run("pulumi", "refresh", "--yes", "--skip-preview")
    assert "2 unchanged" in machine.run("pulumi", "preview", "--expect-no-changes")
    machine.run("pulumi", "destroy", "--yes", "--skip-preview")
    assert [link for link in one_userplane.links if link["live"]] == []
    # It looks for a newer CLI, and for nothing of ours.
    assert proxy.hosts <= {"api.pulumi.com"}
