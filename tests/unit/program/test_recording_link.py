"""What a program declares, and what of it reaches the engine."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any, get_args, get_origin

import pulumi
import pytest

from pulumi_userplane import (
    LinkCreator,
    LinkDomain,
    LinkProject,
    ProgramError,
    Provider,
    RecordingLink,
    RecordingLinkArgs,
    get_domain,
    get_domain_output,
    get_domains,
    get_recording_link,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.conftest import Program

TOKEN = "pulumi-python:dynamic/userplane:RecordingLink"
AnyLink: Any = RecordingLink
"""For what a type checker would refuse."""
DECLARED: dict[str, Any] = {
    "domain_id": "dom",
    "workspace_id": "ws",
    "project_id": "prj",
    "link_title": "Help",
    "link_reusable": True,
    "link_provider_type": "zendesk",
    "link_provider_id": "7",
    "link_provider_ref": "ref",
    "meta": {"a": {"b": True}},
    "mark": "m",
}
ANSWERED: dict[str, Any] = {
    **{key: value for key, value in DECLARED.items() if key != "meta"},
    "meta": {"n": 5.0},
    "link_id": "lnk_1",
    "link_url": "https://help.example/r",
    "link_type": "recording",
    "created_at": "2026-01-01T00:00:00.000Z",
    "creator": {"workspace_member_id": "mem", "name": "Ines"},
    "project": {"project_id": "prj", "title": None},
    "domain": {"domain_id": "dom", "url": "help.example", "status": "verified"},
}


class Support(RecordingLink):
    """A subclass for a team."""

    team: str


class Urgent(Support):
    """A subclass of the subclass."""


class Mixin:
    """Another base class."""


class Mixed(Mixin, RecordingLink):
    """A subclass with another base class."""


def sent(program: Program, declare: Callable[[], object], name: str = "help") -> dict[str, Any]:
    program.run(declare)
    inputs = program.inputs(name)
    inputs.pop("__provider")
    return inputs


def test_link_sends_only_what_is_given_and_its_mark(program: Program) -> None:
    declared = {"domain_id": "dom", "link_title": None, "meta": None, "mark": None}
    assert sent(program, lambda: AnyLink("help", **declared)) == {
        "domain_id": "dom",
        "mark": "pulumi:proj/dev/help",
    }


@pytest.mark.parametrize("mark", ["", "pulumi:other/dev/help"])
def test_link_sends_declared_mark(program: Program, mark: str) -> None:
    assert sent(program, lambda: RecordingLink("help", domain_id="dom", mark=mark))["mark"] == mark


def test_link_passes_options_to_engine(program: Program) -> None:
    def declare() -> None:
        account = Provider("acct", api_key="uspl_canary")
        RecordingLink("help", pulumi.ResourceOptions(provider=account), domain_id="dom")

    program.run(declare)
    assert "acct" in str(program.resource("help").provider)
    assert "uspl_canary" not in str(program.resource("help").inputs)


def test_every_link_sends_the_same_short_reference_to_the_provider(program: Program) -> None:
    program.run(lambda: [kind(kind.__name__, domain_id="dom") for kind in (RecordingLink, Support)])
    blobs = {args.inputs["__provider"] for args in program.registered}
    assert len(blobs) == 1
    assert len(blobs.pop()) < 100


def test_link_fails_when_key_is_configured_in_plaintext(program: Program) -> None:
    with pytest.raises(ProgramError, match="run `pulumi config set --secret userplane:apiKey`; revoke") as caught:
        program.run(lambda: AnyLink("help", domain_id="dom"), config={"userplane:apiKey": "uspl_canary"})
    assert "uspl_canary" not in str(caught.value)
    assert program.registered == []


def test_link_fails_when_limit_store_is_configured_in_plaintext(program: Program) -> None:
    with pytest.raises(
        ProgramError, match="run `pulumi config set --secret userplane:limitStore`; change its"
    ) as caught:
        program.run(lambda: AnyLink("help", domain_id="dom"), config={"userplane:limitStore": "redis://:hunter22@h"})
    assert "hunter22" not in str(caught.value)
    assert program.registered == []


def test_link_sends_adopt_when_import_is_given(program: Program) -> None:
    opts = pulumi.ResourceOptions(import_="lnk_1", protect=True)
    program.run(lambda: AnyLink("help", opts, domain_id="dom"))
    registered = program.resource("help")
    assert (program.inputs("help")["adopt"], registered.resource_id) == ("lnk_1", "")
    assert (opts.import_, opts.protect) == ("lnk_1", True)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            {"mark": "m"},
            {"mark": "m"},
            "'b': another link of this program already has the mark 'm'; give one of the two a mark= of",
        ),
        ({"adopt": "lnk_1"}, {"adopt": "lnk_1"}, "'b': another link of this program already adopts lnk_1; declare it"),
        ({"mark": ""}, {"mark": ""}, ""),
        ({"mark": "m"}, {"mark": "n"}, ""),
    ],
)
def test_second_link_fails_when_its_mark_or_adoption_is_claimed(
    program: Program, first: dict[str, str], second: dict[str, str], said: str
) -> None:
    def declare() -> None:
        AnyLink("a", domain_id="dom", **first)
        AnyLink("b", domain_id="dom", **second)

    if said:
        with pytest.raises(ProgramError, match=said):
            program.run(declare)
    else:
        program.run(declare)
        program.run(declare)


def under(*parents: pulumi.Resource | str) -> pulumi.ResourceOptions:
    """Returns the options of a child of components of these types, the outermost first."""
    opts = pulumi.ResourceOptions()
    for type_or_parent in parents:
        if isinstance(type_or_parent, str):
            parent: pulumi.Resource = pulumi.ComponentResource(type_or_parent, type_or_parent, opts=opts)
        else:
            parent = type_or_parent
        opts = pulumi.ResourceOptions(parent=parent)
    return opts


@pytest.mark.parametrize(
    ("parents", "owned"),
    [
        (list, "help"),
        (lambda: [pulumi.runtime.get_root_resource()], "help"),
        (lambda: ["acme:x:Desk"], "acme:x:Desk$help"),
        (lambda: ["acme:x:A", "acme:x:Desk"], "acme:x:A$acme:x:Desk$help"),
        (lambda: ["acme:x:A", "acme:x:B", "acme:x:Desk"], "acme:x:A$acme:x:B$acme:x:Desk$help"),
        (lambda: ["acme:x:A", AnyLink("main", under("acme:x:B"), domain_id="dom")], f"acme:x:B${TOKEN}$help"),
    ],
)
def test_mark_of_child_has_types_of_all_its_parents(
    program: Program, parents: Callable[[], list[Any]], owned: str
) -> None:
    program.run(lambda: AnyLink("help", under(*parents()), domain_id="dom"))
    assert program.inputs("help")["mark"] == f"pulumi:proj/dev/{owned}"


@pytest.mark.parametrize(
    ("parents", "before"), [([], "pulumi:proj/dev/"), (["acme:A", "acme:Desk"], "pulumi:proj/dev/acme:A$acme:Desk$")]
)
@pytest.mark.parametrize(("more", "mark", "is_sent"), [(0, None, False), (1, None, True), (1, "m" * 2100, False)])
def test_link_sends_name_only_when_it_is_too_long_for_its_default_mark(
    program: Program, parents: list[str], before: str, more: int, mark: str | None, *, is_sent: bool
) -> None:
    name = "x" * (2039 - len(before) + more)
    program.run(lambda: AnyLink(name, under(*parents), domain_id="dom", mark=mark))
    inputs = program.inputs(name)
    assert inputs["mark"] == (mark or before + name)
    assert inputs.get("__long_name") == (name if is_sent else None)


def test_marks_differ_when_equal_names_have_parents_of_different_types(program: Program) -> None:
    program.run(lambda: [AnyLink("help", under(outer, "acme:Inner"), domain_id="d") for outer in ("acme:A", "acme:B")])
    found = {args.inputs["mark"] for args in program.registered if args.name == "help"}
    assert found == {"pulumi:proj/dev/acme:A$acme:Inner$help", "pulumi:proj/dev/acme:B$acme:Inner$help"}


@pytest.mark.parametrize("is_declared_first", [True, False])
def test_link_fails_when_declared_mark_is_the_default_mark_of_a_child(
    program: Program, *, is_declared_first: bool
) -> None:
    def declare() -> None:
        makers: list[Callable[[], object]] = [
            lambda: AnyLink("other", domain_id="dom", mark="pulumi:proj/dev/acme:Desk$help"),
            lambda: AnyLink("help", under("acme:Desk"), domain_id="dom"),
        ]
        for make in makers if is_declared_first else makers[::-1]:
            make()

    with pytest.raises(
        ProgramError, match=r"'help': another link of this program already has the mark 'pulumi:[^']*Desk\$help'"
    ):
        program.run(declare)


def test_link_is_declared_again_when_tests_share_their_mocks(program: Program) -> None:
    pulumi.runtime.set_mocks(program, project="proj", stack="dev")
    as_test: Any = pulumi.runtime.test  # has no types
    for _ in range(2):
        as_test(lambda: (AnyLink("help", domain_id="dom"), AnyLink("old", domain_id="dom", adopt="lnk_1")))()
        as_test(lambda: AnyLink("child", under("acme:Desk"), domain_id="dom"))()
    assert [args.inputs["mark"] for args in program.registered if args.name == "help"] == ["pulumi:proj/dev/help"] * 2


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda text: AnyLink(text, domain_id="dom"), "the name of a recording link contains an Output as text"),
        (Provider, "the name of a Provider contains an Output as text"),
        (lambda text: Provider("a", api_key=text), "provider 'a': api_key contains an Output as text"),
        (lambda text: Provider("a", workspace_id=text), "provider 'a': workspace_id contains an Output as text"),
        (
            lambda text: Provider("a", extra_provider_types=["fax", text]),
            "provider 'a': extra_provider_types contains an Output as text",
        ),
        (lambda text: RecordingLink.get("help", text), "'help': the id or workspace_id contains an Output as text"),
        (lambda text: RecordingLink.get("help", "lnk_1", workspace_id=text), "'help': the id or workspace_id contains"),
        (lambda text: get_domain(url=text), "an argument of a look-up contains an Output as text"),
        (get_recording_link, "an argument of a look-up contains an Output as text"),
        (lambda text: get_domains(workspace_id=text), "an argument of a look-up contains an Output as text"),
    ],
)
def test_declaration_fails_when_text_contains_output(
    program: Program, declare: Callable[[str], object], said: str
) -> None:
    with pytest.raises(ProgramError, match=said) as caught:
        program.run(lambda: declare(f"a-{pulumi.Output.from_input('b')}"))
    assert "write the text with pulumi.Output.format in Python" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert program.registered == []


def test_output_twin_fails_when_known_text_contains_output(program: Program) -> None:
    def declare() -> None:
        late = pulumi.Output.from_input("b")
        get_domain_output(url=late.apply(lambda known: f"{known} {late}"))

    with pytest.raises(ProgramError, match="an argument of a look-up contains an Output as text"):
        program.run(declare)


@pytest.mark.parametrize("import_", ["lnk_1", "lnk_2"])
def test_link_fails_when_import_and_adopt_name_different_links(program: Program, import_: str) -> None:
    def declare() -> None:
        AnyLink("help", pulumi.ResourceOptions(import_=import_), domain_id="dom", adopt="lnk_1")

    if import_ == "lnk_1":
        program.run(declare)
        assert program.inputs("help")["adopt"] == "lnk_1"
        return
    with pytest.raises(ProgramError, match="recording link 'help': import_ and adopt= name different links"):
        program.run(declare)
    assert program.registered == []


@pytest.mark.parametrize("kind", [RecordingLink, Support])
def test_get_reads_link_without_declaring_anything(program: Program, kind: type[RecordingLink]) -> None:
    program.run(lambda: kind.get("help", "lnk_1"))
    inputs = program.inputs("help")
    inputs.pop("__provider")
    assert (program.resource("help").resource_id, program.resource("help").typ) == ("lnk_1", TOKEN)
    assert inputs == {"__lookup": True}


def test_get_passes_workspace_and_account(program: Program) -> None:
    def declare() -> None:
        opts = pulumi.ResourceOptions(provider=Provider("acct"))
        RecordingLink.get("help", "lnk_1", opts, workspace_id="ws")

    program.run(declare)
    assert program.inputs("help")["workspace_id"] == "ws"
    assert "acct" in str(program.resource("help").provider)


@pytest.mark.parametrize("kind", [RecordingLink, Support, Urgent, Mixed])
def test_subclass_keeps_token_and_typed_outputs(program: Program, kind: type[RecordingLink]) -> None:
    program.answer = ANSWERED
    seen: dict[str, Any] = {}

    def declare() -> None:
        link = kind("help", domain_id="dom")
        for name in inspect.get_annotations(RecordingLink):
            getattr(link, name).apply(lambda value, name=name: seen.update({name: value}))
        link.domain.url.apply(lambda value: seen.update(lifted=value))

    program.run(declare)
    assert program.resource("help").typ == TOKEN
    assert seen.pop("lifted") == "help.example"
    assert {key: dict(value) if isinstance(value, dict) else value for key, value in seen.items()} == ANSWERED
    assert (type(seen["creator"]), type(seen["domain"]), type(seen["project"])) == (
        LinkCreator,
        LinkDomain,
        LinkProject,
    )
    assert (seen["project"].project_id, seen["project"].title) == ("prj", None)
    assert seen["creator"].workspace_member_id == "mem"


def test_output_is_none_when_engine_returns_no_value(program: Program) -> None:
    seen: list[Any] = []
    program.run(lambda: AnyLink("help", domain_id="dom").link_title.apply(seen.append))
    assert seen == [None]


def test_every_output_has_a_type() -> None:
    hints: list[Any] = list(inspect.get_annotations(RecordingLink).values())
    assert all(get_origin(hint) is pulumi.Output and get_args(hint) for hint in hints)


@pytest.mark.parametrize("kind", [RecordingLink, RecordingLinkArgs])
def test_every_output_and_argument_has_docstring(kind: type) -> None:
    (body,) = (node.body for node in ast.parse(inspect.getsource(kind)).body if isinstance(node, ast.ClassDef))
    undocumented = [
        ast.unparse(node.target)
        for node, following in zip(body, [*body[1:], None], strict=True)
        if isinstance(node, ast.AnnAssign)
        and not (isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant))
    ]
    assert undocumented == []


def test_link_has_one_overload_for_args_and_one_for_keywords() -> None:
    (body,) = (node.body for node in ast.parse(inspect.getsource(RecordingLink)).body if isinstance(node, ast.ClassDef))
    overloads = [
        [*(argument.arg for argument in node.args.args), *filter(None, [node.args.kwarg and node.args.kwarg.arg])]
        for node in body
        if isinstance(node, ast.FunctionDef)
        and [ast.unparse(decorator) for decorator in node.decorator_list] == ["overload"]
    ]
    assert overloads == [["self", "resource_name", "args", "opts"], ["self", "resource_name", "opts", "declared"]]
