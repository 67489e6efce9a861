"""The frame around each page."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import reflex as rx
from reflex_base.registry import RegistrationContext

from frontend.components.local import boundary, shell_tools, skip_link
from frontend.state import ShellState


class Place(NamedTuple):
    """An entry of the navigation."""

    name: str
    """Words for it."""
    route: str
    """Where it leads."""
    icon: str
    """Name of its Lucide icon."""


PLACES = (
    Place("Gallery", "/", "images"),
    Place("Collections", "/collections", "folder-tree"),
    Place("Develop", "/develop", "sliders-horizontal"),
    Place("Learn", "/training", "graduation-cap"),
    Place("Activity", "/activity", "activity"),
)
"""The navigation, in order. A page without an entry, or one in the account menu, can't be found."""

LEARN_PLACES = ("/datasets", "/annotate", "/experiments", "/models", "/report")
"""Pages beside the trainings, on the tabs of `assets/ui/learn/parts.jsx` or behind what they list."""

ORGANISE_PLACES = ("/tags", "/rules")
"""Pages beside the collections, on the tabs of `assets/ui/organise.jsx`."""

ACCOUNT_PLACES = ("/account", "/people", "/audit", "/trash", "/plugins")
"""Pages of the account menu (`assets/ui/menu.jsx`), which shows whoever may use them."""

MISSING = "404"
"""The page of all addresses that lead nowhere."""

MAKERS_PLACES = ("/design",)
"""Pages for whoever works on Darkroom; the palette leads administrators there."""

OUTSIDE = ("/sign-in", "/setup", "/reset")
"""Pages for people who are not signed in, without the frame; `assets/ui/paths.js` leads to them."""


def _entry(place: Place, here: str) -> rx.Component:
    current = {"aria-current": "page"} if place.route == here else {}
    return rx.el.li(
        rx.link(
            rx.icon(place.icon, size=20, stroke_width=1.6, aria_hidden="true"),
            rx.el.span(place.name),
            href=place.route,
            underline="none",
            class_name="dr-nav-link",
            custom_attrs=current,
        )
    )


def _pages() -> list[list[str]]:
    """Every page with the frame, as its address and the name that its window bears."""
    pages = [(page["route"], page["title"]) for _, page in RegistrationContext.get().decorated_pages]
    order = [place.route for place in PLACES]
    pages.sort(key=lambda page: order.index(page[0]) if page[0] in order else len(order))
    return [[route, title.partition(" · ")[0]] for route, title in pages if route not in (*OUTSIDE, MISSING)]


def _navigation(here: str) -> rx.Component:
    return rx.el.nav(
        rx.link(
            rx.image(src="/logo.svg", alt="", width="30px", height="30px"),
            href="/",
            class_name="dr-brand",
            custom_attrs={"aria-label": "Darkroom", "title": "Darkroom"},
        ),
        rx.el.ul(*(_entry(place, here) for place in PLACES), class_name="dr-nav"),
        rx.link(
            rx.icon("workflow", size=18, stroke_width=1.6, aria_hidden="true"),
            rx.el.span("Dagster"),
            href=ShellState.dagster_url,
            is_external=True,
            underline="none",
            class_name="dr-nav-link dr-nav-out",
        ),
        shell_tools(pages=_pages()),
        class_name="dr-rail",
        aria_label="Main",
    )


def bare(page: Callable[[], rx.Component]) -> Callable[[], rx.Component]:
    """Decorate a page function: nothing around it but what styles need, for people who are not signed in."""

    def whole() -> rx.Component:
        return rx.el.div(boundary(page()), class_name="dr-frame dr-frame-bare")

    whole.__name__ = page.__name__
    whole.__doc__ = page.__doc__
    return whole


def framed(route: str) -> Callable[[Callable[[], rx.Component]], Callable[[], rx.Component]]:
    """Decorate a page function: navigation, status and uploads around what it returns.

    Args:
        route: the page's own address, to mark it in the navigation.
    """

    def decorate(page: Callable[[], rx.Component]) -> Callable[[], rx.Component]:
        def whole() -> rx.Component:
            return rx.el.div(
                skip_link(),
                _navigation(route),
                boundary(page()),
                class_name="dr-frame",
            )

        whole.__name__ = page.__name__
        whole.__doc__ = page.__doc__
        return whole

    return decorate
