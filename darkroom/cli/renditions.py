"""`darkroom renditions`: recipes run on pictures of the library, as orders that go on in the background."""

from __future__ import annotations

import contextlib
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.given import read_text
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, duration, plural, show_json, show_list, size
from darkroom.cli.user import checked

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.services.recipes.order_views import Estimate, Interval, OrderGiven, OrderView

app = typer.Typer(
    help="Recipes run on pictures of the library: `order` begins, `wait` shows how far it is. "
    "For files outside the library there is `darkroom apply`.",
    no_args_is_help=True,
)

OrderId = Annotated[str, typer.Argument(metavar="ID", help="An order, as `darkroom renditions list` names it.")]
_LOOK_EVERY = 0.5
_OVER = ("done", "cancelled")


@app.command()
def order(
    images: Annotated[list[str] | None, typer.Argument(metavar="[IMAGE]...", help="Ids of pictures.")] = None,
    *,
    preset: Annotated[str | None, typer.Option(help="Name of a preset, or `name@version`.")] = None,
    recipe: Annotated[Path | None, typer.Option(metavar="FILE", help="A recipe (YAML or JSON) instead.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", "-t", help="Pictures with this tag; all of several.")
    ] = None,
    search: Annotated[str | None, typer.Option("--search", "-q", help="Pictures that these words find.")] = None,
    batch: Annotated[str | None, typer.Option(help="Pictures that this batch brought in.")] = None,
    where: Annotated[
        str | None, typer.Option(metavar="EXPRESSION", help="Pictures that fit, as 'rating>=4 -tag:ocean'.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every picture of the library.")] = False,
    priority: Annotated[str, typer.Option(help="`low`, `normal`, or for those who may, `high`.")] = "normal",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how many, how long and how large.")] = False,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Show progress until it is over.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Have a recipe run on pictures; what is there already is not made again.

    Exit code 1 with --wait when some pictures failed, or somebody cancelled it.
    """
    from darkroom.client import recipes

    filters = {"tag": tuple(tag or ()), "q": search, "batch": batch, "where": where}
    given = _given(images, preset, recipe, filters, priority, everything=everything)
    with connected(home, url, profile) as client:
        if dry_run:
            _show_estimate(client.send(recipes.estimate_renditions(given)), as_json=as_json)
            return
        found = client.send(recipes.order_renditions(given))
        if wait:
            found = _watch(client, found, quiet=as_json)
    _show(found, as_json=as_json, waited=wait)


@app.command("list")
def list_orders(
    *,
    state: Annotated[
        list[str] | None, typer.Option(help="`queued`, `running`, `done` or `cancelled`; several times: any of them.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most orders to list.")] = 50,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List orders, newest first."""
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        call = recipes.list_rendition_orders(limit=min(limit, 200), state=tuple(state or ()))
        show_list(
            islice(client.items(call), limit), as_json,
            empty="No orders.",
            columns=["id", "recipe", "state", "pictures", "done", "failed"], row=lambda one: (one.id, one.recipe_name, one.state, one.total, one.done, one.failed), right=["pictures", "done", "failed"],
        )  # fmt: skip


@app.command()
def show(
    order_id: OrderId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Show how far an order is."""
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        found = client.send(recipes.get_rendition_order(order_id))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    typer.echo(_sentence(found))
    if found.seconds_left:
        typer.echo(f"About {duration(found.seconds_left)} left.")


@app.command()
def wait(
    order_id: OrderId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Show progress until an order is over; Ctrl-C only ends the watching.

    Exit code 1 when some pictures failed, or somebody cancelled it.
    """
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        found = _watch(client, client.send(recipes.get_rendition_order(order_id)), quiet=as_json)
    _show(found, as_json=as_json, waited=True)


@app.command()
def cancel(
    order_id: OrderId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Stop an order; what is made stays, and the same order again goes on from there."""
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        found = client.send(recipes.cancel_rendition_order(order_id))
    show_json(found.model_dump(mode="json")) if as_json else typer.echo(_sentence(found))


def _given(
    images: list[str] | None, preset: str | None, recipe: Path | None, filters: dict[str, Any], priority: str,
    *, everything: bool,
) -> OrderGiven:  # fmt: skip
    """What is asked for, or words on what is missing."""
    from darkroom.services.recipes.order_views import OrderGiven

    filtered = any(filters.values())
    if bool(images) + bool(filtered or everything) != 1 or (filtered and everything):
        raise typer.BadParameter("name pictures, or filter them by --tag, --search, --batch or --where, or take --all")
    if (preset is None) == (recipe is None):
        raise typer.BadParameter("give --preset or --recipe")
    values: dict[str, Any] = {"images": tuple(images)} if images else {"query": {k: v for k, v in filters.items() if v}}
    values |= {"preset": preset} if recipe is None else {"recipe": read_text(recipe, "recipe")}
    return checked(OrderGiven, **values, priority=priority)


def _watch(client: Client, found: OrderView, *, quiet: bool) -> OrderView:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from darkroom.client import recipes

    screen = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    hidden = quiet or not screen.is_terminal
    with Progress(*columns, console=screen, transient=True, disable=hidden) as progress:
        bar = progress.add_task(found.recipe_name, total=found.total)
        with contextlib.suppress(KeyboardInterrupt):
            while found.state not in _OVER:
                time.sleep(_LOOK_EVERY)
                found = client.send(recipes.get_rendition_order(found.id))
                progress.update(bar, completed=found.done, total=found.total)
    return found


def _show(found: OrderView, *, as_json: bool, waited: bool) -> None:
    show_json(found.model_dump(mode="json")) if as_json else typer.echo(_sentence(found))
    if waited and (found.failed or found.state == "cancelled"):
        raise typer.Exit(1)


def _sentence(found: OrderView) -> str:
    counts = f"{found.made:,} made ({size(found.made_bytes)}{_saved(found)}), {found.reused:,} there already, {found.failed:,} failed"
    words = f"Order {found.id} is {found.state}: {found.recipe_name} on {plural(found.total, 'picture')}; {counts}."
    if found.short:
        words += f"\n{plural(found.short, 'result')} missed the likeness or the size that the recipe looks for."
    return words + (f"\nSee why with `darkroom failures list`: {_codes(found)}." if found.failed else "")


def _saved(found: OrderView) -> str:
    """How much less the results take than their sources; nothing where they do not, or nobody counted."""
    if found.source_bytes <= found.made_bytes:
        return ""
    return f" from {size(found.source_bytes)}, {1 - found.made_bytes / found.source_bytes:.0%} less"


def _codes(found: OrderView) -> str:
    return ", ".join(f"{code} ({count:,})" for code, count in sorted(found.failures_by_code.items()))


def _show_estimate(found: Estimate, *, as_json: bool) -> None:
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    typer.echo(
        f"{plural(found.pictures, 'picture')}: {found.to_compute:,} to make, {found.reused:,} there already; "
        f"{_span(found.seconds, duration)}, {_span(found.bytes, size)}{_price(found)}."
    )  # fmt: skip


def _price(found: Estimate) -> str:
    if found.cost is None:
        return ""
    return f", {_span(found.cost, lambda value: f'{value:.2f} {found.currency}')}"


def _span(found: Interval | None, words: Any) -> str:
    if found is None:
        return "not known how much"
    return f"about {words(found.expected)} ({words(found.low)} to {words(found.high)})"
