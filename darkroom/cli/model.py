"""`darkroom model`: versions that trainings leave, which of them is used, and how they get out."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, figure, show_json, show_list, show_table
from darkroom.cli.user import checked
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.domain.training import ModelLine, ModelVersion

app = typer.Typer(help="Models: versions that trainings leave, and which of them is used.", no_args_is_help=True)

CHAMPION = "champion"
_ONNX = "model.onnx"


@app.command("list")
def list_models(
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most models to list.")] = 50,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List models and which version each alias leads to, newest first."""
    from darkroom.client import registry

    with connected(home, url, profile) as client:
        show_list(
            islice(client.items(registry.list_models(limit=min(limit, 200))), limit), as_json,
            empty="No models. Train one with `darkroom train`.",
            columns=["name", "task", "versions", "aliases"], row=lambda one: (one.id, one.task, one.latest, aliases_of(one)), right=["versions"],
        )  # fmt: skip


@app.command("show")
def show_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show the versions of a model and what each is worth."""
    from darkroom.client import registry

    with connected(home, url, profile) as client:
        found = client.send(registry.get_model(name))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    console().print(f"[bold]{found.model.id}[/] {aliases_of(found.model)}")
    rows = [
        (one.number, one.dataset, figure(one.metrics[0]), found.licences.get(str(one.number), "unknown"), one.report)
        for one in found.versions
    ]
    show_table(["version", "dataset", "worth", "licence", "report"], rows, right=["version"])


@app.command("promote")
def promote_model(
    version: Annotated[str, typer.Argument(metavar="NAME@NUMBER", help="A version of a model.")],
    *,
    alias: Annotated[str, typer.Option(help="The alias that is to lead to it.")] = "champion",
    force: Annotated[
        bool, typer.Option("--force", help="Also when it is worse, or was judged by other pictures.")
    ] = False,
    why: Annotated[str, typer.Option(help="Why, for those who look later.")] = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Let an alias lead to a version; back to an earlier one is the same."""
    from darkroom.client import registry
    from darkroom.services.training.views import Promotion

    name, number = version_of(version)
    given = checked(Promotion, number=number, alias=alias, force=force, why=why)
    with connected(home, url, profile) as client:
        found = client.send(registry.promote_model(name, given))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{found.model.id}: {aliases_of(found.model)}")


@app.command("export")
def export_model(
    model: Annotated[str, typer.Argument(metavar="NAME[@NUMBER|@ALIAS]", help="A model; alone, its champion.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write to; made where it is missing.")],
    *,
    onnx: Annotated[bool, typer.Option("--onnx", help="Only `model.onnx`, which needs no PyTorch.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Write the files of a model into a folder, each checked by its hash; they are used without Darkroom."""
    from darkroom.client import training

    with connected(home, url, profile) as client:
        version = meant(client, model)
        kept = client.send(training.get_checkpoint(version.checkpoint))
        wanted = [one for one in kept.files if not onnx or one.name == _ONNX]
        if not wanted:
            why = kept.not_exported or "It was not exported."
            raise Error("not_found", f"{version.id} has no {_ONNX}: {why}", remedy="Leave out --onnx.")
        _make(folder)
        written = [
            client.download(
                training.get_checkpoint_file(kept.id, one.name, sha256=one.key), folder / Path(one.name).name
            )
            for one in wanted
        ]
    if as_json:
        show_json({"model": version.id, "checkpoint": kept.id, "files": [str(one) for one in written]})
        return
    typer.echo(f"{version.id}: {', '.join(one.name for one in written)} in {folder}.")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Error("storage_io", f"{folder}: {error.strerror}.", remedy="Name a folder to write to.") from error


def version_of(words: str) -> tuple[str, int]:
    """Name and number of a version that must be named, as NAME@NUMBER.

    Raises:
        typer.BadParameter: it is not.
    """
    name, _, number = words.partition("@")
    if not number.isdigit():
        raise typer.BadParameter(f"{words} names no version; write NAME@NUMBER")
    return name, int(number)


def meant(client: Client, words: str) -> ModelVersion:
    """The version that `name`, `name@3` or `name@alias` means.

    Raises:
        Error: `not_found`.
    """
    from darkroom.client import registry

    name, _, which = words.partition("@")
    found = client.send(registry.get_model(name))
    number = int(which) if which.isdecimal() else found.model.aliases.get(which or CHAMPION)
    version = next((one for one in found.versions if one.number == number), None)
    if version is None:
        remedy = f"`darkroom model show {name}` shows its versions and aliases."
        cause = f"The model {name} has no version {which!r}." if which else f"{name} has no {CHAMPION}: name a version."
        raise Error("not_found", cause, remedy=remedy)
    return version


def aliases_of(line: ModelLine) -> str:
    """Where the aliases of a model lead."""
    return ", ".join(f"{alias} -> {number}" for alias, number in sorted(line.aliases.items()))
