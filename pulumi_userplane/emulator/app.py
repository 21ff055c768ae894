"""The whole emulator as an ASGI application: the public API, the control routes and the page."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from pulumi_userplane.emulator import admin_routes, link_routes, routes
from pulumi_userplane.emulator.auth import AuthMiddleware
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.envelope import (
    ApiError,
    InputError,
    build_error,
    build_input_error,
    describe_first_error,
)
from pulumi_userplane.emulator.errors import EmulatorError, UnknownIdError
from pulumi_userplane.emulator.fault_middleware import CloseConnection, FaultMiddleware
from pulumi_userplane.emulator.headers import HeaderMiddleware
from pulumi_userplane.emulator.page.guard import CONTROL_HEADERS, Guard, WithHeaders, is_from_program
from pulumi_userplane.emulator.page.routes import create_page
from pulumi_userplane.emulator.seed import WORKSPACE_ID

BASE_PATH = "/api/v1"


def describe_environ(backend: Backend, address: str) -> dict[str, str]:
    """Returns the USERPLANE_* variables that make a program use the emulator at an address."""
    behaviours = backend.behaviours
    unlimited = {"USERPLANE_REQUESTS_PER_MINUTE": "0", "USERPLANE_REQUESTS_PER_DAY": "0"}
    return {
        "USERPLANE_BASE_URL": f"{address}{BASE_PATH}",
        "USERPLANE_API_KEY": backend.api_key,
        "USERPLANE_WORKSPACE_ID": WORKSPACE_ID,
        **({} if behaviours.rate_limit or behaviours.daily_limit else unlimited),
    }


def create_app(backend: Backend, close_connection: CloseConnection) -> ASGIApp:
    """Returns the whole emulator as an ASGI application: the public API, the control routes and the page."""
    api = _create_fastapi(backend, lambda: backend.behaviours)
    for router in (routes.router, routes.workspace_router, link_routes.link_router):
        api.include_router(router, prefix=f"{BASE_PATH}/public")
    auth = AuthMiddleware(api, backend.workspaces, backend.rate_limiter, lambda: backend.behaviours)
    logged = FaultMiddleware(
        auth,
        faults=backend.faults,
        log=backend.log,
        find_user_id=auth.find_user_id,
        close_connection=close_connection,
    )
    public = HeaderMiddleware(logged, backend.clock, lambda: backend.behaviours)
    control = _create_fastapi(backend, Behaviours)
    control.exception_handler(RequestValidationError)(admin_routes.on_validation_error)
    control.include_router(admin_routes.router)
    guard = Guard(control, _refuse_control, allows_foreign_reads=False)
    guarded_control = WithHeaders(guard, CONTROL_HEADERS)
    page = create_page(backend, lambda address: describe_environ(backend, address))

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        beginning = f"{scope['path']}/".split("/", 2)[1]
        if beginning == "_control":
            await guarded_control(scope, receive, send)
        elif beginning == "api" or is_from_program(Headers(scope=scope)):
            await public(scope, receive, send)
        else:
            await page(scope, receive, send)

    return dispatch


def _refuse_control(problem: str) -> Response:
    return build_error(ApiError(403, "FORBIDDEN", problem))


def _create_fastapi(backend: Backend, get_behaviours: Callable[[], Behaviours]) -> FastAPI:
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.backend = backend

    @app.exception_handler(ApiError)
    async def on_api_error(_request: Request, error: ApiError) -> Response:
        return build_error(error)

    @app.exception_handler(UnknownIdError)
    async def on_unknown_id(_request: Request, error: UnknownIdError) -> Response:
        return build_error(ApiError(404, "NOT_FOUND", str(error)))

    @app.exception_handler(EmulatorError)
    async def on_emulator_error(_request: Request, error: EmulatorError) -> Response:
        return build_error(ApiError(400, "BAD_REQUEST", str(error)))

    @app.exception_handler(InputError)
    async def on_input_error(_request: Request, error: InputError) -> Response:
        behaviours = get_behaviours()
        return build_input_error(str(error), error.status or behaviours.refused_status, behaviours.refused_input)

    @app.exception_handler(RequestValidationError)
    async def on_validation_error(_request: Request, error: RequestValidationError) -> Response:
        behaviours = get_behaviours()
        problem = describe_first_error(error.errors())
        return build_input_error(problem, behaviours.refused_status, behaviours.refused_input)

    @app.exception_handler(HTTPException)
    async def on_http_exception(request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).name
        is_outside = not f"{request.scope['path']}/".startswith((f"{BASE_PATH}/", "/_control/"))
        detail = f"{error.detail}: the base URL has to end with {BASE_PATH}" if is_outside else error.detail
        return build_error(ApiError(error.status_code, code, f"{detail}.", error.headers))

    return app
