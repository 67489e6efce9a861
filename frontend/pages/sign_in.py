"""Signing in."""

from __future__ import annotations

import reflex as rx

from frontend.components import local
from frontend.elsewhere import ELSEWHERE
from frontend.layout import bare


@rx.page("/sign-in", title="Sign in · Darkroom", description="Sign in to Darkroom")
@bare
def sign_in() -> rx.Component:
    """Address and password, or an account at another provider."""
    return local.sign_in(errors=ELSEWHERE)
