"""What a recipe makes beside a single picture: one of each page, or tiles for viewers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from darkroom.domain.develop import DevelopSettings
from darkroom.errors import Error
from darkroom.imaging import codecs, vips
from darkroom.imaging.formats.adaptive import Search
from darkroom.imaging.formats.deep_zoom import EXTENSION, MEDIA_TYPE, cut, packed
from darkroom.imaging.formats.encoded import Encoded
from darkroom.imaging.header import Header, check
from darkroom.imaging.limits import Limits
from darkroom.imaging.operations.base import Shape
from darkroom.imaging.recipes.compile import Program
from darkroom.imaging.recipes.kept import DiskStages
from darkroom.imaging.recipes.run import Made, Resources, output_for, run_recipe
from darkroom.imaging.source import Data
from darkroom.imaging.words import Words


@dataclass(frozen=True)
class Rendered:
    """A result, without the pixels that it was written from."""

    data: bytes
    format: str
    media_type: str
    extension: str
    shape: Shape
    encoder: str
    quality: int | None
    notes: tuple[str, ...]
    search: Search | None
    reused: int
    """Steps that an earlier run had done."""

    @classmethod
    def of(cls, made: Made) -> Rendered:
        """What is told of a run."""
        file = made.encoded
        return cls(
            file.data, file.format, file.media_type, file.extension, made.raster.shape, file.encoder, file.quality,
            made.notes, made.search, made.trace.reused,
        )  # fmt: skip

    @classmethod
    def cut(cls, file: Encoded) -> Rendered:
        """What is told of tiles that were cut while the picture was read."""
        shape = Shape(file.width, file.height, file.channels, "uint8")
        return cls(
            file.data, file.format, file.media_type, file.extension, shape, file.encoder, file.quality, file.notes,
            None, 0,
        )  # fmt: skip


def cuts_while_reading(program: Program, header: Header) -> bool:
    """Whether tiles are cut from regions as they come, so that the whole picture is never in memory."""
    return program.recipe.package == "deep-zoom" and not program.steps and header.streams and header.orientation == 1


def run_packaged(
    program: Program,
    data: Data,
    name: str,
    *,
    resources: Resources | None = None,
    cache: DiskStages | None = None,
    limits: Limits | None = None,
    page: int | None = None,
    words: Words | None = None,
    settings: DevelopSettings | None = None,
) -> Rendered:
    """As `run_recipe`, in the package that the recipe asks for: all pages in a ZIP unless one is named, or tiles.

    Raises:
        Error: as `run_recipe`.
    """
    header = codecs.probe(data, name)
    if cuts_while_reading(program, header):
        check(header, len(data), limits or Limits(), name)
        return Rendered.cut(_tiles(program, data, header, name))
    run = partial(
        run_recipe, program, data, name, resources=resources, cache=cache, limits=limits, words=words, settings=settings
    )
    if program.recipe.package != "pages" or page is not None:
        return Rendered.of(run(page=page))
    pages = [run(page=number) for number in range(header.frames)]
    files = ((f"page-{number:04d}{one.encoded.extension}", one.encoded.data) for number, one in enumerate(pages, 1))
    notes = tuple(dict.fromkeys(note for one in pages for note in one.notes))
    return replace(
        Rendered.of(pages[0]), data=packed(files), media_type=MEDIA_TYPE, extension=EXTENSION, notes=notes, search=None
    )


def _tiles(program: Program, data: Data, header: Header, name: str) -> Encoded:
    try:
        return cut(vips.shown(data, header, name), output_for(program, header))
    except Error as error:
        raise (
            error if error.code != "encode_failed" else vips.mapped(error, name, data, header.kind.format)
        ) from error
