"""Domain models to MongoDB documents and back."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = 2**63
_MOST = sys.float_info.max
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)


def to_millis(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down, as MongoDB stores them; a moment without offset counts as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    # Subtraction of aware moments cannot overflow, unlike a change of time zone near the years 1 and 9999.
    millis = (aware - EPOCH) // timedelta(milliseconds=1)
    return min(max(millis, (_EARLIEST - EPOCH) // timedelta(milliseconds=1)), _last_millis())


def _last_millis() -> int:
    return (_LATEST - EPOCH) // timedelta(milliseconds=1)


def from_millis(millis: int) -> datetime:
    """The moment that many milliseconds after 1970, in UTC."""
    return EPOCH + timedelta(milliseconds=millis)


def to_mongo(model: BaseModel) -> dict[str, Any]:
    """The document for a model, with `_id` instead of `id`."""
    found: dict[str, Any] = clean(model.model_dump())
    if "id" in found:
        found = {"_id": found.pop("id"), **found}
    return found


def from_mongo(model: type[M], found: dict[str, Any]) -> M:
    """The model in a document; fields that only the store knows are left out."""
    fields = _fields(model)
    values = {key: value for key, value in found.items() if key in fields}
    if "id" in fields:
        values["id"] = found["_id"]
    return model.model_validate(values)


@cache
def _fields(model: type[BaseModel]) -> frozenset[str]:
    """Names of a model's fields: pydantic works them out at every access, and a page asks two thousand times."""
    return frozenset(model.model_fields)


def clean(value: Any) -> Any:
    """A value that MongoDB can hold: what files say of themselves may be out of every range."""
    if isinstance(value, dict):
        return {str(key).replace("\0", ""): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, datetime):
        return from_millis(to_millis(value))
    if isinstance(value, int) and not isinstance(value, bool) and not -_INT64 <= value < _INT64:
        return float(value) if abs(value) < _MOST else math.copysign(_MOST, 1 if value > 0 else -1)
    return value
