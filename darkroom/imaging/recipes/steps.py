"""Runs the steps of a program on one picture in memory, beginning after the last step that is already known."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from darkroom.errors import Error
from darkroom.imaging.operations import tones
from darkroom.imaging.operations.base import Context, Motion, Params, Raster, Region
from darkroom.imaging.operations.motion import STAY
from darkroom.imaging.recipes.compile import Bound, Program, at_scale


@dataclass(frozen=True)
class Stage:
    """A picture between two steps."""

    raster: Raster
    regions: tuple[Region, ...] = ()
    """What detectors found, moved along with the pixels."""
    factor: float = 1.0
    """Size at which the source was decoded, relative to the whole picture."""
    sound: bool = True
    """False where the file is damaged and only a part could be read."""
    notes: tuple[str, ...] = ()
    """Steps that left the picture as it was, and why."""


class Stages(Protocol):
    """Where pictures between steps are kept for another run."""

    def get(self, address: str) -> Stage | None:
        """The picture at an address, if it is still there."""
        ...

    def put(self, address: str, stage: Stage, seconds: float) -> bool:
        """Offer a picture that took so long to make; returns whether it was taken."""
        ...


class StageCache:
    """Pictures between steps by address, the ones used last, up to a number of bytes. Safe for threads."""

    def __init__(self, max_bytes: int) -> None:
        self._most = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, Stage] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, address: str) -> Stage | None:
        """The picture at an address, if it is still there."""
        with self._lock:
            found = self._kept.get(address)
            if found is not None:
                self._kept.move_to_end(address)
            return found

    def put(self, address: str, stage: Stage, seconds: float = 0.0) -> bool:
        """Keep a picture; what was not used for longest goes."""
        size = stage.raster.array.nbytes
        with self._lock:
            if address in self._kept or size > self._most:
                return False
            self._kept[address] = stage
            self._bytes += size
            while self._bytes > self._most:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= gone.raster.array.nbytes
            return True


@dataclass
class Trace:
    """What happened in a run."""

    pinned: dict[int, Params] = field(default_factory=dict)
    """Decisions that were taken, by the place of the step."""
    seconds: dict[int, float] = field(default_factory=dict)
    """Time of each group that ran, by the place of its first step."""
    reused: int = 0
    """Steps that were not run because their result was there."""
    notes: tuple[str, ...] = ()
    """Steps that left the picture as it was, and why; also those of an earlier run."""
    motion: Motion = field(default_factory=STAY.copy)
    """Where the pixels of the start went, in relative places."""


def run_steps(
    program: Program,
    start: Stage,
    context: Context,
    *,
    sizes: Mapping[int, tuple[int, int]] | None = None,
    addresses: Sequence[str] = (),
    cache: Stages | None = None,
    begin: int = 0,
    pinned: Mapping[int, Params] | None = None,
) -> tuple[Stage, Trace]:
    """The picture after all steps.

    Args:
        program: what to do.
        start: the picture as it was decoded, or after `begin` steps.
        context: what operations know besides parameters; its regions are those of the start.
        sizes: sizes that resizes have to reach, by place: they make up for a source that was decoded smaller.
        addresses: of the picture before the first step and after each.
        cache: where pictures between steps are kept.
        begin: steps that `start` has behind it, see `latest`.
        pinned: decisions taken before (for the other frames of an animation).

    Raises:
        Error: of an operation, with the step named in it.
    """
    trace = Trace()
    stage, trace.reused, unkept = start, begin, 0.0
    resized = begin > max(sizes or {}, default=-1) if sizes else False
    for first, end in program.groups:
        if first < begin:
            continue
        since = time.perf_counter()
        now = 1.0 if sizes and resized else stage.factor
        bound = [at_scale(program.steps[at], now, (sizes or {}).get(at)) for at in range(first, end)]
        iso = _sensitivity(context.iso, start, stage)
        same = iso == context.iso and stage.regions == context.regions
        around = context if same else replace(context, regions=stage.regions, iso=iso)
        stage = _group(bound, first, stage, around, trace=trace, pinned=pinned or {})
        resized = resized or any(at in (sizes or {}) for at in range(first, end))
        trace.seconds[first] = time.perf_counter() - since
        unkept += trace.seconds[first]
        if cache and addresses and cache.put(addresses[end], stage, unkept):
            unkept = 0.0
    trace.notes = stage.notes
    return stage, trace


def _sensitivity(iso: int | None, start: Stage, stage: Stage) -> int | None:
    """The ISO at which a camera with pixels of this size would have as much noise: what was averaged has less.

    A crop is taken for a reduction, which leaves rather too much noise than takes too much detail.
    """
    if iso is None:
        return None
    now, first = stage.raster.shape, start.raster.shape
    share = now.width * now.height / (first.width * first.height) * start.factor**2
    return max(1, round(iso * min(1.0, share)))


def latest(program: Program, addresses: Sequence[str], cache: Stages | None) -> tuple[Stage, int] | None:
    """The latest picture that is there already, and how many steps it has behind it."""
    if cache and addresses:
        for _, end in reversed(program.groups):
            found = cache.get(addresses[end])
            if found is not None:
                return found, end
    return None


def _group(
    bound: Sequence[Bound], first: int, stage: Stage, context: Context, *, trace: Trace, pinned: Mapping[int, Params]
) -> Stage:
    step = bound[0]
    try:
        params, left = (
            (pinned[first], "") if first in pinned else step.operation.decide(stage.raster, step.params, context)
        )
        if step.operation.pins:
            trace.pinned[first] = params
        if left:
            stage = replace(stage, notes=(*stage.notes, f"{step} {left}"))
        if len(bound) > 1:
            curves = [one.operation.tone(params if one is step else one.params) for one in bound]
            return replace(stage, raster=tones.apply(stage.raster, [one for one in curves if one]))
        made = step.operation.run(stage.raster, params, context)
    except Error as error:
        cause = f"{step}: {error.cause}"
        raise Error(error.code, cause, remedy=error.remedy, **{**error.context, "step": step.number}) from error
    except MemoryError as error:
        raise Error("image_out_of_memory", f"{step} needs more memory than is free.") from error
    except Exception as error:  # what a library or a plug-in raises costs this picture only
        words = " ".join(str(error).split())[:300]
        raise Error("operation_failed", f"{step} broke: {type(error).__name__}: {words}.") from error
    regions = stage.regions
    if step.operation.moves:
        motion = step.operation.motion(stage.raster.shape, params)
        regions = step.operation.move_regions(regions, stage.raster.shape, params) if regions else regions
        trace.motion = motion @ trace.motion
    return Stage(made, regions, stage.factor, stage.sound, stage.notes)
