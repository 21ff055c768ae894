"""Runs the commands of an example's README with the CLI on PATH, on an emulator: `python -m scripts.example go`.

It works on a copy of the checkout. For languages whose tools the tests don't have, so it needs a network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pulumi_userplane.emulator import Emulator
from scripts.code_blocks import list_commands

ROOT = Path(__file__).parents[1]


def copy_checkout(folder: Path) -> None:
    """Copies what Git knows of, or would show as new."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.check_output(listing, cwd=ROOT, text=True).split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def run(name: str, scratch: Path) -> None:
    """Runs an example, then sees that a preview shows no change, and destroys what it has created."""
    copy_checkout(scratch / "checkout")
    example = scratch / "checkout" / "examples" / name
    blocks = list_commands(f"examples/{name}/README.md")
    (scratch / "state").mkdir()
    with Emulator() as userplane:
        own = {
            "PULUMI_BACKEND_URL": (scratch / "state").as_uri(),
            "PULUMI_HOME": str(scratch / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "example",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # A reader says yes to what is asked.
            "PULUMI_SKIP_CONFIRMATIONS": "true",
            "XDG_CACHE_HOME": str(scratch / "cache"),
        }
        env = {**os.environ, **own, **userplane.environ()}
        for commands in (*blocks, "pulumi preview --expect-no-changes", "pulumi destroy"):
            if commands == "pulumi destroy" and not any(link["live"] for link in userplane.links):
                sys.exit(f"the example {name} has created no link")
            print(f"\n--- {commands.strip()}", flush=True)
            subprocess.run(["bash", "-e", "-c", commands], cwd=example, env=env, stdin=subprocess.DEVNULL, check=True)
        if any(link["live"] for link in userplane.links):
            sys.exit(f"links of the example {name} live after `pulumi destroy`")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        run(sys.argv[1], Path(folder))
