"""The checks of code blocks find every block, and what is wrong in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts import compiled_blocks, data_blocks, python_blocks, shell_blocks
from scripts.check_code_blocks import WHOLE_PAGE, find_claims, find_unchecked
from scripts.code_blocks import Block, list_blocks, list_pages, read_blocks
from scripts.language_reference import SNIPPETS
from tests.support.shown_output import assert_shown

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """\
# A page

~~~sh
make
~~~

1. A step

   <!-- file: one.py -->
   ```python
   one = 1
   ```

:::::{tab-set}
::::{tab-item} Python
```python
two = 2
```
::::
:::::

```{code-block} toml
:caption: A file
:linenos:

three = 3
```

```{toctree}
guide
```

```{literalinclude} other.py
```

<pre>four</pre>

An end.

    indented
"""


def block(language: str, text: str, page: str = "docs/page.md") -> Block:
    return Block(page, 10, language, text)


def test_blocks_are_found_wherever_they_stand() -> None:
    found = [(one.line, one.language, one.text.strip(), one.file) for one in read_blocks(PAGE, "docs/page.md")]
    assert found == [
        (4, "sh", "make", ""),
        (11, "python", "one = 1", "one.py"),
        (17, "python", "two = 2", ""),
        (26, "toml", "three = 3", ""),
        (34, "{literalinclude} other.py", "", ""),
        (36, "", "<pre>four</pre>", ""),
        (40, "", "indented", ""),
    ]
    lines = PAGE.splitlines()
    assert [lines[line - 1].strip() for line, *_ in found if line != 34] == [text for _, _, text, _ in found if text]


def test_pages_are_those_that_readers_are_sent_to() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/ci.md", "examples/adopt/README.md"} < set(list_pages())
    assert len(list_blocks()) > 100


@pytest.mark.parametrize(
    ("language", "text", "needed"),
    [
        ("", "x", "it names no language"),
        ("ruby", "x", "no rule checks ruby"),
        ("text", "x", "no rule checks text"),
        ("json", "{}", "no check knows what these data are"),
        ("yaml", "a: 1", "no check knows what these data are"),
        ("console", "$ make\nmade", "it shows output"),
        ("{literalinclude} other.py", "", "no rule checks {literalinclude} other.py"),
    ],
)
def test_block_that_nothing_checks_is_an_error(language: str, text: str, needed: str) -> None:
    [said] = find_unchecked([block(language, text)], frozenset(), {})
    assert said.startswith(f"docs/page.md:10: {needed}")
    assert "NOT_CHECKED in scripts/check_code_blocks.py" in said
    for named in (text, WHOLE_PAGE):
        assert not list(find_unchecked([block(language, text)], frozenset({("docs/page.md", named)}), {}))
    assert not list(find_unchecked([block(language, text)], frozenset(), {("docs/page.md", text): "a reason"}))


def test_file_that_no_test_asks_for_is_an_error() -> None:
    shown = block("python", "x = 1")._replace(file="x.py")
    [said] = find_unchecked([shown], frozenset(), {})
    assert "it shows a file that no test asks for" in said
    assert not list(find_unchecked([shown], frozenset({("docs/page.md", "x.py")}), {}))


@pytest.mark.parametrize("language", ["python", "sh", "go", "typescript"])
def test_block_of_a_language_with_a_rule_needs_no_test(language: str) -> None:
    assert not list(find_unchecked([block(language, "x")], frozenset(), {}))


def test_claim_or_reason_without_its_block_is_an_error() -> None:
    claims, reasons = frozenset({("docs/page.md", "gone")}), {("docs/other.md", "x"): "a reason"}
    said = list(find_unchecked([block("sh", "x")], claims, reasons))
    assert [line.partition(":")[0] for line in said] == ["docs/other.md", "docs/page.md"]


def test_claims_are_what_tests_ask_for() -> None:
    assert {
        ("docs/review.md", "[tool.pulumi-userplane.review]"),
        ("docs/emulator.md", "probe.json"),
        ("docs/testing.md", "links.py"),
        ("docs/getting-started.md", WHOLE_PAGE),
    } <= find_claims()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("if true; then", "syntax error: unexpected end of file"),
        ("rm -rf $HOME", "Double quote to prevent globbing"),
        ("sometool --now", "no rule checks the program `sometool`: add one to scripts/command_rules.py"),
        ("pulumi-userplane reveiw x.json", "`pulumi-userplane reveiw x.json`: No such command 'reveiw'"),
        ("pulumi-userplane review --fail-on-drif x.json", "No such option: --fail-on-drif"),
        ("pulumi-userplane ci preview --platform nowhere --stack a", "'nowhere' is not one of"),
        ("pulumi-userplane emulator --port many", "Input should be a valid integer"),
        ("for stack in a b; do true | pulumi-userplane lniks --stack $stack; done", "No such command 'lniks'"),
        ("make || echo $(venv/bin/pulumi-userplane lniks)", "No such command 'lniks'"),
        ("pulumi-userplane links ${WIDE:+--wide}", "No such option: --wide"),
        ("pulumi config set userplane:apikey", "there is no setting userplane:apikey"),
        ("export USERPLANE_APIKEY=x", "there is no setting USERPLANE_APIKEY"),
        ("make dmeo", "the Makefile has no target dmeo"),
        ("make test ARG=x", "the Makefile has no variable ARG"),
        ("pip install 'pulumi-userplane[redsi]'", "pyproject.toml has no extra redsi"),
        ("pip install pulumi_userplan", "it installs pulumi_userplan, which is not this package"),
        ("pip install -r nowhere.txt", "there is no nowhere.txt"),
        ("python -m pytest tests/unit/test_nothing.py", "there is no tests/unit/test_nothing.py"),
        ("python -m pytest tests/unit/test_diff.py -k nothing_like_it", "no test there has nothing_like_it"),
        ("python -m scripts.nothing", "there is no scripts.nothing"),
        ("python -c 'import this'", "no rule checks this use of Python"),
        ("curl -X GET http://127.0.0.1:8787/_control/fautls", "the emulator has no GET /_control/fautls"),
        ("curl -X POST http://127.0.0.1:8787/_control/faults -d '{x}'", "the body is not JSON"),
        ("curl --insecure http://127.0.0.1:8787/_control/faults", "no rule checks the option --insecure"),
        ("sed -i 's/a/b/' README.md", "write it as `sed -i.old"),
        ("sed -i.old 's/no such words/b/' README.md", "README.md has no no such words"),
        ("sed -i.old '/a/d' nowhere.md", "there is no nowhere.md"),
        ("pulumi-resource-userplan", "no rule checks the program"),
        ("while ! make; do :; done", "it does not end if all its programs fail"),
        ("echo x > nowhere/x", "No such file or directory"),
    ],
)
def test_wrong_command_is_an_error(text: str, said: str) -> None:
    found = list(shell_blocks.find_shell_errors([block("sh", f"{text}\n")]))
    assert any(said in error for error in found), found
    assert all(error.startswith("docs/page.md:1") for error in found)


def test_commands_of_a_console_are_checked_and_its_output_is_not() -> None:
    text = "$ make demo\nmake nothing\n$ make \\\n> nothing\n"
    [said] = shell_blocks.find_shell_errors([block("console", text)])
    assert said == "docs/page.md:10: `make nothing`: the Makefile has no target nothing"


def test_right_commands_are_none() -> None:
    text = (
        "cd folder\n. venv/bin/activate\nvenv/bin/pip install '/path/to/checkout[emulator]'\n"
        'out=$(mktemp -d)\npulumi-userplane ci preview --stack prod --out "$out" || cat "$out/comment.md"\n'
        'curl -sS -X DELETE "http://127.0.0.1:8787/_control/links/$(pulumi stack output id)"\nexit 1\n'
    )
    assert not list(shell_blocks.find_shell_errors([block("sh", text)]))


PROGRAM = """\
name: p
runtime: yaml
resources:
  help:
    type: userplane:RecordingLink
    properties:
      domainId: ${domain.domainId}
variables:
  domain:
    fn::invoke:
      function: userplane:getDomain
      arguments: {url: help.acme.example}
outputs:
  address: ${help.linkUrl}
"""
STEPS = "- uses: OWNER/pulumi-userplane@<full commit>\n  with: {command: preview}\n"
PIPELINE = "include:\n  - component: $X/OWNER/pulumi-userplane/links@1\n    inputs: {package: p, stacks: prod}\n"


@pytest.mark.parametrize("text", [PROGRAM, STEPS, PIPELINE, "domains: []\n", "name: p\nruntime: python\n"])
def test_right_data_are_known_and_without_error(text: str) -> None:
    assert data_blocks.is_known(block("yaml", text))
    assert not list(data_blocks.find_data_errors(block("yaml", text)))


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("yaml", "a: [", "not YAML: "),
        ("json", "{'a': 1}", "not JSON: "),
        ("toml", "a = ", "not TOML: "),
        ("yaml", PROGRAM.replace("userplane:RecordingLink", "userplane:Link"), "the plugin has no resource"),
        ("yaml", PROGRAM.replace("domainId: $", "domainID: $"), "help has no property domainID"),
        ("yaml", PROGRAM.replace("domainId: $", "linkTitle: $"), "help needs domainId"),
        ("yaml", PROGRAM.replace("getDomain", "getDomian"), "the plugin has no function userplane:getDomian"),
        ("yaml", PROGRAM.replace("url:", "uri:"), "userplane:getDomain has no argument uri"),
        ("yaml", PROGRAM.replace("help.linkUrl", "help.linkURL"), "there is no ${help.linkURL}"),
        ("yaml", PROGRAM.replace("help.linkUrl", "other"), "there is no ${other}"),
        ("yaml", STEPS.replace("command", "comand"), "the action has no input comand"),
        ("yaml", PIPELINE.replace("stacks", "stack"), "the component needs the input stacks"),
        ("yaml", PIPELINE.replace("{", "{links: 1, "), "the component has no input links"),
        ("yaml", "domains: [{domainID: dom_help}]", "domains.0."),
    ],
)
def test_wrong_data_are_an_error(language: str, text: str, said: str) -> None:
    found = list(data_blocks.find_data_errors(block(language, text)))
    assert any(error.startswith("docs/page.md:10: ") and said in error for error in found), found


@pytest.mark.parametrize(
    ("language", "file", "old", "new", "said"),
    [
        ("csharp", "Program.cs", "LinkTitle =", "LinkTitel =", "the package has no LinkTitel"),
        ("csharp", "Program.cs", "Userplane.RecordingLink", "Userplane.Recordinglink", "has no Recordinglink"),
        ("csharp", "Program.cs", "help.LinkUrl", "help.LinkURL", "the package has no LinkURL"),
        ("csharp", "Program.cs", "    });\n", "    };\n", "nothing opens a }"),
        ("java", "App.java", ".linkTitle(", ".linkTitel(", "the package has no linkTitel"),
        ("java", "App.java", "inputs.GetDomainArgs", "inputs.GetDomian", "the package has no GetDomian"),
        ("java", "App.java", "help.linkUrl", "help.linkURL", "the package has no linkURL"),
        ("java", "App.java", "        });\n    }\n", "        });\n", "nothing closes a {"),
    ],
)
def test_wrong_name_in_a_compiled_language_is_an_error(language: str, file: str, old: str, new: str, said: str) -> None:
    right = (SNIPPETS / file).read_text("utf-8")
    assert not list(compiled_blocks.find_name_errors(block(language, right)))
    assert old in right
    found = list(compiled_blocks.find_name_errors(block(language, right.replace(old, new, 1))))
    assert any(said in error for error in found), found


def python(*texts: str) -> list[python_blocks.Program]:
    return python_blocks.build_programs(
        Block("docs/page.md", 10 * number, "python", text) for number, text in enumerate(texts, 1)
    )


def test_block_without_import_continues_the_one_before() -> None:
    one, two, three, four = python(
        "domain = 1\n", "domain += 1\n", "import sys\n", "sys.exit()\n", "get_domain(*, url: str) -> Domain\n"
    )[:3] + python("x = 1\n")
    assert [one.text.count("\n"), two.text.count("\n")] == [20, 40]
    assert one.text.startswith("import pulumi; import pulumi_userplane as userplane\n")
    assert one.text.splitlines()[9] == "domain = 1"
    assert two.text.splitlines()[39] == "sys.exit()"
    assert python_blocks.can_run(two)
    assert not python_blocks.can_run(three)
    assert four.name == one.name


@pytest.mark.slow
def test_wrong_python_is_an_error_on_its_line(tmp_path: Path) -> None:
    programs = python(
        'link = userplane.RecordingLink("a", domain_id="dom_help")\n\nlink.titel\n',
        'link.link_title.upper()\nprint("a" + 1)\n',
        "import sys\nprint(link)\n",
        "RecordingLink.get(resource_name: str) -> Self\n",
        "get_domain(*, address: str) -> Domain\n",
        "Client.get_me() -> Me\n",
        "def (:\n",
    )
    said = [line.partition("  [")[0] for line in python_blocks.find_type_errors(programs[:-1], tmp_path)]
    assert 'docs/page.md:12: "RecordingLink" has no attribute "titel"' in said
    assert any(line.startswith("docs/page.md:21: Unsupported operand") for line in said)
    assert any(line.startswith('docs/page.md:31: Name "link" is not defined') for line in said)
    lines = {line.split(":")[1] for line in said}
    assert {"41", "51"} <= lines
    assert "61" not in lines
    (tmp_path / "more").mkdir()
    syntax, *_ = python_blocks.find_type_errors(programs[-1:], tmp_path / "more")
    assert syntax.startswith("docs/page.md:70: ")


@pytest.mark.slow
def test_program_that_fails_on_the_emulator_is_an_error_on_its_line(tmp_path: Path) -> None:
    head = "import pulumi_userplane as userplane\n"
    programs = python(
        f'{head}userplane.RecordingLink("a", domain_id="dom_help")\n',
        f'{head}\nuserplane.get_domain(url="nowhere.example")\n',
        f'{head}userplane.RecordingLink("a", domain_id="dom_help", link_title="x" * 999)\n',
    )
    missing, long = python_blocks.find_run_errors(programs, tmp_path)
    assert missing.startswith("docs/page.md:22: ProgramError: ")
    assert long.startswith("docs/page.md:")
    assert "link_title" in long


def test_blocks_with_the_generated_sdk_are_left_to_its_tests() -> None:
    assert python_blocks.imports_sdk(block("python", "import pulumi_userplane_sdk as userplane\n"))
    assert not python_blocks.imports_sdk(block("python", "import pulumi_userplane as userplane\n"))


SHOWN = block(
    "console", "$ make\nlnk_0123456789ab  made (0.3s)\n…\n  one line\n  two lines  session=abc…\n", "docs/output.md"
)


def test_output_is_compared_but_for_what_each_run_prints_anew() -> None:
    assert_shown(SHOWN, "begin\nlnk_ba9876543210   made (2s)\nmore\n  one line two\n lines session=xyz-1\nend\n")


@pytest.mark.parametrize(
    "printed",
    [
        "lnk_ba9876543210  made (2s)\n  one line\n  session=xyz\n",
        "lnk_ba9876543210  MADE (2s)\n  one line\n  two lines  session=xyz\n",
        "  one line\n  two lines  session=xyz\nlnk_ba9876543210  made (2s)\n",
        "lnk_ba9876543210  made (2s)\n  one line\n  or so\n  two lines  session=xyz\n",
        "xlnk_ba9876543210  made (2s)\n  one line\n  two lines  session=xyz\n",
    ],
)
def test_other_output_is_an_error(printed: str) -> None:
    with pytest.raises(AssertionError, match=r"docs/output\.md:10 shows what was not printed there"):
        assert_shown(SHOWN, printed)
