"""An example of each REST operation, for curl and for the Python client, made from the contract and the table of calls."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from darkroom import client
from darkroom.client.call import Call

ADDRESS = "http://localhost:8000"
_PICTURE = "0" * 64
BODIES: dict[str, dict[str, Any]] = {
    "FailureSelection": {"all": True},
    "ImageChange": {"title": "The quay", "rating": 4},
    "CurveGiven": {"preset": "web", "output": {"format": "avif"}},
    "NewContest": {
        "preset": "small",
        "recipe": {"operations": [{"resize": {"width": 900}}]},
        "selection": {"query": {"tag": ["sea"]}},
    },
    "ChoiceGiven": {"image": _PICTURE, "picked": "b"},
    "ExamplesGiven": {"selection": {"query": {"tag": ["sea"]}}},
    "PreviewGiven": {"preset": "web", "long_side": 800},
    "RecipeGiven": {"preset": "web"},
    "OrderGiven": {"preset": "web", "query": {"tag": ["sea"]}},
    "NewPreset": {"recipe": {"name": "small", "operations": [{"resize": {"width": 800}}]}},
    "NewFilter": {
        "filter": {"name": "warm", "title": "Warm.", "body": {"kind": "expression", "red": "r + 0.1 * luma"}}
    },
    "LookGiven": {"name": "evening", "title": "Evening light.", "before": _PICTURE, "after": "1" * 64},
    "NewRule": {"subject": "editor", "permission": "failures:write", "effect": "deny", "reason": "Ask Ada first."},
    "NewToken": {"name": "import", "scopes": ["images:write"], "expires_in_days": 90},
    "NewUser": {"email": "ada@example.org", "role": "editor"},
    "NewAdministrator": {"email": "ada@example.org", "password": "correct horse battery"},
    "Credentials": {"email": "ada@example.org", "password": "correct horse battery"},
    "UserChange": {"name": "Ada Lovelace"},
    "RoleChange": {"role": "editor"},
    "NewVersion": {"name": "coasts", "query": {"tag": ["coast"]}, "labels_from": "tags", "classes": ["sand", "rocks"]},
    "SplitGiven": {"seed": 1},
    "DraftGiven": {"annotations": [{"kind": "classification", "label": "sand"}]},
    "DraftCommit": {"message": "Wrong labels mended"},
    "TrainingGiven": {"dataset": "coasts", "budget_seconds": 480},
    "Promotion": {"number": 2},
    "NewBroughtModel": {
        "name": "upscaler",
        "file": "realesrgan-x2.onnx",
        "task": "super_resolution",
        "licence": "BSD-3-Clause",
    },
    "NewUpload": {"name": "IMG_0001.HEIC", "bytes": 2_400_000},
    "TagRename": {"tag": "places/oslo", "to": "cities/oslo"},
    "TagRemoval": {"tag": "places/oslo"},
    "TagColour": {"tag": "places", "colour": "#2e7d32"},
    "NewCollection": {"name": "Holidays"},
    "NewFilingRule": {"name": "Sharp RAW", "where": "format:raw quality>=0.8", "edit": {"add_tags": ["to-develop"]}},
    "RuleTrial": {"where": "format:raw quality>=0.8", "edit": {"add_tags": ["to-develop"]}},
    "FilingRuleChange": {"enabled": False},
    "CollectionChange": {"name": "Holidays in Oslo"},
    "MembersGiven": {"add": [_PICTURE]},
    "Forgotten": {"email": "ada@example.org"},
}
"""What is sent, where what the schema asks for tells too little."""
_QUERY = {
    "by": "day",
    "q": "coast",
    "permission": "images:write",
    "before": "coasts@1",
    "name": "shoes",
    "preset": "small",
}
_FILES = {"import_dataset": "shoes.zip"}
"""Files that are sent as they are."""
_REPEATED = 2

Schema = dict[str, Any]


def examples(contract: Schema) -> Iterator[tuple[str, str, str | None]]:
    """Each operation with a command for curl and an expression for Python, if the client has a call for it."""
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            name = operation["operationId"]
            yield name, curl(contract, method.upper(), path, operation), python(contract, name, operation)


def curl(contract: Schema, method: str, path: str, operation: Schema) -> str:
    """A command that asks for it; ids are variables."""
    parts = ["curl"]
    if operation.get("security") != []:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if method != "GET":
        parts.append(f"-X {method}")
    if any(one["name"].lower() == "if-match" for one in operation.get("parameters", ())):
        parts.append("-H 'If-Match: \"0\"'")
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        body = json.dumps(body_of(contract, content["application/json"]["schema"]))
        parts += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    elif content and "multipart/form-data" not in content:
        parts.append(f"-T {_FILES.get(operation['operationId'], 'file')}")
    elif content:
        parts += ["-F files=@photo.jpg", "-F tags=sea"]
    if "text/event-stream" in json.dumps(operation["responses"].get("200", {})):
        parts.append("-N")
    elif "application/octet-stream" in json.dumps(operation["responses"].get("200", {})):
        parts.append("-o picture")
    address = re.sub(r"\{(\w+)\}", lambda found: f"${found[1].upper()}", path)
    return " ".join([*parts, f'"{ADDRESS}{address}{_query(operation)}"'])


def _query(operation: Schema) -> str:
    given = []
    for one in operation.get("parameters", ()):
        if one["in"] == "query" and one.get("required"):
            given.append(f"{one['name']}={_QUERY.get(one['name'], '...')}")
        elif one["in"] == "query" and one["name"] == "limit":
            given.append(f"limit={_REPEATED}")
    return f"?{'&'.join(given)}" if given else ""


def python(contract: Schema, name: str, operation: Schema) -> str | None:
    """A line with `client` that asks for it, with ids as names; None where the client has no call."""
    module = _module(name)
    if module is None:
        return None
    call: Callable[..., Call[Any]] = getattr(module, name)
    short = module.__name__.rpartition(".")[2]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    given = []
    for parameter in inspect.signature(call).parameters.values():
        if parameter.name == "given_":
            given.append(_constructed(contract, content, str(parameter.annotation)))
        elif parameter.name == "files":
            given.append('[Path("photo.jpg")], tags=["sea"]')
        elif parameter.name == "file":
            given.append('Path("shoes.zip")')
        elif parameter.name == "if_match":
            given.append("if_match='\"0\"'")
        elif parameter.default is parameter.empty and parameter.kind is parameter.KEYWORD_ONLY:
            given.append(f"{parameter.name}={_literal(_QUERY.get(parameter.name, '...'))}")
        elif parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            given.append(parameter.name)
        elif parameter.name == "limit":
            given.append(f"limit={_REPEATED}")
    return f"client.send({short}.{name}({', '.join(given)}))"


@cache
def _modules() -> tuple[ModuleType, ...]:
    """Where calls are, whether somebody has needed them before or not."""
    return tuple(importlib.import_module(f"{client.__name__}.{one.name}") for one in iter_modules(client.__path__))


def _module(name: str) -> ModuleType | None:
    return next((one for one in _modules() if inspect.isfunction(getattr(one, name, None))), None)


def _constructed(contract: Schema, schema: Schema, model: str) -> str:
    body = body_of(contract, schema)
    return f"{model}({', '.join(f'{name}={_literal(value)}' for name, value in body.items())})"


def _literal(value: Any) -> str:
    """A value as Python writes it, with double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(one)}" for key, one in value.items()) + "}"
    return repr(value)


def body_of(contract: Schema, schema: Schema) -> dict[str, Any]:
    """A body that fits a schema: what is written down here for its model, else what it asks for."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in BODIES:
        return BODIES[name]
    found = _value(contract, schema, name)
    return found if isinstance(found, dict) else {}


def _value(contract: Schema, schema: Schema, name: str) -> Any:
    """Something that fits."""
    if "$ref" in schema:
        target = schema["$ref"].rpartition("/")[2]
        return BODIES.get(target) or _value(contract, contract["components"]["schemas"][target], target)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return _value(contract, next(one for one in schema[key] if one.get("type") != "null"), name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("required") or list(schema.get("properties", {}))[:1]
        return {
            one: _value(contract, schema["properties"][one], one)
            for one in wanted
            if one in schema.get("properties", {})
        }
    if kind == "array":
        return [_value(contract, schema.get("items", {}), name)]
    return _plain(schema, name)


def _plain(schema: Schema, name: str) -> Any:
    kind = schema.get("type")
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return int(schema.get("minimum", 1)) if kind == "integer" else schema.get("minimum", 1)
    if "64}" in schema.get("pattern", "") or name in ("images", "image"):
        return _PICTURE
    return {"old": "correct horse battery", "new": "staple horse battery", "password": "staple horse battery"}.get(
        name, f"<{name}>" if "pattern" not in schema else name
    )
