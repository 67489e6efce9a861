"""Calls of a client as they were at a release, and answers by their shape: keys and JSON types, not values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

RECORDINGS = Path(__file__).with_name("recordings")
_VARIABLE = re.compile(r"\{(\w+)\}")
_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}


def shape(value: Any) -> Any:
    """Keys and types of a JSON value; a list has the shape of its first entry."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return _TYPES[type(value)]


def lacking(before: Any, now: Any, where: str = "answer") -> Iterator[str]:
    """What an answer had and has no more, or has with another type; what has come is no matter, also where nothing was."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key, one in before.items():
            if key in now:
                yield from lacking(one, now[key], f"{where}.{key}")
            else:
                yield f"{where}.{key} is gone"
    elif isinstance(before, list) and isinstance(now, list):
        for one in before:
            yield from lacking(one, now[0], f"{where}[]") if now else (f"{where} is empty",)
    elif before not in (now, "null"):
        yield f"{where} was {before}, is {now}"


def play(client: TestClient, step: dict[str, Any], names: dict[str, str]) -> tuple[int, Any]:
    """Send a recorded call; what it answers, by its shape. `keeps` names ids of the answer for the paths of later calls."""
    fill: Callable[[str], str] = lambda text: _VARIABLE.sub(lambda found: names[found[1]], text)  # noqa: E731
    answer = client.request(
        step["method"], f"/api/v1{fill(step['path'])}", params=step["query"], json=step["body"],
        headers={"If-Match": "*"} if step["if_match"] else {},
    )  # fmt: skip
    is_json = "json" in answer.headers.get("content-type", "")
    found = answer.json() if is_json else None
    for name, key in step["keeps"].items():
        names[name] = found[key]
    return answer.status_code, shape(found) if is_json else None
