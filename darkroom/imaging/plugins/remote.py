"""Operations of plug-ins as recipes know them: declared by the manifest, done by processes of the plug-in's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from darkroom.imaging.operations.base import Context, Params, Raster, Shape
from darkroom.imaging.operations.declare import Operation
from darkroom.imaging.operations.motion import STAY
from darkroom.imaging.plugins.manifest import Manifest, PluginOperation
from darkroom.imaging.plugins.process import PluginLane


def declared(manifest: Manifest, lane: PluginLane) -> Iterator[Operation[Any]]:
    """Every operation of a plug-in.

    Args:
        manifest: says what there is.
        lane: does it.
    """
    for name, about in manifest.operations.items():
        yield _operation(manifest.name, name, about, lane)


def _operation(plugin: str, name: str, about: PluginOperation, lane: PluginLane) -> Operation[Any]:
    kinds = {key: one.type for key, one in about.parameters.items()}

    def run(image: Raster, params: Params, context: Context) -> Raster:
        given = params.model_dump()
        wanted = [given[key] for key, kind in kinds.items() if kind == "picture" and given[key]]
        seen = replace(context, pictures={one: context.picture(one) for one in wanted})
        return image.of(lane.paint(name, image, given, seen))

    run.__doc__ = about.summary
    run.__module__ = f"plugin.{plugin}"
    examples = () if all(one.default is not None for one in about.parameters.values()) else (_example(about),)
    made: Operation[Any] = Operation(
        run, about.params(name), name=f"{plugin}/{name}", version=about.version, category=about.category,
        aliases=about.aliases, examples=examples, at_reduced_size=about.at_reduced_size, seeded=about.seeded,
    )  # fmt: skip
    if about.scale > 1:
        made.shape_of(_enlarged(about.scale))
        made.motion_of(lambda shape, params: STAY)
    return made


def _enlarged(factor: int) -> Any:
    def shape_of(shape: Shape, params: Params) -> Shape:
        return shape.sized(shape.width * factor, shape.height * factor)

    return shape_of


def _example(about: PluginOperation) -> dict[str, Any]:
    """Values for the parameters without a default."""
    found: dict[str, Any] = {}
    for key, one in about.parameters.items():
        if one.default is None:
            usual = {"boolean": False, "colour": "#808080", "choice": one.choices[0] if one.choices else ""}
            found[key] = usual.get(one.type, one.least or one.most or 1 if one.type in ("number", "integer") else "x")
    return found
