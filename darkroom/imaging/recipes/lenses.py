"""What is known of the lens that took a picture, for recipes that correct it by profile."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from darkroom.imaging.dng_opcodes import corrections_of
from darkroom.imaging.header import Header
from darkroom.imaging.lens_profiles import find_corrections, profiles_digest, read_profiles
from darkroom.imaging.metadata import read_metadata
from darkroom.imaging.operations.lens import LensCorrectParams
from darkroom.imaging.recipes.compile import Program


@dataclass(frozen=True)
class KnownLens:
    """Parameters of `lens_correct` for a picture, and what a person is told of them."""

    params: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def asks(program: Program) -> bool:
    """Whether a step corrects by profile."""
    return any(isinstance(one.params, LensCorrectParams) and one.params.profile == "auto" for one in program.steps)


def lens_digests(program: Program, folder: Path | None) -> dict[str, str]:
    """What the result depends on beside files: other profiles correct otherwise."""
    digest = profiles_digest(folder) if asks(program) else ""
    return {"lens profiles": digest} if digest else {}


def known_lens(program: Program, header: Header, folder: Path | None) -> KnownLens:
    """What the file says of its own lens, else what the profiles of a folder say."""
    if not asks(program):
        return KnownLens()
    if header.settings is not None and header.settings.crop:
        return KnownLens(note="the lens was not corrected: its sidecar crops the picture before")
    if header.kind.decoder == "raw" and program.raw.preview:
        return KnownLens(note="the lens was not corrected: the camera's own picture was taken")
    if header.kind.format == "dng" and (told := corrections_of(header.blocks.exif)):
        return KnownLens(told)
    metadata, _ = read_metadata(header.blocks)
    found = find_corrections(read_profiles(folder), metadata.exif)
    if found is not None:
        return KnownLens(found.params)
    lens = metadata.exif.get("LensModel") or metadata.exif.get("Model") or "the lens"
    return KnownLens(note=f"the lens was not corrected: nothing is known of {lens}")
