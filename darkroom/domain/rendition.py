"""What recipes made of pictures, and orders to make it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from darkroom.domain.base import SHA256_PATTERN, Document
from darkroom.domain.claim import Claimable
from darkroom.domain.turns import Priority

OrderState = Literal["queued", "running", "done", "cancelled"]
"""`queued` until a run takes it up; an order whose run died goes on being `running` with an old heartbeat."""


class RecipeRendition(Document):
    """What a recipe made of a picture.

    Its id is made of the source's hash and everything that decides about the result: asking again is a look-up. It is
    also the key of the bytes in the blob store.
    """

    id: str = Field(pattern=SHA256_PATTERN)
    image: str
    """The picture it was made of."""
    recipe: str
    """Name of the recipe."""
    preset: str | None = None
    """The preset, `name@version`, or the name of one that comes with Darkroom."""
    fingerprint: str = Field(pattern=SHA256_PATTERN)
    """What was done, whatever the picture."""
    order: str
    """The order that had it made."""
    format: str
    """Format of the file."""
    media_type: str
    """Its media type."""
    extension: str
    """Ending of its name, with the dot."""
    width: int = Field(ge=1)
    """Pixels."""
    height: int = Field(ge=1)
    """Pixels."""
    bytes: int = Field(ge=1)
    """Size of the file."""
    encoder: str
    """Who wrote it."""
    quality: int | None = None
    """Quality of the file, where its format loses something."""
    notes: tuple[str, ...] = ()
    """What was changed or lost on the way, for people."""
    search: dict[str, Any] | None = None
    """How the quality was found, where the recipe asks for a likeness or a size: every attempt, and the reason in words."""
    seconds: float = Field(ge=0)
    """Time it took."""
    megapixels: float = Field(ge=0)
    """Size of the source."""
    created_at: datetime
    """When it was made."""
    used_at: datetime
    """When it was last asked for, to within a day."""


class RenditionOrder(Claimable):
    """Pictures on which a recipe is to be run, by one Dagster run."""

    owner: str
    """Whose it is: the account that the principal acts for, or the principal itself."""
    priority: Priority = "normal"
    """How urgent it is."""
    recipe: str
    """The whole recipe as JSON."""
    recipe_name: str
    """Name of the recipe."""
    preset: str | None = None
    """The preset that it is, if it is one."""
    fingerprint: str = Field(pattern=SHA256_PATTERN)
    """What is done, whatever the picture."""
    state: OrderState = "queued"
    """Where it is."""
    total: int = Field(ge=0)
    """Pictures."""
    done: int = Field(0, ge=0)
    """Pictures dealt with: made, reused and failed together."""
    made: int = Field(0, ge=0)
    """Results made for this order."""
    reused: int = Field(0, ge=0)
    """Results that were there already."""
    failed: int = Field(0, ge=0)
    """Pictures that went to the failure ledger."""
    made_bytes: int = Field(0, ge=0)
    """Size of the results made."""
    source_bytes: int = Field(0, ge=0)
    """Size of the files that they were made of."""
    short: int = Field(0, ge=0)
    """Results that missed the likeness or the size that the recipe looks for."""
    failures_by_code: dict[str, int] = Field(default_factory=dict)
    """How often each error code occurred."""
    rate: float | None = Field(None, ge=0)
    """Results made a second, by the run at work."""

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time until the last picture is dealt with; None while unknown."""
        if self.state in {"done", "cancelled"}:
            return 0.0
        return (self.total - self.done) / self.rate if self.rate else None
