"""What is done by itself with pictures that fit an expression."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from darkroom.domain.base import Document
from darkroom.domain.edit import Edit

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
"""Id of a rule, made of its name."""

MOST_RULES = 200
"""Rules of a library: each is asked of every batch."""


class FilingRule(Document):
    """A condition, and what is done with pictures that fit it when they come in."""

    id: RuleId
    """Short name; it never changes."""
    name: str = Field(min_length=1, max_length=120)
    """Words for a person."""
    where: str
    """An expression of the query language, in its one spelling."""
    edit: Edit | None = None
    """What is set on the pictures."""
    preset: str | None = None
    """A preset that runs on them."""
    enabled: bool = True
    """Whether it looks at what comes in."""
    position: int = Field(ge=0)
    """Rules follow one another in this order; what a later one sets stays."""
    created_by: str
    """Id of who made it."""
    created_at: datetime
    """When."""
    changed_at: datetime
    """When it last changed."""


def contradiction(one: FilingRule, other: FilingRule) -> str | None:
    """What two rules would do against each other on the same picture, in words."""
    if one.edit is None or other.edit is None:
        return None
    found = [
        name for name in one.edit.names
        if name in other.edit.names and getattr(one.edit, name, None) not in (None, getattr(other.edit, name, None))
    ]  # fmt: skip
    for more, less in (("add_tags", "remove_tags"), ("add_to", "remove_from")):
        both = set(getattr(one.edit, more)) & set(getattr(other.edit, less))
        found += sorted(both | (set(getattr(one.edit, less)) & set(getattr(other.edit, more))))
    return ", ".join(found) or None
