"""The messages that the pages on troubleshooting and on company networks explain are messages of the package."""

import re

import pytest

from tests.unit.docs.page import ROOT


@pytest.mark.parametrize("name", ["troubleshooting.md", "company-networks.md"])
def test_page_explains_only_messages_that_the_package_prints(name: str) -> None:
    page = (ROOT / "docs" / name).read_text("utf-8")
    table = page.partition("| the message says |")[2].partition("\n\n")[0]
    messages = re.findall(r'"([^"]+)"', "".join(row.split("|")[1] for row in table.splitlines()[2:]))
    assert len(messages) > 10
    code = "".join(path.read_text("utf-8") for path in (ROOT / "pulumi_userplane").rglob("*.py"))
    code = re.sub(r'"\n\s*f?"', "", code)
    parts = [part.strip(" ,") for message in messages for part in message.split("…")]
    assert [part for part in parts if part not in code] == []
