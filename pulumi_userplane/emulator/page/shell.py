"""What all routes of the page share: the frame around their content, the message after an action, and errors."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pulumi_userplane.emulator.page.guard import FormTokens
from pulumi_userplane.emulator.page.messages import Messages
from pulumi_userplane.emulator.page.rendering import render
from pulumi_userplane.emulator.seed import API_KEY

DescribeEnviron = Callable[[str], Mapping[str, str]]
"""Returns the variables that make a program use the emulator, which is at this address."""


class Shell:
    """Renders templates inside the frame of the page.

    Args:
        describe_environ: What a person pastes where a program runs.
        tokens: What the forms bear.

    Attributes:
        messages: What was done, and was not said yet.
    """

    def __init__(self, describe_environ: DescribeEnviron, tokens: FormTokens) -> None:
        self.messages = Messages()
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
        environ = {**self._describe_environ(f"http://{request.headers['host'].removesuffix(':')}")}
        if environ["USERPLANE_API_KEY"] != API_KEY:
            # The demo's key is in the docs; another one may be a secret.
            del environ["USERPLANE_API_KEY"]
        section = "/" + f"{request.scope['path']}/".split("/", 2)[1]
        html = render(
            template,
            section="/" if section == "/links" else section,
            environ=environ,
            message=self.messages.take(request.query_params.get("done", "")),
            token=self._tokens.value,
            **values,
        )
        return HTMLResponse(html, status, headers)

    def render_error(
        self, request: Request, status: int, problem: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Returns the response that says what went wrong."""
        return self.render(request, "error.html", status, headers, status=status, problem=problem.rstrip("."))
