"""The web application: the REST API under `/api/v1`, into which the web app's pages are mounted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match

from darkroom import __version__
from darkroom.api import dagster
from darkroom.api.backend import Backend
from darkroom.api.deprecation import announce, describe_deprecation
from darkroom.api.deps import admits_others, authenticate, check_query, in_thread
from darkroom.api.docs_page import docs_html
from darkroom.api.errors import Problem, on_error, on_http, on_invalid
from darkroom.api.limits import METER, Limits, admit
from darkroom.api.middleware import Guard
from darkroom.api.once import AnsweredBefore, Once, claim, on_answered_before
from darkroom.api.policy import SECURITY_SCHEMES, describe
from darkroom.api.routes import (
    annotate,
    audit,
    auth,
    batches,
    bulk,
    collections,
    contests,
    dataset_quality,
    dataset_versions,
    datasets,
    develop,
    devices,
    events,
    exports,
    failures,
    federation,
    filters,
    formats,
    images,
    imports,
    operations,
    policies,
    query,
    recipes,
    registry,
    renditions,
    reports,
    rules,
    storage,
    system,
    tags,
    tiles,
    tokens,
    training,
    trash,
    uploads,
    users,
)
from darkroom.api.schemas import PROBLEM_CONTENT
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store.blobs.direct import direct_origins

PREFIX = "/api/v1"
"""Where the API lies; another version gets another prefix."""

_DESCRIPTION = """\
Everything the web app shows, for programs. Errors are problem documents (RFC 9457) with a stable `code`, a `remedy`
and a `trace_id` that is also in the logs and in the `X-Trace-Id` header. Lists are read page by page: pass
`next_cursor` of one answer as `cursor` of the next request. Parameters that do not exist are refused.
"""
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


_MODULES = (
    images, query, rules, tiles, bulk, exports, uploads, tags, trash, collections, batches, failures, recipes, filters, contests, develop, renditions, datasets, dataset_versions, dataset_quality, imports, annotate, training, reports, registry, operations, storage, system, formats,
    events, auth, federation, devices, users, tokens, policies, audit,
)  # fmt: skip
_EVERY_ROUTE = [Depends(check_query), Depends(announce), Depends(admit), Depends(authenticate), METER, Depends(claim)]


def create_app(settings: Settings | None = None, library: Library | None = None) -> FastAPI:
    """The application; `app.state.backend` holds the library, which opens in the background at the first request.

    Mounted into another application, whose start it cannot see, call `app.state.backend.stop()` at its end.

    Args:
        settings: read from the environment when not given.
        library: an open library to use; it stays the caller's to close.
    """
    settings = settings or (library.settings if library else Settings.load())
    backend = Backend(settings, library)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        backend.start()
        yield
        backend.stop()

    app = FastAPI(
        title="Darkroom",
        description=_DESCRIPTION,
        version=__version__,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        generate_unique_id_function=_name_of,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers={
            Error: on_error,
            RequestValidationError: on_invalid,
            HTTPException: on_http,
            AnsweredBefore: on_answered_before,
        },
    )
    app.state.backend = backend
    app.state.limits = Limits(settings)
    app.add_middleware(Once)
    app.add_middleware(
        Guard,
        public_url=settings.public_url,
        admits_others=partial(admits_others, backend),
        stall_seconds=settings.body_stall_seconds,
        connect_to=direct_origins(settings),
    )
    app.router.routes.extend(_offered())
    app.include_router(_own_pages(app))
    app.openapi = lambda: _contract(app)  # type: ignore[method-assign]
    return app


@cache
def _offered() -> tuple[BaseRoute, ...]:
    """Every route, with what a request goes through before it. They know no application: a process makes them once, which takes a second."""
    router = APIRouter(generate_unique_id_function=_name_of)
    for module in _MODULES:
        router.include_router(module.router, prefix=PREFIX, dependencies=_EVERY_ROUTE)
    router.include_router(devices.pages)
    router.include_router(dagster.router)
    return tuple(router.routes)


def _name_of(route: APIRoute) -> str:
    return route.name


def _own_pages(app: FastAPI) -> APIRouter:
    """The contract, the page that shows it, and an answer for every other address under `/api`."""
    router = APIRouter(include_in_schema=False)
    routes = list(app.router.routes)

    @router.get(f"{PREFIX}/openapi.json")
    async def contract() -> dict[str, Any]:
        # The first one takes a second of a core: the others are answered meanwhile.
        return await in_thread(app.openapi)

    @router.get(f"{PREFIX}/docs")
    async def docs() -> Response:
        return HTMLResponse(docs_html(await in_thread(app.openapi)))

    # Without this, pages mounted at "/" would answer for the API, with HTML.
    @router.api_route("/api", methods=_METHODS)
    @router.api_route("/api/{path:path}", methods=_METHODS)
    async def nothing_here(request: Request) -> Response:
        allowed = _other_methods(routes, request)
        if allowed:
            raise HTTPException(405, f"the methods offered are {', '.join(allowed)}", {"Allow": ", ".join(allowed)})
        raise HTTPException(404, "there is no such route")

    return router


def _other_methods(routes: Sequence[BaseRoute], request: Request) -> list[str]:
    """Methods that the address of a request does offer."""
    found = []
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in routes):
            found.append(method)
    return found


def _contract(app: FastAPI) -> dict[str, Any]:
    """OpenAPI of all routes; validation errors are problem documents like all others."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        license_info=app.license_info,
        routes=app.routes,
    )
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    for item in document["paths"].values():
        for method, operation in item.items():
            _tidy(operation)
            describe(method, operation)
            describe_deprecation(operation)
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    document["security"] = [{name: []} for name in SECURITY_SCHEMES]
    app.openapi_schema = document
    return document


def _tidy(operation: dict[str, Any]) -> None:
    """Say what is so: absent is not null in a query, every error is a problem document."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
        if kinds:
            schema |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    responses = operation["responses"]
    for status, response in responses.items():
        if response.get("description") == "Successful Response":
            response["description"] = f"{HTTPStatus(int(status)).phrase}."
    if "HTTPValidationError" in str(responses.get("422", "")):
        responses["422"] = {"description": "A parameter is not valid.", "content": PROBLEM_CONTENT}
    responses["default"] = {"description": "Any other error.", "content": PROBLEM_CONTENT}
