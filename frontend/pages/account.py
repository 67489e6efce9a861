"""The account of whoever is signed in."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.elsewhere import ELSEWHERE
from frontend.layout import framed


@rx.page("/account", title="Account · Darkroom", description="One's own account")
@framed("/account")
def account() -> rx.Component:
    """One's own account: name, password, sessions, permissions and API tokens."""
    return local.account(errors=ELSEWHERE)
