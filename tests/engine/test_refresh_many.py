"""A refresh of sixty links with the real CLI: what it shows and costs."""

from tests.engine.stack import Stack

LINKS = 60


def asked_for(stack: Stack) -> tuple[int, int]:
    """Returns the number of reads by id and by page since the last call."""
    asked = stack.log.singles(), stack.log.pages()
    stack.log.forget()
    return asked


def add_links_of_others(stack: Stack) -> None:
    for _ in range(130):
        stack.userplane.add_link(domainId="dom_help")


def test_refresh_of_sixty_links_shows_all_drift_with_few_requests(stack: Stack) -> None:
    add_links_of_others(stack)
    stack.program(f"""
        for number in range({LINKS}):
            userplane.RecordingLink(f"link{{number}}", domain_id="dom_help", meta={{"n": number}})
    """)
    stack.up()
    add_links_of_others(stack)
    asked_for(stack)

    stack.refresh("--expect-no-changes")
    links, pages = asked_for(stack)
    assert links + pages <= 20
    # Its links stand on four pages; an engine that asked in no order would need more.
    assert 4 <= pages <= 9

    state = stack.links()
    stack.userplane.edit_link(state["link20"]["id"], meta={"n": 7})
    stack.userplane.delete_link(state["link40"]["id"])
    output = stack.refresh()
    assert sum(asked_for(stack)) <= 22
    assert f"({state['link40']['id']}) was deleted outside Pulumi (410 LINK_GONE)" in output

    fresh = stack.links()
    assert state.keys() - fresh.keys() == {"link40"}
    assert [name for name in fresh if fresh[name]["inputs"] != state[name]["inputs"]] == ["link20"]
    assert fresh["link20"]["inputs"]["meta"] == {"n": 7}

    stack.refresh("--expect-no-changes", USERPLANE_REFRESH="single")
    assert asked_for(stack) == (LINKS - 1, 0)
