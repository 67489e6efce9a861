"""Entity tags of documents: what a client has seen is what it changes (RFC 9110, section 13).

A document's tag is its revision, `"3"`. It is strong: every change gives another. A route that changes a document takes
`IfMatch` and hands `expected(if_match)` to its service; one that reads a document takes `IfNoneMatch` and answers with
`tagged(...)`.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel
from starlette.responses import Response

from darkroom.api.deps import answer
from darkroom.errors import Error

_LONGEST = 1000
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"(?:\s*,\s*(?:W/)?"[\x21\x23-\x7e\x80-\xff]*")*\s*')
_REVISION = re.compile(r"0|[1-9][0-9]{0,14}")

IfMatch = Annotated[
    str | None,
    Header(
        description='Change it only if its `ETag` is still this one: `"3"`; `*` for whichever.', max_length=_LONGEST
    ),
]
"""Header of a route that changes a document."""

IfNoneMatch = Annotated[
    str | None,
    Header(description="Answer 304 without a body if the `ETag` is still one of these.", max_length=_LONGEST),
]
"""Header of a route that reads a document."""


def etag(revision: int) -> str:
    """The tag of a document with that revision."""
    return f'"{revision}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether an `If-None-Match` header names `tag` (weak comparison, RFC 9110 section 13.1.2)."""
    if header is None:
        return False
    names = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in names or tag in names


def expected(if_match: str | None, *, required: bool = False) -> int | None:
    """The revision that a document must still have for a change; None for whichever.

    Args:
        if_match: the header of the request.
        required: whether a change must say what it is based on.

    Raises:
        Error: `precondition_required`; `precondition_failed` for a tag that none of our documents can have;
            `invalid_parameter` for what is no tag, or several.
    """
    if if_match is None:
        if required:
            raise Error("precondition_required", "If-Match: this change must name the `ETag` that it is based on.")
        return None
    if if_match.strip() == "*":
        return None
    if _LIST.fullmatch(if_match) is None:
        raise _unclear("that is no entity tag")
    tags = _TAG.findall(if_match)
    if len(tags) > 1:
        raise _unclear("several entity tags")
    weak, value = tags[0]
    # A weak tag never fits here (section 13.1.1), and one that we did not make is of nothing that we have.
    if weak or _REVISION.fullmatch(value) is None:
        raise Error("precondition_failed", f"If-Match: no document here has the tag {if_match.strip()[:60]}.")
    return int(value)


def _unclear(cause: str) -> Error:
    return Error(
        "invalid_parameter", f"If-Match: {cause}.", parameter="If-Match",
        remedy='Give the ETag of what you read, with its quotes: `"3"`.',
    )  # fmt: skip


def tagged(
    value: BaseModel,
    revision: int,
    *,
    if_none_match: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """A document with its tag; 304 without a body where the client has it already."""
    found = {**(headers or {}), "ETag": etag(revision)}
    if matches(if_none_match, found["ETag"]):
        return Response(status_code=304, headers=found)
    return answer(value, status=status, headers=found)
