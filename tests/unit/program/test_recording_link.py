"""What a program declares, and what reaches the engine of it; no engine, no network."""

from __future__ import annotations

import ast
import inspect
from dataclasses import MISSING, fields
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
    RecordingLinkArgsDict,
    diff,
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
    """A team's own kind of link."""

    team: str


class Urgent(Support):
    """A kind of that kind."""


class Mixin:
    """Something of the team's own."""


class Mixed(Mixin, RecordingLink):
    """A kind of link with something of the team's own."""


def sent(program: Program, declare: Callable[[], object], name: str = "help") -> dict[str, Any]:
    program.run(declare)
    inputs = program.inputs(name)
    inputs.pop("__provider")
    return inputs


@pytest.mark.parametrize(
    "declare",
    [
        lambda: RecordingLink("help", **DECLARED),
        lambda: RecordingLink("help", RecordingLinkArgs(**DECLARED)),
        lambda: RecordingLink("help", args=RecordingLinkArgs(**DECLARED)),
        lambda: AnyLink("help", DECLARED),
        lambda: RecordingLink("help", RecordingLinkArgs(**DECLARED), pulumi.ResourceOptions()),
        lambda: RecordingLink("help", RecordingLinkArgs(**DECLARED), opts=pulumi.ResourceOptions()),
        lambda: RecordingLink("help", pulumi.ResourceOptions(), **DECLARED),
        lambda: RecordingLink("help", opts=pulumi.ResourceOptions(), **DECLARED),
    ],
)
def test_all_ways_to_declare_a_link_send_the_same(program: Program, declare: Callable[[], object]) -> None:
    assert sent(program, declare) == DECLARED
    assert program.resource("help").typ == TOKEN


def test_only_what_is_given_is_sent_and_the_mark_is_filled_in(program: Program) -> None:
    declared = {"domain_id": "dom", "link_title": None, "meta": None, "mark": None}
    assert sent(program, lambda: AnyLink("help", **declared)) == {
        "domain_id": "dom",
        "mark": "pulumi:proj/dev/help",
    }


@pytest.mark.parametrize("mark", ["", "pulumi:other/dev/help"])
def test_a_mark_can_be_said_or_refused(program: Program, mark: str) -> None:
    assert sent(program, lambda: RecordingLink("help", domain_id="dom", mark=mark))["mark"] == mark


def test_declaring_changes_neither_args_nor_dictionary(program: Program) -> None:
    declared = {"domain_id": "dom"}
    args = RecordingLinkArgs(domain_id="dom")
    program.run(lambda: (AnyLink("one", declared), RecordingLink("two", args)))
    assert declared == {"domain_id": "dom"}
    assert args == RecordingLinkArgs(domain_id="dom")


def test_the_options_reach_the_engine(program: Program) -> None:
    def declare() -> None:
        account = Provider("acct", api_key="uspl_canary")
        RecordingLink("help", pulumi.ResourceOptions(provider=account), domain_id="dom")

    program.run(declare)
    assert "acct" in str(program.resource("help").provider)
    assert "uspl_canary" not in str(program.resource("help").inputs)


def test_every_link_carries_the_same_short_reference_to_the_provider(program: Program) -> None:
    program.run(lambda: [kind(kind.__name__, domain_id="dom") for kind in (RecordingLink, Support)])
    blobs = {args.inputs["__provider"] for args in program.registered}
    assert len(blobs) == 1
    assert len(blobs.pop()) < 100


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (
            lambda: AnyLink("help", link_titel="x", domain_id="d"),
            "no argument 'link_titel'; did you mean 'link_title'?",
        ),
        (lambda: AnyLink("help", {"domain_id": "d", "b": 1, "a": 2}), "RecordingLink has no argument 'a'$"),
        (lambda: AnyLink("help", "dom_help"), "takes RecordingLinkArgs, a dictionary or keywords, not str"),
        (lambda: AnyLink("help"), "'help' is missing the required argument 'domain_id'"),
        (lambda: AnyLink("help", {}), "'help' is missing the required argument 'domain_id'"),
        (lambda: AnyLink("help", domain_id=None), "'help' is missing the required argument 'domain_id'"),
        (lambda: AnyLink("help", {"domain_id": "d"}, None, "dom"), "argument"),
    ],
)
def test_a_mistake_in_the_declaration_is_a_type_error(
    program: Program, declare: Callable[[], object], said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        program.run(declare)
    assert program.registered == []


def test_a_key_that_is_configured_in_clear_is_refused_before_it_gets_into_a_state(program: Program) -> None:
    with pytest.raises(ProgramError, match="run `pulumi config set --secret userplane:apiKey`; revoke") as caught:
        program.run(lambda: AnyLink("help", domain_id="dom"), config={"userplane:apiKey": "uspl_canary"})
    assert "uspl_canary" not in str(caught.value)
    assert program.registered == []


def test_import_is_taken_as_adopt_since_the_engine_would_read_without_the_provider(program: Program) -> None:
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
def test_two_links_have_neither_one_mark_nor_one_link_to_adopt(
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
    """The options of a child of components of these types, the outermost first."""
    opts = pulumi.ResourceOptions()
    for each in parents:
        parent = pulumi.ComponentResource(each, each, opts=opts) if isinstance(each, str) else each
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
def test_the_mark_of_a_child_follows_the_types_of_all_its_parents(
    program: Program, parents: Callable[[], list[Any]], owned: str
) -> None:
    program.run(lambda: AnyLink("help", under(*parents()), domain_id="dom"))
    assert program.inputs("help")["mark"] == f"pulumi:proj/dev/{owned}"


@pytest.mark.parametrize(
    ("parents", "before"), [([], "pulumi:proj/dev/"), (["acme:A", "acme:Desk"], "pulumi:proj/dev/acme:A$acme:Desk$")]
)
@pytest.mark.parametrize(("more", "mark", "is_sent"), [(0, None, False), (1, None, True), (1, "m" * 2100, False)])
def test_a_name_is_sent_only_where_it_is_too_long_for_the_mark_filled_in(
    program: Program, parents: list[str], before: str, more: int, mark: str | None, *, is_sent: bool
) -> None:
    name = "x" * (2039 - len(before) + more)
    program.run(lambda: AnyLink(name, under(*parents), domain_id="dom", mark=mark))
    inputs = program.inputs(name)
    assert inputs["mark"] == (mark or before + name)
    assert inputs.get("__long_name") == (name if is_sent else None)


def test_equal_names_in_components_of_one_type_have_marks_of_their_own(program: Program) -> None:
    program.run(lambda: [AnyLink("help", under(outer, "acme:Inner"), domain_id="d") for outer in ("acme:A", "acme:B")])
    found = {args.inputs["mark"] for args in program.registered if args.name == "help"}
    assert found == {"pulumi:proj/dev/acme:A$acme:Inner$help", "pulumi:proj/dev/acme:B$acme:Inner$help"}


@pytest.mark.parametrize("is_declared_first", [True, False])
def test_a_mark_that_is_declared_is_not_the_one_of_a_child(program: Program, *, is_declared_first: bool) -> None:
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


def test_tests_that_share_their_mocks_declare_the_same_again(program: Program) -> None:
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
def test_an_output_that_was_written_into_a_name_or_a_question_is_refused(
    program: Program, declare: Callable[[str], object], said: str
) -> None:
    with pytest.raises(ProgramError, match=said) as caught:
        program.run(lambda: declare(f"a-{pulumi.Output.from_input('b')}"))
    assert "use pulumi.Output.format, pulumi.Output.concat or .apply" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert program.registered == []


def test_a_question_with_an_output_in_its_text_is_refused_when_the_text_is_known(program: Program) -> None:
    def declare() -> None:
        late = pulumi.Output.from_input("b")
        get_domain_output(url=late.apply(lambda known: f"{known} {late}"))

    with pytest.raises(ProgramError, match="an argument of a look-up contains an Output as text"):
        program.run(declare)


@pytest.mark.parametrize("import_", ["lnk_1", "lnk_2"])
def test_import_and_adopt_may_name_one_link_and_not_two(program: Program, import_: str) -> None:
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
def test_get_asks_for_a_link_without_declaring_anything(program: Program, kind: type[RecordingLink]) -> None:
    program.run(lambda: kind.get("help", "lnk_1"))
    inputs = program.inputs("help")
    inputs.pop("__provider")
    assert (program.resource("help").resource_id, program.resource("help").typ) == ("lnk_1", TOKEN)
    assert inputs == {"__lookup": True}


def test_get_can_say_where_the_link_is_and_with_which_account(program: Program) -> None:
    def declare() -> None:
        opts = pulumi.ResourceOptions(provider=Provider("acct"))
        RecordingLink.get("help", "lnk_1", opts, workspace_id="ws")

    program.run(declare)
    assert program.inputs("help")["workspace_id"] == "ws"
    assert "acct" in str(program.resource("help").provider)


@pytest.mark.parametrize("kind", [RecordingLink, Support, Urgent, Mixed])
def test_every_kind_of_link_keeps_the_token_and_typed_outputs(program: Program, kind: type[RecordingLink]) -> None:
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


def test_outputs_that_no_answer_brought_are_none(program: Program) -> None:
    seen: list[Any] = []
    program.run(lambda: AnyLink("help", domain_id="dom").link_title.apply(seen.append))
    assert seen == [None]


def test_arguments_are_the_same_words_everywhere() -> None:
    names = [field.name for field in fields(RecordingLinkArgs)]
    assert list(RecordingLinkArgsDict.__annotations__) == names
    assert set(names) - {"adopt"} <= set(inspect.get_annotations(RecordingLink))
    assert set(diff.PUT_FIELDS) <= set(names)
    required = [field.name for field in fields(RecordingLinkArgs) if field.default is MISSING]
    assert required == ["domain_id"] == sorted(RecordingLinkArgsDict.__required_keys__)


def test_every_output_is_an_output_of_a_type() -> None:
    hints: list[Any] = list(inspect.get_annotations(RecordingLink).values())
    assert all(get_origin(hint) is pulumi.Output and get_args(hint) for hint in hints)


@pytest.mark.parametrize("kind", [RecordingLink, RecordingLinkArgs])
def test_every_output_and_every_argument_has_a_docstring(kind: type) -> None:
    (body,) = (node.body for node in ast.parse(inspect.getsource(kind)).body if isinstance(node, ast.ClassDef))
    undocumented = [
        ast.unparse(node.target)
        for node, following in zip(body, [*body[1:], None], strict=True)
        if isinstance(node, ast.AnnAssign)
        and not (isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant))
    ]
    assert undocumented == []


def test_there_is_an_overload_for_args_and_one_for_keywords() -> None:
    (body,) = (node.body for node in ast.parse(inspect.getsource(RecordingLink)).body if isinstance(node, ast.ClassDef))
    overloads = [
        [*(each.arg for each in node.args.args), *filter(None, [node.args.kwarg and node.args.kwarg.arg])]
        for node in body
        if isinstance(node, ast.FunctionDef) and [ast.unparse(each) for each in node.decorator_list] == ["overload"]
    ]
    assert overloads == [["self", "resource_name", "args", "opts"], ["self", "resource_name", "opts", "declared"]]
