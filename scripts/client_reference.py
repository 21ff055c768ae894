"""Writes docs/api-client.md, the reference of the API client, from the code; --check fails if it is stale."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pulumi_userplane.api import client_base
from scripts.docstring_markdown import (
    attribute_rows,
    describe_class,
    describe_function,
    render_docstring,
    render_signature,
    render_table,
)
from scripts.generated_file import write_or_check
from scripts.source import ROOT, find_class, find_method

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "api-client.md"

MODELS = (
    "Link",
    "LinkCreator",
    "LinkProject",
    "LinkDomain",
    "LinkHit",
    "LinkPage",
    "Pagination",
    "Domain",
    "Project",
    "Workspace",
    "WorkspaceMembership",
    "Member",
    "Me",
    "User",
    "Stats",
)

HEAD = """\
# The API client

Call Userplane's API from any Python program: `from pulumi_userplane.api import Client` works without Pulumi. Its errors
are in the [reference](reference.md#errors).

Made from the code by `make docs`; change the code, not this page.
"""


def main() -> None:
    """Writes the page, or says that it is stale."""
    write_or_check(PAGE, render_page, __doc__)


def render_page() -> str:
    """Returns the text of the page that today's code has."""
    return "\n\n".join(part.strip() for part in (HEAD, "## Client", *_client())) + "\n"


def _client() -> Iterator[str]:
    client, base = find_class("api/client", "Client"), find_class("api/client_base", "ClientBase")
    yield "```python\n" + render_signature(find_method(base, "__init__"), "Client", vars(client_base)) + "\n```"
    yield render_docstring(client)
    for method in [*base.body, *client.body]:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and not method.decorator_list:
            yield describe_function(method, "### ", "Client.")
    yield "## Fields that a PUT can change (`LinkFields`)"
    fields = find_class("api/models", "LinkFields")
    yield render_docstring(fields)
    yield render_table(("field", "type"), ((name, kind) for name, kind, _ in attribute_rows(fields)))
    yield "## What the methods return"
    for model in MODELS:
        yield describe_class(model, "api/models")


if __name__ == "__main__":
    main()
