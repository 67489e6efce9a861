"""Helps to write expressions of the query language."""

from __future__ import annotations

from collections.abc import Iterable

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.language import QueryError, given, write
from darkroom.domain.language.completing import slot_at
from darkroom.domain.language.fields import FIELDS, HAS, LIKENESS, Field
from darkroom.domain.language.matching import lower
from darkroom.domain.language.nodes import Alike, Node, Word, alike_in, leaves
from darkroom.domain.language.values import LONGEST_WORDS
from darkroom.domain.language.writing import quoted
from darkroom.domain.scope import Scope
from darkroom.services.finding_views import Completion, Completions, QueryField, QueryFields, QueryMistake
from darkroom.store import Stores

_MOST = 12
_COUNTED = (
    "camera",
    "lens",
    "profile",
    "creator",
    "copyright",
    "tag",
    "place",
    "format",
    "source",
    "label",
    "problem",
    "shape",
    "colour",
)
_SHOWN = {"place": "list_filter(places, lambda one: NOT starts_with(one, '/'))"}
"""What is offered of a column that holds more than that."""
"""Fields whose values are few enough to be offered."""
_WORDS = {"true": "yes", "false": "no"}


class FindingService:
    """Fields and values of the query language.

    Args:
        stores: repositories.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def fields(self, principal: Principal) -> QueryFields:
        """Every field, with its operators and an example."""
        scope_of(principal, "images:read")
        return QueryFields(items=tuple(QueryField.of(one) for one in (*FIELDS.values(), HAS, *LIKENESS)))

    def complete(self, principal: Principal, text: str, at: int | None = None) -> Completions:
        """What may stand at a place of an expression, counted among the pictures that one may see.

        Args:
            principal: who asks.
            text: the expression, as far as it is written.
            at: characters before the place; the end of the text when not given.
        """
        scope = scope_of(principal, "images:read")
        place = len(text) if at is None else min(at, len(text))
        slot = slot_at(text, place)
        where = mistake = phrase = None
        try:
            where = write(read_ := given(text)) or None
            phrase = self._phrase(text, read_)
            mistake = self._unanswered(text, read_)
        except QueryError as error:
            mistake = QueryMistake.of(error)
        if slot is None:
            return Completions(begin=place, end=place, where=where, mistake=mistake, phrase=phrase)
        items = self._values(slot.field, slot.prefix, scope) if slot.field else _names(slot.prefix)
        return Completions(
            begin=slot.begin, end=slot.end, field=slot.field.name if slot.field else None, items=tuple(items), where=where,
            mistake=mistake, phrase=phrase,
        )  # fmt: skip

    def _phrase(self, text: str, node: Node) -> str | None:
        """Plain words as what a picture shows, where a model could tell; words that are one thing look for a name as well."""
        words = " ".join(text.split())
        plain = all(isinstance(one, Word) for one in leaves(node)) and words.replace(" ", "").isalpha()
        if not plain or len(words) > LONGEST_WORDS or self._stores.search_models.used() is None:
            return None
        return write(Alike("like", words.lower()))

    def _unanswered(self, text: str, node: Node) -> QueryMistake | None:
        """What is said of `like:` where no model is used for searching."""
        asked = any(one.field == "like" for one in alike_in(node))
        if not asked or self._stores.search_models.used() is not None:
            return None
        at = max(0, text.lower().find("like:"))
        words = "no model is used for searching by words: choose one on the page Models"
        return QueryMistake(message=words, position=at, length=5)

    def _values(self, field: Field, prefix: str, scope: Scope) -> list[Completion]:
        if field.kind == "presence":
            return [Completion(text=one, about=FIELDS[one].about) for one in field.choices if one.startswith(prefix)][
                :_MOST
            ]
        if field.kind == "yes_no":
            found = dict(self._stores.columns.values(field.columns[0], many=False, scope=scope))
            return [Completion(text=_WORDS[one], count=found.get(one, 0)) for one in ("true", "false")]
        if field.name == "collection":
            return self._collections(prefix, scope)
        if field.name not in _COUNTED:
            return []
        counted = self._stores.columns.values(
            _SHOWN.get(field.name, field.columns[0]), many=field.many, holding=lower(prefix), most=_MOST, scope=scope
        )
        return [Completion(text=quoted(value), count=count) for value, count in counted]

    def _collections(self, prefix: str, scope: Scope) -> list[Completion]:
        counted = self._stores.columns.members(self._stores.collections.lines(), scope=scope)
        wanted = prefix.casefold()
        return [
            Completion(text=one.id, about=one.name, count=counted[one.id].total if one.id in counted else None)
            for one in self._stores.collections.all()
            if scope.covers((one.id,)) and (wanted in one.id.casefold() or wanted in one.name.casefold())
        ][:_MOST]


def _names(prefix: str) -> Iterable[Completion]:
    """Fields that begin so, then those of which another name does."""
    wanted = prefix.lower()
    every = (*FIELDS.values(), HAS, *LIKENESS)
    first = [one for one in every if one.name.startswith(wanted)]
    others = [one for one in every if one not in first and any(alias.startswith(wanted) for alias in one.aliases)]
    return [Completion(text=f"{one.name}:", about=one.about) for one in (*first, *others)] if wanted else []
