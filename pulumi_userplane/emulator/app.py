"""Wires the parts into one ASGI application: the public API behind gate and wire, the control plane beside it."""

from http import HTTPStatus

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from pulumi_userplane.emulator import admin_routes, routes_account, routes_links, routes_workspace
from pulumi_userplane.emulator.auth import Gate
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.envelope import ApiError, InputError, failure, first_problem, refusal
from pulumi_userplane.emulator.errors import EmulatorError, UnknownIdError
from pulumi_userplane.emulator.fault_middleware import HangUp, Wire
from pulumi_userplane.emulator.inputs import no_repetition

BASE_PATH = "/api/v1"


def application(backend: Backend, hang_up: HangUp) -> ASGIApp:
    """The whole emulator as an ASGI application."""
    public = Wire(Gate(_public(backend), backend), backend, hang_up)
    hand = _control(backend)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await (hand if scope["path"].startswith("/_control") else public)(scope, receive, send)

    return dispatch


def _public(backend: Backend) -> FastAPI:
    app = _bare(backend)
    routes = APIRouter(prefix=f"{BASE_PATH}/public", dependencies=[Depends(no_repetition)])
    for module in (routes_account, routes_workspace, routes_links):
        routes.include_router(module.router)
    app.include_router(routes)
    return app


def _control(backend: Backend) -> FastAPI:
    app = _bare(backend)
    app.include_router(admin_routes.router)
    return app


def _bare(backend: Backend) -> FastAPI:
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.backend = backend

    @app.exception_handler(ApiError)
    async def on_api_error(_request: Request, error: ApiError) -> Response:
        return failure(error)

    @app.exception_handler(UnknownIdError)
    async def on_unknown_id(_request: Request, error: UnknownIdError) -> Response:
        return failure(ApiError(404, "NOT_FOUND", str(error)))

    @app.exception_handler(EmulatorError)
    async def on_emulator_error(_request: Request, error: EmulatorError) -> Response:
        return failure(ApiError(400, "BAD_REQUEST", str(error)))

    @app.exception_handler(InputError)
    async def on_input_error(_request: Request, error: InputError) -> Response:
        return refusal(str(error), backend.behaviours.refused_input)

    @app.exception_handler(RequestValidationError)
    async def on_validation_error(_request: Request, error: RequestValidationError) -> Response:
        return refusal(first_problem(error.errors()), backend.behaviours.refused_input)

    @app.exception_handler(HTTPException)
    async def on_http_exception(_request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).name
        return failure(ApiError(error.status_code, code, f"{error.detail}.", error.headers))

    return app
