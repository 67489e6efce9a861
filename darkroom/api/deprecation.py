"""Routes that are to go: declared at the route, said in every answer and in the contract.

@router.get("/old", openapi_extra=deprecation(since=date(2027, 1, 1), sunset=date(2027, 7, 1), instead="/api/v1/new"))
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request

from darkroom.api.limits import meter_of

_KEY = "x-deprecation"
_DOCS = "https://github.com/darkroom/darkroom/blob/main/docs/api-changes.md"


def deprecation(*, since: date, sunset: date, instead: str) -> dict[str, Any]:
    """What a route gives as its `openapi_extra`.

    Args:
        since: from when on it should no longer be used.
        sunset: when it goes.
        instead: address of what takes its place.
    """
    if sunset <= since:
        raise ValueError(f"a route goes after it was deprecated, not on {sunset}")
    return {
        "deprecated": True,
        _KEY: {
            "since": since.isoformat(),
            "sunset": sunset.isoformat(),
            "instead": instead,
            "headers": {
                "Deprecation": f"@{int(_midnight(since).timestamp())}",
                "Sunset": format_datetime(_midnight(sunset), usegmt=True),
                "Link": f'<{instead}>; rel="successor-version", <{_DOCS}>; rel="deprecation"; type="text/html"',
            },
        },
    }


def announce(request: Request) -> None:
    """Say in the answer that the route is to go, if it is; a dependency of every route."""
    extra = request.scope["route"].openapi_extra
    if extra and _KEY in extra:
        meter_of(request.scope).headers |= extra[_KEY]["headers"]


def describe_deprecation(operation: dict[str, Any]) -> None:
    """Say in the contract until when a route is there, and which headers tell it."""
    found = operation.get(_KEY)
    if found is None or "headers" not in found:
        return
    operation[_KEY] = {key: value for key, value in found.items() if key != "headers"}
    words = f"Deprecated since {found['since']}, gone after {found['sunset']}: use `{found['instead']}`."
    operation["description"] = f"{operation.get('description', '')}\n\n{words}".strip()
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["headers"] = answer.get("headers", {}) | {
                name: {"description": meaning, "schema": {"type": "string"}}
                for name, meaning in (
                    ("Deprecation", "Since when (RFC 9745)."),
                    ("Sunset", "Until when (RFC 8594)."),
                    ("Link", "What takes its place."),
                )
            }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
