"""`darkroom model`: cards, notes, uses, the gate of a line, going back, and making a version again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.model import CHAMPION, aliases_of, app, meant, version_of
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import show_json, show_table, write_file
from darkroom.cli.user import checked

__all__ = ["app"]

Meant = Annotated[str, typer.Argument(metavar="NAME[@NUMBER|@ALIAS]", help="A model; alone, its champion.")]


@app.command("card")
def show_card(
    model: Meant,
    *,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as an HTML page.")] = None,
    out: Annotated[Path | None, typer.Option("--md", metavar="FILE", help="Write it as a Markdown file.")] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Show the card of a version: use, figures, data, configuration, machine, rights; as Markdown, or written to files."""
    from darkroom.client import registry

    with connected(home, url, profile) as client:
        one = meant(client, model)
        if html is not None:
            write_file(html, client.send(registry.get_model_card(one.name, one.number, format="html")))
        text = client.send(registry.get_model_card(one.name, one.number)) if out is not None or html is None else b""
    if out is not None:
        write_file(out, text)
    elif html is None:
        typer.echo(text.decode(), nl=False)


@app.command("note")
def note_model(
    model: Meant,
    *,
    tag: Annotated[list[str] | None, typer.Option(help="A tag to set; several times for several.")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="A tag to unset.")] = None,
    use: Annotated[str | None, typer.Option(help="What it is meant for, and what not.")] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Set and unset tags of a version, and say what it is meant for."""
    from darkroom.client import registry
    from darkroom.services.training.views import ModelNotes

    given = checked(ModelNotes, add_tags=tuple(tag or ()), remove_tags=tuple(untag or ()), intended_use=use)
    with connected(home, url, profile) as client:
        one = meant(client, model)
        found = client.send(registry.note_model(one.name, one.number, given))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{found.id}: {', '.join(found.tags) or 'no tags'}")


@app.command("uses")
def show_uses(
    model: Meant, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Show what uses a version: aliases, presets, orders, datasets that train the next one."""
    from darkroom.client import registry

    with connected(home, url, profile) as client:
        one = meant(client, model)
        found = client.send(registry.get_model_uses(one.name, one.number))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    rows = [
        (name.replace("_", " "), ", ".join(value) if isinstance(value, tuple) else value)
        for name, value in found if value
    ]  # fmt: skip
    show_table(["used as or by", "which"], rows)


@app.command("rollback")
def roll_back_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model.")],
    *,
    alias: Annotated[str, typer.Option(help="The alias that is to go back.")] = CHAMPION,
    why: Annotated[str, typer.Option(help="Why, for those who look later.")] = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Let an alias lead to where it led before its last move, whatever the figures say."""
    from darkroom.client import registry
    from darkroom.services.training.views import Rollback

    given = checked(Rollback, alias=alias, why=why)
    with connected(home, url, profile) as client:
        found = client.send(registry.roll_back_model(name, given))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{found.model.id}: {aliases_of(found.model)}")


@app.command("gate")
def set_gate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model.")],
    *,
    least_score: Annotated[float | None, typer.Option(help="Least value of the figure that decides [any].")] = None,
    least_gain: Annotated[float, typer.Option(help="By how much it must be above that of the champion.")] = 0.0,
    approval: Annotated[bool, typer.Option("--approval", help="It takes somebody with models:approve.")] = False,
    another: Annotated[
        bool, typer.Option("--another", help="With --approval: somebody else than who proposed it, and who trained it.")
    ] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Say what a version must be worth to become champion."""
    from darkroom.client import registry
    from darkroom.domain.training import Gate

    given = checked(Gate, least_score=least_score, least_gain=least_gain, approval=approval, another=another)
    with connected(home, url, profile) as client:
        found = client.send(registry.set_model_gate(name, given)).model
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    gate = found.gate
    least = "any score" if gate.least_score is None else f"at least {gate.least_score:g}"
    asked = f" and somebody {'else ' if gate.another else ''}who approves" if gate.approval else ""
    typer.echo(f"{found.id} asks of a champion for {least}, a gain of {gate.least_gain:g}{asked}.")


@app.command("propose")
def propose_model(
    model: Meant,
    *,
    why: Annotated[str, typer.Option(help="Why, for who approves.")] = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Propose a version as champion; somebody who approves makes it that with `promote`."""
    from darkroom.client import registry
    from darkroom.services.training.views import Proposed

    with connected(home, url, profile) as client:
        one = meant(client, model)
        found = client.send(registry.propose_model(one.name, checked(Proposed, number=one.number, why=why)))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{one.id} waits for approval.")


@app.command("decline")
def decline_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model.")],
    *,
    why: Annotated[str, typer.Option(help="Why, for who proposed it.")] = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Decline the version that was proposed, or take one's own proposal back."""
    from darkroom.client import registry
    from darkroom.services.training.views import Declined

    with connected(home, url, profile) as client:
        found = client.send(registry.decline_model(name, checked(Declined, why=why)))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{name}@{found.model.proposal.number if found.model.proposal else '?'} is declined.")


@app.command("delete")
def delete_version(
    version: Annotated[str, typer.Argument(metavar="NAME@NUMBER", help="A version of a model.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Delete a version that nothing uses, and with the last one its model; refused with what uses it."""
    from darkroom.client import registry

    name, number = version_of(version)
    with connected(home, url, profile) as client:
        client.send(registry.delete_model_version(name, number))
    typer.echo(f"{version} is deleted.")


@app.command("reproduce")
def reproduce_model(
    model: Meant,
    *,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Show progress until it is over.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Train again with the dataset version, the configuration and the seed of a version, and tell how near it came."""
    from darkroom.cli.train import begin
    from darkroom.client import registry

    with connected(home, url, profile) as client:
        one = meant(client, model)
    begin(registry.reproduce_model(one.name, one.number), (home, url, profile), wait=wait, as_json=as_json)
