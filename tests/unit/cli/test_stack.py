"""A state is read from the Pulumi CLI or an exported file, whatever its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import stack
from tests.support.states import STACK, export, export_of, held, resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EMPTY = (export_of(None), export_of({"manifest": {}}))


def test_state_tells_names_and_ids_from_any_resource(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    for text, ids in (
        (export(STACK), set()),
        (export(held("a", "lnk_a"), resource("b", "lnk_b", delete=True)), {"lnk_a", "lnk_b"}),
        (export(pending=(resource("a"),)), set()),
        (export(STACK, pending=(resource("a", "lnk_a"),)), {"lnk_a"}),
    ):
        file.write_text(text)
        found = stack.read_file(file)
        assert (found.project, found.name) == ("p", "dev")
        assert found.ids == ids


def test_pending_operation_is_ignored_when_it_has_no_resource(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(export(STACK, pending=(None,)))
    assert stack.read_file(file).ids == set()


@pytest.mark.parametrize("text", EMPTY)
def test_empty_stack_is_named_by_full_name_or_project_file(text: str, cli: Callable[..., Path], tmp_path: Path) -> None:
    cli(text)
    inner = tmp_path / "project" / "inner"
    inner.mkdir(parents=True)
    found = stack.export_stack("acme/shop/dev", inner)
    assert (found.project, found.name, found.ids) == ("shop", "dev", set())
    with pytest.raises(ConfigurationError, match=r"there is no Pulumi\.yaml in .*inner or above; name the folder"):
        stack.export_stack("dev", inner)
    (tmp_path / "project" / "Pulumi.yaml").write_text("name: shop2\nruntime: python\n")
    for name in ("dev", "acme/dev"):
        found = stack.export_stack(name, inner)
        assert (found.project, found.name) == ("shop2", "dev")


@pytest.mark.parametrize("content", ["runtime: python\n", "- name\n", "name: [\n"])
def test_empty_stack_raises_one_line_when_project_has_no_name(
    cli: Callable[..., Path], tmp_path: Path, content: str
) -> None:
    cli(EMPTY[0])
    (tmp_path / "Pulumi.yaml").write_text(content)
    with pytest.raises(ConfigurationError, match=r"Pulumi\.yaml names no project; give it a `name:`"):
        stack.export_stack("dev", tmp_path)


@pytest.mark.parametrize("text", EMPTY)
def test_read_file_raises_when_state_is_empty(text: str, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(ConfigurationError, match="holds no resource, so nothing tells its stack; name it with --stack"):
        stack.read_file(tmp_path / "s.json")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"deployment": {"resources": [{}]}}', b"not JSON"])
def test_read_file_raises_one_line_when_file_is_not_state(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match="is not an exported stack") as caught:
        stack.read_file(tmp_path / "s.json")
    assert "\n" not in str(caught.value)


def test_read_file_raises_one_line_when_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for file in (tmp_path / "none", tmp_path / "binary"):
        with pytest.raises(ConfigurationError, match="can't be read"):
            stack.read_file(file)


def test_export_stack_passes_on_error_and_names_state_option(cli: Callable[..., Path], tmp_path: Path) -> None:
    cli(fails="error: no stack named 'dev' found\n")
    with pytest.raises(ConfigurationError) as caught:
        stack.export_stack("dev", tmp_path)
    assert str(caught.value) == (
        "`pulumi stack export --stack dev` failed: no stack named 'dev' found; "
        "change what the Pulumi CLI names, then run again; or give an exported state with --state FILE"
    )


def test_export_stack_names_no_stack_when_it_is_selected(cli: Callable[..., Path], tmp_path: Path) -> None:
    asked = cli(EMPTY[0], selected="dev")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    found = stack.export_stack(None, tmp_path)
    assert (found.project, found.name) == ("shop", "dev")
    assert asked.read_text().splitlines()[0] == f"{tmp_path} stack export --non-interactive --color=never"
