"""Runs a recipe on one picture where a crash costs nothing more than that picture.

Common pictures run in this process, all others in decoder processes that can be stopped and may die: see decision 7.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkroom.domain.develop import DevelopSettings
from darkroom.domain.quality_curve import QualityCurve
from darkroom.imaging import codecs
from darkroom.imaging.formats.curve import quality_curve
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.header import Header
from darkroom.imaging.ingest import inspect
from darkroom.imaging.isolated import IsolatedLane
from darkroom.imaging.limits import Limits
from darkroom.imaging.memory import MemoryGate
from darkroom.imaging.recipes.compile import Program, compile_recipe
from darkroom.imaging.recipes.kept import DiskStages
from darkroom.imaging.recipes.model import Recipe
from darkroom.imaging.recipes.package import Rendered, cuts_while_reading, run_packaged
from darkroom.imaging.recipes.predict import predicted_mb
from darkroom.imaging.recipes.run import Made, Resources, preview, unpacked
from darkroom.imaging.recipes.steps import StageCache
from darkroom.imaging.source import Data
from darkroom.imaging.words import Words
from darkroom.imaging.worker import Desk, Setup

_PREVIEW_STAGES = StageCache(192_000_000)
_REMEMBERED_SIDE = 2048  # larger copies would push everything else out of it
_MOST_PROGRAMS = 32
_programs: OrderedDict[str, Program] = OrderedDict()


@dataclass(frozen=True)
class RecipeTask:
    """A recipe to be run in a decoder process."""

    name: str
    data: Data | Path
    recipe: Recipe
    resources: Resources
    stages: DiskStages | None
    seconds: float | None = None
    page: int | None = None
    """Only that page, counted from 0, whatever package the recipe asks for."""
    words: Words | None = None
    """What the library says of the picture."""
    settings: DevelopSettings | None = None
    """How a RAW file's sidecar wants it to be developed."""

    def run(self, desk: Desk) -> Rendered:
        """Run it."""
        data = desk.read(self.data, self.name) if isinstance(self.data, Path) else self.data
        program = compiled(self.recipe)
        header = inspect(data, name=self.name, limits=desk.limits)
        alone = cuts_while_reading(program, header)
        desk.admit(header.memory_mb if alone else predicted_mb(program, header))
        return run_packaged(
            program, data, self.name, resources=unpacked(self.resources, desk.limits), cache=self.stages,
            limits=desk.limits, page=self.page, words=self.words, settings=self.settings,
        )  # fmt: skip


@dataclass(frozen=True)
class HeaderTask:
    """A header to be read in a decoder process."""

    name: str
    data: Data
    seconds: float | None = None

    def run(self, desk: Desk) -> Header:
        """Read it."""
        return inspect(self.data, name=self.name, limits=desk.limits)


@dataclass(frozen=True)
class PreviewTask:
    """A recipe to be tried on a small copy; the process remembers the pictures between the steps."""

    name: str
    data: Data | Path
    recipe: Recipe
    resources: Resources
    long_side: int
    output: EncodeOptions
    seconds: float | None = None
    settings: DevelopSettings | None = None
    """How a RAW file's sidecar wants it to be developed."""

    def run(self, desk: Desk) -> Rendered:
        """Try it."""
        data = desk.read(self.data, self.name) if isinstance(self.data, Path) else self.data
        desk.admit(inspect(data, name=self.name, limits=desk.limits).memory_mb)
        raster, trace = preview(
            compiled(self.recipe), data, self.name, self.long_side, resources=unpacked(self.resources, desk.limits),
            cache=_PREVIEW_STAGES if self.long_side <= _REMEMBERED_SIDE else None, limits=desk.limits,
            settings=self.settings,
        )  # fmt: skip
        return Rendered.of(Made(encode(raster, self.output), raster, str, trace, trace.notes))


@dataclass(frozen=True)
class CurveTask:
    """The curve of a format for what a recipe makes of a picture."""

    name: str
    data: Data | Path
    recipe: Recipe
    resources: Resources
    output: EncodeOptions
    qualities: tuple[int, ...]
    seconds: float | None = None
    settings: DevelopSettings | None = None
    """How a RAW file's sidecar wants it to be developed."""

    def run(self, desk: Desk) -> QualityCurve:
        """Measure it."""
        data = desk.read(self.data, self.name) if isinstance(self.data, Path) else self.data
        program = compiled(self.recipe)
        header = inspect(data, name=self.name, limits=desk.limits)
        desk.admit(predicted_mb(program, header))
        long_side = max(header.width, header.height)
        raster, _ = preview(
            program, data, self.name, long_side, resources=unpacked(self.resources, desk.limits), limits=desk.limits,
            settings=self.settings,
        )  # fmt: skip
        return quality_curve(Frames(raster.array, raster.profile), self.output, self.qualities)


def compiled(recipe: Recipe) -> Program:
    """The program of a recipe, made once in a process."""
    key = recipe.model_dump_json()
    found = _programs.get(key)
    if found is None:
        found = _programs[key] = compile_recipe(recipe)
        while len(_programs) > _MOST_PROGRAMS:
            _programs.popitem(last=False)
    return found


class RecipeLane:
    """Where recipes run.

    Args:
        limits: guards of the decoders.
        memory_mb: memory that all pictures in work may need together.
        timeout: seconds that a picture may take in a decoder process.
        gate: admits by memory; shared by all who use the lane.
        stages: keeps pictures between steps from one run to the next.
        isolate_all: run everything in decoder processes: where this process must not die.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        memory_mb: int,
        timeout: float,
        gate: MemoryGate | None = None,
        stages: DiskStages | None = None,
        isolate_all: bool = False,
    ) -> None:
        self.limits = limits
        self.stages = stages
        self._isolate_all = isolate_all
        self._gate = gate or MemoryGate(memory_mb)
        self._isolated = IsolatedLane(Setup(limits, None, memory_mb), timeout=timeout, gate=self._gate)

    def header(self, data: Data, name: str) -> Header:
        """What the header says, once it has passed the guards; read in a decoder process unless that is safe here.

        Raises:
            Error: an `image_*` code.
        """
        if self._isolate_all or not codecs.is_quick(data, name):
            found: Header = self._isolated.do(HeaderTask(name, data), len(data))
            return found
        return inspect(data, name=name, limits=self.limits)

    def render(
        self, program: Program, data: Data, name: str, resources: Resources, header: Header | None = None,
        *, words: Words | None = None, settings: DevelopSettings | None = None,
    ) -> Rendered:  # fmt: skip
        """Run a recipe on the bytes of a picture.

        Args:
            header: what `header` said, if it was asked.
            words: what the library says of the picture.
            settings: how a RAW file's sidecar wants it to be developed.

        Raises:
            Error: an `image_*` code, `decoder_crashed` and `image_timeout` among them, or that of a step.
        """
        if header is None and not self._isolate_all and codecs.is_quick(data, name):
            header = inspect(data, name=name, limits=self.limits)
        if header is None or not header.quick or self._isolate_all or resources.raw:
            task = RecipeTask(name, data, program.recipe, resources, self.stages, words=words, settings=settings)
            return self.isolated(task, len(data))
        with self._gate.admit(predicted_mb(program, header)):
            return run_packaged(
                program, data, name, resources=resources, cache=self.stages, limits=self.limits, words=words
            )

    def isolated(self, task: RecipeTask | PreviewTask, size: int) -> Rendered:
        """Have a task done by a decoder process."""
        found: Any = self._isolated.do(task, size)
        made: Rendered = found
        return made

    def curve(self, task: CurveTask, size: int) -> QualityCurve:
        """Have a curve measured by a decoder process."""
        found: QualityCurve = self._isolated.do(task, size)
        return found

    def close(self) -> None:
        """End the decoder processes."""
        self._isolated.close()
