"""The gallery."""

import reflex as rx


@rx.page("/", title="Gallery · Darkroom")
def gallery() -> rx.Component:
    """The pictures."""
    from frontend.state import ShellState

    return rx.text("gallery ", ShellState.dagster_url)
