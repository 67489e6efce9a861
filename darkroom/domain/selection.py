"""Which pictures are meant: all of a view but a few, or some by id."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from darkroom.domain.base import SHA256_PATTERN, Model
from darkroom.domain.query import ImageQuery

ImageId = Annotated[str, StringConstraints(pattern=SHA256_PATTERN)]
"""Id of a picture."""

MOST_IDS = 10_000
"""Pictures that a selection names one by one."""


class Selection(Model):
    """Pictures by a query or by id; what a query means is settled when something is done with it."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    query: ImageQuery | None = None
    """All pictures of a view, as they are now: the filters of `GET /images`; `{}` is the whole library."""
    ids: tuple[ImageId, ...] | None = Field(None, min_length=1, max_length=MOST_IDS)
    """Ids of pictures."""
    excluded: tuple[ImageId, ...] = Field((), alias="except", max_length=MOST_IDS)
    """Ids of pictures of the view that are not meant."""

    @model_validator(mode="after")
    def _one_way(self) -> Selection:
        if (self.ids is None) == (self.query is None):
            raise ValueError("give either query or ids")
        if self.ids is not None and self.excluded:
            raise ValueError("except goes with query: leave those ids out instead")
        return self

    @property
    def is_everything(self) -> bool:
        """Whether it is the whole library."""
        return self.query is not None and not self.excluded and self.query.model_copy(
            update={"sort": ImageQuery().sort}
        ) == ImageQuery()  # fmt: skip
