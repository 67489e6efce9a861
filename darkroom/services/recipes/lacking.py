"""What a machine lacks to run a recipe on pictures of the library, said before anybody tries."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from darkroom.domain.recipe import FILTER_PREFIX, FILTER_TABLE
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.services.recipes.filter_shelf import FilterShelf

# Without these nothing works at all; whether the others can be written is tried in a process of its own, which takes a moment.
_ALWAYS = frozenset({"jpeg", "png", "webp"})


def lacking(
    recipe: Mapping[str, Any],
    detectable: frozenset[str] = frozenset(),
    models: Container[str] = (),
    filters: FilterShelf | None = None,
) -> tuple[str, ...]:
    """What is missing, a sentence each; empty for a recipe that can run.

    Args:
        recipe: whole and canonical.
        detectable: what detectors of this machine find.
        models: references to models that the library has.
        filters: those of the library.
    """
    return (*_steps(recipe.get("operations", ()), detectable, models, filters), *_formats(recipe.get("output") or {}))


def _steps(
    steps: Any, detectable: frozenset[str], models: Container[str], filters: FilterShelf | None
) -> Iterator[str]:
    from darkroom.imaging.operations.registry import operations

    for step in steps:
        name, params = (step, {}) if isinstance(step, str) else next(iter(step.items()))
        if name.startswith(FILTER_PREFIX) and filters is not None:
            yield from _inside(filters, name, params or {}, (detectable, models))
            continue
        if name not in operations():
            plugin = name.partition("/")[0]
            off = plugin in operations().disabled
            told = f"the plug-in {plugin}, which is switched off" if off else "a plug-in that is not installed"
            yield f"There is no operation {name}: it comes with {told}."
            continue
        operation = operations().get(name)
        try:
            parsed = operation.parse(params)
            references = operation.references(parsed)
        except Error as error:
            yield error.cause
            continue
        if name == "hide_regions" and not parsed.boxes:
            unseen = [one for one in parsed.labels if one not in detectable and not (one == "*" and detectable)]
            yield from (
                f"{operation.title} looks for {one}, which no detector on this machine finds." for one in unseen
            )
        for kind, words in references:
            if kind == "model" and words not in models:
                yield f"{operation.title} needs the model {words}, which the library does not have."
            elif kind == "file" and not words.startswith(FILTER_TABLE):
                yield f"{operation.title} needs the file {words}, which recipes of the library cannot read."


def _inside(
    filters: FilterShelf, name: str, params: Mapping[str, Any], here: tuple[frozenset[str], Container[str]]
) -> Iterator[str]:
    """What the steps of a filter lack."""
    try:
        steps = [{one.name: one.params} for one in filters.steps(name, params)]
    except Error as error:
        yield error.cause
    else:
        yield from _steps(steps, *here, None)


def _formats(output: Mapping[str, Any]) -> Iterator[str]:
    adaptive = output.get("adaptive")
    wanted = [output.get("format"), *(adaptive.get("formats", ()) if isinstance(adaptive, Mapping) else ())]
    asked = [one for one in dict.fromkeys(wanted) if one and one not in _ALWAYS]
    if not asked:
        return
    from darkroom.imaging.formats.table import format_table_apart

    rows = {row.name: row for row in format_table_apart().formats}
    for name in asked:
        row = rows.get(name)
        if row is None:
            yield f"There is no format {name}."
        elif not any(one.works and (not one.note or one.name == output.get("encoder")) for one in row.encoders):
            why = row.missing or "; ".join(one.note or f"{one.name} does not work" for one in row.encoders)
            yield f"{row.title} cannot be written here: {why or 'nothing writes it'}."
