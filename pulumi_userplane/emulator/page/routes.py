"""The routes of the page; a GET shows, and a POST changes something and leads back to what it changed."""

from collections.abc import Callable, Mapping
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.page.guard import FormTokens, Guard, PageHeaders
from pulumi_userplane.emulator.page.rendering import render
from pulumi_userplane.emulator.page.views import PER_PAGE, Pager, view_link, view_request
from pulumi_userplane.emulator.seed import API_KEY

DescribeEnviron = Callable[[str], Mapping[str, str]]
"""Returns the variables that make a program use the emulator, which is at this address."""

_ASSETS = {"page.css": "text/css", "page.js": "text/javascript"}


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
            Route("/requests", page.show_requests),
            Route("/page.css", _send_asset),
            Route("/page.js", _send_asset),
        ],
        exception_handlers={HTTPException: page.show_error},
    )
    app.router.redirect_slashes = False
    guard = Guard(app, lambda problem: PlainTextResponse(f"{problem}\n", 403), can_be_read_by_links=True)
    return PageHeaders(guard)


class _Page:
    def __init__(self, backend: Backend, describe_environ: DescribeEnviron) -> None:
        self._backend = backend
        self._describe_environ = describe_environ
        self._tokens = FormTokens()

    async def show_links(self, request: Request) -> Response:
        text = request.query_params.get("text", "")
        wanted = request.query_params.get("page", "")
        _, total = self._backend.links.list_newest(text, 0, 0)
        pager = Pager.count(wanted, total)
        rows, _ = self._backend.links.list_newest(text, pager.offset, PER_PAGE)
        return self._render(request, "links.html", links=[view_link(row) for row in rows], pager=pager, text=text)

    async def show_requests(self, request: Request) -> Response:
        _, total = self._backend.log.list_newest(0, 0)
        pager = Pager.count(request.query_params.get("page", ""), total)
        entries, _ = self._backend.log.list_newest(pager.offset, PER_PAGE)
        views = [view_request(number, entry) for number, entry in entries]
        return self._render(request, "requests.html", requests=views, pager=pager)

    async def show_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  # the only kind that is registered
        return self._render(
            request,
            "error.html",
            error.status_code,
            headers=error.headers,
            status=error.status_code,
            problem=error.detail,
        )

    def _render(
        self,
        request: Request,
        template: str,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        environ = {**self._describe_environ(f"http://{request.headers['host']}")}
        if environ["USERPLANE_API_KEY"] != API_KEY:
            # The demo's key is in the docs; another one may be a secret.
            del environ["USERPLANE_API_KEY"]
        html = render(template, path=request.url.path, environ=environ, token=self._tokens.value, **values)
        return HTMLResponse(html, status_code, headers)


async def _send_asset(request: Request) -> Response:
    name = request.url.path.removeprefix("/")
    return Response(files(__package__).joinpath(name).read_bytes(), media_type=_ASSETS[name])
