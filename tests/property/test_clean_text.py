"""Whatever a report says, its comment hides nothing, mentions nobody, and ends with our own lines."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_userplane.cli.ci.clean_text import clean_comment
from scripts.comment_html import render_html

MOST = 65_000
END = "Of commit c1."
FRAGMENTS = st.sampled_from(
    [
        *("<!--", "-->", "<!-- -->", "<!-- pulumi-userplane review p/prod -->", "\n", "\n\n", "\r", "\u2028", "\x00"),
        *("<details>", "</details>", "<summary>", "</summary>", "<br>", "<code>", "</code>", "<b>", "<", ">", "<pre>"),
        *("<?", "<![CDATA[", "<!DOCTYPE", "<script>", "<style>", "<textarea>", "<a href='x'>", "<img src=x>", "</p>"),
        *("`", "``", "```", "~~~", "~", "\\", "@", "@acme/all", "&#64;", "&commat;x", "&#x40;x", "a@b.example", "&"),
        *("/close", "/", "> ", "- ", "1. ", "    ", "\t", "|", "| a | b |\n| --- | --- |\n", "# ", "---", "==="),
        *(
            "![x](y)",
            "[x](y)",
            "[x]: y\n",
            "[x]",
            "$$",
            "::error::",
            "##[group]",
            "uspl_canary",
            "text",
            " ",
            "Ω",
            "\u202e",
        ),
    ]
)
TEXTS = st.lists(FRAGMENTS, max_size=25).map("".join) | st.text(max_size=200)


class Page(HTMLParser):
    """What a reader sees of a comment, and what hides from them."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.hidden: list[str] = []
        self.mentions: list[str] = []
        self.seen_at_top = ""
        self.feed(render_html(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"br", "hr", "img", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"code", "pre"}.intersection(self.open) and re.search(r"(?<!\w)@\w", data):
            self.mentions.append(data)
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
def test_comment_hides_nothing_and_ends_with_our_lines(text: str) -> None:
    cleaned = clean_comment(text, MOST)
    page = Page(f"{cleaned}\n\n{END}\n\n<!-- pulumi-userplane review p/prod -->\n")

    assert {hidden.strip() for hidden in page.hidden} <= {"", "pulumi-userplane review p/prod"}
    assert sum("pulumi-userplane" in hidden for hidden in page.hidden) == 1
    assert page.tags.isdisjoint({"script", "style", "textarea", "img", "a"})
    assert page.mentions == []
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
    assert len(cleaned.replace("\n\n</details>", "").encode()) <= most
