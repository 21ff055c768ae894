"""Builds OpenTofu and the provider restapi from their Go modules, once; the last line on stdout is their folder."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from scripts.go_build import find_or_build
from scripts.pulumi_cli import CACHE, CliError

SOURCES = Path(__file__).parent / "opentofu"
CLI = "github.com/opentofu/opentofu"
PROVIDER = "github.com/Mastercard/terraform-provider-restapi"
_PROGRAMS = {
    # The provider has to be alone in its folder, under this name.
    "plugins/terraform-provider-restapi": (SOURCES / "provider", PROVIDER),
    "tofu": (SOURCES / "cli", f"{CLI}/cmd/tofu"),
}


def version(module: str) -> str:
    """Returns the version of one of the two modules that is built, without its `v`."""
    text = (SOURCES / ("cli" if module == CLI else "provider") / "go.mod").read_text("utf-8")
    [number] = re.findall(rf"^require {re.escape(module)} v([\d.]+)$", text, re.MULTILINE)
    return str(number)


def find(cache: Path = CACHE) -> Path:
    """Returns the folder with both programs, which are built if they aren't there yet.

    Raises:
        CliError: They can't be built here.
    """
    kept = cache / f"opentofu-{version(CLI)}-restapi-{version(PROVIDER)}"
    return find_or_build(kept, _PROGRAMS, "OpenTofu", takes="some minutes, 2 GB while it builds")


def main() -> None:
    """Prints the folder; exits with 1 and one sentence when there is none."""
    try:
        print(find())
    except CliError as error:
        sys.exit(f"opentofu_build: {error}")


if __name__ == "__main__":
    main()
