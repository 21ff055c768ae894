"""A stack whose program is Pulumi YAML: it gets its links through the plugin, as programs of any language can."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pulumi_userplane.property_names import to_camel_case_names
from tests.engine.stack import PLUGIN_LINK_TYPE, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCRIPTS = Path(sys.executable).parent


class YamlStack(Stack):
    """The same as a `Stack`, with the plugin; the state has the names of properties in camelCase."""

    link_type = PLUGIN_LINK_TYPE
    program_file = "Pulumi.yaml"

    def program(self, text: str) -> None:
        """Writes the program: what stands in Pulumi.yaml next to the project's own lines."""
        self.define(**yaml.safe_load(text))

    def define(self, **sections: Mapping[str, Any]) -> None:
        """Writes the program, section by section: `resources`, `outputs`, ..."""
        plugins = {"providers": [{"name": "userplane", "path": str(_SCRIPTS)}]}
        project = {"name": self._project, "runtime": "yaml", "plugins": plugins}
        # JSON is YAML, and repeats what occurs twice: Pulumi knows no aliases of YAML.
        (self.folder / self.program_file).write_text(json.dumps({**project, **sections}), encoding="utf-8")

    def declare(self, opts: str = "None", /, **links: Mapping[str, Any]) -> None:
        """Writes a program with only these links; Python's names of properties do as well."""
        assert opts == "None", "options are a part of each resource: describe_link"
        self.define(resources={name: describe_link(fields) for name, fields in links.items()})


def describe_link(fields: Mapping[str, Any], opts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Returns a resource of a program as YAML has it."""
    link = {"type": PLUGIN_LINK_TYPE, "properties": to_camel_case_names(fields)}
    return {**link, "options": dict(opts)} if opts else link
