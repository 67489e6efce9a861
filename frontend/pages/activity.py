"""Activity."""

import reflex as rx


@rx.page("/activity", title="Activity · Darkroom")
def activity() -> rx.Component:
    """What is going on."""
    return rx.text("activity")
