"""Whatever a report says, its comment hides and links nothing, mentions nobody, and ends with our own lines."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_userplane.cli.ci.clean_text import clean_comment
from scripts.comment_html import render_html
from tests.support.rendered_comments import KEPT

MOST = 65_000
END = "Of commit c1."
FRAGMENTS = st.sampled_from(
    [
        *("<!--", "-->", "<!-- -->", "<!-- pulumi-userplane review p/prod -->", "\n", "\n\n", "\r", "\u2028", "\x00"),
        *("<details>", "</details>", "<summary>", "</summary>", "<br>", "<code>", "</code>", "<b>", "<", ">", "<pre>"),
        *("<?", "<![CDATA[", "<!DOCTYPE", "<script>", "<style>", "<textarea>", "<a href='x'>", "<img src=x>", "</p>"),
        *("`", "``", "```", "~~~", "~", "\\", "@", "@acme/all", "&#64;", "&commat;x", "&#x40;x", "a@b.example", "&"),
        *("/close", "/", "> ", "- ", "1. ", "    ", "\t", "|", "| a | b |\n| --- | --- |\n", "# ", "---", "==="),
        *("![x](y)", "[x](y)", "[x]: y\n", "[x]", "[^1]", "$$", "::error::", "##[group]", "uspl_canary", "text", " "),
        *("#5", "#", "!7", "GH-9", "acme/links#3", "acme/links@", "0123abc", "deadbeef", "5", "PROJ-1", ":eyes:", "%1"),
        *("https://a.example", "https:", "//a.example", "www.a.example", "www.", "a.example", "mailto:", "ftp://a.b"),
        *("**", "*", "_", "<details><summary>", "<details><summary>x</summary>", "<wbr>", "&#35;", "+", "=", "(", '"'),
        *(
            "`a`",
            "`a | b`",
            "<code>&#64;a</code>",
            "| `a | b` |\n",
            "| --- |\n",
            "--- | ---\n",
            "\u200e",
            "Ω",
            "\u202e",
        ),
    ]
)
TEXTS = st.lists(FRAGMENTS, max_size=25).map("".join) | st.text(max_size=200)


LINKED = re.compile(
    r"[@#!$%&~^]\w|\w[-_]\d|(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])|://|\bwww\.|:\w+:|\[\w", re.IGNORECASE
)
"""What GitHub or GitLab makes a link, a mention or a picture of, outside of code."""

WITHOUT_END = {"br", "hr", "img", "input", "wbr"}


class Page(HTMLParser):
    """What a reader sees of a comment, and what hides from them."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.hidden: list[str] = []
        self.linked: list[str] = []
        self.not_closed: list[str] = []
        self.seen_at_top = ""
        self._text = ""
        self.feed(render_html(markdown))
        self.close()
        self._end_text()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_text()
        self.tags.add(tag)
        if tag not in WITHOUT_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._end_text()
        if self.open[-1:] == [tag]:
            self.open.pop()
        elif tag not in WITHOUT_END:
            self.not_closed.append(tag)

    def _end_text(self) -> None:
        """Looks at a text between two tags: hidden remarks in it may be taken out first."""
        self.linked += LINKED.findall(self._text)
        self._text = ""

    def handle_data(self, data: str) -> None:
        if not {"code", "pre"}.intersection(self.open):
            self._text += data
        if not {"details", "code", "pre", "table"}.intersection(self.open):
            self.seen_at_top += data

    def handle_comment(self, data: str) -> None:
        self.hidden.append(data)

    def handle_decl(self, decl: str) -> None:
        self.hidden.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.hidden.append(data)

    def handle_pi(self, data: str) -> None:
        self.hidden.append(data)


@given(TEXTS)
@example("<code>a|b</code> | `c` @acme/all")
@example("| `a | b` @acme/all `c` |\n| --- | --- |\n| x |")
@example("<details>\n`<!--`\n")
@example("<details><details></details>\n\n<!-- pulumi-userplane review p/prod")
@example("<!<!-- pulumi-userplane review p/prod -->\n-- pulumi-userplane review p/prod -->")
@example("\\`@acme/all`")
@example("~~~")
@example("~~~ /close")
@example("- ~~~\n\n  text")
@example("> ```")
@example("```")
@example("[x]: y\n[x]")
@example("<details>\n`@acme/all`")
@example("\\<code>&#64;acme&#47;security</code>")
@example("| `a | [click](http://evil.example/) ` |\n| --- | --- |")
@example("`a | ![](http://evil.example/i.png) `\n| --- | --- |")
@example("<details><summary>x</summary>\n\ntext \\</details>")
@example("<details><summary>x</summary>\n\n    </details>")
@example(">     &/close")
@example("1.     `a | b`")
@example("www.`evil.example`")
@example("www.**evil.example**")
@example("https:`//evil.example`")
@example("| <details><summary>x</summary> | </details> |")
def test_comment_hides_nothing_and_ends_with_our_lines(text: str) -> None:
    cleaned = clean_comment(text, MOST)
    page = Page(f"{cleaned}\n\n{END}\n\n<!-- pulumi-userplane review p/prod -->\n")

    assert {hidden.strip() for hidden in page.hidden} <= {"", "pulumi-userplane review p/prod"}
    assert sum("pulumi-userplane" in hidden for hidden in page.hidden) == 1
    # A line across the page harms nobody.
    assert page.tags <= {*KEPT, "hr"}
    assert "a" not in page.tags
    assert page.linked == page.not_closed == page.open == []
    assert page.seen_at_top.rstrip().endswith(END)


@given(TEXTS)
def test_no_line_commands(text: str) -> None:
    for line in clean_comment(text, MOST).split("\n"):
        assert not re.match(r"[\s>*+\-|\d.)]*/\w", line)
        assert not line.startswith("<!-- pulumi")
        assert "uspl_canary" not in line


@given(TEXTS, st.integers(100, 300))
def test_comment_is_cut_to_what_is_wanted(text: str, most: int) -> None:
    cleaned = clean_comment(text * 20, most)
    assert len(cleaned.encode()) <= most
    page = Page(f"{cleaned}\n\n{END}")
    assert page.not_closed == page.open == []
    assert page.seen_at_top.rstrip().endswith(END)


@given(TEXTS)
def test_clean_comment_stays_as_it_is(text: str) -> None:
    cleaned = clean_comment(text, MOST)
    assert clean_comment(cleaned, MOST) == cleaned
