"""Whether a schema of a contract still takes, or still gives, what the one before did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


class Contracts:
    """Two contracts, the one before and the one after, whose references are followed.

    Args:
        old: the one before.
        new: the one after.
    """

    def __init__(self, old: Schema, new: Schema) -> None:
        self._models = old["components"]["schemas"], new["components"]["schemas"]
        self._seen: set[tuple[str, str, str]] = set()

    def taken(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        """What was taken and no longer is."""
        if self._known("taken", old, new):
            return
        where = _model(old, new) or where
        after = self._kinds(new, 1)
        for kind, one in self._kinds(old, 0).items():
            other = after.get(kind) or after.get("any") or (after.get("number") if kind == "integer" else None)
            if other is None:
                yield f"{where}: no longer takes {kind}"
            else:
                yield from self._narrower(where, one, other)
                yield from self._inside("taken", where, one, other)

    def given(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        """What was given and no longer is, or is given now and never was."""
        if self._known("given", old, new):
            return
        where = _model(old, new) or where
        before = self._kinds(old, 0)
        for kind, one in self._kinds(new, 1).items():
            other = before.get(kind) or before.get("any") or (before.get("number") if kind == "integer" else None)
            if other is None:
                yield f"{where}: may be {kind} now"
            else:
                yield from self._inside("given", where, other, one)

    def _known(self, way: str, old: Schema, new: Schema) -> bool:
        """Whether two models were compared before: once is enough, and models may hold themselves."""
        if "$ref" not in old or "$ref" not in new:
            return False
        pair = (way, old["$ref"], new["$ref"])
        known = pair in self._seen
        self._seen.add(pair)
        return known

    def _kinds(self, schema: Schema, side: int) -> dict[str, Schema]:
        """The alternatives of a schema, by type; of several of one type, one that takes all their values."""
        while "$ref" in schema:
            schema = self._models[side][schema["$ref"].rpartition("/")[2]]
        found: dict[str, Schema] = {}
        for key in ("anyOf", "oneOf", "allOf"):
            for one in schema.get(key, ()):
                for kind, alternative in self._kinds(one, side).items():
                    found[kind] = _merged(found[kind], alternative) if kind in found else alternative
        return found or {str(schema.get("type", "any")): schema}

    def _narrower(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        for value in sorted(map(str, set(_values(old)) - set(_values(new)))) if _values(new) else ():
            yield f"{where}: no longer takes {value!r}"
        if _values(new) and not _values(old):
            yield f"{where}: takes only certain values now"
        for bounds, tighter in ((_LOWER, lambda a, b: b > a), (_UPPER, lambda a, b: b < a)):
            for name in bounds:
                if name in new and (name not in old or tighter(old[name], new[name])):
                    yield f"{where}: {name} was {old.get(name)}, is {new[name]}"
        if "pattern" in new and new["pattern"] != old.get("pattern"):
            yield f"{where}: pattern was {old.get('pattern')}, is {new['pattern']}"
        if new.get("additionalProperties") is False and old.get("additionalProperties", True) is not False:
            yield f"{where}: refuses unknown fields now"

    def _inside(self, way: str, where: str, old: Schema, new: Schema) -> Iterator[str]:
        compare = self.taken if way == "taken" else self.given
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, one in before.items():
            if name not in after:
                yield f"{where}.{name}: removed"
            else:
                yield from compare(f"{where}.{name}", one, after[name])
        must, must_now = set(old.get("required", ())), set(new.get("required", ()))
        if way == "taken":
            yield from (f"{where}.{name}: is required now" for name in sorted(must_now - must))
        else:
            yield from (f"{where}.{name}: may be missing now" for name in sorted(must - must_now) if name in after)
        for name in ("items", "additionalProperties"):
            if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
                yield from compare(f"{where}[]", old[name], new[name])


def _model(old: Schema, new: Schema) -> str | None:
    """Name of the model that both are: what happens to it is one thing, wherever it is used."""
    return str(old["$ref"].rpartition("/")[2]) if "$ref" in old and "$ref" in new else None


def _values(schema: Schema) -> list[Any]:
    return schema.get("enum") or ([schema["const"]] if "const" in schema else [])


def _merged(one: Schema, other: Schema) -> Schema:
    """One schema for two of a type: what is said of both; fields of both, required where both require them."""
    found = {key: value for key, value in one.items() if other.get(key) == value}
    if _values(one) and _values(other):
        found["enum"] = [*_values(one), *_values(other)]
    ours, theirs = one.get("properties", {}), other.get("properties", {})
    # What tells alternatives apart takes the values of all of them.
    both = {name for name in ours.keys() & theirs.keys() if _values(ours[name]) and _values(theirs[name])}
    found["properties"] = {**ours, **theirs, **{name: _merged(ours[name], theirs[name]) for name in both}}
    found["required"] = [name for name in one.get("required", ()) if name in other.get("required", ())]
    return found
