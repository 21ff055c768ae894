"""The routes of the page; a GET shows, and a POST changes something and leads back to what it changed."""

from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pulumi_userplane.emulator.admin import Admin
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.errors import EmulatorError, UnknownIdError
from pulumi_userplane.emulator.page import behaviour_form, fault_form, link_form
from pulumi_userplane.emulator.page.forms import Form, read_form
from pulumi_userplane.emulator.page.guard import PAGE_HEADERS, FormTokens, Guard, WithHeaders
from pulumi_userplane.emulator.page.hostile_text import from_key
from pulumi_userplane.emulator.page.shell import DescribeEnviron, Shell
from pulumi_userplane.emulator.page.views import (
    PER_PAGE,
    Pager,
    name_link,
    view_limits,
    view_link,
    view_request,
)
from pulumi_userplane.emulator.schemas import LinkRow

_ASSETS = {"page.css": "text/css", "page.js": "text/javascript"}
_READ_AND_WRITE = ["GET", "POST"]


def create_page(backend: Backend, describe_environ: DescribeEnviron) -> ASGIApp:
    """Returns the page as an ASGI application.

    Args:
        backend: What it shows and changes.
        describe_environ: What a person pastes where a program runs.
    """
    page = _Page(backend, describe_environ)
    app = Starlette(
        routes=[
            Route("/", page.show_links),
            Route("/links/edit", page.edit_link, methods=_READ_AND_WRITE),
            Route("/links/delete", page.delete_link, methods=_READ_AND_WRITE),
            Route("/links/restore", page.restore_link, methods=["POST"]),
            Route("/links/restore-project", page.restore_project, methods=["POST"]),
            Route("/requests", page.show_requests),
            Route("/requests/clear", page.clear_requests, methods=["POST"]),
            Route("/faults", page.script_fault, methods=_READ_AND_WRITE),
            Route("/faults/remove", page.remove_faults, methods=["POST"]),
            Route("/limits", page.show_limits),
            Route("/behaviours", page.set_behaviours, methods=_READ_AND_WRITE),
            Route("/behaviours/reset", page.reset_behaviours, methods=["POST"]),
            *(Route(f"/{name}", _send_asset) for name in _ASSETS),
        ],
        exception_handlers={
            HTTPException: page.show_http_error,
            UnknownIdError: page.show_unknown_id,
            EmulatorError: page.show_refusal,
        },
    )
    app.router.redirect_slashes = False
    guard = Guard(app, lambda problem: PlainTextResponse(f"{problem}\n", 403), allows_foreign_reads=True)
    return WithHeaders(guard, PAGE_HEADERS)


class _Page:
    def __init__(self, backend: Backend, describe_environ: DescribeEnviron) -> None:
        self._backend = backend
        self._admin = Admin(backend)
        self._tokens = FormTokens()
        self._shell = Shell(describe_environ, self._tokens)

    async def show_links(self, request: Request) -> Response:
        text = request.query_params.get("text", "")
        numbers = self._backend.links.find_newest(text)
        pager = Pager.count(request.query_params.get("page", ""), len(numbers))
        rows = self._backend.links.list_by_numbers(numbers[pager.offset :][:PER_PAGE])
        links = [view_link(row) for row in rows]
        return self._shell.render(
            request,
            "links.html",
            links=links,
            pager=pager,
            text=text,
            is_in_memory=self._backend.database.is_in_memory,
        )

    async def edit_link(self, request: Request) -> Response:
        if request.method != "POST":
            link = self._find_link(request.query_params)
            values = link_form.describe_link(link)
            return self._show_link_form(request, link, values, {})
        form = await read_form(request, self._tokens)
        link = self._find_link(form)
        changes, problems = link_form.find_changes(form)
        if problems:
            return self._show_link_form(request, link, form, problems)
        if not changes:
            return self._lead_to_links("link-unchanged", link, form)
        return self._lead_to_links("link-changed", self._admin.edit_link(link["linkId"], **changes), form)

    async def delete_link(self, request: Request) -> Response:
        if request.method != "POST":
            link = view_link(self._find_link(request.query_params))
            return self._shell.render(request, "delete_link.html", link=link, back=_keep_list(request.query_params))
        form = await read_form(request, self._tokens)
        deleted = self._admin.delete_link(self._find_link(form)["linkId"])
        return self._lead_to_links("link-deleted", deleted, form)

    async def restore_link(self, request: Request) -> Response:
        form = await read_form(request, self._tokens)
        link = self._admin.restore_link(self._find_link(form)["linkId"])
        return self._lead_to_links("link-restored", link, form)

    async def restore_project(self, request: Request) -> Response:
        form = await read_form(request, self._tokens)
        link = self._find_link(form)
        self._admin.restore_project(link["project"]["projectId"])
        return self._lead_to_links("project-restored", link, form)

    async def show_requests(self, request: Request) -> Response:
        _, total = self._backend.log.list_newest(0, 0)
        pager = Pager.count(request.query_params.get("page", ""), total)
        entries, _ = self._backend.log.list_newest(pager.offset, PER_PAGE)
        views = [view_request(number, entry) for number, entry in entries]
        return self._shell.render(request, "requests.html", requests=views, pager=pager)

    async def clear_requests(self, request: Request) -> Response:
        await read_form(request, self._tokens)
        self._admin.clear_requests()
        return self._lead_to("/requests", "requests-cleared")

    async def script_fault(self, request: Request) -> Response:
        if request.method != "POST":
            typed = Form({**fault_form.DEFAULTS, **fault_form.keep_choices(request.query_params)})
            return self._show_faults(request, typed, {})
        form = await read_form(request, self._tokens)
        fields, problems = fault_form.build_fault(form)
        if problems:
            return self._show_faults(request, form, problems)
        result = fault_form.name_result(self._admin.fault(**fields))
        return self._lead_to("/faults", result, fault_form.keep_choices(form))

    async def remove_faults(self, request: Request) -> Response:
        await read_form(request, self._tokens)
        self._admin.clear_faults()
        return self._lead_to("/faults", "faults-removed")

    async def show_limits(self, request: Request) -> Response:
        behaviours = self._backend.behaviours
        limits = (behaviours.rate_limit, behaviours.daily_limit)
        users = [
            (self._backend.workspaces.get_user(user_id), view_limits(usage, behaviours))
            for user_id, usage in self._backend.rate_limiter.usage(*limits).items()
        ]
        return self._shell.render(request, "limits.html", users=users)

    async def set_behaviours(self, request: Request) -> Response:
        if request.method != "POST":
            return self._show_behaviours(request, self._backend.behaviours, None, {})
        form = await read_form(request, self._tokens)
        present = self._backend.behaviours
        changes, problems = behaviour_form.find_changes(form, present)
        if problems:
            return self._show_behaviours(request, present, form, problems)
        self._backend.behaviours = Behaviours.model_validate({**present.model_dump(), **changes})
        return self._lead_to("/behaviours", "behaviours-changed" if changes else "behaviours-unchanged")

    async def reset_behaviours(self, request: Request) -> Response:
        await read_form(request, self._tokens)
        self._backend.behaviours = Behaviours()
        return self._lead_to("/behaviours", "behaviours-reset")

    async def show_http_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  # starlette's type is wider than what it passes
        problem = "There is no such page" if error.status_code == 404 else error.detail
        return self._shell.render_error(request, error.status_code, problem, error.headers)

    async def show_unknown_id(self, request: Request, error: Exception) -> Response:
        return self._shell.render_error(request, 404, str(error))

    async def show_refusal(self, request: Request, error: Exception) -> Response:
        return self._shell.render_error(request, 400, str(error))

    def _lead_to(self, path: str, action: str, kept: Mapping[str, str] | None = None) -> Response:
        query = {"done": self._shell.messages.keep(action), **(kept or {})}
        return RedirectResponse(f"{path}?{urlencode(query)}", 303)

    def _lead_to_links(self, action: str, link: LinkRow, form: Form) -> Response:
        query = {"done": self._shell.messages.keep(action, name_link(link)), **_keep_list(form)}
        return RedirectResponse(f"/?{urlencode(query)}", 303)

    def _find_link(self, fields: Mapping[str, str]) -> LinkRow:
        link = self._backend.links.find(from_key(fields.get("link", "")))
        if link is None:
            raise UnknownIdError("There is no such link.")
        return link

    def _show_link_form(self, request: Request, link: LinkRow, values: Form, problems: Mapping[str, str]) -> Response:
        types = dict.fromkeys((*link_form.PROVIDER_TYPES, link["linkProviderType"], values["linkProviderType"]))
        fields = request.query_params if request.method != "POST" else values
        return self._shell.render(
            request,
            "edit_link.html",
            400 if problems else 200,
            link=view_link(link),
            values=values,
            types=types,
            problems=problems,
            back=_keep_list(fields),
        )

    def _show_faults(self, request: Request, typed: Form, problems: Mapping[str, str]) -> Response:
        rows = self._backend.links.list_by_numbers(self._backend.links.find_newest("")[:PER_PAGE])
        wanted = self._backend.links.find(from_key(typed["link"]))
        faults = self._backend.faults.remaining
        links = {link.key: link for link in (view_link(row) for row in [*([wanted] if wanted else []), *rows])}
        return self._shell.render(
            request,
            "faults.html",
            400 if problems else 200,
            faults=[fault_form.view_fault(fault, self._backend.links.find) for fault in faults[-PER_PAGE:]],
            total=len(faults),
            links=links.values(),
            typed=typed,
            problems=problems,
            answers=fault_form.ANSWERS,
            methods=fault_form.METHODS,
            codes=fault_form.CODES,
        )

    def _show_behaviours(
        self, request: Request, present: Behaviours, typed: Form | None, problems: Mapping[str, str]
    ) -> Response:
        groups = behaviour_form.list_groups(present, typed, problems)
        return self._shell.render(
            request,
            "behaviours.html",
            400 if problems else 200,
            groups=groups,
            changed=[control for _, controls in groups for control in controls if control.is_changed],
            problems=problems,
            shown=typed["shown"] if typed else behaviour_form.dump_shown(present),
        )


async def _send_asset(request: Request) -> Response:
    name = request.url.path.removeprefix("/")
    return Response(files(__package__).joinpath(name).read_bytes(), media_type=_ASSETS[name])


def _keep_list(fields: Mapping[str, str]) -> dict[str, str]:
    """Returns which part of the list of links is shown, for the way back to it."""
    return {name: fields[name] for name in ("text", "page") if fields.get(name)}
