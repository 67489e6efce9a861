"""Files that are named on the command line."""

from __future__ import annotations

from pathlib import Path

from darkroom.errors import Error


def read_text(file: Path, what: str) -> str:
    """All of a text file.

    Args:
        file: as it was named.
        what: it should be, as "recipe".

    Raises:
        Error: `source_unreadable`, it is not there, may not be read or is no text in UTF-8.
    """
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Error("source_unreadable", f"The {what} {file} cannot be read: {error}.") from error
