"""Adopting an existing link: what is sent, what is shown, and what is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.lifecycle.shared_facts import SharedFacts
from pulumi_userplane.recovery.processes import ProcessId
from tests.unit.conftest import forget_run, this_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.support.messages import Messages
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/help"


@pytest.fixture
def existing(server: Emulator) -> dict[str, Any]:
    """A link that somebody created in the dashboard."""
    return dict(server.add_link(domainId="dom_help", linkTitle="Old", meta={"team": "a"}))


@pytest.fixture
def adoption(existing: dict[str, Any]) -> dict[str, Any]:
    """The program that adopts it."""
    return {"domain_id": "dom_help", "mark": MARK, "adopt": existing["linkId"]}


@pytest.fixture(autouse=True)
def infos(messages: Messages) -> list[str]:
    return messages.infos


def _expect_refusal(server: Emulator, sent: Sent, up: Callable[[], object]) -> str:
    """The error of an adoption that leaves the server as it was."""
    before = server.links
    sent()
    with pytest.raises(UserplaneError) as caught:
        up()
    assert {method for method, _ in sent()} <= {"GET"}
    assert server.links == before
    return str(caught.value)


def test_adopt_sends_no_put_when_nothing_differs(
    engine: Engine, sent: Sent, adoption: dict[str, Any], infos: list[str]
) -> None:
    engine.up(**adoption, link_title="Old")
    assert sent() == [("GET", None)]
    assert engine.id == adoption["adopt"]
    name, url = f'recording link "{MARK}" ({engine.id})', engine.outputs["link_url"]
    assert infos == [f"{name} was adopted and keeps its address {url}; nothing had to be changed"]


def test_adopt_is_refused_when_another_provider_of_the_run_may_have_the_link(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any]
) -> None:
    run = this_run()
    run_state.reset(RunState(run.notify, run.clock, facts=SharedFacts(has_siblings=lambda: True)))
    error = _expect_refusal(server, sent, lambda: engine.up(**adoption))
    assert "another provider of this run may have the link" in error
    assert error.endswith("set XDG_CACHE_HOME to a writable folder, then run again")


def test_adopt_sends_and_names_only_the_fields_that_differ(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any], infos: list[str]
) -> None:
    engine.up(**adoption, link_title="New", link_reusable=False)
    assert sent() == [("GET", None), ("PUT", {"linkTitle": "New"})]
    assert infos[0].endswith("; changed: link_title")
    [link] = server.links
    assert (link["linkTitle"], link["linkProviderReference"], link["meta"]) == ("New", None, {"team": "a"})


@pytest.mark.parametrize("form", ["{url}", "{url}/", "{bare}", "https://dash.userplane.io/acme/links/{id}?tab=1"])
def test_adopt_finds_the_link_when_given_an_address(
    engine: Engine, existing: dict[str, Any], adoption: dict[str, Any], sent: Sent, form: str
) -> None:
    url = existing["linkURL"]
    adoption["adopt"] = form.format(url=url, bare=url.removeprefix("https://"), id=existing["linkId"])
    engine.up(**adoption)
    assert engine.id == existing["linkId"]
    assert [method for method, _ in sent()] == ["GET", "GET"]


def test_adopt_reads_the_list_once_for_all_addresses(make_engine: MakeEngine, server: Emulator, sent: Sent) -> None:
    made = [server.add_link(domainId="dom_help")["linkURL"] for _ in range(2)]
    for number, url in enumerate(made):
        make_engine().up(domain_id="dom_help", mark=f"{MARK}{number}", adopt=url)
    assert [method for method, _ in sent()] == ["GET", "GET", "GET"]


def test_adopted_link_shows_no_difference_after_the_run(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any]
) -> None:
    engine.up(**adoption)
    forget_run()
    sent()
    assert engine.diff(**adoption) == (False, [])
    without = {key: value for key, value in adoption.items() if key != "adopt"}
    assert engine.diff(**without) == (False, [])
    engine.refresh()
    assert "adopt" not in engine.inputs
    assert engine.diff(**adoption) == (False, [])
    assert engine.diff(**without) == (False, [])
    assert engine.diff(**without, link_title="New") == (True, [])
    assert [method for method, _ in sent()] == ["GET"]


def test_delete_deletes_an_adopted_link_in_a_later_run(
    engine: Engine, server: Emulator, adoption: dict[str, Any]
) -> None:
    engine.up(**adoption)
    forget_run()
    engine.destroy()
    assert [link["live"] for link in server.links] == [False]


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (
            {"domain_id": "dom_app"},
            r'its domain_id is dom_help, but the program declares dom_app, .*write domain_id="dom_help"',
        ),
        ({"project_id": "prj_onboarding"}, r'its project_id is prj_default, but .*write project_id="prj_default"'),
        ({"adopt": "lnk_never"}, r"adoption of .* failed: 404 LINK_NOT_FOUND.*remove adopt= to create a new link"),
        ({"adopt": "https://help.acme.com/nowhere"}, "no live link of workspace ws_demo has this address"),
    ],
)
def test_adopt_is_refused_when_the_declaration_does_not_fit(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any], *, declared: dict[str, Any], message: str
) -> None:
    adoption |= declared
    assert re.search(message, _expect_refusal(server, sent, lambda: engine.up(**adoption)))


def test_adopt_is_refused_when_the_link_was_deleted(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any]
) -> None:
    server.delete_link(adoption["adopt"])
    error = _expect_refusal(server, sent, lambda: engine.up(**adoption))
    assert "410 LINK_GONE" in error
    assert error.endswith(
        "; it was deleted, or was never in this workspace: remove adopt= to create a new link; "
        "more: `pulumi-userplane explain LINK_GONE`"
    )


@pytest.mark.parametrize("reference", ["pulumi:other/prod/help#01234567", "team-a#89abcdef"])
def test_adopt_requires_the_mark_when_another_program_created_the_link(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any], reference: str
) -> None:
    server.edit_link(adoption["adopt"], linkProviderReference=reference)
    mark = reference.rpartition("#")[0]
    error = _expect_refusal(server, sent, lambda: engine.up(**adoption))
    assert f"it was created by {mark}, which may still manage it" in error
    assert f'write mark="{mark}" next to adopt=' in error
    engine.up(**{**adoption, "mark": mark})
    assert engine.id == adoption["adopt"]


def test_adopt_suggests_aliases_when_another_resource_of_the_stack_created_the_link(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any]
) -> None:
    server.edit_link(adoption["adopt"], linkProviderReference="pulumi:proj/dev/faq#01234567")
    error = _expect_refusal(server, sent, lambda: engine.up(**adoption))
    assert error.endswith(
        "for a resource that was renamed use `aliases` instead of adopt=, "
        'else write mark="pulumi:proj/dev/faq" next to adopt= if that resource no longer manages it'
    )


def test_adopt_accepts_the_earlier_mark_of_a_nested_resource(
    engine: Engine, server: Emulator, adoption: dict[str, Any]
) -> None:
    server.edit_link(adoption["adopt"], linkProviderReference="pulumi:p/dev/acme:Desk$help#01234567")
    engine.up(**{**adoption, "mark": "pulumi:p/dev/acme:A$acme:Desk$help"})
    assert engine.id == adoption["adopt"]


def test_adopt_accepts_a_named_mark_when_links_are_not_marked(
    make_engine: MakeEngine, server: Emulator, adoption: dict[str, Any]
) -> None:
    server.edit_link(adoption["adopt"], linkProviderReference="pulumi:other/prod/help#01234567")
    engine = make_engine(markLinks="false")
    engine.up(**{**adoption, "mark": "pulumi:other/prod/help"})
    assert engine.id == adoption["adopt"]


def test_adopt_is_refused_when_another_resource_has_adopted_the_link(
    make_engine: MakeEngine, server: Emulator, sent: Sent, adoption: dict[str, Any]
) -> None:
    first, second = make_engine(), make_engine()
    first.up(**adoption)
    error = _expect_refusal(server, sent, lambda: second.up(**{**adoption, "mark": f"{MARK}2"}))
    assert error.endswith(
        "another resource of this program manages it; declare it once; "
        "if that resource was renamed, use `aliases` instead of adopt="
    )


def test_adopt_is_refused_when_this_run_deletes_the_link(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any]
) -> None:
    this_run().claims.claim_deletion(adoption["adopt"], None, f"{MARK}2")
    error = _expect_refusal(server, sent, lambda: engine.up(**adoption))
    assert error.endswith(
        "failed: this run deletes it as another resource's link; "
        "if that resource was renamed, use `aliases` instead of adopt="
    )


def test_adopt_is_refused_when_another_resource_manages_the_link(
    make_engine: MakeEngine, server: Emulator, sent: Sent
) -> None:
    first, second = make_engine(), make_engine()
    declared = {"domain_id": "dom_help", "mark": MARK, "link_provider_ref": "REF-1"}
    first.up(**declared)
    forget_run()
    first.diff(**declared)
    error = _expect_refusal(
        server, sent, lambda: second.up(domain_id="dom_help", mark=f"{MARK}2", adopt=first.outputs["link_url"])
    )
    assert "another resource of this program manages it" in error


@pytest.mark.parametrize("mark", [MARK, ""])
def test_adopt_takes_link_of_a_resource_that_a_refresh_alone_has_seen(
    make_engine: MakeEngine, server: Emulator, sent: Sent, mark: str
) -> None:
    old, renamed = make_engine(), make_engine()
    old.up(domain_id="dom_help", mark=mark, link_provider_ref="REF-1")
    forget_run()
    old.refresh()

    assert old.provider.diff(old.id, old.outputs, old.inputs).changes is False
    declared = {"domain_id": "dom_help", "adopt": old.id, "mark": mark}
    if not mark:
        # Nothing tells whether the program declares it.
        error = _expect_refusal(server, sent, lambda: renamed.up(**declared))
        assert "another resource of this program manages it" in error
        return

    renamed.up(**declared)

    assert renamed.id == old.id
    old.destroy()
    assert [link["live"] for link in server.links] == [True]


def test_diff_fails_when_another_resource_has_just_adopted_the_link(
    make_engine: MakeEngine, adoption: dict[str, Any]
) -> None:
    first, second = make_engine(), make_engine()
    first.up(**adoption)
    forget_run()
    second.up(**{**adoption, "mark": f"{MARK}2"})
    with pytest.raises(UserplaneError, match=r"the state now holds it twice; .*`pulumi state delete URN`"):
        first.diff(**adoption)


def test_adopt_does_not_call_a_link_deleted_when_reading_it_is_forbidden(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any]
) -> None:
    server.fault(answer="status", status=403, code="NOT_A_MEMBER")
    error = _expect_refusal(server, sent, lambda: engine.up(**adoption))
    assert "adoption of" in error
    assert "403 NOT_A_MEMBER" in error
    assert "adopt=" not in error


def test_adopt_fails_when_the_list_can_not_be_read(
    engine: Engine, server: Emulator, sent: Sent, existing: dict[str, Any], adoption: dict[str, Any]
) -> None:
    adoption["adopt"] = existing["linkURL"]
    server.fault(path="/links$", answer="status", status=403, code="FORBIDDEN")
    assert _expect_refusal(server, sent, lambda: engine.up(**adoption)).startswith(
        f"adoption of the recording link at {existing['linkURL']} failed at its look-up in the list: 403 FORBIDDEN "
    )


def test_adopt_can_be_retried_when_its_put_failed(engine: Engine, server: Emulator, adoption: dict[str, Any]) -> None:
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError) as caught:
        engine.up(**adoption, link_title="New", meta={})
    assert str(caught.value).startswith(
        f'adoption of recording link "{MARK}" ({adoption["adopt"]}) failed at its last step, '
        "the PUT of link_title, meta: 403 FORBIDDEN "
    )
    assert [(link["live"], link["linkTitle"]) for link in server.links] == [(True, "Old")]
    engine.up(**adoption, link_title="New")
    assert engine.id == adoption["adopt"]


def test_adopt_fails_when_its_put_clears_what_it_did_not_send(
    engine: Engine, server: Emulator, adoption: dict[str, Any]
) -> None:
    server.set_behaviours(left_out="clear")
    with pytest.raises(UserplaneError) as caught:
        engine.up(**adoption, link_title="New", meta={"team": "a"})
    assert str(caught.value) == (
        f'adoption of recording link "{MARK}" ({adoption["adopt"]}) failed at its last step, the PUT of link_title: '
        "the server also changed what the request did not send: meta is empty now; leave it out of the program, and "
        "attach the report of `pulumi-userplane probe` to an issue"
    )
    assert [(link["live"], link["linkTitle"]) for link in server.links] == [(True, "New")]


@pytest.mark.parametrize(
    "change", [{"domain_id": "dom_app"}, {"project_id": "prj_onboarding"}, {"workspace_id": "ws_other"}]
)
def test_diff_refuses_a_replacement_when_adopt_is_declared(
    engine: Engine, sent: Sent, adoption: dict[str, Any], change: dict[str, Any]
) -> None:
    adoption |= {"project_id": "prj_default", "workspace_id": "ws_demo"}
    engine.up(**adoption)
    forget_run()
    sent()
    [key] = change
    assert engine.failures(**{**adoption, **change}) == [
        f"adopt: another {key} creates a new link, with a new address: remove adopt="
    ]
    without = {k: value for k, value in engine.inputs.items() if k != "adopt"}
    engine.inputs = without  # as after an import: only the outputs know it
    with pytest.raises(
        UserplaneError,
        match=r"another location takes a new link, but the program still has adopt=; to keep the address, ",
    ):
        engine.diff(**{**adoption, **change})
    assert sent() == []


def test_create_refuses_a_replacement_when_adopt_is_declared(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any]
) -> None:
    engine.up(**adoption)
    forget_run()
    checked = engine.check(**adoption)  # `--target-replace`: no diff follows
    error = _expect_refusal(server, sent, lambda: engine.provider.create(checked))
    assert error.endswith(
        "failed: the state already holds a link of this resource; to adopt this link, declare it as a resource of its "
        "own; for a new link, with a new address, remove adopt=; if the resource was renamed, use `aliases`"
    )
    this_run().held.record_link(adoption["adopt"], MARK)
    error = _expect_refusal(server, sent, lambda: engine.provider.create(checked))
    assert f"failed: the state already holds {adoption['adopt']} as the link of this resource; to adopt " in error


@pytest.mark.parametrize(
    ("recorded", "now"),
    [(MARK, MARK), ("pulumi:p/dev/acme:Desk$help", "pulumi:p/dev/acme:A$acme:Desk$help")],
)
def test_delete_keeps_link_when_the_program_still_adopts_it(
    engine: Engine, server: Emulator, sent: Sent, adoption: dict[str, Any], *, recorded: str, now: str
) -> None:
    engine.up(**{**adoption, "mark": recorded})
    forget_run()
    engine.check(**{**adoption, "mark": now})
    error = _expect_refusal(server, sent, engine.destroy)
    assert "adopt= of this resource still names it; remove adopt=" in error


def test_replacement_adopts_the_link_again_when_it_has_no_mark(
    engine: Engine, server: Emulator, warned: list[str], adoption: dict[str, Any]
) -> None:
    adoption["mark"] = ""
    engine.up(**adoption)
    forget_run()
    engine.provider.create(engine.check(**adoption))
    engine.destroy()
    assert [link["live"] for link in server.links] == [True]
    assert warned == [f"recording link {engine.id} was not deleted: this run has adopted it"]


def test_diff_fails_when_adopt_names_another_link(engine: Engine, server: Emulator, adoption: dict[str, Any]) -> None:
    engine.up(domain_id="dom_help", mark=MARK)
    with pytest.raises(
        UserplaneError, match=rf"adopt= names another link \({adoption['adopt']}\), but the state already holds a link"
    ):
        engine.diff(**adoption)
    for own in (engine.id, engine.outputs["link_url"]):
        assert engine.diff(**{**adoption, "adopt": own}) == (False, [])


@pytest.mark.parametrize("wrong", ["", " lnk_1", 5, True])
def test_check_fails_when_adopt_can_not_be_an_id(engine: Engine, adoption: dict[str, Any], wrong: object) -> None:
    [problem] = engine.failures(**{**adoption, "adopt": wrong})
    assert problem.startswith("adopt: ")


def test_delete_keeps_link_when_another_resource_declares_it(
    make_engine: MakeEngine, server: Emulator, warned: list[str], adoption: dict[str, Any]
) -> None:
    first, second = make_engine(), make_engine()
    first.up(**adoption)
    forget_run()
    second.up(**{**adoption, "mark": f"{MARK}2"})
    forget_run()
    second.diff(**{**adoption, "mark": f"{MARK}2"})
    first.destroy()
    assert [link["live"] for link in server.links] == [True]
    assert warned[-1].endswith(f"was not deleted: another resource of the program manages it as well ({MARK}2)")
    forget_run()
    second.destroy()
    assert [link["live"] for link in server.links] == [False]


def test_diff_shows_nothing_when_only_the_mark_changes(make_engine: MakeEngine, server: Emulator, sent: Sent) -> None:
    engine = make_engine()
    earlier = {"domain_id": "dom_help", "link_title": "Help", "mark": "pulumi:p/dev/acme:Desk$help"}
    engine.up(**earlier)
    sent()
    now = {**earlier, "mark": "pulumi:p/dev/acme:A$acme:Desk$help"}
    for _ in range(2):
        forget_run()
        assert engine.diff(**now) == (False, [])
        assert sent() == []
        engine.refresh()
        sent()
    forget_run()
    engine.up(**{**now, "link_title": "Help!"})
    assert [method for method, _ in sent()] == ["PUT"]
    assert engine.outputs["link_provider_ref"].startswith("pulumi:p/dev/acme:Desk$help#")
    assert engine.diff(**{**now, "link_title": "Help!"}) == (False, [])
    # The next run may be one that destroys.
    forget_run()
    engine.destroy()
    assert [link["live"] for link in server.links] == [False]


@pytest.mark.parametrize("made_before", [False, True])
def test_delete_deletes_the_old_link_when_a_renamed_resource_is_replaced(
    make_engine: MakeEngine, server: Emulator, made_before: bool
) -> None:
    engine = make_engine()
    engine.up(domain_id="dom_help", mark=MARK)
    forget_run()
    renamed = {"domain_id": "dom_app", "mark": f"{MARK}2"}
    assert engine.diff(**renamed)[1] == ["domain_id"]
    old = (engine.id, engine.outputs)
    engine.inputs = {}
    if made_before:
        engine.provider.create(engine.check(**renamed))
    engine.provider.delete(*old)
    assert [link["linkId"] for link in server.links if not link["live"]] == [old[0]]


def test_adopt_names_meta_and_does_not_show_it(engine: Engine, adoption: dict[str, Any], infos: list[str]) -> None:
    engine.up(**adoption, meta={"token": "s3cret"})
    assert infos[0].endswith("; changed: meta")


def test_adopt_removes_the_journal_entry_of_the_link(
    make_engine: MakeEngine, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, adoption = make_engine(), make_engine()
    made.up(domain_id="dom_help", mark=MARK)
    forget_run()
    adoption.up(domain_id="dom_help", mark=MARK, adopt=made.id)
    forget_run()
    monkeypatch.setattr(ProcessId, "is_alive", lambda _: False)
    again = make_engine()
    again.up(domain_id="dom_help", mark=MARK)
    assert again.id != made.id


def test_adopt_accepts_the_mark_of_a_link_that_this_run_dropped(
    engine: Engine, server: Emulator, adoption: dict[str, Any]
) -> None:
    engine.up(**adoption)
    forget_run()
    server.delete_link(engine.id)
    engine.refresh()
    assert engine.id == ""
    other = server.add_link(domainId="dom_help")["linkId"]
    engine.up(**{**adoption, "adopt": other})
    assert engine.id == other


def test_delete_keeps_link_when_the_replacement_was_not_created(
    make_engine: MakeEngine, server: Emulator, warned: list[str], adoption: dict[str, Any]
) -> None:
    first, second = make_engine(), make_engine()
    first.up(**adoption)
    forget_run()
    second.up(**{**adoption, "mark": f"{MARK}2"})
    forget_run()
    declared = {"domain_id": "dom_help", "mark": f"{MARK}2"}
    assert second.diff(**declared) == (False, [])
    server.fault(method="POST", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError, match="403 FORBIDDEN"):
        second.provider.create(second.check(**declared))
    first.destroy()
    assert [link["live"] for link in server.links] == [True]
    assert "another resource of the program manages it as well" in warned[-1]
