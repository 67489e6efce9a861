"""Versions of datasets that commands make: foretold, waited for, told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from darkroom.cli.options import AsJson
from darkroom.cli.output import plural, show_json

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.services.datasets.views import Committed, NewVersion


def committed(client: Client, given: NewVersion, *, quiet: bool) -> Committed:
    """Make a version, and wait for it with its progress.

    Raises:
        Error: why there is none; `conflict` when somebody stopped it, or Ctrl-C did.
    """
    from darkroom.cli.work import insist, watch
    from darkroom.client import datasets, work
    from darkroom.services.datasets.views import Committed

    done = watch(client, client.send(datasets.commit_dataset(given)), quiet=quiet)
    if not done.is_over:
        done = client.send(work.cancel_work(done.id))
    insist(done, "before it made a version")
    found = client.send(datasets.get_dataset(f"{given.name}@{done.result['version']}"))
    return Committed(version=found.version, new=done.changed > 0, skipped=done.result.get("skipped", 0))


def foretell(client: Client, given: NewVersion, as_json: AsJson) -> None:
    """Say what a version would be."""
    from darkroom.client import datasets

    found = client.send(datasets.preview_dataset(given))
    if as_json:
        show_json(found)
        return
    typer.echo(
        f"{plural(found.pictures, 'picture')} meant: {found.new:,} new, {found.known:,} in {given.name} already."
    )
    if found.classes is None:
        typer.echo("So many are not looked at before they are committed.")
        return
    classes = ", ".join(f"{count:,} {label}" for label, count in found.classes.items()) or "of no class"
    typer.echo(f"{classes}; {found.changed:,} would be of another class, {found.skipped:,} left out.")
    typer.echo(f"The version would have {plural(found.total or 0, 'example')}.")


def tell(made: Committed) -> None:
    """Say what came of a commit."""
    version = made.version
    counts = ", ".join(f"{count:,} in {split}" for split, count in version.counts.items())
    words = "is" if made.new else "says the same already, so no other version was made; it is"
    typer.echo(f"{version.id} {words} {plural(version.total, 'example')} of {len(version.labels)} classes: {counts}.")
