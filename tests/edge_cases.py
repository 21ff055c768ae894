"""Edge cases of links, as people and programs leave them: titles and values that a writer of files may trip over."""

from __future__ import annotations

from typing import Any

TITLES: tuple[str | None, ...] = (
    None,
    "",
    "Help with checkout",
    "Help with checkout",
    "help  WITH checkout!",
    "Help with checkout 000007",
    "Größe & Maß",
    "Помощь при оплате",
    "支払いのヘルプ",
    "हिन्दी",
    "👩‍👩‍👧 family",
    "💳",
    'He said "now"',
    "It's \"both\" 'of' them",
    '"""',
    "'''",
    '\\"""\\',
    "\\",
    "\\n is not \n",
    "C:\\new\\table\\x41\\u0041\\N{BULLET}",
    "{curly} {} {{}} %s %(x)s ${pulumi.stack} $(whoami) `id`",
    "line one\nline two\r\nline three\rline four",
    "\n",
    "tab\tbell\x07nul\x00escape\x1b[31m del\x7f",
    "nel\x85 line\u2028 paragraph\u2029 end",
    "\ufeffbyte order",
    "zero\u200bwidth\u200d joiner \u202eright to left",
    "e\u0301 against \u00e9",
    "trailing blanks   ",
    "   leading blanks",
    " \u00a0\u3000",
    "#!/usr/bin/env python",
    "# a comment",
    "- a list",
    "key: value",
    "adopt: lnk_1\n    adopt: lnk_2",
    "adopt='x'\n    adopt='y',",
    "null",
    "yes",
    "1.5e3",
    "2024-01-01",
    "0o17",
    "!!python/object:os.system",
    "&anchor *alias",
    "__main__",
    "class",
    "::urn::",
    "a/b/../c",
    "x" * 255,
    "word " * 51,
    "\U0001f4b3" * 255,
    '"' * 255,
    "\\" * 255,
)
"""None stands for no title. Of two equal ones the later belongs to the younger link."""

METAS: tuple[dict[str, Any] | None, ...] = (
    None,
    {},
    {"team": "Payments"},
    {"team": "payments!"},
    {"team": 5, "half": 0.5, "whole": 5.0, "big": 2**53 - 1, "yes": True, "none": None},
    {"team": "", "deep": {"list": [1, "two", [], {}, {"three": [None]}], "quote'\"": "\\"}},
    {"\n": "\x00", "": "", "class": "x" * 300},
)


def link_payload(index: int) -> dict[str, Any]:
    """Returns the fields of the link with this index, as the emulator takes them."""
    title = TITLES[index % len(TITLES)]
    return {
        "linkId": f"lnk_{index:06d}",
        "createdAt": f"2026-01-05T08:{index // 60:02d}:{index % 60:02d}.000Z",
        "domainId": ("dom_help", "dom_app", "dom_new")[index % 3],
        "projectId": ("prj_default", "prj_onboarding")[index % 2],
        "linkTitle": title,
        "linkReusable": index % 5 == 0,
        "linkProviderType": ("web", "zendesk", "others")[index % 3],
        "linkProviderId": (None, "", "4711", title and title[:255])[index % 4],
        "linkProviderReference": (None, "", "ticket 7", "ticket#7", "a\nb#0123")[index % 5],
        "meta": METAS[index % len(METAS)],
    }
