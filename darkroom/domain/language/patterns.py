r"""Patterns of the query language: the part of RE2's regular expressions that everyone knows, read to say what is wrong and where.

Patterns are evaluated by RE2, whose time grows with the length of a text and never beyond, whoever writes them. What is read here
is what RE2 reads, so that a mistake has its place and its remedy; what other engines have beyond (looking around, references to
groups) is named as such. `^` and `$` are the ends of the text, `.` is anything but the end of a line, `\w`, `\d`, `\s` and `\b`
know ASCII alone, and `\p{L}` any letter.
"""

from __future__ import annotations

import re
import unicodedata

from darkroom.domain.language.errors import QueryError

LONGEST_PATTERN = 300
"""Characters of a pattern."""
_LARGEST = 1000
"""Steps of a pattern with what is repeated written out; RE2 keeps about as many states."""
_MOST_TIMES = 1000
_DEEPEST = 20
_PROPERTIES = ("L", "M", "N", "P", "S", "Z")
_PROPERTY_STEPS = 20
_COUNTED = re.compile(r"\{(\d{1,6})(?:(,)(\d{1,6})?)?\}")
_SETS = frozenset("dDwWsS")
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}
_AHEAD = {"?=": "ahead", "?!": "ahead", "?<=": "behind", "?<!": "behind"}


def pattern_of(text: str, at: int) -> str:
    """A pattern in its one spelling: as it is written, composed.

    Args:
        text: what stands between the slashes.
        at: characters of the expression before it.

    Raises:
        QueryError: for what RE2 would not read, is longer than `LONGEST_PATTERN`, or comes to too many steps.
    """
    found = unicodedata.normalize("NFC", text)
    if len(found) > LONGEST_PATTERN:
        raise QueryError(f"more than {LONGEST_PATTERN} characters of a pattern", at + LONGEST_PATTERN, length=len(text))
    for place, letter in enumerate(found):
        if unicodedata.category(letter) in ("Cc", "Cs"):
            raise QueryError(r"expected a pattern without control characters; write \n, \t or \r", at + place)
    if not found:
        raise QueryError("expected a pattern between the slashes, as in camera:/d[0-9]+$/", at)
    _Pattern(found, at).everything()
    return found


class _Pattern:
    """Recursive descent over a pattern; each part answers with how many steps it comes to."""

    def __init__(self, text: str, begin: int) -> None:
        self._text = text
        self._begin = begin
        self._at = 0
        self._depth = 0

    def everything(self) -> None:
        self._either()
        if self._at < len(self._text):
            raise self._wrong("this parenthesis closes nothing; write \\) for the character", self._at)

    def _wrong(self, words: str, at: int, end: int | None = None) -> QueryError:
        return QueryError(f"{words}", self._begin + at, length=(self._at if end is None else end) - at)

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _either(self) -> int:
        steps = self._sequence()
        while self._next() == "|":
            self._at += 1
            steps += 1 + self._sequence()
        return steps

    def _sequence(self) -> int:
        steps = 0
        while self._next() not in ("", "|", ")"):
            begin = self._at
            steps += self._repeated()
            if steps > _LARGEST:
                raise self._wrong(f"this pattern comes to more than {_LARGEST} steps; repeat less", begin)
        return steps

    def _repeated(self) -> int:
        begin = self._at
        steps, repeatable = self._atom()
        at = self._at
        times = self._times()
        if times is None:
            return steps
        if not repeatable:
            raise self._wrong("there is nothing before it that could be repeated", at)
        if self._next() == "?":
            self._at += 1
        again = self._at
        if self._times() is not None:
            raise self._wrong("this is repeated already; put it into (?: ) to repeat it again", again)
        if (total := steps * times) > _LARGEST:
            raise self._wrong(f"this comes to more than {_LARGEST} steps; repeat less", begin)
        return total

    def _times(self) -> int | None:
        """How often something is written out, at what stands here; None where nothing is repeated."""
        at, letter = self._at, self._next()
        if letter in ("*", "+", "?") and letter:
            self._at += 1
            return 1
        if letter != "{":
            return None
        match = _COUNTED.match(self._text, at)
        if match is None:
            raise self._wrong("expected {3}, {3,} or {3,5}; write \\{ for the character", at, at + 1)
        self._at = match.end()
        least, most = int(match[1]), int(match[3] or match[1])
        if least > most or most > _MOST_TIMES:
            raise self._wrong(f"expected the smaller number first, and {_MOST_TIMES} at most", at)
        return max(1, most + (1 if match[2] and not match[3] else 0))

    def _atom(self) -> tuple[int, bool]:
        """How many steps come to what stands here, and whether it can be repeated."""
        begin, letter = self._at, self._next()
        if letter in "*+?{":
            self._times()
            raise self._wrong(
                f"there is nothing before it that could be repeated; write \\{letter} for the character", begin
            )
        self._at += 1
        if letter in "^$":
            return 1, False
        if letter == "(":
            return self._group(begin), True
        if letter == "[":
            return self._class(begin), True
        if letter == "\\":
            if self._next() in ("b", "B"):
                self._at += 1
                return 1, False
            return self._escape(begin)[1], True
        return 1, True

    def _group(self, begin: int) -> int:
        if self._next() == "?":
            self._kind_of_group(begin)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong(f"more than {_DEEPEST} groups inside one another", begin)
        steps = self._either()
        self._depth -= 1
        if self._next() != ")":
            raise self._wrong("this parenthesis is never closed; write \\( for the character", begin, begin + 1)
        self._at += 1
        return steps + 1

    def _kind_of_group(self, begin: int) -> None:
        rest = self._text[self._at : self._at + 3]
        if rest.startswith("?:"):
            self._at += 2
            return
        for sign, where in _AHEAD.items():
            if rest.startswith(sign):
                words = f"a pattern cannot look {where}, for that has no end in time; say it with a second condition"
                raise self._wrong(words, begin, self._at + len(sign))
        words = "expected ( ) or (?: ) for a group; upper and lower case do not count anyway, and groups have no names"
        raise self._wrong(words, begin, self._at + 1)

    def _escape(self, begin: int) -> tuple[str | None, int]:
        """After a backslash: the character that is meant, None for a set of them; and its steps."""
        letter = self._next()
        if not letter:
            raise self._wrong("expected a character after the backslash", begin)
        self._at += 1
        if letter in "pP":
            name = self._text[self._at : self._at + 3]
            if name[:1] != "{" or name[1:2] not in _PROPERTIES or name[2:] != "}":
                raise self._wrong(
                    f"expected \\{letter}{{L}}, with one of {', '.join(_PROPERTIES)}", begin, self._at + 1
                )
            self._at += 3
            return None, _PROPERTY_STEPS
        if letter in _SETS:
            return None, 1
        if letter in _CONTROLS:
            return _CONTROLS[letter], 1
        if letter.isdigit():
            raise self._wrong("a pattern cannot refer to a group, for that has no end in time", begin)
        if letter.isalnum() or not letter.isascii() or letter.isspace() or letter == "_":
            raise self._wrong(f"\\{letter} means nothing; write {letter} for the character", begin)
        return letter, 1

    def _class(self, begin: int) -> int:
        if self._next() == "^":
            self._at += 1
        if self._next() == "]":
            raise self._wrong(
                "expected a character between the brackets; write \\] for the bracket", begin, self._at + 1
            )
        steps, first = 1, True
        while self._next() != "]":
            if not self._next():
                raise self._wrong("this bracket is never closed; write \\[ for the character", begin, begin + 1)
            steps += self._range(first)
            first = False
        self._at += 1
        return steps

    def _range(self, first: bool) -> int:
        begin = self._at
        if self._next() == "-" and not first and self._text[begin + 1 : begin + 2] != "]":
            raise self._wrong(
                "expected - first or last between brackets; write \\- for the character", begin, begin + 1
            )
        low, steps = self._member()
        if self._next() != "-" or self._text[self._at + 1 : self._at + 2] in ("]", ""):
            return steps - 1
        self._at += 1
        high, _ = self._member()
        if low is None or high is None or low > high:
            raise self._wrong("expected the first and the last character of a range, the smaller one first", begin)
        return steps

    def _member(self) -> tuple[str | None, int]:
        """One character or set between brackets, and its steps."""
        begin, letter = self._at, self._next()
        if letter == "[":
            raise self._wrong("write \\[ for a bracket between brackets", begin, begin + 1)
        self._at += 1
        return self._escape(begin) if letter == "\\" else (letter, 1)
