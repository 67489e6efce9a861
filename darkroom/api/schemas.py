"""Pieces of the OpenAPI contract that are not the answer of a service."""

from __future__ import annotations

from typing import Any

from darkroom.errors import ERROR_CODES

PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
"""A problem document as the content of a response."""


UPLOAD_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {
                        "type": "array",
                        "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                        "description": "The files; a part for each.",
                    },
                    "tags": {
                        "type": "array",
                        "items": {"type": "string", "maxLength": 120},
                        "description": "Tags for all of them; a part for each, or several separated by commas.",
                    },
                },
            }
        }
    },
}
"""Body of an upload, which is read as a stream and so has no model."""

_BINARY = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}

FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file, with `ETag` and immutable caching.", "content": {"*/*": _BINARY}},
    206: {"description": "The range asked for (`Range: bytes=`).", "content": {"*/*": _BINARY}},
    304: {"description": "The copy named in `If-None-Match` is current."},
    416: {"description": "The range lies outside the file.", "content": PROBLEM_CONTENT},
}
"""Answers of a route that sends a file."""

ZIP_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"description": "A zip file.", "content": {"application/zip": {"schema": _BINARY["schema"]}}},
}
"""Answer of a route that sends files in one."""

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The copy named in `If-None-Match` is current."}}
"""Further answer of a route that reads a document with a tag."""

EVENT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An endless stream of server-sent events.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
"""Answer of the event stream."""


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Problem responses of a route, by status."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        row = ERROR_CODES[code]
        words = f"`{code}`: {row.title}."
        if row.status in found:
            words = f"{found[row.status]['description']} {words}"
        found[row.status] = {"description": words, "content": PROBLEM_CONTENT}
    return found
