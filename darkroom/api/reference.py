"""The reference page of the REST API, written from the contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from darkroom.api.contract import TAGS, Field, Route, models, routes

_INTRODUCTION = """\
# REST API

All addresses are under `http://localhost:8000` (or the port chosen). The machine-readable contract is at
`/api/v1/openapi.json`, a page to read and try it at `/api/v1/docs`.

- **Errors** are problem documents (RFC 9457, `application/problem+json`): `code` from the [error table](errors.md),
  `detail` with the cause, `remedy`, `retryable`, and a `trace_id` that is also in the logs and, for every answer, in
  the header `X-Trace-Id`. A `traceparent` header (W3C Trace Context) of the request is taken over.
- **Pages**: pass `next_cursor` of one answer as `cursor` of the next request, with the same filters. A cursor of
  another query is refused with `invalid_cursor`.
- **Parameters** that do not exist, or are given twice where one value is meant, are refused with `invalid_parameter`.
- **Times** are UTC, ISO 8601. Ids of pictures are the sha256 of their original bytes.
- **Browsers**: only Darkroom's own pages may call; requests under another host name (`host_not_allowed`) or from
  another site's page (`forbidden`) are refused. Programs need no sign-in as long as everything is on this machine.
- `HEAD` is answered wherever `GET` is.
- **Examples** speak of ids as variables, `$TOKEN` is from `darkroom token create`, and `client` is that of [Python](../how-to/python.md). Those that
  only read are run by the suite.
"""


def rest_reference(examples: Callable[[dict[str, Any]], Iterator[tuple[str, str, str | None]]]) -> str:
    """Every route and model as Markdown.

    Args:
        examples: gives for a contract the name of each operation, how curl asks for it, and how Python does.
    """
    from darkroom.api.app import create_app
    from darkroom.settings import Settings

    contract = create_app(Settings.model_construct()).openapi()
    shown = {name: (curl, python) for name, curl, python in examples(contract)}
    lines = [_INTRODUCTION]
    section = ""
    for route in routes(contract):
        if route.tag != section:
            section = route.tag
            lines += [f"## {TAGS[section]}", ""]
        lines += [*_route(route), *_example(*shown[route.name])]
    lines += ["## Models", ""]
    for name, words, fields in models(contract):
        lines += [f"### {name}", "", words, "", *_table("field", fields), ""]
    return "\n".join(lines).rstrip() + "\n"


def _route(route: Route) -> Iterator[str]:
    yield from (f"### `{route.method} {route.path}`", "", _linked(route.words), "")
    if route.parameters:
        yield from (*_table("parameter", route.parameters), "")
    if route.body:
        yield from (f"Body, `{route.body[0]}`: {_linked(route.body[1])}", "")
    yield from ("| status | answer | meaning |", "|---|---|---|")
    for answer in route.answers:
        yield f"| {answer.status} | {_linked(answer.type)} | {_cell(answer.words)} |"
    yield ""


def _example(curl: str, python: str | None) -> Iterator[str]:
    yield from ("```sh", curl, "```", "")
    if python is not None:
        yield from ("```python", python, "```", "")


def _table(what: str, fields: tuple[Field, ...]) -> Iterator[str]:
    yield from (f"| {what} | type | default | meaning |", "|---|---|---|---|")
    for field in fields:
        default = "" if field.default in (None, [], "") else f"`{field.default}`"
        shown = "required" if field.required and what == "parameter" else default
        yield f"| `{field.name}` | {_cell(_linked(field.type))} | {shown} | {_cell(field.words)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _linked(text: str) -> str:
    return re.sub(r"\[([A-Z]\w+)\]", lambda found: f"[{found[1]}](#{found[1].lower()})", text)
