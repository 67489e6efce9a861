"""What another program has set for developing a RAW file: read from its XMP, honoured when the picture is developed."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from darkroom.domain.base import Model

Place = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
"""A place on a picture: shares of its width and height, from the left and from the top."""
WhiteBalance = Literal["camera", "auto", "kelvin"]
KELVIN = (1_500.0, 25_000.0)
"""Temperatures that make sense of a light, in kelvin."""
MOST_TINT = 150.0
"""How far a light may lie from those of glowing bodies, in Adobe's units: 3000 for a distance of 1 in CIE 1960 uv."""


class DevelopSettings(Model):
    """Settings of Camera Raw and Lightroom, as far as they mean the same to every developer."""

    white_balance: WhiteBalance | None = None
    """As the camera set it, averaged over the picture, or for a temperature and tint; None where nothing is said."""
    temperature: float | None = Field(None, ge=KELVIN[0], le=KELVIN[1])
    """Of the light, in kelvin."""
    tint: float = Field(0.0, ge=-MOST_TINT, le=MOST_TINT)
    """Above 0 the light is greener than a glowing body, so the picture becomes more magenta."""
    exposure: float | None = Field(None, ge=-5, le=5)
    """Stops."""
    crop: tuple[float, float, float, float] | None = None
    """Left, top, right and bottom corner, as shares of the picture as the sensor saw it."""
    angle: float = Field(0.0, ge=-45, le=45)
    """By how many degrees the picture is turned clockwise before it is cropped."""
    orientation: int | None = Field(None, ge=1, le=8)
    """Exif orientation in place of the file's."""
    focus: Place | None = None
    """What somebody said must stay when the upright picture is cropped, of whatever format; sidecars do not say it."""

    @property
    def of_raw(self) -> DevelopSettings | None:
        """What of it concerns the development of a RAW file; None for nothing."""
        found = self.model_copy(update={"focus": None})
        return found if found != DevelopSettings() else None

    @model_validator(mode="after")
    def _crop_is_an_area(self) -> Self:
        if self.crop:
            left, top, right, bottom = self.crop
            if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
                raise ValueError("a crop goes from left to right and from top to bottom, within the picture")
        return self

    def cropped(self, width: int, height: int) -> tuple[int, int]:
        """Size of the cropped picture, before it is turned by its orientation."""
        if not self.crop:
            return width, height
        left, top, right, bottom = self.crop
        across, down = (right - left) * width, (bottom - top) * height
        cosine, sine = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        turned = abs(across * cosine - down * sine), abs(across * sine + down * cosine)
        return max(1, round(turned[0])), max(1, round(turned[1]))
