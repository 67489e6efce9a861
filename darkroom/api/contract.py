"""The OpenAPI contract in words, for the reference page and the docs page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

TAGS = {
    "images": "Pictures",
    "uploads": "Uploads in parts",
    "collections": "Collections",
    "rules": "Rules",
    "tags": "Tags",
    "trash": "Trash",
    "recipes": "Recipes and what they make",
    "operations": "Long work",
    "datasets": "Datasets",
    "training": "Trainings, checkpoints, reports and models",
    "batches": "Batches",
    "failures": "Failure ledger",
    "storage": "Storage",
    "system": "System",
    "events": "Events",
    "auth": "Signing in",
    "users": "Accounts",
    "tokens": "API tokens",
    "policies": "Roles and rules",
    "audit": "Audit log",
}
"""Sections, in order."""


@dataclass(frozen=True)
class Field:
    """A parameter of a route, or a field of a model."""

    name: str
    type: str
    words: str
    required: bool
    default: Any = None


@dataclass(frozen=True)
class Answer:
    """A response of a route."""

    status: str
    type: str
    words: str


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    name: str
    method: str
    path: str
    tag: str
    title: str
    words: str
    parameters: tuple[Field, ...]
    body: tuple[str, str] | None
    """Content type, and type of the body."""
    answers: tuple[Answer, ...]

    @property
    def anchor(self) -> str:
        """Name of its place on a page."""
        return f"{self.method}-{self.path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}".lower()


def routes(contract: Schema) -> Iterator[Route]:
    """All routes, by section."""
    for tag in TAGS:
        for path, item in contract["paths"].items():
            for method, operation in item.items():
                if operation.get("tags") == [tag]:
                    yield _route(method.upper(), path, tag, operation)


def models(contract: Schema) -> Iterator[tuple[str, str, tuple[Field, ...]]]:
    """All models that routes speak of: name, words, fields."""
    for name, schema in contract["components"]["schemas"].items():
        required = schema.get("required", ())
        fields = tuple(
            Field(key, type_words(value), _words(value), key in required, value.get("default"))
            for key, value in schema.get("properties", {}).items()
        )
        yield name, schema.get("description", "").strip(), fields


def type_words(schema: Schema) -> str:
    """A JSON schema in a few words; names of models in square brackets."""
    if "$ref" in schema:
        return f"[{schema['$ref'].rpartition('/')[2]}]"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(type_words(one) for one in schema[key]))
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    return _plain_type(schema)


def _plain_type(schema: Schema) -> str:
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {type_words(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map to {type_words(schema['additionalProperties'])}"
    name = {"date-time": "date and time", "date": "date"}.get(schema.get("format", ""), kind)
    return f"{name}{_bounds(schema)}"


def _bounds(schema: Schema) -> str:
    if "minimum" in schema and "maximum" in schema:
        return f" {schema['minimum']} to {schema['maximum']}"
    if "minimum" in schema:
        return f" from {schema['minimum']}"
    return ""


def _words(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _route(method: str, path: str, tag: str, operation: Schema) -> Route:
    fields = tuple(
        Field(
            one["name"] if one["in"] != "header" else f"{one['name']} (header)",
            type_words(one["schema"]),
            _words(one) or _words(one["schema"]),
            one.get("required", False),
            one["schema"].get("default"),
        )
        for one in operation.get("parameters", ())
    )
    answers = tuple(
        Answer(status, ", ".join(_contents(answer)), _words(answer))
        for status, answer in sorted(operation["responses"].items())
    )
    body = operation.get("requestBody")
    kind = next(iter(body["content"].items())) if body else None
    words = "\n\n".join(" ".join(part.split()) for part in operation.get("description", "").split("\n\n"))
    return Route(
        name=operation["operationId"],
        method=method,
        path=path,
        tag=tag,
        title=operation.get("summary", ""),
        words=words,
        parameters=fields,
        body=(kind[0], _body_words(kind[1]["schema"])) if kind else None,
        answers=answers,
    )


def _body_words(schema: Schema) -> str:
    if "$ref" in schema:
        return type_words(schema)
    return ", ".join(f"`{name}`: {_words(value)}" for name, value in schema.get("properties", {}).items())


def _contents(answer: Schema) -> Iterator[str]:
    for kind, content in answer.get("content", {}).items():
        schema = content.get("schema", {})
        yield type_words(schema) if "$ref" in schema else f"`{kind}`"
