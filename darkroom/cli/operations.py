"""`darkroom operations`: what can be done with a picture, and with which parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.options import AsJson
from darkroom.cli.output import console, plural, show_json, show_table

if TYPE_CHECKING:
    from darkroom.imaging.operations.registry import Operation, Registry


def operations(
    name: Annotated[
        str | None, typer.Argument(help="One operation, to see its parameters; all of them without it.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the operations of recipes, with the parameters of each."""
    from darkroom.imaging.operations.registry import operations as load

    registry = load()
    if name is not None:
        found = registry.get(name)
        show_json(found.describe()) if as_json else _show_one(found)
    elif as_json:
        broken = [{"name": one.name, "cause": one.cause} for one in registry.broken]
        show_json({"operations": [one.describe() for one in registry], "broken_plugins": broken})
    else:
        _show_all(registry)


def _show_all(registry: Registry) -> None:
    from darkroom.imaging.operations.declare import CATEGORIES

    order = {category: place for place, category in enumerate(CATEGORIES)}
    rows = sorted(registry, key=lambda one: order[one.category])
    show_table(["category", "name", "what it does"], [(one.category, one.name, one.summary) for one in rows])
    for plugin in registry.broken:
        console().print(f"[yellow]The plug-in {plugin.name} is skipped:[/] {plugin.cause}")
    words = f"{plural(len(registry), 'operation')}; `darkroom operations NAME` shows the parameters of one."
    console().print(words, style="dim")


def _show_one(found: Operation[Any]) -> None:
    screen = console()
    screen.print(f"[bold]{found.name}[/] (version {found.version}, {found.category})")
    screen.print(found.description)
    if found.aliases:
        screen.print(f"Also found as: {', '.join(found.aliases)}", style="dim")
    rows = [parameter_row(name, info) for name, info in found.schema().get("properties", {}).items()]
    if rows:
        show_table(["parameter", "values", "default", "meaning"], rows)


def parameter_row(name: str, info: dict[str, Any]) -> tuple[str, str, str, str]:
    """Name, values, default and meaning of a parameter, from its JSON schema."""
    default = info.get("default")
    shown = "" if default is None or isinstance(default, dict) else str(default)
    meaning = " ".join(str(info.get("description", "")).split())
    return name, _values(info), "" if default == [] else shown, meaning


def _values(info: dict[str, Any]) -> str:
    choices = [one for one in info.get("anyOf", [info]) if one.get("type") != "null"]
    words = [_kind(one) for one in choices]
    if len(choices) < len(info.get("anyOf", [])):
        words.append("empty")
    unit = info.get("unit")
    return " or ".join(words) + (f" {unit}" if unit else "")


def _kind(info: dict[str, Any]) -> str:
    if "enum" in info:
        return ", ".join(str(one) for one in info["enum"])
    low = info.get("minimum", info.get("exclusiveMinimum"))
    high = info.get("maximum", info.get("exclusiveMaximum"))
    if low is not None or high is not None:
        return f"{'' if low is None else _plain(low)} to {'' if high is None else _plain(high)}"
    if info.get("ui"):
        return str(info["ui"])
    return {"boolean": "true, false", "number": "number", "integer": "whole number", "array": "list"}.get(
        str(info.get("type")), str(info.get("type", "parameters"))
    )


def _plain(number: float) -> str:
    return f"{number:g}"
