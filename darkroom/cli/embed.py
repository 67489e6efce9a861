"""`darkroom embed`: have a model look at all pictures, so that those alike to it are found."""

from __future__ import annotations

from typing import Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import show_json, show_table, size
from darkroom.cli.user import checked
from darkroom.errors import Error


def embed(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL[@NUMBER]", help="A classifier of the registry [show what is known].")
    ] = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Show progress until it has seen all.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Have a model look at the pictures that it has not seen yet; similar pictures are found by what it knows of them.

    Asked again after more pictures came in, it looks at those alone. What broke off goes on where it was.
    """
    from darkroom.cli.work import refused, watch
    from darkroom.client import training
    from darkroom.services.training.embedding_views import EmbeddingGiven

    with connected(home, url, profile) as client:
        if model is not None:
            begun = client.send(training.embed_pictures(checked(EmbeddingGiven, model=model)))
            done = watch(client, begun, quiet=as_json) if wait else begun
            if (error := refused(done)) is not None:
                raise error
            if wait and done.state != "done":
                raise Error("conflict", f"The operation {done.id} was stopped.")
        found = client.send(training.list_embeddings())
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    rows = [(one.model, f"{one.pictures:,} of {one.of:,}", str(one.dims), size(one.bytes)) for one in found.items]
    show_table(["model", "pictures", "numbers each", "size"], rows, right=["pictures", "numbers each", "size"])
