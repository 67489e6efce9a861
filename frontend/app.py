"""The web app: pages, styles, and the REST API in the same process."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_base.environment import environment

from frontend.origin import ServeOwnOrigin
from frontend.pages import (
    account,
    activity,
    annotate,
    audit,
    collections,
    datasets,
    design,
    develop,
    experiments,
    gallery,
    missing,
    models,
    people,
    plugins,
    report,
    reset,
    rules,
    setup,
    sign_in,
    tags,
    training,
    trash,
)
from frontend.theme import EARLY_THEME, STYLESHEETS

PAGES = (
    gallery, collections, tags, rules, develop, training, datasets, annotate, experiments, models, report, activity, account,
    people, audit, trash, plugins, design, sign_in, setup, reset, missing,
)  # fmt: skip
"""Page modules; one that is not imported here does not exist."""


def _transformers() -> list[Any]:
    """REST outside, Reflex inside; nothing while the static build is made."""
    if not environment.REFLEX_SKIP_COMPILE.get():
        return []
    from darkroom.api.app import create_app

    return [ServeOwnOrigin, create_app()]


_HEAD = [
    rx.el.script(dangerously_set_inner_html={"__html": EARLY_THEME}),
    rx.el.link(rel="icon", href="/logo.svg", type="image/svg+xml"),
    rx.el.meta(name="referrer", content="same-origin"),
]

app = rx.App(stylesheets=STYLESHEETS, head_components=_HEAD, html_lang="en", api_transformer=_transformers())
"""What Reflex and granian load."""

# Reflex's own notice of a lost connection names sockets and ports; ours (in the shell) says what is known.
app.app_wraps.pop((5, "Overlay"))
