"""Calls on rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.client.call import Call, address

if TYPE_CHECKING:
    from darkroom.services.rules.views import (
        FilingRuleChange,
        FilingRuleList,
        FilingRuleView,
        NewFilingRule,
        RuleApplied,
        RulePreview,
        RuleTrial,
    )

_VIEW = "services.rules.views:FilingRuleView"


def list_rules() -> Call[FilingRuleList]:
    """Every rule, in the order in which they look at a picture that comes in."""
    return Call("GET", address("rules"), "services.rules.views:FilingRuleList")


def create_rule(given_: NewFilingRule) -> Call[FilingRuleView]:
    """Make a rule: a condition in the query language, and what is set on pictures that fit it, or made of them."""
    return Call("POST", address("rules"), _VIEW, body=given_)


def try_rule(given_: RuleTrial) -> Call[RulePreview]:
    """What a rule would do with what is there: how many fit, examples, and which rules contradict it."""
    return Call("POST", address("rules", "dry-run"), "services.rules.views:RulePreview", body=given_)


def get_rule(rule_id: str) -> Call[FilingRuleView]:
    """One rule; its `ETag` is what a change of it is based on."""
    return Call("GET", address("rules", rule_id), _VIEW)


def update_rule(rule_id: str, given_: FilingRuleChange, *, if_match: str) -> Call[FilingRuleView]:
    """Change a rule, switch it off or on, or move it in the order; what it did stays."""
    return Call("PATCH", address("rules", rule_id), _VIEW, body=given_, if_match=if_match)


def delete_rule(rule_id: str, *, if_match: str) -> Call[None]:
    """Take a rule away; what it did stays."""
    return Call("DELETE", address("rules", rule_id), if_match=if_match)


def apply_rule(rule_id: str) -> Call[RuleApplied]:
    """Apply a rule to the pictures that are there: operations that can be watched and cancelled, and what is set be undone."""
    return Call("POST", address("rules", rule_id, "apply"), "services.rules.views:RuleApplied")
