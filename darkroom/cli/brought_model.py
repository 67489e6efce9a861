"""`darkroom brought-model`: models that others trained, for steps of recipes."""

from __future__ import annotations

from typing import Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.model import version_of
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import show_json, show_table, size
from darkroom.cli.user import checked

app = typer.Typer(help="Models that others trained, for steps of recipes.", no_args_is_help=True)


@app.command("list")
def list_brought_models(
    *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:  # fmt: skip
    """List them, and the files that could be brought."""
    from darkroom.client import registry

    with connected(home, url, profile) as client:
        found = client.send(registry.list_brought_models())
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    if found.items:
        rows = [(one.id, one.task, one.licence, size(one.bytes), one.source) for one in found.items]
        show_table(["model", "task", "licence", "size", "file"], rows, right=["size"])
    else:
        typer.echo("No model was brought. Bring one with `darkroom brought-model add NAME FILE`.")
    known = {one.source for one in found.items}
    if left := [one for one in found.files if one not in known]:
        typer.echo(f"In the folder `models`, not brought yet: {', '.join(left)}")


@app.command("add")
def bring_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What steps will call it.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="An ONNX file in `models` of the home folder.")],
    *,
    task: Annotated[
        str,
        typer.Option(help="What it does: enhancement, denoise, super_resolution, style, detection or segmentation."),
    ],
    licence: Annotated[str, typer.Option(help="Under which it came, as BSD-3-Clause: it is told where it is chosen.")],
    about: Annotated[str, typer.Option(help="Where it is from and what it is for.")] = "",
    values: Annotated[
        str | None, typer.Option(help="Range of values that it was trained with: 0..1, 0..255, -1..1, imagenet or bgr.")
    ] = None,
    factor: Annotated[int | None, typer.Option(help="How many times larger it makes pictures.")] = None,
    tile: Annotated[int | None, typer.Option(help="Side of the parts that a large picture goes through in.")] = None,
    overlap: Annotated[int | None, typer.Option(help="What neighbouring parts share.")] = None,
    multiple: Annotated[int | None, typer.Option(help="Sides that it takes are multiples of this.")] = None,
    side: Annotated[int | None, typer.Option(help="Side at which a detector looks.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="What it finds, a class each, in their order.")] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Bring an ONNX file as the next version of a model: it is tried in a process of its own, and kept with the library."""
    from darkroom.cli.work import insist, watch
    from darkroom.client import registry
    from darkroom.services.training.brought_views import NewBroughtModel

    usual = {
        "values": values, "factor": factor, "tile": tile, "overlap": overlap, "multiple": multiple, "side": side,
        "labels": label or [],
    }  # fmt: skip
    given = checked(NewBroughtModel, name=name, file=file, task=task, licence=licence, about=about, usual=usual)
    with connected(home, url, profile) as client:
        done = watch(client, client.send(registry.bring_model(given)), quiet=as_json)
        found = client.send(registry.list_brought_models()).items
    insist(done)
    version = next(one for one in found if one.name == name)
    if as_json:
        show_json(version.model_dump(mode="json"))
    else:
        typer.echo(f"{version.id} is there: steps of recipes take it as `model: {name}`.")


@app.command("delete")
def delete_brought_model(
    version: Annotated[str, typer.Argument(metavar="NAME@NUMBER", help="A version.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Forget a version that nothing uses; refused with what uses it."""
    from darkroom.client import registry

    name, number = version_of(version)
    with connected(home, url, profile) as client:
        client.send(registry.delete_brought_model(name, number))
    typer.echo(f"{version} is forgotten.")
