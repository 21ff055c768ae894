"""YAML of an export has the values of the links."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pulumi_userplane.cli.export.generated_files import to_yaml
from tests.edge_cases import METAS, TITLES


@pytest.mark.parametrize("value", [*TITLES, *METAS])
def test_yaml_loads_as_value(value: Any) -> None:
    written = to_yaml({"first": value, "again": value})
    assert yaml.safe_load(written) == {"first": value, "again": value}
    if isinstance(value, str):
        assert written.count("\n") == 2
