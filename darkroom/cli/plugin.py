"""`darkroom plugin`: operations of others, each in an environment and in processes of its own."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.options import AsJson, Home, load_settings
from darkroom.cli.output import console, plural, show_json, show_table

if TYPE_CHECKING:
    from darkroom.imaging.plugins.manifest import Manifest
    from darkroom.imaging.plugins.shelf import Shelf

app = typer.Typer(
    help="Plug-ins: operations of others, each in an environment of its own and with no more rights than you grant.",
    no_args_is_help=True,
)

Source = Annotated[Path, typer.Argument(metavar="SOURCE", help="Its folder, or a wheel or zip of it.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A plug-in.")]
_MEANINGS = {
    "network": "make connections, also to this Darkroom",
    "processes": "start other programs",
    "gpu": "use the devices of a graphics card, and see other processes and the hardware",
    "unconfined": "do what this system cannot keep it from: see `enforced` in `darkroom plugin list --json`",
}


@app.command("new")
def new_plugin(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write it; must not hold anything.")],
    *,
    name: Annotated[str | None, typer.Option(help="Its name [that of the folder].")] = None,
) -> None:
    """Write a plug-in to begin with: a manifest, an operation, a golden picture. It passes `check` as it is."""
    from darkroom.imaging.plugins.template import begin

    begin(folder, name or folder.resolve().name)
    typer.echo(f"Written to {folder}. Try it with `darkroom plugin check {folder}`.")


@app.command()
def check(
    source: Source,
    *,
    update: Annotated[
        bool, typer.Option("--update", help="Write golden pictures that are missing or differ; look at them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a plug-in: its manifest, every kind of picture, the same result twice, its golden pictures. Installs nothing.

    Exit code 1 when something is wrong.
    """
    from darkroom.imaging.plugins import environment
    from darkroom.imaging.plugins.check import problems
    from darkroom.imaging.plugins.manifest import read_manifest
    from darkroom.imaging.plugins.shelf import unpacked

    if update and not source.is_dir():
        raise typer.BadParameter("golden pictures are written into a folder; give that of the plug-in")
    with tempfile.TemporaryDirectory(prefix="darkroom-plugin-") as folder:
        place = Path(folder)
        unpacked(source, place / "code")
        manifest = read_manifest(place / "code")
        environment.build(place, manifest.requires)
        found = problems(place, manifest, update=update)
        if update and (place / "code" / "golden").is_dir():
            shutil.copytree(place / "code" / "golden", source / "golden", dirs_exist_ok=True)
    if as_json:
        show_json({"name": manifest.name, "version": manifest.version, "golden": found.golden, "wrong": found.wrong})
    else:
        for words in found.wrong:
            typer.secho(words, fg="red", err=True)
        kinds = plural(len(manifest.operations), "operation")
        typer.echo(
            f"{manifest.name} {manifest.version}: {kinds}, {plural(found.golden, 'golden picture')} as they should be."
        )
    if found.wrong:
        raise typer.Exit(1)


@app.command()
def install(
    source: Source,
    *,
    grant: Annotated[
        list[str] | None, typer.Option("--grant", help="A permission that it may have; several times for several.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Install a plug-in after its check, or another version of it; asks for each permission that it needs and --grant does not name."""

    def granted(manifest: Manifest, needed: tuple[str, ...]) -> Collection[str]:
        return [one for one in needed if one in (grant or ()) or _asked(manifest.name, one, quiet=as_json)]

    shelf = _shelf(home)
    made = shelf.install(source, granted)
    if as_json:
        show_json(made.model_dump(mode="json"))
    else:
        names = ", ".join(f"{made.manifest.name}/{one}" for one in made.manifest.operations)
        typer.echo(
            f"Installed {made.manifest.name} {made.manifest.version}: {names}. It may: {', '.join(made.granted) or 'nothing else'}."
        )
        if not shelf.enabled(made.manifest.name):
            typer.echo(f"It is switched off, as before: `darkroom plugin enable {made.manifest.name}` switches it on.")


@app.command("list")
def list_plugins(*, home: Home = None, as_json: AsJson = False) -> None:
    """List installed plug-ins, with what each may do."""
    from darkroom.imaging.plugins.sandbox import enforced

    shelf = _shelf(home)
    found = list(shelf)
    held = enforced()
    if as_json:
        items = [one.model_dump(mode="json") | {"enabled": shelf.enabled(one.manifest.name)} for one in found]
        show_json({"items": items, "enforced": held})
        return
    if not found:
        typer.echo("No plug-ins. `darkroom plugin new FOLDER` begins one.")
    else:
        rows = [
            (
                one.manifest.name, one.manifest.version, "on" if shelf.enabled(one.manifest.name) else "off",
                len(one.manifest.operations), one.manifest.licence, ", ".join(one.granted) or "nothing else",
            )
            for one in found
        ]  # fmt: skip
        show_table(["name", "version", "state", "operations", "licence", "may"], rows, right=["operations"])
    if loose := [name for name, can in held.items() if not can]:
        console().print(f"[yellow]This system does not hold plug-ins to:[/] {', '.join(loose)}")


@app.command()
def show(name: Name, *, home: Home = None, as_json: AsJson = False) -> None:
    """Show a plug-in: its operations, permissions and limits."""
    one = _shelf(home).get(name)
    if as_json:
        show_json(one.model_dump(mode="json"))
        return
    about = one.manifest
    console().print(
        f"[bold]{about.name}[/] {about.version}, {about.licence}{f', by {about.author}' if about.author else ''}"
    )
    typer.echo(about.summary)
    typer.echo(f"May: {', '.join(one.granted) or 'nothing but see a picture and give one back'}")
    typer.echo(f"Per picture: {about.limits.seconds:g} s, {about.limits.memory_mb:,} MB")
    typer.echo(f"Compared with {plural(one.golden, 'golden picture')}; files {one.digest[:16]}")
    rows = [(f"{about.name}/{key}", part.version, part.summary) for key, part in about.operations.items()]
    show_table(["operation", "version", "what it does"], rows, right=["version"])


@app.command()
def enable(name: Name, *, home: Home = None) -> None:
    """Switch a plug-in on that was switched off."""
    _switch(home, name, on=True)


@app.command()
def disable(name: Name, *, home: Home = None) -> None:
    """Switch a plug-in off: its files and permissions stay, its operations cannot be used."""
    _switch(home, name, on=False)


@app.command()
def remove(name: Name, *, home: Home = None) -> None:
    """Remove a plug-in; recipes that name its operations say then that it is missing."""
    _shelf(home).remove(name)
    typer.echo(f"Removed {name}.")


def _switch(home: Path | None, name: str, *, on: bool) -> None:
    changed = _shelf(home).switch(name, on=on)
    typer.echo(f"{name} is {'on' if on else 'off'}{' now' if changed else ' already'}.")


def _asked(name: str, permission: str, *, quiet: bool) -> bool:
    """Whether somebody at a terminal grants it."""
    if quiet or not sys.stdin.isatty():
        return False
    kind, _, path = permission.partition(":")
    meaning = f"read {path}" if kind == "read" else _MEANINGS.get(kind, kind)
    return typer.confirm(f"{name} asks to {meaning}. Grant {permission}?", default=False)


def _shelf(home: Path | None) -> Shelf:
    from darkroom.imaging.plugins.shelf import Shelf

    return Shelf(load_settings(home=home).plugins)
