"""Each message has a word of its own; of many that nobody reads, only the latest are kept."""

from pulumi_userplane.emulator.page.messages import Messages


def test_message_is_there_once_under_its_word_alone() -> None:
    messages = Messages()
    word, other = messages.keep("link-deleted", "<b>"), messages.keep("faults-removed")
    assert (messages.take("link-deleted"), messages.take("")) == ("", "")
    assert messages.take(word) == "Deleted <bdi>&lt;b&gt;</bdi>."
    assert messages.take(word) == ""
    assert messages.take(other) == "Removed all faults."


def test_oldest_messages_are_dropped_when_nobody_reads_them() -> None:
    messages = Messages()
    words = [messages.keep("faults-removed") for _ in range(103)]
    assert len(set(words)) == 103
    assert [bool(messages.take(word)) for word in words] == [False] * 3 + [True] * 100
