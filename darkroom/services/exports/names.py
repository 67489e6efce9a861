"""Names of files that every system takes, each of them once."""

from __future__ import annotations

from pathlib import PurePosixPath

_LONGEST = 180
_FORBIDDEN = frozenset('/\\:*?"<>|')
_RESERVED = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{one}{at}" for one in ("COM", "LPT") for at in range(1, 10))})
"""What Windows takes for devices, whatever stands behind the dot."""


def safe_name(name: str, instead: str) -> str:
    """A name plain enough for every file system; `instead` where nothing is left of it."""
    plain = "".join("_" if one in _FORBIDDEN or not one.isprintable() else one for one in name).strip(". ")
    if len(plain) > _LONGEST:
        suffix = PurePosixPath(plain).suffix[:10]
        plain = plain[: _LONGEST - len(suffix)] + suffix
    if plain.partition(".")[0].strip().upper() in _RESERVED:
        plain = f"_{plain}"
    return plain or instead


def free_name(names: set[str], name: str, image: str) -> str:
    """The name of a picture in a folder that has `names`, which it joins; with the picture's id where another one has it."""
    plain = found = safe_name(name, image[:12])
    if found.casefold() in names:
        found = f"{image[:12]}-{plain}"
    if found.casefold() in names:
        found = f"{image}-{plain}"
    names.add(found.casefold())
    return found
