"""A picture in, a picture out: one decode, all steps in memory, one encode."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from darkroom.domain.develop import DevelopSettings
from darkroom.errors import Error
from darkroom.imaging import codecs
from darkroom.imaging.colour import is_srgb
from darkroom.imaging.formats.adaptive import Search, adapt
from darkroom.imaging.formats.deep_zoom import deep_zoom
from darkroom.imaging.formats.encode import encode, works
from darkroom.imaging.formats.encoded import Encoded
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.formats.metadata.carry import Carry
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.targets import TARGETS
from darkroom.imaging.hashing import sha256
from darkroom.imaging.header import TOLERANCE, Header, check
from darkroom.imaging.limits import Limits
from darkroom.imaging.metadata import read_metadata
from darkroom.imaging.operations.base import Array, Context, Depth, Params, Raster, Region, Shape
from darkroom.imaging.operations.geometry_smart import focus_region
from darkroom.imaging.recipes.compile import Program, Scale
from darkroom.imaging.recipes.highlights import Source, attached, wants_map
from darkroom.imaging.recipes.lenses import known_lens, lens_digests
from darkroom.imaging.recipes.looking import Detector, digests_of, looked, wanted
from darkroom.imaging.recipes.steps import Stage, Stages, Trace, latest, run_steps
from darkroom.imaging.source import Data
from darkroom.imaging.words import Words

_MOVING = ("gif", "webp", "jxl", "avif")
# Where a picture does not show its noise clearly, these ask how sensitive the camera was.
_BY_ISO = frozenset({"denoise", "denoise_nonlocal", "denoise_chroma", "denoise_learned"})


@dataclass(frozen=True)
class Resources:
    """Pictures and files that steps refer to, read once for any number of runs."""

    pictures: Mapping[str, Raster] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    """sha256 of each, by reference."""
    raw: Mapping[str, bytes] = field(default_factory=dict)
    """Pictures that are still to be decoded, where that is safe: see `unpacked`."""
    detectors: tuple[Detector, ...] = ()
    """What looks at pictures before the steps do."""
    lenses: Path | None = None
    """Folder of profiles of lenses."""


@dataclass(frozen=True)
class Made:
    """What came out of a run."""

    encoded: Encoded
    raster: Raster
    find_address: Callable[[], str]
    trace: Trace
    notes: tuple[str, ...] = ()
    """What was changed or lost on the way, for people."""
    search: Search | None = None
    """How the quality was found, where the recipe asks for a likeness or a size."""

    @cached_property
    def address(self) -> str:
        """Equal addresses, equal bytes. Found when it is asked for: the hash of a large file costs as much as a step."""
        return self.find_address()


def read_resources(
    program: Program,
    folder: Path,
    limits: Limits | None = None,
    detectors: tuple[Detector, ...] = (),
    lenses: Path | None = None,
    *,
    tables: Mapping[str, bytes] | None = None,
) -> Resources:
    """Read what steps refer to from files; relative ones lie beside the recipe.

    Args:
        program: whose steps.
        folder: of the recipe.
        limits: guards of the decoder.
        detectors: what looks at pictures before the steps do.
        lenses: folder of profiles of lenses.
        tables: files that are there already, by their reference: those of filters.

    Raises:
        Error: `source_missing` naming step and file, or an `image_*` code.
    """
    pictures, files, digests = {}, {}, digests_of(program, detectors) | lens_digests(program, lenses)
    for kind, words in program.references():
        try:
            data = tables[words] if tables and words in tables else (folder / words).read_bytes()
        except OSError as error:
            raise Error(
                "source_missing",
                f"{program.recipe.name} needs {words}, which cannot be read: {error.strerror}.",
                remedy=f"Put it into {folder.resolve()}, or name its whole path.",
            ) from error
        digests[words] = hashlib.sha256(data).hexdigest()
        if kind == "picture":
            pictures[words] = to_raster(load(data, words, limits=limits).frames)
        else:
            files[words] = data
    return Resources(pictures, files, digests, detectors=detectors, lenses=lenses)


def unpacked(resources: Resources, limits: Limits | None = None) -> Resources:
    """Resources with every picture decoded.

    Raises:
        Error: an `image_*` code.
    """
    if not resources.raw:
        return resources
    found = {name: to_raster(load(data, name, limits=limits).frames) for name, data in resources.raw.items()}
    return replace(resources, pictures={**resources.pictures, **found}, raw={})


def to_raster(frames: Frames) -> Raster:
    """The first frame as operations want it."""
    return _raster(frames.pixels, frames.icc)


def _raster(pixels: Array, icc: bytes) -> Raster:
    if pixels.shape[2] == 2:  # grey with alpha
        pixels = np.concatenate([pixels[:, :, :1].repeat(3, axis=2), pixels[:, :, 1:]], axis=2)
        icc = b""
    return Raster(np.ascontiguousarray(pixels), b"" if is_srgb(icc) else icc)


def shape_of(header: Header) -> Shape:
    """What a file will be once it is decoded, as far as its header tells."""
    width, height = header.upright
    channels = {1: 1, 2: 4, 4: 4}.get(header.channels, 3)
    depth: Depth = "float32" if header.light else "uint8" if header.bit_depth <= 8 else "uint16"
    return Shape(width, height, channels, depth)


def developed_as(program: Program, header: Header) -> str:
    """What decides about the pixels of a RAW file beside its bytes; nothing where all is as usual."""
    if header.kind.decoder != "raw":
        return ""
    told = program.raw.model_dump_json(exclude_defaults=True, exclude={"sidecar"})
    settings = header.settings.model_dump_json(exclude_defaults=True) if header.settings else ""
    return f" raw {told} {settings}" if settings or told != "{}" else ""


def output_for(program: Program, header: Header) -> EncodeOptions:
    """How the result is written: as the recipe says, else as the source, else as PNG or JPEG."""
    if program.output:
        return program.output
    target = TARGETS.get(header.kind.format)
    if target and any(not one.on_request and works(one, target.name) for one in target.encoders):
        return EncodeOptions.checked(format=target.name)
    return EncodeOptions.checked(format="png" if header.channels in (2, 4) else "jpeg")


def run_recipe(
    program: Program,
    data: Data,
    name: str,
    *,
    resources: Resources | None = None,
    regions: tuple[Region, ...] | None = None,
    cache: Stages | None = None,
    limits: Limits | None = None,
    page: int | None = None,
    words: Words | None = None,
    settings: DevelopSettings | None = None,
) -> Made:
    """Run a program on the bytes of a picture.

    Args:
        program: a compiled recipe.
        data: the file.
        name: for messages.
        resources: what steps refer to.
        regions: what detectors found on the upright picture; None when nobody has looked.
        cache: pictures between steps of earlier runs.
        limits: guards of the decoder.
        page: the one that is wanted, counted from 0, of a file that has several; None makes what moves move.
        words: what the library says of the picture, for recipes that ask for it.
        settings: those of a RAW file's sidecar, and the place that must stay.

    Raises:
        Error: an `image_*` code, or that of a step, which it names.
    """
    detectors = resources.detectors if resources else ()
    settings = program.heeds(settings)
    header = program.raw.header(codecs.probe(data, name), settings.of_raw if settings else None)
    if regions is None:
        regions = looked(program, data, name, detectors, limits, page=page or 0, header=header)
    if regions is None:
        _refuse_unseen(program, name, detectors)
    regions = (*(regions or ()), *_focus(settings))
    output = output_for(program, header)
    scale = program.scale(shape_of(header)) if header.frames == 1 else Scale()
    context = _context(program, resources, regions, header)
    lens = known_lens(program, header, resources.lenses if resources else None)
    context = replace(context, lens=lens.params) if lens.params else context
    moving = output.format in _MOVING and header.frames > 1 and page is None and program.recipe.package == "none"
    if wants_map(program, header):
        cache = None  # a picture from the cache does not say where its pixels came from

    def addresses() -> list[str]:
        start = f"{sha256(data)} {scale.long_side} {moving}" + (f" page {page}" if page else "")
        start += developed_as(program, header)
        return program.addresses(start, context, resources.digests if resources else None)

    found = addresses() if cache else []
    known = None if moving else latest(program, found, cache)
    if known is None:
        # The decoder accepts a little less than it is asked for; here nothing may be missing.
        target = None if scale.long_side is None else int(scale.long_side / TOLERANCE) + 1
        options = LoadOptions(target, scale.reduced, page=page or 0, all_frames=moving, raw=program.raw)
        frames = load(data, name, options, limits=limits, header=header).frames
        # Pages differ in size; those of a file with several are decoded whole.
        factor = max(frames.width, frames.height) / max(header.width, header.height) if target else 1.0
        first = Stage(to_raster(frames), regions, factor, frames.sound)
    else:
        check(header, len(data), limits or Limits(), name)
        frames, first = None, known[0]
    begin = known[1] if known else 0
    stage, trace = run_steps(program, first, context, sizes=scale.sizes, addresses=found, cache=cache, begin=begin)
    picture = _moving(program, frames, stage, context, trace) if frames and frames.more else stage.raster
    words = words if program.recipe.words == "library" else None
    policy = Carry(header.blocks, program.recipe.metadata, words)
    encoded, search = _written(program, picture, output, policy)
    encoded, lost = attached(program, encoded, stage.raster, trace, Source(data, header, name))
    notes = (
        encoded.notes
        + lost
        + trace.notes
        + ((lens.note,) if lens.note else ())
        + (() if stage.sound else ("the file is damaged; what could be read was used",))
        + _flattened(header, frames)
    )

    def address() -> str:
        return program.result_address((found or addresses())[-1], output, words)

    return Made(encoded, stage.raster, address, trace, notes, search)


def _flattened(header: Header, frames: Frames | None) -> tuple[str, ...]:
    """What to say of a file whose decoder here gives fewer bits than it has: moving AVIF, and some rare TIFF."""
    shallow = frames is not None and frames.depth == 8 and header.bit_depth > 8
    return (f"{header.bit_depth} bits were read at 8",) if shallow else ()


def _written(
    program: Program, picture: Frames | Raster, output: EncodeOptions, policy: Carry
) -> tuple[Encoded, Search | None]:
    if program.recipe.package == "deep-zoom":
        return deep_zoom(picture, output), None
    if program.adaptive is None:
        return encode(picture, output, metadata=policy), None
    found = adapt(picture, program.adaptive, output, metadata=policy)
    return found.encoded, found.search


def _moving(program: Program, frames: Frames, stage: Stage, context: Context, trace: Trace) -> Frames:
    """All frames of an animation, of which the first is done."""
    others = tuple(_frame(program, one, frames, context, trace.pinned) for one in frames.more)
    return Frames(stage.raster.array, stage.raster.profile, others, frames.delays, frames.loop)


def _refuse_unseen(program: Program, name: str, detectors: tuple[Detector, ...]) -> None:
    """Hiding what nobody has looked for would hide nothing, and look as if it had."""
    unseen = wanted(program).unseen(detectors)
    if unseen:
        step = next(one for one in program.steps if one.operation.name == "hide_regions")
        raise Error(
            "operation_failed",
            f"{step}: nobody has looked for anything to hide on {name}; no detector here finds {', '.join(unseen)}.",
            remedy="Give `boxes`, or put a detector into the folder `detectors` (docs/recipes.md).",
        )


def preview(
    program: Program,
    data: Data,
    name: str,
    long_side: int,
    *,
    resources: Resources | None = None,
    regions: tuple[Region, ...] | None = None,
    cache: Stages | None = None,
    limits: Limits | None = None,
    settings: DevelopSettings | None = None,
) -> tuple[Raster, Trace]:
    """What a program makes of a picture, in small: fast enough to follow a slider.

    Args:
        program: a compiled recipe.
        data: the file.
        name: for messages.
        long_side: of the copy that it runs on, in pixels.
        resources: what steps refer to.
        regions: what detectors found on the upright picture; None lets those of the resources look.
        cache: keeps pictures between steps, so that a changed step costs only itself and what follows.
        limits: guards of the decoder.
        settings: those of a RAW file's sidecar, and the place that must stay.
    """
    from darkroom.imaging.operations.resample import scale as resample

    settings = program.heeds(settings)
    header = program.raw.header(codecs.probe(data, name), settings.of_raw if settings else None)
    factor = min(1.0, long_side / max(header.width, header.height))
    if regions is None:
        regions = looked(program, data, name, resources.detectors if resources else (), limits, header=header) or ()
    regions = (*regions, *_focus(settings))
    lens = known_lens(program, header, resources.lenses if resources else None)
    context = replace(_context(program, resources, regions, header), scale=factor, lens=lens.params)
    start = f"{sha256(data)} preview {long_side}{developed_as(program, header)}"
    addresses = program.addresses(start, context, resources.digests if resources else None)
    known = latest(program, addresses, cache)
    first = known[0] if known else cache.get(addresses[0]) if cache else None
    if first is None:
        options = LoadOptions(target=long_side, raw=program.raw)
        raster = to_raster(load(data, name, options, limits=limits, header=header).frames)
        width, height = header.upright
        small = resample(raster, max(1, round(width * factor)), max(1, round(height * factor)), "linear")
        first = Stage(small, regions, factor)
        if cache:
            cache.put(addresses[0], first, 0.0)
    begin = known[1] if known else 0
    stage, trace = run_steps(program, first, context, addresses=addresses, cache=cache, begin=begin)
    return stage.raster, trace


def _focus(settings: DevelopSettings | None) -> tuple[Region, ...]:
    """The place that somebody said must stay."""
    return (focus_region(settings.focus),) if settings and settings.focus else ()


def _context(program: Program, resources: Resources | None, regions: tuple[Region, ...], header: Header) -> Context:
    found = resources or Resources()
    iso = None
    if any(
        step.operation.name in _BY_ISO for step in program.steps
    ):  # reading metadata takes time that others need not spend
        iso = read_metadata(header.blocks)[1].iso
    return Context(
        seed=program.recipe.seed,
        iso=None if iso is None else round(iso),
        regions=regions,
        pictures=found.pictures,
        files=found.files,
    )


def _frame(program: Program, pixels: Array, frames: Frames, context: Context, pinned: Mapping[int, Params]) -> Array:
    """A further frame of an animation, with the decisions taken for the first."""
    stage, _ = run_steps(program, Stage(_raster(pixels, frames.icc), context.regions), context, pinned=pinned)
    return stage.raster.array
