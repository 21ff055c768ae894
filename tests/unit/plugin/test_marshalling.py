"""Properties on their way from and to Pulumi's engine."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.output import Unknown

from pulumi_userplane.diff import UNKNOWNS
from pulumi_userplane.plugin.marshalling import marshal, marshal_link, unmarshal, unmarshal_link
from tests.unit.plugin.conftest import SIGNATURE, UNKNOWN, secret, struct

ASSET = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "hello", "hash": "00"}


def test_plain_values_come_as_they_are() -> None:
    values: dict[str, Any] = {"a": "x", "b": True, "c": None, "d": [1.0, {"e": "f"}], "g": {}}
    assert unmarshal(struct(values)).values == values


@pytest.mark.parametrize("text", sorted(UNKNOWNS))
def test_value_of_any_type_may_be_unknown(text: str) -> None:
    properties = unmarshal(struct({"linkTitle": text, "meta": {"a": [text]}}))
    assert isinstance(properties.values["linkTitle"], Unknown)
    assert isinstance(properties.values["meta"]["a"][0], Unknown)
    assert MessageToDict(marshal(properties.values)) == {"linkTitle": UNKNOWN, "meta": {"a": [UNKNOWN]}}


def test_link_comes_by_the_names_of_python_from_both_providers() -> None:
    camel_case = unmarshal_link(struct({"linkTitle": secret("T"), "meta": {"link_id": secret("m")}}))
    python = unmarshal_link(struct({"link_title": secret("T"), "meta": {"link_id": secret("m")}}))
    assert camel_case == python
    assert camel_case.values == {"link_title": "T", "meta": {"link_id": "m"}}
    assert camel_case.secrets == {("linkTitle",): "T", ("meta", "link_id"): "m"}


def test_key_without_a_value_is_left_out() -> None:
    values = {"a": None, "b": {"c": None, "d": [None, {"e": None}]}}
    assert MessageToDict(marshal(values)) == {"b": {"d": [None, {}]}}


def test_secret_stays_where_it_came_in() -> None:
    declared = {"linkTitle": secret("T"), "meta": {"open": "a", "token": secret("t"), "list": ["a", secret("b")]}}
    properties = unmarshal_link(struct(declared))
    assert properties.values == {"link_title": "T", "meta": {"open": "a", "token": "t", "list": ["a", "b"]}}
    assert properties.secrets == {("linkTitle",): "T", ("meta", "token"): "t", ("meta", "list"): ["a", "b"]}
    live = {"link_title": "drifted", "meta": {"open": "a", "token": "new", "list": ["x", "a", "b"]}, "link_id": "l"}
    assert MessageToDict(marshal_link(live, properties)) == {
        "linkTitle": secret("drifted"),
        "meta": {"open": "a", "token": secret("new"), "list": secret(["x", "a", "b"])},
        "linkId": "l",
    }


def test_text_that_tells_a_secret_is_a_secret() -> None:
    properties = unmarshal_link(struct({"mark": secret("pulumi:p/dev/help"), "projectId": secret("prj_1")}))
    live = {
        "link_provider_ref": "pulumi:p/dev/help#0123abcd",
        "project": {"project_id": "prj_1", "title": "prj_1 and more"},
        "link_url": "https://a/prj_1",
    }
    assert MessageToDict(marshal_link(live, properties)) == {
        "linkProviderRef": secret("pulumi:p/dev/help#0123abcd"),
        "project": {"projectId": secret("prj_1"), "title": "prj_1 and more"},
        "linkUrl": "https://a/prj_1",
    }


def test_texts_inside_a_secret_map_are_secret_texts() -> None:
    properties = unmarshal(struct({"meta": secret({"a": ["first", ""], "b": {"c": "second"}, "d": 3, "e": "web"})}))
    assert properties.secret_texts == {"first", "second"}


def test_list_with_a_secret_at_any_depth_is_a_secret_as_a_whole() -> None:
    declared = {"meta": {"list": [{"pin": secret(123456), "open": True}, [secret("token-of-two")]], "open": "a"}}
    properties = unmarshal_link(struct(declared))
    assert properties.secret_texts == {"token-of-two"}
    live = {"meta": {"list": [{"pin": 1}], "open": "a"}}
    assert MessageToDict(marshal_link(live, properties)) == {"meta": {"list": secret([{"pin": 1}]), "open": "a"}}


def test_nothing_is_marked_once_more_inside_a_secret() -> None:
    declared = {"meta": secret({"token": "first", "deep": {"token": secret("second")}})}
    properties = unmarshal_link(struct(declared))
    plain = secret({"token": "first", "deep": {"token": "second"}})
    assert MessageToDict(marshal_link(properties.values, properties)) == {"meta": plain}


def test_what_is_declared_anew_is_a_secret_as_declared_and_the_rest_as_before() -> None:
    olds = unmarshal_link(struct({"linkTitle": secret("Title of a link"), "mark": secret("m")}))
    news = unmarshal_link(struct({"linkTitle": "Title of a link"}))
    carried = news.carry_secrets_of(olds)
    assert carried.values == news.values
    assert MessageToDict(marshal({"linkTitle": "Title of a link", "mark": "m"}, carried)) == {
        "linkTitle": "Title of a link",
        "mark": secret("m"),
    }


def test_asset_comes_back_as_it_was() -> None:
    properties = unmarshal(struct({"meta": {"file": ASSET}}))
    assert MessageToDict(marshal(properties.values)) == {"meta": {"file": ASSET}}
