"""What a recipe is: operations with parameters in order, how the result is written, what becomes of its metadata."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.imaging.formats.metadata.carry import Policy


class Step(Model):
    """One operation of a recipe."""

    name: str = Field(min_length=1, max_length=100)
    """Name of the operation."""
    params: dict[str, Any] = {}
    """Its parameters; those left out have their defaults."""


class Recipe(Model):
    """An ordered list of operations; equal recipes give equal pixels."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    """Short name: small letters, digits, `-` and `_`."""
    title: str = ""
    """Name for people."""
    description: str = ""
    """What it is for."""
    version: int = Field(1, ge=1)
    """Grows with every change; a number for people, addresses of results come from the operations themselves."""
    operations: tuple[Step, ...] = ()
    """What is done, in order."""
    output: dict[str, Any] = {}
    """How the result is written: `format` and the options of that format; without a format, that of the source."""
    metadata: Policy = "keep"
    """`keep` all, `strip-gps` all but places, `copyright-only` credits and copyright, or `none`."""
    words: Literal["file", "library"] = "file"
    """`library` writes title, caption, creator, copyright, rating, label and tags as the library has them, in place of the file's."""
    gain_map: Literal["drop", "keep"] = "drop"
    """`keep` what is beyond white in a JPEG's gain map, moved along with the pixels; a float picture gets one of its own."""
    package: Literal["none", "pages", "deep-zoom"] = "none"
    """`pages` makes a picture of each page or frame, `deep-zoom` tiles for viewers on the web (DZI); in one ZIP where one file is asked for."""
    raw: dict[str, Any] = {}
    """How RAW files are developed: `white_balance`, `highlights`, `exposure` and the others; nothing takes what camera and sidecar say."""
    seed: int = Field(0, ge=0, lt=2**31)
    """For operations that draw random numbers."""

    def canonical(self) -> dict[str, Any]:
        """As it would be written by hand: `operations` as a list of `name: {params}`."""
        shown: dict[str, Any] = {"name": self.name, "version": self.version}
        for field in ("title", "description"):
            if getattr(self, field):
                shown[field] = getattr(self, field)
        shown["operations"] = [{step.name: dict(step.params)} if step.params else step.name for step in self.operations]
        for name, told in (("raw", self.raw), ("output", self.output)):
            if told:
                shown[name] = dict(told)
        if self.metadata != "keep":
            shown["metadata"] = self.metadata
        for field, usual in (("words", "file"), ("gain_map", "drop"), ("package", "none")):
            if getattr(self, field) != usual:
                shown[field] = getattr(self, field)
        if self.seed:
            shown["seed"] = self.seed
        return shown
