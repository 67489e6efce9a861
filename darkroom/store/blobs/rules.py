"""Rules that say which of several stores a blob belongs in: `renditions -> local; originals over 50MB -> archive`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from darkroom.errors import Error
from darkroom.store.blobs.base import NAMESPACES

_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(kb|mb|gb|b)?", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_SETTING = "DARKROOM_STORAGE_RULES"
MAIN = "main"
"""Name of the store of DARKROOM_STORAGE."""


@dataclass(frozen=True)
class Facts:
    """What is known of a blob when its place is chosen."""

    namespace: str
    """`originals` or `renditions`."""
    bytes: int
    """Size."""
    age_days: float | None = None
    """Days since the picture came into the library; None while it is coming in."""
    tags: frozenset[str] = frozenset()
    """Of the picture."""


@dataclass(frozen=True)
class Rule:
    """Blobs that meet every condition belong in a store."""

    store: str
    """Its name."""
    namespace: str | None = None
    """Only these; all of them when None."""
    over_bytes: int = 0
    """Only larger ones."""
    older_days: float | None = None
    """Only those of pictures that are that long in the library."""
    tag: str | None = None
    """Only those of pictures with that tag."""

    def meets(self, facts: Facts) -> bool:
        """Whether the rule speaks of a blob."""
        if self.namespace is not None and self.namespace != facts.namespace:
            return False
        if facts.bytes < self.over_bytes or (self.tag is not None and self.tag not in facts.tags):
            return False
        return self.older_days is None or (facts.age_days is not None and facts.age_days >= self.older_days)


def place(rules: Iterable[Rule], facts: Facts) -> str:
    """Name of the store where a blob belongs: the first rule that speaks of it decides, else `main`."""
    return next((rule.store for rule in rules if rule.meets(facts)), MAIN)


def parse_rules(text: str, stores: Iterable[str]) -> tuple[Rule, ...]:
    """Read rules, separated by semicolons, each `CONDITIONS -> STORE`.

    Conditions are `originals` or `renditions`, `over 50MB`, `older 365d` and `tagged NAME`, in any number.

    Raises:
        Error: `invalid_setting`, naming the rule.
    """
    known = set(stores)
    return tuple(_rule(part.strip(), known) for part in text.split(";") if part.strip())


def parse_names(text: str) -> dict[str, str]:
    """Read `archive=s3://bucket/a cold=az://container` into name -> URL.

    Raises:
        Error: `invalid_setting`.
    """
    found: dict[str, str] = {}
    for part in text.split():
        name, equals, url = part.partition("=")
        if not equals or not _NAME.fullmatch(name) or name in ("main", "local") or name in found:
            raise Error(
                "invalid_setting", f"DARKROOM_STORAGE_MORE: {name!r} is no new name of a store.",
                remedy="Write name=URL, separated by spaces; the names main and local are taken.",
            )  # fmt: skip
        found[name] = url
    return found


def _rule(text: str, known: set[str]) -> Rule:
    conditions, arrow, store = (part.strip() for part in text.partition("->"))
    if not arrow or store not in known:
        raise _wrong(text, f"it must end in `-> STORE`, and STORE be one of {', '.join(sorted(known))}")
    words = conditions.split()
    namespace, tag, over, older = None, None, 0, None
    while words:
        word = words.pop(0)
        if word in NAMESPACES:
            namespace = word
            continue
        if not words:
            raise _wrong(text, f"{word!r} is no condition, or its value is missing")
        value = words.pop(0)
        if word == "over":
            over = _bytes(value, text)
        elif word == "older" and re.fullmatch(r"\d+d", value):
            older = float(value[:-1])
        elif word == "tagged":
            tag = value
        else:
            raise _wrong(text, f"{word} {value} is no condition")
    return Rule(store, namespace, over, older, tag)


def _bytes(value: str, text: str) -> int:
    found = _SIZE.fullmatch(value)
    if not found:
        raise _wrong(text, f"{value!r} is no size like 50MB")
    unit = (found[2] or "").lower()
    return int(float(found[1]) * _UNITS["" if unit == "b" else unit])


def _wrong(rule: str, words: str) -> Error:
    return Error(
        "invalid_setting", f"{_SETTING}: in {rule!r}, {words}.", setting=_SETTING,
        remedy="Write rules like `renditions -> local; originals over 50MB -> archive`.",
    )  # fmt: skip
