"""What all routes of the page share: the frame around their content, the message after an action, and errors."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.page.guard import FormTokens
from pulumi_userplane.emulator.page.hostile_text import from_key
from pulumi_userplane.emulator.page.messages import describe_action
from pulumi_userplane.emulator.page.rendering import render
from pulumi_userplane.emulator.page.views import name_link
from pulumi_userplane.emulator.seed import API_KEY

DescribeEnviron = Callable[[str], Mapping[str, str]]
"""Returns the variables that make a program use the emulator, which is at this address."""


class Shell:
    """Renders templates inside the frame of the page.

    Args:
        backend: What the page shows.
        describe_environ: What a person pastes where a program runs.
        tokens: What the forms bear.
    """

    def __init__(self, backend: Backend, describe_environ: DescribeEnviron, tokens: FormTokens) -> None:
        self._backend = backend
        self._describe_environ = describe_environ
        self._tokens = tokens

    def render(
        self,
        request: Request,
        template: str,
        status: int = 200,
        /,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        """Returns the response with a template's HTML."""
        environ = {**self._describe_environ(f"http://{request.headers['host']}")}
        if environ["USERPLANE_API_KEY"] != API_KEY:
            # The demo's key is in the docs; another one may be a secret.
            del environ["USERPLANE_API_KEY"]
        section = f"/{request.url.path.split('/')[1]}"
        html = render(
            template,
            section="/" if section == "/links" else section,
            environ=environ,
            message=self._describe_action(request),
            token=self._tokens.value,
            **values,
        )
        return HTMLResponse(html, status, headers)

    def render_error(
        self, request: Request, status: int, problem: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Returns the response that says what went wrong."""
        return self.render(request, "error.html", status, headers, status=status, problem=problem.rstrip("."))

    def _describe_action(self, request: Request) -> str:
        link = self._backend.links.find(from_key(request.query_params.get("link", "")))
        return describe_action(request.query_params.get("done", ""), name_link(link) if link else "the link")
