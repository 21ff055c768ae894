"""The template engine is loaded only for a comment, and escapes all that is not our own text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import pulumi_userplane
from pulumi_userplane.cli.review import comment
from pulumi_userplane.cli.review.safe_text import Bold, Code

PACKAGE = Path(pulumi_userplane.__file__).parent

RENDER = """
import sys
import pulumi_userplane, pulumi_userplane.cli.app, pulumi_userplane.provider
from pulumi_userplane.cli.review.model import Review
from pulumi_userplane.cli.review.render import Format, render
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.section import ReviewedStack
review = Review(("p", "dev"), has_preview=False, is_refreshed=False, knows_drift=False)
for form in (Format.TEXT, Format.JSON, Format.MARKDOWN):
    render([ReviewedStack(review)], form)
    print(form.value, "jinja2" in sys.modules)
"""


def test_jinja2_is_loaded_only_when_a_comment_is_rendered() -> None:
    done = subprocess.run([sys.executable, "-c", RENDER], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["text False", "json False", "markdown True"]


def test_jinja2_is_imported_by_one_module_for_the_comment_and_one_for_the_emulators_page() -> None:
    importers = {path for path in PACKAGE.rglob("*.py") if "jinja2" in path.read_text("utf-8")}
    assert importers == {PACKAGE / "cli" / "review" / "comment.py", PACKAGE / "emulator" / "page" / "rendering.py"}


def render(source: str, **values: object) -> str:
    environment = comment._load_template().environment
    return environment.from_string(source).render(**values)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<b>|@all", "<code>&#60;b&#62;&#124;<!-- -->&#64;all</code>"),
        ("@all", "`@all`"),
        (("ours: ", Code("@all"), Bold((" and ", Code("\u202e")))), "ours: `@all`** and `\\u202e`**"),
    ],
)
def test_template_escapes_all_but_our_own_text(value: object, expected: str) -> None:
    assert render("<br>{{ value }}", value=value) == f"<br>{expected}"
    assert render("{% macro cell(value) %}<br>{{ value }}{% endmacro %}{{ cell(value) }}", value=value) == (
        f"<br>{expected}"
    )


def test_template_fails_when_a_value_is_missing() -> None:
    with pytest.raises(UndefinedError):
        render("{{ headlnie }}", headline="x")
