"""`darkroom show`: one picture, and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, plural, show_json, show_table, size

if TYPE_CHECKING:
    from darkroom.services.gallery_views import ImageDetail
    from darkroom.services.lineage_views import LineageGraph, LineageNode


def show(
    image: Annotated[str, typer.Argument(metavar="ID", help="A picture, as `darkroom find` names it.")],
    *,
    lineage: Annotated[
        bool, typer.Option("--lineage", help="Where it came from and what came of it, in place of what is known of it.")
    ] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show what is known of a picture, or with --lineage its files, renditions, datasets, models and reports."""
    from darkroom.client import library

    with connected(home, url, profile) as client:
        found = client.send(library.get_lineage(image) if lineage else library.get_image(image))
    if as_json:
        show_json(found.model_dump(mode="json"))
    elif lineage:
        _tree(found)  # type: ignore[arg-type]
    else:
        _facts(found)  # type: ignore[arg-type]


def _facts(found: ImageDetail) -> None:
    capture, place = found.capture, found.capture.location
    rows = [
        ("name", found.name),
        ("title", found.title),
        ("taken", capture.taken_at),
        ("camera", capture.camera),
        ("lens", capture.lens),
        ("place", f"{place.latitude:.4f}, {place.longitude:.4f}" if place else None),
        ("pixels", f"{found.width}x{found.height}"),
        ("file", f"{found.format}, {size(found.bytes)}"),
        ("quality", " ".join([f"{found.quality.score:.0%}", *found.quality.problems])),
        ("rating", found.rating or None),
        ("tags", ", ".join(found.tags) or None),
        ("added", f"{found.ingested_at:%Y-%m-%d %H:%M}"),
        ("batch", found.batch),
    ]
    show_table(["", ""], [row for row in rows if row[1] is not None])


def _tree(graph: LineageGraph) -> None:
    """Each thing below the one that it was made of; what has several origins stands below each."""
    from rich.text import Text
    from rich.tree import Tree

    nodes = {one.id: one for one in graph.nodes}
    targets = {edge.target for edge in graph.edges}

    def grow(tree: Tree, node: LineageNode, words: str) -> None:
        named = " · ".join(one for one in (node.name, words or node.words) if one)
        branch = tree.add(Text(f"{node.kind} {named}"))
        for edge in graph.edges:
            if edge.source == node.id:
                grow(branch, nodes[edge.target], edge.words)

    top = Tree("", hide_root=True)
    for one in graph.nodes:
        if one.id not in targets:
            grow(top, one, "")
    console().print(top)
    for kind, count in graph.more.items():
        typer.echo(f"and {plural(count, f'more {kind}')}")
    if graph.unread:
        typer.echo(f"{plural(graph.unread, 'version')} of datasets were not looked at yet: ask again in a moment.")
