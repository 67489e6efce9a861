"""What is asked and shown of rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from darkroom.domain.base import Model
from darkroom.domain.edit import Edit
from darkroom.domain.language import LONGEST, given, write
from darkroom.domain.rule import FilingRule, RuleId
from darkroom.services.work.bulk_views import BulkPreview
from darkroom.services.work.views import WorkView

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
_Where = Annotated[str, StringConstraints(max_length=LONGEST)]


def _sets(edit: Edit) -> Edit:
    if edit.shift:
        raise ValueError("a rule sets values: shift would move a time each time that it is applied")
    return edit


_Edit = Annotated[Edit, AfterValidator(_sets)]
_Preset = Annotated[str, StringConstraints(min_length=1, max_length=90)]


class RuleTried(Model):
    """A condition and what to do, to be tried."""

    where: _Where
    """An expression of the query language; an empty one is every picture."""
    edit: _Edit | None = None
    """What to set on the pictures: tags, collections, rating, label, texts."""
    preset: _Preset | None = None
    """A preset to run on them: `name`, or `name@version`."""

    @field_validator("where")
    @classmethod
    def _one_spelling(cls, value: str) -> str:
        return write(given(value))

    @model_validator(mode="after")
    def _does_something(self) -> RuleTried:
        if self.preset is None and (self.edit is None or not self.edit.names):
            raise ValueError("give edit or preset: a rule does something")
        return self


class RuleTrial(RuleTried):
    """A rule to be tried, which may be there already."""

    rule: RuleId | None = None
    """Id of the rule that it is a change of: it does not contradict itself."""


class NewFilingRule(RuleTried):
    """A rule to make."""

    name: _Name
    """Words for a person; the id is made of them."""
    enabled: bool = True
    """Whether it looks at what comes in from now on."""
    position: int | None = Field(None, ge=0, le=1_000_000)
    """Where it stands in order; behind all others when not given."""


class FilingRuleChange(Model):
    """What to change of a rule; what is not given stays."""

    name: _Name | None = None
    """Words for a person."""
    where: _Where | None = None
    """Another condition."""
    edit: _Edit | None = None
    """What to set instead; null for nothing any more."""
    preset: _Preset | None = None
    """The preset to run instead; null for none any more."""
    enabled: bool | None = None
    """Whether it looks at what comes in."""
    position: int | None = Field(None, ge=0, le=1_000_000)
    """Where it stands in order."""


class FilingRuleView(FilingRule):
    """A rule as it is shown."""


class FilingRuleList(Model):
    """The rules of the library."""

    items: tuple[FilingRuleView, ...]
    """In the order in which they look at a picture."""


class Contradiction(Model):
    """Two rules that want different things of the same pictures."""

    rule: str
    """Id of the other one."""
    name: str
    """Its name."""
    about: str
    """The fields, tags or collections."""
    pictures: int = Field(ge=1)
    """How many pictures fit both."""


class RulePreview(Model):
    """What a rule would do with what is there."""

    matching: int = Field(ge=0)
    """Pictures that fit."""
    edit: BulkPreview | None = None
    """What would be set, with examples."""
    preset: BulkPreview | None = None
    """What would be made, with examples."""
    contradictions: tuple[Contradiction, ...] = ()
    """Rules that want something else of some of them; the later one wins."""
    at: datetime
    """When that was counted."""


class RuleApplied(Model):
    """A rule that was begun to be applied to what is there."""

    operations: tuple[WorkView, ...]
    """The operations that do it: they can be watched and cancelled, and what was set be undone."""
