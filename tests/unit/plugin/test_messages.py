"""Messages for the caller of the plugin."""

import grpc
from pulumi.runtime.proto.engine_pb2 import LogRequest, LogSeverity

from pulumi_userplane.plugin.messages import EngineLog, address_messages, format_message


def test_message_stands_at_its_resource() -> None:
    logged: list[LogRequest] = []
    show = EngineLog(logged.append)
    with address_messages("urn:of:link", []):
        show.info("waiting")
        show.warn("remove adopt=")
    show.warn("of no resource")
    assert [(one.severity, one.urn, one.message) for one in logged] == [
        (LogSeverity.INFO, "urn:of:link", "waiting"),
        (LogSeverity.WARNING, "urn:of:link", "remove adopt"),
        (LogSeverity.WARNING, "", "of no resource"),
    ]


def test_message_that_the_engine_does_not_take_fails_nothing() -> None:
    def refuse(_request: LogRequest) -> None:
        raise grpc.RpcError

    EngineLog(refuse).info("waiting")


def test_secrets_are_taken_out_the_longest_first() -> None:
    with address_messages("", ["Title", "Title of mine", "abc"]):
        assert format_message("'Title of mine' is like 'Title' or abc") == "'[secret]' is like '[secret]' or abc"
    assert format_message("Title") == "Title"


def test_short_secret_is_taken_out_only_where_it_stands_alone() -> None:
    with address_messages("", ["help", "ten letters"]):
        assert (
            format_message("help helps pulumi:p/help_me, 'ten letters'")
            == "[secret] helps pulumi:p/help_me, '[secret]'"
        )
