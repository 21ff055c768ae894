"""Reads the page as a browser without scripts does: its forms, buttons and text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from pulumi_userplane.emulator import Emulator

_VOID = {"meta", "link", "input"}
_LISTED = {"tr", "li", "p", "h1", "h2", "td", "th", "button", "option", "div", "dt", "dd", "summary", "pre", "title"}


@dataclass
class Form:
    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Button:
    name: str
    form: str
    fields: dict[str, str]
    is_disabled: bool


class Page(HTMLParser):
    """A response of the page, and what a person can do with it."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__()
        self.response = response
        self.status = response.status_code
        self.forms: dict[str, Form] = {}
        self.buttons: list[Button] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.by_id: dict[str, str] = {}
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self._select: tuple[str, bool] = ("", False)
        self.feed(response.text)
        self.close()
        assert self._open == [], f"never closed: {[name for name, _, _ in self._open]}"
        for button in self.buttons:
            assert button.form in self.forms, f"{button.name} has no form"
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(ids) == len(set(ids)), "an id is there twice"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in _VOID:
            self._open.append((tag, attributes, []))
        if tag == "form":
            self.forms[self._form_id()] = Form(attributes["method"], attributes["action"])
        if tag == "input" and (attributes.get("type") != "checkbox" or "checked" in attributes):
            self._form().fields[attributes["name"]] = attributes.get("value", "on")
        if tag == "select":
            self._select = (attributes["name"], False)
        if tag == "option":
            name, has_value = self._select
            if not has_value or "selected" in attributes:
                self._select = (name, True)
                self._form().fields[name] = attributes.get("value", "\0")

    def handle_endtag(self, tag: str) -> None:
        opened, attributes, parts = self._open.pop()
        assert opened == tag, f"{opened} ends with {tag}"
        text = " ".join("".join(parts).split())
        self.texts.setdefault(tag, []).append(text)
        if "id" in attributes:
            self.by_id[attributes["id"]] = text
        if self._open:
            self._open[-1][2].append("".join(parts) + (" " if tag in _LISTED else ""))
        if tag == "option":
            form = self._form()
            name = self._select[0]
            form.fields[name] = form.fields[name].replace("\0", text)
        if tag == "textarea":
            self._form().fields[attributes["name"]] = "".join(parts).removeprefix("\n")
        if tag == "button":
            fields = {attributes["name"]: attributes["value"]} if "name" in attributes else {}
            form_id = attributes.get("form") or self._form_id()
            self.buttons.append(Button(text, form_id, fields, "disabled" in attributes))

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1][2].append(data)

    def _form_id(self) -> str:
        for tag, attributes, _ in reversed(self._open):
            if tag == "form":
                return attributes.get("id", attributes["action"])
        raise AssertionError("a field outside of a form")

    def _form(self) -> Form:
        return self.forms[self._form_id()]

    @property
    def heading(self) -> str:
        (heading,) = self.texts["h1"]
        return heading

    @property
    def message(self) -> str:
        """What it says after an action."""
        return self.by_id.get("done", "")

    @property
    def rows(self) -> list[str]:
        return self.texts.get("tr", [])[1:]

    def press(self, name: str, /, **changes: str | None) -> "Page":
        """Presses a button, after it filled in the form's fields; None takes a tick away."""
        (button,) = [button for button in self.buttons if button.name == name]
        assert not button.is_disabled
        form = self.forms[button.form]
        assert set(changes) <= set(form.fields) | {
            attributes["name"] for _, attributes in self.elements if "name" in attributes
        }
        fields = {**form.fields, **button.fields, **changes}
        sent = {name: value for name, value in fields.items() if value is not None}
        url = urljoin(self.response.url, form.action)
        if form.method == "get":
            return Page(requests.get(url, params=sent, timeout=10))
        return Page(requests.post(url, data=sent, timeout=10))


def open_page(emulator: Emulator, path: str = "", **query: str) -> Page:
    return Page(requests.get(emulator.page_url + path, params=query, timeout=10))
