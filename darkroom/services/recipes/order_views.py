"""What people see of orders for renditions, and what they ask with."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field, model_validator

from darkroom.domain.base import Model
from darkroom.domain.query import ImageQuery
from darkroom.domain.rendition import RecipeRendition, RenditionOrder
from darkroom.domain.selection import ImageId, Selection
from darkroom.domain.turns import Priority
from darkroom.services.recipes.views import RecipeGiven


class OrderGiven(RecipeGiven):
    """A recipe, and the pictures that it is to run on."""

    images: tuple[ImageId, ...] | None = Field(None, min_length=1, max_length=10_000)
    """Ids of pictures."""
    query: ImageQuery | None = None
    """All pictures of a view, as they are now: the filters of `GET /images`."""
    selection: Selection | None = None
    """Pictures by a query with exceptions, or by id: in place of `images` and `query`."""
    priority: Priority = "normal"
    """How urgent it is; `high` takes `queue:first`."""
    dry_run: bool = False
    """Only tell what it would take."""

    @model_validator(mode="after")
    def _one_selection(self) -> OrderGiven:
        if sum(one is not None for one in (self.images, self.query, self.selection)) != 1:
            raise ValueError("give one of images, query and selection")
        return self

    @property
    def pictures(self) -> Selection:
        """The pictures meant, however they were given."""
        return self.selection or Selection(ids=self.images, query=self.query)


class Interval(Model):
    """A number that is not known yet."""

    expected: float = Field(ge=0)
    """The best guess."""
    low: float = Field(ge=0)
    """Nine times out of ten it is at least about that."""
    high: float = Field(ge=0)
    """Nine times out of ten it is at most about that."""


class Estimate(Model):
    """What an order would take."""

    pictures: int = Field(ge=0)
    """Pictures meant."""
    to_compute: int = Field(ge=0)
    """Those whose result is not there yet."""
    reused: int = Field(ge=0)
    """Those whose result is a look-up."""
    seconds: Interval | None
    """Time until the last one is made; null where no picture could be tried."""
    bytes: Interval | None
    """Size of the results that will be made; null where no picture could be tried."""
    samples: int = Field(ge=0)
    """Results that this is guessed from: earlier ones of the recipe, or a few that were tried just now."""
    cost: Interval | None = None
    """What that time costs by the settings `price_per_hour` and `currency`; null without a price or a time."""
    currency: str | None = None
    """What the cost is told in."""


class OrderView(Model):
    """An order with its speed and a link to its run."""

    id: str
    """Id of the order."""
    principal: str
    """Id of who asked for it."""
    priority: Priority
    """How urgent it is."""
    recipe_name: str
    """Name of the recipe."""
    recipe: dict[str, Any]
    """The whole recipe."""
    preset: str | None
    """The preset that it is, if it is one."""
    state: str
    """`queued`, `running`, `done` or `cancelled`."""
    created_at: str
    """When it was written."""
    started_at: str | None
    """When its first run began."""
    finished_at: str | None
    """When its last picture was dealt with."""
    attempt: int
    """Runs begun on it so far."""
    run_id: str | None
    """The Dagster run that works on it, or worked on it last."""
    dagster_run_url: str | None
    """That run in Dagster's web app."""
    total: int
    """Pictures."""
    done: int
    """Pictures dealt with: made, reused and failed together."""
    made: int
    """Results made for this order."""
    reused: int
    """Results that were there already."""
    failed: int
    """Pictures that went to the failure ledger: `GET /failures?batch=` with the id of the order."""
    made_bytes: int
    """Size of the results made."""
    source_bytes: int
    """Size of the files that they were made of: the difference is what was saved; 0 for orders from before that was counted."""
    short: int
    """Results that missed the likeness or the size that the recipe looks for; `search` of each tells why."""
    failures_by_code: dict[str, int]
    """How often each error code occurred."""
    rate: float | None
    """Results made a second; null before there is anything to measure."""
    seconds_left: float | None
    """Estimate of the time until the last picture is dealt with; null while unknown."""

    @classmethod
    def of(cls, order: RenditionOrder, url: str | None) -> OrderView:
        """The view of an order."""
        shown = order.model_dump(mode="json", include=set(cls.model_fields) - {"recipe"})
        return cls(
            **shown, recipe=json.loads(order.recipe), dagster_run_url=url, seconds_left=order.seconds_left
        )  # fmt: skip


class OrderPage(Model):
    """Orders, newest first."""

    items: tuple[OrderView, ...]
    """The orders."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""


class RenditionPage(Model):
    """What recipes made of a picture, newest first."""

    items: tuple[RecipeRendition, ...]
    """The results; the bytes of each are at `/images/{id}/renditions/{address}`."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""
