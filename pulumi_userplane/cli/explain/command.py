"""`pulumi-userplane explain`: prints what an error code of Userplane means, and what to do."""

import difflib
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from typing import Annotated

import typer

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.explain.layout import lay_out
from pulumi_userplane.cli.explain.sections import Section, read_sections

EXAMPLE = "Example: `pulumi-userplane explain LINK_GONE` says what happens to a link that was deleted in the dashboard."

_WIDTH = 80
_LEAST_WIDTH = 40
_CODE = re.compile(r"`[^`\n]+`")
_STATUS = re.compile(r"^\d{3}_")
_LONGEST = 100


def explain(
    codes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CODE]...",
            help="A code as the error shows it, in any case, such as LINK_GONE, or a status such as 410. "
            "Without one, all codes are listed.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say what an error code of Userplane means, when it comes, what happens to the state, and what to do.

    It needs no account and sends no request.
    """
    sections = read_sections()
    if not codes:
        _list(sections.values())
        return
    with exit_on_error():
        found, is_of_status = _find(" ".join(codes), sections)
    if is_of_status and len(found) > 1:
        _list(found)
    else:
        typer.echo("\n\n".join(map(_render, found)), color=False if os.environ.get("NO_COLOR") else None)


def _list(sections: Iterable[Section]) -> None:
    for section in sorted(sections, key=lambda section: section.status):
        typer.echo(f"{section.code:<30}  {section.status}  {section.meaning}")


def _find(text: str, sections: Mapping[str, Section]) -> tuple[list[Section], bool]:
    """Returns the sections of the codes that a text names, which may be a whole error line.

    If it has a status and nothing that looks like a code, it returns those of the status, and True.

    Raises:
        ConfigurationError: It names none.
    """
    words = [_STATUS.sub("", word.replace("-", "_")) for word in re.findall(r"[\w-]+", text.upper())]
    joined = "_".join(word for word in words if not word.isdecimal())
    if found := [code for code in dict.fromkeys([*words, joined]) if code in sections]:
        return [sections[code] for code in found], False
    of_status = [section for section in sections.values() if str(section.status) in words]
    if of_status and not any("_" in word for word in words):
        return of_status, True
    near = difflib.get_close_matches(joined[:_LONGEST], sections) or [section.code for section in of_status]
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise ConfigurationError(
        f'Userplane documents no error code "{sanitize(text)}"',
        next_step=f"{hint}`pulumi-userplane explain` lists all codes",
    )


def _render(section: Section) -> str:
    width = max(_LEAST_WIDTH, min(_WIDTH, shutil.get_terminal_size((_WIDTH, 0)).columns))
    heading = typer.style(f"{section.status} {section.code}", bold=True)
    text = "\n".join(lay_out(section, width))
    return f"{heading}\n{_CODE.sub(lambda code: typer.style(code[0], fg='cyan'), text)}"
