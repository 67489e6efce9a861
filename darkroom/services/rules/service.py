"""Rules: kept, tried, applied to what is there; `arriving` applies them to what comes in."""

from __future__ import annotations

import builtins

from darkroom.access import require, scope_of
from darkroom.access.trail import Trail
from darkroom.domain.access import Principal
from darkroom.domain.base import new_id, now
from darkroom.domain.language import QueryError, given, not_understood, read, write
from darkroom.domain.language.nodes import alike_in
from darkroom.domain.organise import slug
from darkroom.domain.query import ImageQuery
from darkroom.domain.rule import MOST_RULES, FilingRule, contradiction
from darkroom.domain.selection import Selection
from darkroom.errors import Error
from darkroom.services.edit_views import ImageChange
from darkroom.services.editing import EditingService
from darkroom.services.recipes.presets import PresetService
from darkroom.services.recipes.views import RecipeGiven
from darkroom.services.rules.views import (
    Contradiction,
    FilingRuleChange,
    FilingRuleList,
    FilingRuleView,
    NewFilingRule,
    RuleApplied,
    RulePreview,
    RuleTried,
)
from darkroom.services.work.bulk import BulkService
from darkroom.services.work.bulk_views import BulkGiven, EditAction, RecipeAction
from darkroom.store import Stores


class RuleService:
    """Keeps and applies rules.

    Args:
        stores: repositories.
        editing: says whether an edit is one.
        presets: says whether there is a preset.
        bulk: applies a rule to what is there.
    """

    def __init__(self, stores: Stores, editing: EditingService, presets: PresetService, bulk: BulkService) -> None:
        self._stores = stores
        self._editing = editing
        self._presets = presets
        self._bulk = bulk
        self._trail = Trail(stores)

    def list(self, principal: Principal) -> FilingRuleList:
        """Every rule, in order."""
        require(principal, "rules:read")
        return FilingRuleList(items=tuple(map(_view, self._stores.rules.all())))

    def get(self, principal: Principal, rule_id: str) -> FilingRuleView:
        """One rule.

        Raises:
            Error: `not_found`.
        """
        require(principal, "rules:read")
        return _view(self._stores.rules.get(rule_id))

    def create(self, principal: Principal, new: NewFilingRule) -> FilingRuleView:
        """Make a rule; it looks at what comes in from now on.

        Raises:
            Error: `already_exists`, `invalid_parameter`, `not_found` for a collection or preset.
        """
        require(principal, "rules:write")
        self._check(principal, new)
        there = self._stores.rules.all()
        if len(there) >= MOST_RULES:
            raise Error("invalid_parameter", f"A library has {MOST_RULES} rules at most.", parameter="name")
        position = max((one.position for one in there), default=-1) + 1 if new.position is None else new.position
        moment = now()
        rule = FilingRule(
            id=slug(new.name) or new_id("rule").lower(), name=new.name, where=new.where, edit=new.edit, preset=new.preset,
            enabled=new.enabled, position=position, created_by=principal.id, created_at=moment, changed_at=moment,
        )  # fmt: skip
        self._stores.rules.insert(rule)
        self._trail.note(principal, "rule.created", rule.id)
        return _view(rule)

    def update(
        self, principal: Principal, rule_id: str, change: FilingRuleChange, *, revision: int | None = None
    ) -> FilingRuleView:
        """Change a rule; what it did stays.

        Raises:
            Error: `not_found`, `precondition_failed`, `invalid_parameter`.
        """
        require(principal, "rules:write")
        before = self._stores.rules.get(rule_id)
        if revision is not None and before.revision != revision:
            raise Error("precondition_failed", "The rule has changed since its ETag was read.", id=rule_id)
        values = {name: getattr(change, name) for name in change.model_fields_set}
        values = {name: one for name, one in values.items() if one is not None or name in ("edit", "preset")}
        changed = before.model_copy(update={**values, "changed_at": now()})
        tried = _tried(changed)
        self._check(principal, tried)
        kept = self._stores.rules.replace(changed.model_copy(update={"where": tried.where}))
        self._trail.note(principal, "rule.changed", rule_id)
        return _view(kept)

    def delete(self, principal: Principal, rule_id: str, *, revision: int | None = None) -> None:
        """Take a rule away; what it did stays.

        Raises:
            Error: `not_found`, `precondition_failed`.
        """
        require(principal, "rules:write")
        self._stores.rules.get(rule_id)
        if not self._stores.rules.remove(rule_id, revision):
            raise Error("precondition_failed", "The rule has changed since its ETag was read.", id=rule_id)
        self._trail.note(principal, "rule.deleted", rule_id)

    def try_out(self, principal: Principal, tried: RuleTried, *, rule_id: str | None = None) -> RulePreview:
        """What a rule would do with what is there; nothing is changed.

        Args:
            principal: who asks.
            tried: condition and actions.
            rule_id: the rule that it is, which does not contradict itself.

        Raises:
            Error: `forbidden`, `invalid_parameter`, `not_found`.
        """
        require(principal, "rules:write")
        previews = {type(one.action): self._bulk.preview(principal, one) for one in _bulk_of(tried)}
        edit, preset = previews.get(EditAction), previews.get(RecipeAction)
        first = edit or preset
        return RulePreview(
            matching=first.count if first else 0, edit=edit, preset=preset, at=now(),
            contradictions=tuple(self._contradictions(tried, rule_id)),
        )  # fmt: skip

    def apply(self, principal: Principal, rule_id: str) -> RuleApplied:
        """Do with what is there what the rule does with what comes in.

        Raises:
            Error: `not_found`, `forbidden`, `invalid_parameter` where no picture fits.
        """
        require(principal, "rules:write")
        given_ = _bulk_of(_tried(self._stores.rules.get(rule_id)))
        return RuleApplied(operations=tuple(self._bulk.begin(principal, one) for one in given_))

    def _check(self, principal: Principal, tried: RuleTried) -> None:
        """Refuse what cannot be done, or what whoever asks may not do to each and every picture: Darkroom itself does it.

        Raises:
            Error: `forbidden`, `not_found`, `invalid_parameter`.
        """
        edit, preset = tried.edit, tried.preset
        if alike_in(read(tried.where)):
            words = "where: a rule looks at pictures as they come in, and no model has seen them by then."
            raise Error("invalid_parameter", words, parameter="where")
        scope = scope_of(principal, "images:write")
        if edit is not None:
            scope = scope.also(self._editing.scope(principal, edit))
        if preset is not None:
            scope = scope.also(scope_of(principal, "renditions:write"))
        if not scope.is_everything:
            words = "A rule acts on every picture that comes in, and there are some that you may not change."
            raise Error("forbidden", words, permission="images:write")
        if preset is not None:
            self._presets.choose(RecipeGiven(preset=preset))

    def _contradictions(self, tried: RuleTried, rule_id: str | None) -> builtins.list[Contradiction]:
        found = []
        moment = now()
        mine = FilingRule(
            id=rule_id or "tried", name="tried", where=tried.where, edit=tried.edit, position=0, created_by="", created_at=moment,
            changed_at=moment,
        )  # fmt: skip
        for other in self._stores.rules.all():
            if other.id != rule_id and other.enabled and (about := contradiction(mine, other)):
                both = " ".join(f"({one})" for one in (mine.where, other.where) if one)
                pictures = self._stores.selections.count(
                    Selection(query=ImageQuery().model_copy(update={"where": both or None}))
                )
                if pictures:
                    found.append(Contradiction(rule=other.id, name=other.name, about=about, pictures=pictures))
        return found


def _tried(rule: FilingRule) -> RuleTried:
    try:
        where = write(given(rule.where))
    except QueryError as error:
        raise not_understood(error) from error
    if rule.preset is None and (rule.edit is None or not rule.edit.names):
        raise Error("invalid_parameter", "A rule does something: give edit or preset.", parameter="edit")
    return RuleTried(where=where, edit=rule.edit, preset=rule.preset)


def _bulk_of(tried: RuleTried) -> builtins.list[BulkGiven]:
    selection = Selection(query=ImageQuery(where=tried.where))
    found = []
    if tried.edit is not None:
        change = ImageChange.model_validate(tried.edit.model_dump(exclude_defaults=True))
        found.append(BulkGiven(selection=selection, action=EditAction(type="edit", edit=change)))
    if tried.preset is not None:
        found.append(BulkGiven(selection=selection, action=RecipeAction(type="recipe", preset=tried.preset)))
    return found


def _view(rule: FilingRule) -> FilingRuleView:
    return FilingRuleView(**dict(rule))
