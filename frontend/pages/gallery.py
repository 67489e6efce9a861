"""The gallery: all pictures, found by search and filters, seen one by one."""

from __future__ import annotations

from typing import get_args

import reflex as rx

from darkroom.domain.query import SortKey
from frontend.components import local
from frontend.layout import framed

SORT_WORDS = {
    "-ingested_at": "Newest first",
    "ingested_at": "Oldest first",
    "-taken_at": "Taken last",
    "taken_at": "Taken first",
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "-quality": "Best quality",
    "quality": "Worst quality",
    "-bytes": "Largest file",
    "bytes": "Smallest file",
    "-likeness": "Most alike first",
}
"""Words for each order that the library offers."""


@rx.page("/", title="Gallery · Darkroom", description="Pictures of the library")
@framed("/")
def gallery() -> rx.Component:
    """All pictures, with search, filters and live counts."""
    sorts = [[key, SORT_WORDS[key]] for key in get_args(SortKey)]
    return local.gallery(sorts=sorts)
