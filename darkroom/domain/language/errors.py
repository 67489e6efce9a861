"""What is wrong with an expression, and where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from darkroom.errors import Error


class QueryError(ValueError):
    """An expression that cannot be read.

    Args:
        words: what was found, and what was expected.
        position: characters before the place.
        length: characters that are wrong.
        suggestion: what may stand there instead.
    """

    def __init__(self, words: str, position: int, *, length: int = 1, suggestion: str | None = None) -> None:
        self.words = words
        self.position = position
        self.length = max(1, length)
        self.suggestion = suggestion
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        super().__init__(f"at character {position + 1}: {words}{hint}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was meant, as far as one can guess."""
    return next(iter(difflib.get_close_matches(word.casefold(), list(known), n=1, cutoff=0.6)), None)


def not_understood(error: QueryError, parameter: str = "where") -> Error:
    """The row of the error table for it, with the place.

    Args:
        error: what is wrong.
        parameter: where the expression was given.
    """
    return Error(
        "invalid_parameter", f"{parameter}: {error}.", parameter=parameter, position=error.position,
        length=error.length, suggestion=error.suggestion,
    )  # fmt: skip
