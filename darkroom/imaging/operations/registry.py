"""Operations, each declared once: from the declaration come form, schema, reference page, lineage and contract test.

To add an operation, write it into a module of its family and name the module in `FAMILIES` below::

    class BrightenParams(Params):
        amount: float = Field(0.2, ge=-1, le=1)
        '''How much brighter; 0 changes nothing.'''

    @operation("brighten", category="light", aliases=("lighten",), identity={"amount": 0}, examples=({"amount": 0.5},))
    def brighten(image: Raster, params: BrightenParams) -> Raster:
        '''Make a picture brighter.'''                  # one sentence: the text that people see
        return image.with_colour(...)

- The function is pure: pixels in, pixels out; no files, no network, no global state, the input is never written to.
  A third argument `context: Context` is handed over when it is declared (seed, scale of a preview, regions that
  detectors found, other pictures and files behind a `PictureRef`, `FileRef` or `ModelRef` of the parameters).
- It must take every kind of picture: uint8, uint16, float32; 1, 3, 4 channels; sides from 1 pixel on.
- Where the result has another size, number of channels or depth: `@brighten.shape_of`, a function of shape and
  parameters alone, exact.
- Where pixels move: `@brighten.motion_of`, a 3 x 3 matrix in relative coordinates (`operations/motion.py`); boxes, points
  and masks follow from it.
- Where lines become curves: also `@brighten.bend_of`, a function of places; the motion then tells of the middle alone.
- Where a decision depends on the pixels (what to crop, which gain): `@brighten.pin_of` returns parameters in which the
  decision is written down; the function gets those. Shape and motion of pinned parameters are exact.
- Where each channel is only a function of itself: `@tone` instead of `@operation`; consecutive ones cost one table.
- Where something can be dragged on the picture itself (a box, a place, a direction): `handles`, see `operations/handles.py`.
- `version` grows when equal parameters give other pixels. Bad parameters are refused, never clamped.
- `examples` are run by the contract test (tests/unit/imaging/operations/test_contract.py); the first one is shown on
  the reference page. One is required unless all parameters have defaults that do something. `example_files` gives
  the bytes behind their file references; pictures are made up by the test.

Plug-ins name a module (or an operation, or a list of them) under the entry point `darkroom.operations`; their operations are
called `plugin/name`. A broken one is reported and skipped.
"""

from __future__ import annotations

import difflib
import importlib
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

from darkroom.errors import Error
from darkroom.imaging.operations.declare import Operation, operation, tone
from darkroom.imaging.plugins.shelf import Shelf
from darkroom.settings import Settings

if TYPE_CHECKING:
    from darkroom.imaging.plugins.process import PluginLane

__all__ = ["FAMILIES", "Broken", "Operation", "Registry", "operation", "operations", "tone"]

FAMILIES = (
    "geometry",
    "geometry_resize",
    "geometry_smart",
    "geometry_warp",
    "geometry_frame",
    "lens",
    "light",
    "light_local",
    "colour",
    "colour_hue",
    "colour_look",
    "denoise",
    "detail",
    "effects",
    "effects_looks",
    "effects_privacy",
    "compose",
    "compose_background",
    "compose_sheet",
    "hdr",
    "learned",
    "learned_find",
    "filters",
    "style",
)
"""Modules of `darkroom.imaging.operations` that declare operations, in the order in which they are shown."""
ENTRY_POINT = "darkroom.operations"
_LOCK = threading.Lock()
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Broken:
    """A plug-in that could not be used."""

    name: str
    cause: str


@dataclass
class Registry:
    """Operations by name."""

    broken: list[Broken] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)
    _found: dict[str, Operation[Any]] = field(default_factory=dict)

    def add(self, found: Operation[Any]) -> None:
        """Take in an operation.

        Raises:
            Error: `already_exists`.
        """
        if found.name in self._found:
            raise Error("already_exists", f"There are two operations called {found.name}.")
        self._found[found.name] = found

    def add_plugin(self, name: str, plugin: object) -> None:
        """Take in everything that a plug-in declares, or nothing and a line in `broken`."""
        try:
            declared = list(_declared(plugin))
            wrong = [one.name for one in declared if "/" not in one.name]
            if wrong or not declared:
                cause = f"{wrong[0]} must be called {name}/{wrong[0]}" if wrong else "it declares no operation"
                raise Error("invalid_parameter", f"The plug-in {name} cannot be used: {cause}.")
            for one in declared:
                if one.name in self._found:
                    raise Error("already_exists", f"There are two operations called {one.name}.")
            for one in declared:
                self.add(one)
        except Exception as error:  # noqa: BLE001 - a stranger's code must not take the platform down
            self.skip(name, error)

    def skip(self, name: str, error: BaseException) -> None:
        """Report a plug-in that cannot be used."""
        cause = error.cause if isinstance(error, Error) else f"{type(error).__name__}: {error}"
        _LOG.warning("The plug-in %s is skipped: %s", name, cause)
        self.broken.append(Broken(name, cause))

    def get(self, name: str) -> Operation[Any]:
        """An operation by its name.

        Raises:
            Error: `not_found`, with the names that are close.
        """
        if name in self._found:
            return self._found[name]
        by_alias = {alias: one.name for one in self for alias in one.aliases}
        near = [by_alias[name]] if name in by_alias else []
        near += difflib.get_close_matches(name, self._found, n=3, cutoff=0.6)
        near += [by_alias[one] for one in difflib.get_close_matches(name, by_alias, n=2, cutoff=0.75)]
        if (plugin := name.partition("/")[0]) in self.disabled:
            remedy = f"`darkroom plugin enable {plugin}` switches it on again."
            raise Error("not_found", f"{name} comes with the plug-in {plugin}, which is switched off.", remedy=remedy)
        hint = f"Did you mean {' or '.join(dict.fromkeys(near))}? " if near else ""
        remedy = f"{hint}`darkroom operations` lists all of them."
        raise Error("not_found", f"There is no operation called {name}.", remedy=remedy)

    def __iter__(self) -> Iterator[Operation[Any]]:
        return iter(self._found.values())

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __len__(self) -> int:
        return len(self._found)


def _declared(holder: object) -> Iterable[Operation[Any]]:
    if isinstance(holder, Operation):
        return [holder]
    if isinstance(holder, ModuleType):
        return [one for one in vars(holder).values() if isinstance(one, Operation)]
    if callable(holder):
        return _declared(holder())
    if isinstance(holder, Mapping):
        return _declared(list(holder.values()))
    if isinstance(holder, Iterable):
        found = list(holder)
        if all(isinstance(one, Operation) for one in found):
            return found
    raise Error("invalid_parameter", f"{holder!r} is neither a module nor an operation nor a list of them.")


@dataclass
class _Known:
    """What was loaded, and what the folder of plug-ins said then."""

    shelf: Shelf
    in_process: bool
    stamp: int
    registry: Registry
    lanes: list[PluginLane]


_READY: list[_Known] = []


def operations() -> Registry:
    """All operations of this process: ours, then those of plug-ins; loaded anew once a plug-in comes or goes."""
    with _LOCK:
        if not _READY:
            settings = Settings.load()
            _READY.append(_loaded(Shelf(settings.plugins), settings.plugins_in_process))
        elif _READY[0].shelf.stamp() != _READY[0].stamp:
            before = _READY[0]
            _READY[0] = _loaded(before.shelf, before.in_process)
            for lane in before.lanes:
                lane.retire()
        return _READY[0].registry


def forget() -> None:
    """Load everything anew when it is needed next, by the settings of then."""
    with _LOCK:
        for known in _READY:
            for lane in known.lanes:
                lane.retire()
        _READY.clear()


def _loaded(shelf: Shelf, in_process: bool) -> _Known:
    stamp = shelf.stamp()
    found = _load()
    lanes = load_installed(found, shelf)
    if in_process:
        load_plugins(found)
    return _Known(shelf, in_process, stamp, found, lanes)


def load_installed(into: Registry, shelf: Shelf) -> list[PluginLane]:
    """Take in the operations of installed plug-ins, each done by processes of its own; returns what does them."""
    from darkroom.imaging.plugins.process import PluginLane
    from darkroom.imaging.plugins.remote import declared
    from darkroom.imaging.plugins.shelf import needs

    lanes = []
    for name in shelf.names():
        if not shelf.enabled(name):
            into.disabled.append(name)
            continue
        try:
            one = shelf.get(name)
            if lacking := [asked for asked in needs(one.manifest) if asked not in one.granted]:
                raise Error(
                    "forbidden", f"It needs {', '.join(lacking)} here, which was not granted; install it again."
                )
            lane = PluginLane(shelf.place(name), one.manifest)
            into.add_plugin(name, list(declared(one.manifest, lane)))
        except Exception as error:  # noqa: BLE001 - a stranger's folder must not take the platform down
            into.skip(name, error)
        else:
            lanes.append(lane)
    return lanes


def _load() -> Registry:
    found = Registry()
    for family in FAMILIES:
        module = importlib.import_module(f"darkroom.imaging.operations.{family}")
        for one in _declared(module):
            if one.module == module.__name__:  # what a family imports from another is declared there
                found.add(one)
    return found


def load_plugins(into: Registry) -> None:
    """Take in what packages of this Python declare, for who writes them; a broken one is reported and skipped."""
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINT):
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code must not take the platform down
            into.skip(entry.name, error)
        else:
            into.add_plugin(entry.name, plugin)
