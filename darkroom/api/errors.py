"""Errors as RFC 9457 problem documents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from darkroom import logs
from darkroom.errors import ERROR_CODES, Error, ErrorCode

_LOG = logs.get("darkroom.api")
_RESERVED = frozenset({"type", "title", "status", "detail", "code", "remedy", "retryable", "trace_id", "instance"})
_BY_STATUS = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "payload_too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}


class ParameterProblem(BaseModel):
    """One thing wrong with a request."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    parameter: str
    """Where: `limit`, `body.ids.0`, ..."""
    message: str
    """What."""


class Problem(BaseModel):
    """A problem document (RFC 9457); further members are facts of the case."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str
    """Address of the explanation, `/api/v1/docs#error-<code>`."""
    title: str
    """What went wrong, in a few words."""
    status: int
    """HTTP status."""
    detail: str
    """What exactly, naming the input."""
    code: str
    """Stable identifier from the error table."""
    remedy: str
    """What can be done about it."""
    retryable: bool
    """True when the same request can succeed later by itself."""
    trace_id: str | None
    """Trace of this request; the logs carry it too."""
    instance: str
    """Path of the request."""
    errors: list[ParameterProblem] | None = None
    """With `invalid_parameter`: everything that is wrong."""


class ProblemResponse(Response):
    """An `application/problem+json` answer."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        """As JSON in ASCII: text from a hostile request may hold characters that UTF-8 cannot carry."""
        return json.dumps(content, ensure_ascii=True, allow_nan=False, default=str).encode("ascii")


def problem(
    row: ErrorCode,
    detail: str,
    *,
    instance: str,
    remedy: str | None = None,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """The answer for one row of the error table."""
    document = {key: value for key, value in (facts or {}).items() if key not in _RESERVED and value is not None}
    document |= {
        "type": f"/api/v1/docs#error-{row.code}",
        "title": row.title,
        "status": row.status,
        "detail": detail,
        "code": row.code,
        "remedy": remedy or row.remedy,
        "retryable": row.retryable,
        "trace_id": logs.trace_id(),
        "instance": instance,
    }
    more = dict(headers or {})
    if row.status == HTTPStatus.UNAUTHORIZED:
        more.setdefault("WWW-Authenticate", 'Bearer realm="darkroom"')
    if row.status == HTTPStatus.SERVICE_UNAVAILABLE and row.retryable:
        more.setdefault("Retry-After", "2")
    return ProblemResponse(document, status_code=row.status, headers=more)


def problem_of(error: Error, *, instance: str) -> ProblemResponse:
    """The answer for an error."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.warning("request_failed", code=error.code, cause=error.cause)
    headers = error.context.get("headers") if isinstance(error.context.get("headers"), dict) else None
    facts = {key: value for key, value in error.context.items() if key != "headers"}
    return problem(error.row, error.cause, remedy=error.remedy, instance=instance, facts=facts, headers=headers)


def _path(request: Request) -> str:
    return str(request.scope.get("path", "/"))


async def on_error(request: Request, error: Exception) -> Response:
    """Answer an `Error`."""
    assert isinstance(error, Error)  # noqa: S101 - registered for this type
    return problem_of(error, instance=_path(request))


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer a request that does not fit its schema, naming every parameter that is wrong."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    found = [_parameter_problem(item) for item in error.errors()]
    detail = "; ".join(f"{one['parameter']}: {one['message']}" for one in found[:5]) + "."
    row = ERROR_CODES["invalid_parameter"]
    facts = {"parameter": found[0]["parameter"] if found else None, "errors": found[:50]}
    return problem(row, detail, instance=_path(request), facts=facts)


def _parameter_problem(item: Mapping[str, Any]) -> dict[str, str]:
    location: Sequence[Any] = item.get("loc", ())
    parts = [str(part)[:100] for part in location]
    # "query" and "path" are where FastAPI looked, no part of the name; "body" tells a body from a parameter.
    if len(parts) > 1 and parts[0] in ("query", "path", "header"):
        parts = parts[1:]
    message = str(item.get("msg", "not valid")).removeprefix("Value error, ").rstrip(".")
    if item.get("type") == "json_invalid":
        return {"parameter": "body", "message": "not valid JSON"}
    if item.get("type") == "extra_forbidden":
        message = "there is no such parameter"
    return {"parameter": ".".join(parts), "message": message}


async def on_http(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: unknown paths, methods that are not offered, broken bodies."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    cause = error.__cause__
    if isinstance(cause, Error):
        return problem_of(cause, instance=_path(request))
    row = ERROR_CODES[
        _BY_STATUS.get(HTTPStatus(error.status_code), "internal" if error.status_code >= 500 else "bad_request")
    ]
    detail = f"{request.method} {_path(request)}: {error.detail}."
    return problem(row, detail, instance=_path(request), headers=error.headers)
