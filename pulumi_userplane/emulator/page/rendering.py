"""Makes HTML of the templates: everything is escaped, and a name that a template lacks is an error."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pulumi_userplane.emulator.page import hostile_text


@cache
def _load_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pulumi_userplane.emulator.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["name"] = hostile_text.name
    environment.filters["show"] = hostile_text.show
    environment.tests["special"] = hostile_text.has_special
    environment.filters["with_code"] = _mark_code
    return environment


def render(template: str, **values: object) -> str:
    """Returns the HTML of a template, without characters that UTF-8 can't encode."""
    return _load_environment().get_template(template).render(**values).encode(errors="replace").decode()


def _mark_code(text: str) -> Markup:
    """Returns a docstring as HTML: what stands between back quotes is code."""
    parts = [
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)
