"""Limits that a project writes down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.review.limits import Limit
from pulumi_userplane.cli.review.thresholds import Thresholds, thresholds

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    written(tmp_path, '[tool.pulumi-userplane.review]\nmax-replaced = 0\nmax-deleted = "30%"\nfail-on-drift = true\n')
    (tmp_path / "infra" / "links").mkdir(parents=True)
    found = thresholds(tmp_path / "infra" / "links")
    assert (found.max_replaced, found.max_deleted, found.fail_on_drift) == (Limit(0), Limit(30, is_share=True), True)
    assert thresholds(written(tmp_path / "infra", "[project]\nname = 'x'\n")) == Thresholds()


def test_without_a_file_nothing_is_limited(tmp_path: Path) -> None:
    assert thresholds(tmp_path) == Thresholds()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max-replace = 0", "is wrong at tool.pulumi-userplane.review.max-replace: Extra inputs are not permitted"),
        ("max-deleted = 1.5", "review.max-deleted: Value error, '1.5' is neither a number"),
        ("fail-on-drift = 'yes'", "review.fail-on-drift: Input should be a valid boolean"),
        ("max-deleted", "can't be read: "),
    ],
)
def test_a_limit_that_is_misspelt_is_refused(tmp_path: Path, text: str, said: str) -> None:
    written(tmp_path, f"[tool.pulumi-userplane.review]\n{text}\n")
    with pytest.raises(ConfigurationError) as caught:
        thresholds(tmp_path)
    assert said in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("tool = []", "tool"),
        ("[[tool]]\nx = 1", "tool"),
        ("tool.pulumi-userplane = 1", "tool.pulumi-userplane"),
        ("tool.pulumi-userplane.reviews.max-replaced = 0", "tool.pulumi-userplane.reviews"),
        ("tool.pulumi-userplane.review = 'x'", "tool.pulumi-userplane.review"),
        ('tool.pulumi-userplane.review."a\\nb" = 1', "tool.pulumi-userplane.review.a b"),
    ],
)
def test_a_table_of_another_kind_is_refused_in_one_line(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigurationError, match=f"is wrong at {place}: ") as caught:
        thresholds(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_the_tables_of_other_tools_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    ours = "[tool.pulumi-userplane.review]\nmax-deleted = 1"
    assert thresholds(written(tmp_path, f"\ufeff[tool.poetry]\nname = 'x'\n{ours}")).max_deleted == Limit(1)
