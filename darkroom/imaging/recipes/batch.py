"""One recipe on many files, on all cores: a bad picture never stops the rest, and nothing is overwritten unasked."""

from __future__ import annotations

import os
import queue
import string
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from darkroom.domain.develop import DevelopSettings
from darkroom.errors import Error
from darkroom.imaging import codecs
from darkroom.imaging.formats.deep_zoom import EXTENSION
from darkroom.imaging.formats.targets import TARGETS
from darkroom.imaging.header import Header
from darkroom.imaging.limits import Limits
from darkroom.imaging.operations.base import Shape
from darkroom.imaging.recipes.compile import Program
from darkroom.imaging.recipes.lane import RecipeLane, RecipeTask
from darkroom.imaging.recipes.run import Resources, output_for, shape_of
from darkroom.imaging.sniff import sniff
from darkroom.imaging.source import Data, opened

_HEAD = 65_536
_NAME_FIELDS = ("stem", "recipe", "number", "width", "height", "page")


@dataclass(frozen=True)
class Item:
    """A file and where its result belongs."""

    source: Path
    folder: Path
    """Where the result goes."""
    number: int
    """Its place in the list, counted from 1."""


@dataclass(frozen=True)
class Outcome:
    """What became of a file."""

    item: Item
    state: Literal["done", "skipped", "failed", "planned"]
    target: Path | None = None
    error: Error | None = None
    seconds: float = 0.0
    bytes_in: int = 0
    bytes_out: int = 0
    before: Shape | None = None
    after: Shape | None = None
    """None where only the pixels tell."""
    notes: tuple[str, ...] = ()
    page: int | None = None
    """Of a file with several, counted from 1."""


@dataclass(frozen=True)
class Plan:
    """How a batch is to run."""

    program: Program
    resources: Resources
    limits: Limits
    template: str = "{stem}"
    """Name of a result without its ending; fields are stem, recipe, number, width, height and page."""
    force: bool = False
    """Replace what is there."""
    dry: bool = False
    """Read headers, tell what would happen, write nothing."""
    settings_of: Callable[[Path], DevelopSettings | None] = lambda _path: None
    """How a sidecar beside a RAW file wants it to be developed."""


def list_items(inputs: Sequence[Path], out: Path) -> list[Item]:
    """Files as named, and the pictures in folders, whose folders are kept; hidden files and the results are left out.

    Raises:
        Error: `source_missing`.
    """
    found: list[tuple[Path, Path]] = []
    for path in inputs:
        if path.is_dir():
            files = (one for one in sorted(path.rglob("*")) if one.is_file() and _is_picture(one, path))
            found += [(one, out / one.parent.relative_to(path)) for one in files if not one.is_relative_to(out)]
        elif path.exists():
            found.append((path, out))
        else:
            raise Error("source_missing", f"There is no file {path}.", remedy="Check the path.")
    return [Item(source, folder, number) for number, (source, folder) in enumerate(found, 1)]


def _is_picture(path: Path, root: Path) -> bool:
    """By its first bytes: an ending says little."""
    if any(part.startswith(".") for part in path.relative_to(root).parts):
        return False
    try:
        with path.open("rb") as file:
            sniff(file.read(_HEAD), path.name)
    except (Error, OSError):
        return False
    return True


class _Names:
    """Gives every result its own place."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._taken: dict[Path, Path] = {}
        self._lock = threading.Lock()

    def place(self, item: Item, extension: str, shape: Shape, page: int | None = None) -> Path:
        """The path of a result.

        Raises:
            Error: `already_exists` where that may not be replaced.
        """
        template = self._plan.template
        if page is not None and "{page" not in template:
            template += "-{page}"
        name = template.format(
            stem=item.source.stem,
            recipe=self._plan.program.recipe.name,
            number=item.number,
            width=shape.width,
            height=shape.height,
            page=page or 1,
        )
        path = item.folder / f"{name}{extension}"
        with self._lock:
            if path in self._taken and self._taken[path] != item.source:
                # Two sources of one name, as a.jpg and a.png: the second one shows where it is from.
                path = item.folder / f"{name}-{item.source.suffix[1:].lower() or item.number}{extension}"
            if path in self._taken and self._taken[path] != item.source:
                path = item.folder / f"{name}-{item.number}{extension}"
            self._taken[path] = item.source
        if path.exists() and path.samefile(item.source):
            raise Error("conflict", f"{path} is the source itself.", remedy="Choose another folder with --out.")
        if path.exists() and not self._plan.force:
            raise Error("already_exists", f"{path} is there already.", remedy="Replace it with --force.")
        return path


def check_template(template: str) -> None:
    """Refuse a template for names that could not be filled in.

    Raises:
        Error: `invalid_parameter`.
    """
    try:
        used = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
        if not used <= set(_NAME_FIELDS):
            raise ValueError(template)
        name = template.format(**{**dict.fromkeys(_NAME_FIELDS, 1), "stem": "a", "recipe": "b"})
    except ValueError as error:
        fields = ", ".join(f"{{{one}}}" for one in _NAME_FIELDS)
        raise Error(
            "invalid_parameter", f"The name {template} cannot be used.", remedy=f"Fields are {fields}."
        ) from error
    if not name or "/" in name or name.startswith("."):
        raise Error("invalid_parameter", f"The name {template} is no file name.", remedy="Leave out folders and dots.")


def run_batch(
    plan: Plan, items: Iterable[Item], *, workers: int, memory_mb: int, timeout: float = 300.0
) -> Iterator[Outcome]:
    """Outcomes as they are ready, in no order.

    Args:
        plan: what to do.
        items: files; the next one is taken only when a worker is free.
        workers: files in work at the same time.
        memory_mb: memory that they may need together, as their headers predict; a larger one runs alone.
        timeout: seconds that a picture may take which is worked on in a process of its own.
    """
    waiting = iter(items)
    taking, stopped = threading.Lock(), threading.Event()
    ready: queue.Queue[Outcome | None] = queue.Queue()
    lane, names = RecipeLane(plan.limits, memory_mb=memory_mb, timeout=timeout), _Names(plan)

    def work() -> None:
        while not stopped.is_set():
            with taking:
                item = next(waiting, None)
            if item is None:
                break
            for outcome in _each(plan, item, lane, names):
                ready.put(outcome)
        ready.put(None)

    threads = [threading.Thread(target=work, name=f"apply-{number}", daemon=True) for number in range(workers)]
    for thread in threads:
        thread.start()
    try:
        left = len(threads)
        while left:
            found = ready.get()
            if found is None:
                left -= 1
            else:
                yield found
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
        lane.close()


def _each(plan: Plan, item: Item, lane: RecipeLane, names: _Names) -> Iterator[Outcome]:
    """One outcome, or one for each page where the recipe makes pictures of all of them."""
    if plan.program.recipe.package != "pages":
        yield _guarded(item, lambda: _plain(plan, item, lane, names))
        return
    counted: list[Header] = []

    def count() -> Outcome:
        counted.append(lane.header(_read(item.source, plan.limits), item.source.name))
        return Outcome(item, "planned")

    failed = _guarded(item, count)
    if not counted:
        yield failed
        return
    (header,) = counted
    several = header.frames > 1
    for page in range(header.frames):
        made = _guarded(item, partial(_page, plan, item, lane, names, header=header, page=page))
        yield replace(made, page=page + 1 if several else None)


def _page(plan: Plan, item: Item, lane: RecipeLane, names: _Names, *, header: Header, page: int) -> Outcome:
    """A picture of one page; its size shows once it is read."""
    several = page + 1 if header.frames > 1 else None
    extension = TARGETS[output_for(plan.program, header).format].extension
    size = item.source.stat().st_size
    before = shape_of(header)
    if plan.dry:
        return Outcome(item, "planned", names.place(item, extension, before, several), bytes_in=size, before=before)
    task = RecipeTask(item.source.name, item.source, plan.program.recipe, plan.resources, None, page=page)
    made = lane.isolated(task, size)
    target = names.place(item, made.extension, made.shape, several)
    _write(target, made.data, force=plan.force)
    return Outcome(item, "done", target, None, 0.0, size, len(made.data), before, made.shape, made.notes)


def _guarded(item: Item, work: Callable[[], Outcome]) -> Outcome:
    begun = time.perf_counter()
    try:
        found = work()
    except Error as error:
        state: Literal["skipped", "failed"] = "skipped" if error.code == "already_exists" else "failed"
        found = Outcome(item, state, error=error)
    except MemoryError:
        found = Outcome(item, "failed", error=Error("image_out_of_memory", f"{item.source} needs more than is free."))
    except Exception as error:  # noqa: BLE001 - one picture must never stop the others
        words = f"{item.source.name} broke its decoder: {type(error).__name__}: {error}."
        found = Outcome(item, "failed", error=Error("image_corrupt", words))
    return Outcome(**{**vars(found), "seconds": time.perf_counter() - begun})


def _plain(plan: Plan, item: Item, lane: RecipeLane, names: _Names) -> Outcome:
    data = _read(item.source, plan.limits)
    header = lane.header(data, item.source.name)
    settings = plan.settings_of(item.source) if header.kind.decoder == "raw" else None
    before = shape_of(plan.program.raw.header(header, settings))
    after = plan.program.shape(before)
    # Which of several formats is smallest, only the pixels tell.
    open_format = plan.program.adaptive is not None and len(plan.program.adaptive.formats) > 1
    tiles = plan.program.recipe.package == "deep-zoom"
    extension = EXTENSION if tiles else TARGETS[output_for(plan.program, header).format].extension
    target = None if open_format and not plan.dry else names.place(item, extension, after or before)
    if plan.dry:
        return Outcome(item, "planned", target, bytes_in=len(data), before=before, after=after)
    made = lane.render(plan.program, data, item.source.name, plan.resources, header, settings=settings)
    target = target or names.place(item, made.extension, made.shape)
    _write(target, made.data, force=plan.force)
    notes = made.notes + ((made.search.reason,) if made.search else ())
    return Outcome(item, "done", target, None, 0.0, len(data), len(made.data), before, made.shape, notes)


def _read(path: Path, limits: Limits) -> Data:
    with opened(path, path.name, limits) as source:
        return codecs.contents(source, limits)


def _claim(part: Path, path: Path) -> None:
    """Give a file its name unless the name is taken, also by somebody who wrote in the meantime."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, as on memory cards
        if path.exists():
            raise FileExistsError(path) from None
        part.replace(path)


def _write(path: Path, data: bytes, *, force: bool) -> None:
    """The file appears whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        if force:
            part.replace(path)
        else:
            _claim(part, path)
    except FileExistsError as error:
        raise Error("already_exists", f"{path} is there already.", remedy="Replace it with --force.") from error
    except OSError as error:
        code = "storage_full" if error.errno == 28 else "storage_io"
        raise Error(
            code, f"{path} cannot be written: {error.strerror}.", remedy="Check the folder of --out."
        ) from error
    finally:
        part.unlink(missing_ok=True)
