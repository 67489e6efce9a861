"""Contests of presets: what is there against what is to take its place, judged blindly; the winner becomes the newest version."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from math import comb

from darkroom.access import require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import new_id, now
from darkroom.domain.preset_contest import MOST_PICTURES, ContestChoice, PresetContest, Side
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.services.recipes.contest_views import (
    ChoiceGiven,
    ContestList,
    ContestPicture,
    ContestTally,
    ContestView,
    NewContest,
)
from darkroom.services.recipes.example_views import Example, ExampleList, ExamplesGiven
from darkroom.services.recipes.presets import PresetService
from darkroom.services.recipes.views import NewPreset, RecipeGiven
from darkroom.services.sight import visible
from darkroom.services.work.service import owner_of
from darkroom.store import Stores

_MOST_KEPT = 20
_TRIES = 8


class ContestService:
    """Chooses pictures that stand for many, keeps contests on such pictures, and what people preferred.

    Args:
        stores: where they are.
        presets: reads recipes, and saves the winner.
    """

    def __init__(self, stores: Stores, presets: PresetService) -> None:
        self._stores = stores
        self._presets = presets

    def examples(self, principal: Principal, given: ExamplesGiven) -> ExampleList:
        """Some pictures of a selection to try a recipe on: those at the ends of what is measured, then those unlike each other."""
        scope = scope_of(principal, "images:read")
        found = self._stores.selections.diverse(given.selection, given.count, ends=given.ends, scope=scope)
        records = {one.id: one for one in self._stores.images.many([one.id for one in found])}
        return ExampleList(
            items=tuple(
                Example(
                    id=one.id, name=record.name, width=record.width, height=record.height, bytes=record.bytes,
                    why=one.end or "different", traits=one.traits,
                )
                for one in found
                if (record := records.get(one.id)) is not None and scope.covers(record.collections)
            )
        )  # fmt: skip

    def begin(self, principal: Principal, new: NewContest) -> ContestView:
        """Set the newest version of a preset against another recipe.

        Raises:
            Error: `not_found`; `recipe_invalid`; `conflict` for two that do the same; `invalid_parameter` for no picture.
        """
        require(principal, "presets:write")
        scope = scope_of(principal, "images:read")
        newest = self._stores.presets.newest(new.preset)
        if newest is None:
            raise Error("not_found", f"There is no preset {new.preset!r} of the library.", remedy="Save one first.")
        b = None if new.version is None else f"{new.preset}@{new.version}"
        other = self._presets.choose(RecipeGiven(preset=b, recipe=new.recipe))
        if other.program.fingerprint() == newest.fingerprint:
            raise Error("conflict", f"It does what {newest.id} does: there is nothing to compare.")
        found = self._stores.selections.diverse(new.selection, new.count, ends=True, scope=scope)[:MOST_PICTURES]
        if not found:
            raise Error("invalid_parameter", "There is no picture to compare them on.", parameter="selection")
        source = new.recipe if isinstance(new.recipe, str) else json.dumps(new.recipe) if new.recipe else other.text
        contest = PresetContest(
            id=new_id("pc"), preset=new.preset, a=newest.id, b=b, recipe_a=newest.recipe, recipe_b=other.text, source_b=source,
            images=tuple(one.id for one in found), created_at=now(), created_by=principal.id,
        )  # fmt: skip
        self._stores.contests.insert(contest)
        self._stores.contests.keep_newest(new.preset, _MOST_KEPT)
        return self._view(contest, principal, scope)

    def list(self, principal: Principal, preset: str) -> ContestList:
        """Contests of a preset, newest first."""
        require(principal, "presets:read")
        scope = scope_of(principal, "images:read")
        found = self._stores.contests.of(preset, _MOST_KEPT)
        return ContestList(items=tuple(self._view(one, principal, scope) for one in found))

    def get(self, principal: Principal, contest_id: str) -> ContestView:
        """One contest.

        Raises:
            Error: `not_found`.
        """
        require(principal, "presets:read")
        return self._view(self._stores.contests.get(contest_id), principal, scope_of(principal, "images:read"))

    def choose(self, principal: Principal, contest_id: str, given: ChoiceGiven) -> ContestView:
        """Keep what one prefers of a picture.

        Raises:
            Error: `not_found` for a contest, or a picture that is not of it; `conflict` once it is decided.
        """
        require(principal, "presets:read")
        scope, who = scope_of(principal, "images:read"), owner_of(principal)

        def chosen(contest: PresetContest) -> PresetContest:
            if given.image not in contest.images:
                raise Error("not_found", f"The picture {given.image} is not of this contest.", id=given.image)
            visible(self._stores, given.image, scope)
            others = tuple(one for one in contest.choices if (one.by, one.image) != (who, given.image))
            return contest.model_copy(
                update={"choices": (*others, ContestChoice(by=who, image=given.image, picked=given.picked))}
            )

        return self._view(self._changed(contest_id, chosen), principal, scope)

    def promote(self, principal: Principal, contest_id: str) -> ContestView:
        """Let what was preferred more often be the newest version of the preset.

        Raises:
            Error: `not_found`; `conflict` where neither was preferred, once it is decided, or when another version was
                saved since it began.
        """
        require(principal, "presets:write")
        contest = self._stores.contests.get(contest_id)
        leader = _tally(contest).leader
        if leader is None:
            raise Error("conflict", "Neither was preferred more often yet.", remedy="Judge more of the pictures.")
        newest = self._stores.presets.newest(contest.preset)
        if newest is None or newest.id != contest.a:
            raise Error(
                "conflict", f"{newest.id if newest else contest.preset} was saved since it began.", remedy="Begin again with what is there now."
            )  # fmt: skip
        winner = contest.a
        if leader == "b" and contest.promoted is None:
            made = self._presets.save(principal, NewPreset(name=contest.preset, recipe=contest.source_b))
            winner = f"{made.name}@{made.version}"
        done = self._changed(contest_id, lambda one: one.model_copy(update={"promoted": winner, "promoted_at": now()}))
        return self._view(done, principal, scope_of(principal, "images:read"))

    def _changed(self, contest_id: str, change: Callable[[PresetContest], PresetContest]) -> PresetContest:
        """A contest after a change; people judge at the same time, so it is tried anew on what they left."""
        for left in reversed(range(_TRIES)):
            contest = self._stores.contests.get(contest_id)
            if contest.promoted is not None:
                raise Error("conflict", f"It is decided: {contest.promoted} won.", remedy="Begin another one.")
            try:
                return self._stores.contests.replace(change(contest))
            except Error as error:
                if error.code != "conflict" or not left:
                    raise
        raise AssertionError

    def _view(self, contest: PresetContest, principal: Principal, scope: Scope) -> ContestView:
        who = owner_of(principal)
        mine = {one.image: one.picked for one in contest.choices if one.by == who}
        records = {one.id: one for one in self._stores.images.many(contest.images) if scope.covers(one.collections)}
        pictures = tuple(
            ContestPicture(id=one, name=records[one].name, left=left_of(contest.id, one, who), mine=mine.get(one))
            for one in contest.images
            if one in records
        )
        done = contest.promoted is not None or all(one.mine for one in pictures)
        return ContestView(
            id=contest.id, preset=contest.preset, a=contest.a, b=contest.b, recipe_a=json.loads(contest.recipe_a),
            recipe_b=json.loads(contest.recipe_b), pictures=pictures, tally=_tally(contest) if done else None,
            created_at=contest.created_at, created_by=contest.created_by, promoted=contest.promoted,
        )  # fmt: skip


def left_of(contest: str, image: str, who: str) -> Side:
    """What this person sees at the left: by chance, and the same every time."""
    return "a" if hashlib.sha256(f"{contest}/{image}/{who}".encode()).digest()[0] & 1 else "b"


def _tally(contest: PresetContest) -> ContestTally:
    counted = Counter(one.picked for one in contest.choices)
    a, b = counted["a"], counted["b"]
    return ContestTally(
        a=a, b=b, same=counted["same"], people=len({one.by for one in contest.choices}), chance=chance(a, b),
        leader="a" if a > b else "b" if b > a else None,
    )  # fmt: skip


def chance(one: int, other: int) -> float:
    """How often a coin would tell two apart at least as clearly: the two-sided sign test, exactly."""
    total, most = one + other, max(one, other)
    tail = sum(comb(total, count) for count in range(most, total + 1))
    return min(1.0, 2.0 * tail / float(2**total))
