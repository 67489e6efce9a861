"""Filters of recipes that run without the library: from files, else from a Darkroom where one answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.cli.given import read_text
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.imaging.operations.filters_user import UserFilter

_ENDINGS = (".yaml", ".yml", ".json")
_FOLDER = "filters"
_MOST_FILES = 1000
_WHO = (401, 403)


class FilterFiles:
    """Looks filters up in files, and where they are in none, in a library.

    Args:
        named: a file of a filter, or a folder of such; where it is given nothing else is looked at.
        beside: folder of the recipe; filters lie in it under their own names, or in its folder `filters` under any.
        home: as for every command that asks a Darkroom.
        url: likewise.
        profile: likewise.
    """

    def __init__(
        self, named: Path | None, beside: Path, *, home: Path | None, url: str | None, profile: str | None
    ) -> None:
        self._named = named
        self._beside = beside
        self._asked = (home, url, profile)
        self._known: dict[str, UserFilter] = {}

    def find(self, words: str) -> UserFilter:
        """A filter by `name`, or `name@version`.

        Raises:
            Error: `not_found`, saying where it was looked for; `invalid_parameter` or `source_unreadable` naming the file.
        """
        name, _, version = words.partition("@")
        found = [one for one in map(_read, self._files(name)) if one.name == name]
        fits = [one for one in found if not version or str(one.version) == version]
        if fits:
            return max(fits, key=lambda one: one.version)
        there = f", only {', '.join(f'version {one.version}' for one in found)}" if found else ""
        if self._named is not None:
            raise _unknown(words, f"not in {self._named}{there}")
        # A recipe may name it in many steps.
        if words not in self._known:
            self._known[words] = self._of_library(words, there)
        return self._known[words]

    def _files(self, name: str) -> list[Path]:
        if self._named is not None:
            if not self._named.exists():
                cause = f"There is no {self._named} to take filters from."
                raise Error("source_missing", cause, remedy="Name a file or a folder with --filters.")
            return _listed(self._named) if self._named.is_dir() else [self._named]
        own = [one for one in _listed(self._beside) if one.stem.partition("@")[0] == name]
        return own + _listed(self._beside / _FOLDER)

    def _of_library(self, words: str, there: str) -> UserFilter:
        from darkroom.cli.connect import connected
        from darkroom.client import recipes
        from darkroom.services.recipes.filters import read_filter

        try:
            with connected(*self._asked) as client:
                return read_filter(client.send(recipes.get_filter(words)).filter)
        except Error as error:
            if error.code == "not_found":
                raise _unknown(words, f"neither beside the recipe{there} nor in the library") from error
            where = f"not beside the recipe{there}, and no library can be asked: {error.cause}"
            # Whoever may not ask is told what lets him ask, before the way around.
            first = f"{error.remedy} " if error.row.status in _WHO else ""
            raise _unknown(words, where, first) from error


def _unknown(words: str, where: str, first: str = "") -> Error:
    remedy = (
        f"{first}Name its file, or a folder of such, with --filters (`darkroom filter show NAME --json > NAME.json` writes one), "
        "or name a Darkroom that knows it with --url or --home."
    )
    return Error("not_found", f"The filter {words[:100]} is {where.removesuffix('.')}.", remedy=remedy)


def _listed(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [one for one in sorted(folder.iterdir()) if one.suffix.lower() in _ENDINGS and one.is_file()][:_MOST_FILES]


def _read(file: Path) -> UserFilter:
    from darkroom.services.recipes.filters import read_filter

    text = read_text(file, "filter")
    try:
        return read_filter(_shown(text) or text)
    except Error as error:
        raise Error(error.code, f"{file}: {error.cause}", remedy=error.remedy) from error


def _shown(text: str) -> dict[str, Any] | None:
    """The filter within what `darkroom filter show --json` writes; None for a filter as it is."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        given = json.loads(text)
    except ValueError:
        return None
    inner = given.get("filter") if isinstance(given, dict) else None
    return inner if isinstance(inner, dict) else None
