"""What is shown of where a picture came from and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from darkroom.domain.base import Model

LineageKind = Literal["source", "batch", "picture", "rendition", "dataset", "training", "model", "report"]
"""What a thing is, in the order in which they come of each other."""


class LineageNode(Model):
    """Something that a picture came from, or that came of it."""

    id: str
    """`kind:` and its id."""
    kind: LineageKind
    """What it is."""
    name: str
    """What it is called."""
    words: str = ""
    """More of it, in words."""
    at: datetime | None = None
    """When it was made."""
    page: str | None = None
    """Where this web app shows it, a path; null where it is no page's."""
    dagster_url: str | None = None
    """The asset in Dagster's web app, at the partition that made it; null for what is no asset."""


class LineageEdge(Model):
    """That one thing was made of another."""

    source: str
    """Id of what was there before."""
    target: str
    """Id of what came of it."""
    words: str = ""
    """In which way: `train`, `validation` or `test` of a dataset's version, `judged`."""


class LineageGraph(Model):
    """Where a picture came from and what came of it, as far as somebody may see that."""

    nodes: tuple[LineageNode, ...]
    """Things, the earlier ones first; the newest of a kind where there are many."""
    edges: tuple[LineageEdge, ...]
    """What came of what."""
    more: dict[LineageKind, int] = Field(default_factory=dict)
    """How many of a kind there are beyond those; told to whoever sees all pictures."""
    unread: int = Field(0, ge=0)
    """Versions of datasets that were not looked at yet: ask again in a moment."""
