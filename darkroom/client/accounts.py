"""Calls on accounts, tokens, rules and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from darkroom.domain.access import Rule
    from darkroom.services.accounts.audit_views import AuditPage
    from darkroom.services.accounts.policy_views import Explanation, Roles, RuleList
    from darkroom.services.accounts.requests import (
        NewRule,
        NewToken,
        NewUser,
        PasswordReset,
        RoleChange,
        UserChange,
    )
    from darkroom.services.accounts.views import CreatedToken, Me, ResetLink, TokenList, TokenView, UserPage, UserView


def explain_access(*, permission: str, domain: str | None = None, user: str | None = None) -> Call[Explanation]:
    """Whether somebody may do something, and why: oneself, or another account."""
    return Call(
        "GET",
        address("access", "explain"),
        "services.accounts.policy_views:Explanation",
        query=given(permission=permission, domain=domain, user=user),
    )


def list_audit(
    *,
    principal: str | None = None,
    action: str | None = None,
    outcome: str | None = None,
    resource: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> Call[AuditPage]:
    """Who changed what, and who was refused what; newest first."""
    return Call(
        "GET",
        address("audit"),
        "services.accounts.audit_views:AuditPage",
        query=given(
            principal=principal,
            action=action,
            outcome=outcome,
            resource=resource,
            since=since,
            until=until,
            limit=limit,
        ),
    )


def export_audit(
    *,
    principal: str | None = None,
    action: str | None = None,
    outcome: str | None = None,
    resource: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    kind: str | None = None,
) -> Call[bytes]:
    """All lines that fit, as a file of CSV or of JSON lines."""
    return Call(
        "GET",
        address("audit", "export"),
        query=given(
            principal=principal,
            action=action,
            outcome=outcome,
            resource=resource,
            since=since,
            until=until,
            format=kind,
        ),
    )


def get_me() -> Call[Me]:
    """Who asks, what that one may do, and where it is signed in."""
    return Call("GET", address("auth", "me"), "services.accounts.views:Me")


def list_policies() -> Call[RuleList]:
    """The rules beside the roles."""
    return Call("GET", address("policies"), "services.accounts.policy_views:RuleList")


def add_policy(given_: NewRule) -> Call[Rule]:
    """Allow or deny somebody something, somewhere; it holds in every process within a second."""
    return Call("POST", address("policies"), "domain.access:Rule", body=given_)


def remove_policy(rule_id: str) -> Call[None]:
    """Take a rule away."""
    return Call("DELETE", address("policies", rule_id))


def list_roles() -> Call[Roles]:
    """The roles, the least first, and every permission in words."""
    return Call("GET", address("roles"), "services.accounts.policy_views:Roles")


def list_tokens(*, everybody: bool | None = None) -> Call[TokenList]:
    """One's own API tokens, or everybody's; never the tokens themselves."""
    return Call("GET", address("tokens"), "services.accounts.views:TokenList", query=given(everybody=everybody))


def create_token(given_: NewToken) -> Call[CreatedToken]:
    """Make an API token; it is shown in this answer and never again."""
    return Call("POST", address("tokens"), "services.accounts.views:CreatedToken", body=given_, takes_key=False)


def revoke_token(token_id: str) -> Call[TokenView]:
    """Make a token worthless at once."""
    return Call("DELETE", address("tokens", token_id), "services.accounts.views:TokenView")


def list_users(*, limit: int | None = None) -> Call[UserPage]:
    """Accounts, newest first."""
    return Call("GET", address("users"), "services.accounts.views:UserPage", query=given(limit=limit))


def create_user(given_: NewUser) -> Call[UserView]:
    """Create an account; without a password, hand the person a one-time link."""
    return Call("POST", address("users"), "services.accounts.views:UserView", body=given_)


def get_user(user_id: str) -> Call[UserView]:
    """One account."""
    return Call("GET", address("users", user_id), "services.accounts.views:UserView")


def update_user(user_id: str, given_: UserChange, *, if_match: str) -> Call[UserView]:
    """Change an account; disabling it takes every access away at once."""
    return Call("PATCH", address("users", user_id), "services.accounts.views:UserView", body=given_, if_match=if_match)


def make_reset_link(user_id: str) -> Call[ResetLink]:
    """Make a one-time link with which the person sets a password; it is shown once and holds for a day."""
    return Call("POST", address("users", user_id, "reset-link"), "services.accounts.views:ResetLink", takes_key=False)


def set_user_role(user_id: str, given_: RoleChange, *, if_match: str) -> Call[UserView]:
    """Give an account a role, everywhere or in one place, or take it away."""
    return Call(
        "PUT", address("users", user_id, "role"), "services.accounts.views:UserView", body=given_, if_match=if_match
    )


def invite_user(user_id: str) -> Call[None]:
    """Send the person a mail with a one-time link to set a password."""
    return Call("POST", address("users", user_id, "invitation"))


def reset_password(given_: PasswordReset) -> Call[None]:
    """Set a password by a one-time link; every session of the account ends."""
    return Call("POST", address("auth", "reset"), body=given_, takes_key=False)
