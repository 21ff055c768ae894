"""What the pages show of the real CLI works as they say."""

import base64
import json
import pickle
import subprocess
import sys
from pathlib import Path

from pulumi_userplane.provider import RecordingLinkProvider
from tests.engine.stack import Stack
from tests.unit.docs.page import files_of, write_files


def test_emulator_test_of_testing_page_passes(tmp_path: Path, pulumi_env: dict[str, str]) -> None:
    write_files("testing.md", "links.py", "test_links_on_the_emulator.py", folder=tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--allow-hosts=127.0.0.1", "--allow-unix-socket"],
        cwd=tmp_path,
        env=pulumi_env,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_import_file_of_page_imports_link(stack: Stack) -> None:
    link_id = stack.userplane.add_link(domainId="dom_help", linkTitle="Made by hand", meta={"k": "v"})["linkId"]
    [entry] = json.loads(files_of("import.md")["import.json"])["resources"]
    # Beside it one with an id that does not exist: the import asks nobody, so only the refresh notices.
    entries = {"resources": [{**entry, "id": link_id}, {**entry, "name": "wrong"}]}
    (stack.folder / "import.json").write_text(json.dumps(entries), encoding="utf-8")
    stack.program("")

    output = stack.pulumi("import", "--file=import.json", "--generate-code=false", "--protect=false", "--yes")
    assert "2 imported" in output
    assert "warning" not in output
    assert "404 LINK_NOT_FOUND" in stack.refresh(code=1)
    stack.pulumi("state", "delete", stack.links()["wrong"]["urn"], "--yes")
    assert list(stack.links()) == ["help"]
    stack.refresh()
    stack.sent()

    stack.declare(help={"domain_id": "dom_help", "link_title": "Made by hand"})
    assert "replace" not in stack.pulumi("up", "--yes", "--diff")
    assert stack.sent() == []
    stack.preview("--expect-no-changes")

    stack.declare(help={"domain_id": "dom_help", "link_title": "Declared"})
    stack.up()
    assert stack.sent() == [("PUT", {"linkTitle": "Declared"})]
    assert list(stack.live()) == [link_id]


def test_import_file_of_page_names_this_provider() -> None:
    (resource,) = json.loads(files_of("import.md")["import.json"])["resources"]
    for part in ("inputs", "outputs"):
        assert type(pickle.loads(base64.b64decode(resource[part]["__provider"]))) is RecordingLinkProvider


def test_preview_shows_replacement_when_domain_comes_from_computed_output(stack: Stack) -> None:
    program = """
        one = userplane.RecordingLink("one", domain_id="dom_help", link_title={title!r})
        userplane.RecordingLink("two", domain_id=one.{output})
    """
    stack.program(program.format(title="a", output="domain.domain_id"))
    stack.up()
    stack.program(program.format(title="b", output="domain_id"))
    assert "replace" not in stack.preview()
    stack.program(program.format(title="b", output="domain.domain_id"))
    previewed, done = stack.pulumi("up", "--yes", "--diff").split("Updating (dev)")
    assert "1 to replace" in previewed
    assert "replace" not in done
