"""`darkroom find`: pictures by an expression of the query language."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import show_list, size


def find(
    where: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help="As 'rating>=4 taken:2025 -tag:ocean'; \"\" is every picture.")
    ],
    *,
    sort: Annotated[
        str | None,
        typer.Option(
            help="Order, as `-taken_at`, `name` or `-quality` [newest first; most alike first where it compares]."
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="Most pictures to list.")] = 50,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List the pictures that fit an expression of the query language."""
    from darkroom.client import library

    with connected(home, url, profile) as client:
        filters: library.Filters = {"where": where, "sort": sort} if sort else {"where": where}
        call = library.list_images(limit=min(limit, 500), **filters)
        show_list(
            islice(client.items(call), limit), as_json,
            empty="No pictures.",
            columns=["id", "name", "taken", "rating", "pixels", "size"], row=lambda one: (one.id, one.name, f"{one.taken_at:%Y-%m-%d}" if one.taken_at else "", one.rating or "", f"{one.width}x{one.height}", size(one.bytes)), right=["rating", "size"],
        )  # fmt: skip
