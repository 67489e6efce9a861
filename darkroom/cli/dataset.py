"""`darkroom dataset`: labelled pictures in, versions of datasets out."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from darkroom.cli.committed import committed, foretell, tell
from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.dataset_import import import_dataset
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, plural, show_json, show_list, show_table, write_file
from darkroom.cli.suspects import suspects
from darkroom.cli.user import checked

app = typer.Typer(
    help="Datasets: named lines of versions that never change. `import` brings labelled pictures in, "
    "`darkroom train` learns from them.",
    no_args_is_help=True,
)

Words = Annotated[str, typer.Argument(metavar="NAME[@NUMBER]", help="A dataset, or one version of it.")]
_SHOWN = 20


app.command("import")(import_dataset)


@app.command()
def commit(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The dataset; a new one where there is none.")],
    *,
    where: Annotated[
        str | None, typer.Option(metavar="EXPRESSION", help="Which pictures, as 'rating>=4 tag:sea' [all pictures].")
    ] = None,
    collection: Annotated[str | None, typer.Option(metavar="ID", help="Pictures of a collection.")] = None,
    labels_from: Annotated[
        str, typer.Option("--labels-from", help="Where classes come from: labels, tags or folders.")
    ] = "labels",
    classes: Annotated[
        list[str] | None, typer.Option("--class", metavar="NAME", help="A class to take; again for more [all].")
    ] = None,
    label: Annotated[str | None, typer.Option(metavar="NAME", help="The class of all of them.")] = None,
    unlabelled: Annotated[
        bool, typer.Option("--unlabelled", help="Take pictures that nothing is said of, too, to be labelled later.")
    ] = False,
    add: Annotated[bool, typer.Option("--add", help="Keep what the newest version holds.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Tell what would be made; make nothing.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed gives another division into splits.")] = 0,
    message: Annotated[str, typer.Option("--message", "-m", help="What changed.")] = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make pictures of the library the next version of a dataset, alone or beside those of the version before (`--add`); Ctrl-C stops it.

    Pictures that nothing is said of are left out. Saying the very same again makes no other version.
    """
    from darkroom.domain.query import ImageQuery
    from darkroom.services.datasets.views import NewVersion

    asked = {name: value for name, value in {"where": where, "collection": collection}.items() if value}
    given = checked(
        NewVersion, name=name, query=checked(ImageQuery, **asked), labels_from=labels_from,
        classes=tuple(classes) if classes else None, label=label, unlabelled=unlabelled, add=add, seed=seed,
        message=message,
    )  # fmt: skip
    with connected(home, url, profile) as client:
        if dry_run:
            foretell(client, given, as_json)
            return
        made = committed(client, given, quiet=as_json)
    if as_json:
        show_json({**made.version.model_dump(mode="json"), "new": made.new, "skipped": made.skipped})
        return
    tell(made)
    if made.skipped:
        typer.echo(f"{plural(made.skipped, 'picture')} left out, of which nothing is said.")


@app.command("list")
def list_datasets(
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most datasets to list.")] = 50,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List datasets, newest first."""
    from darkroom.client import datasets

    with connected(home, url, profile) as client:
        show_list(
            islice(client.items(datasets.list_datasets(limit=min(limit, 200))), limit), as_json,
            empty="No datasets. Bring one in with `darkroom dataset import`.",
            columns=["name", "versions", "since", "description"], row=lambda one: (one.id, one.latest, f"{one.created_at:%Y-%m-%d %H:%M}", one.description), right=["versions"],
        )  # fmt: skip


@app.command()
def show(
    words: Words, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:  # fmt: skip
    """Show a version: its classes, how they are divided, and where it came from."""
    from darkroom.client import datasets

    with connected(home, url, profile) as client:
        found = client.send(datasets.get_dataset(words))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    version = found.version
    console().print(f"[bold]{version.id}[/] {plural(version.total, 'example')}, {version.origin}")
    if found.description:
        console().print(found.description, markup=False)
    rows = [(one.label, one.train, one.validation, one.test) for one in found.classes]
    show_table(["class", "train", "validation", "test"], rows, right=["train", "validation", "test"])
    for one in found.warnings:
        console().print(f"{one.words} {one.remedy}", style="yellow", markup=False)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="The earlier version, `name@number`.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The later one; `name` for the newest.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two versions."""
    from darkroom.client import datasets

    with connected(home, url, profile) as client:
        found = client.send(datasets.compare_dataset(after, before))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    counts = [(name, getattr(found, name)) for name in ("same", "added", "removed", "relabelled", "moved")]
    show_table(["pictures", "count"], counts, right=["count"])
    for kind in ("relabelled", "moved"):
        for one in getattr(found, f"{kind}_images")[:_SHOWN]:
            typer.echo(f"{kind}  {one.key[:12]}  {one.before or 'nothing'} -> {one.after or 'nothing'}")


app.command()(suspects)


@app.command()
def augment(
    words: Words,
    *,
    preview: Annotated[Path, typer.Option(metavar="FILE", help="The PNG to write.")],
    task: Annotated[str, typer.Option(help="What would be learnt.")] = "classification",
    strength: Annotated[str, typer.Option(help="none, light, standard or strong.")] = "standard",
    option: Annotated[
        list[str] | None, typer.Option("--set", help="A value of the policy, as NAME=VALUE: rotate=30.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed gives other draws.")] = 0,
    pictures: Annotated[int, typer.Option(min=1, max=12, help="Training pictures, one a row.")] = 5,
    draws: Annotated[int, typer.Option(min=1, max=12, help="How often each is changed.")] = 6,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show what a policy of augmentation does: a sheet of training pictures, each as it is and changed several times.

    Boxes move along, and where another picture is seen in one, its own share is written into it. `darkroom train` takes
    the same policy: `--set augment.strength=strong --set augment.rotate=30`.
    """
    import base64

    from darkroom.client import datasets
    from darkroom.domain.train_config import options_of
    from darkroom.services.training.augment_views import AugmentGiven

    options = {"augment": {"strength": strength, **options_of(option or [])}}
    given = checked(
        AugmentGiven, task=task, options=options, seed=seed, pictures=pictures, draws=draws, drawn=True
    )  # fmt: skip
    with connected(home, url, profile) as client:
        found = client.send(datasets.preview_augment(words, given))
    write_file(preview, base64.b64decode(found.sheet), quiet=as_json)
    if as_json:
        show_json({**found.model_dump(mode="json", exclude={"sheet"}), "file": str(preview)})


@app.command()
def follow(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The dataset; it need not be there yet.")],
    *,
    labels_from: Annotated[
        str, typer.Option("--labels-from", help="Where classes come from: labels, tags or folders.")
    ] = "folders",
    classes: Annotated[
        list[str] | None, typer.Option("--class", metavar="NAME", help="A class to take; again for more [all].")
    ] = None,
    collection: Annotated[
        str | None, typer.Option(metavar="ID", help="Pictures of a collection [all pictures].")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Pictures with this tag; again for more.")] = None,
    at_least: Annotated[int, typer.Option(min=1, help="New pictures that make a new version.")] = 1,
    quiet: Annotated[float, typer.Option(min=0, help="Wait until nothing came for so many seconds.")] = 30.0,
    train: Annotated[bool, typer.Option("--train", help="Train with every new version.")] = False,
    task: Annotated[str, typer.Option(help="What to learn.")] = "classification",
    budget: Annotated[str, typer.Option(help="Most time for a training: 90s, 8m, 2h, or none.")] = "8m",
    option: Annotated[list[str] | None, typer.Option("--set", help="An option of the training, as NAME=VALUE.")] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Make results champion that are better.")] = False,
    every_days: Annotated[
        int | None, typer.Option(min=1, help="Train again when nothing was learnt for so many days.")
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Let a dataset follow its pictures: when new ones came, a version is made, and with --train a model is trained.

    With --labels-from folders, pictures dropped into the inbox as `shoes/1.jpg` are of the class `shoes`.
    """
    from darkroom.client import datasets
    from darkroom.domain.follow import Follow
    from darkroom.domain.query import ImageQuery
    from darkroom.domain.train_config import options_of, seconds_of
    from darkroom.domain.training import TrainingWanted

    wanted = checked(
        TrainingWanted, task=task, budget_seconds=seconds_of(budget), options=options_of(option or []), promote=promote
    )
    query = checked(
        ImageQuery, **{name: value for name, value in {"collection": collection, "tag": tag}.items() if value}
    )
    given = checked(
        Follow, query=query, labels_from=labels_from, classes=tuple(classes) if classes else None, at_least=at_least,
        quiet_seconds=quiet, training=wanted if train else None, every_days=every_days,
    )  # fmt: skip
    with connected(home, url, profile) as client:
        found = client.send(datasets.follow_dataset(name, given))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{name} follows its pictures{', and every new version is trained with' if train else ''}.")


@app.command()
def followed(*, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """List datasets that follow their pictures, and what came of looking at them last."""
    from darkroom.client import datasets

    with connected(home, url, profile) as client:
        found = client.send(datasets.list_followed_datasets())
    show_list(
        found.items, as_json,
        empty="No dataset follows its pictures. `darkroom dataset follow NAME` lets one do so.",
        columns=["name", "newest", "trains", "looked at", "told"],
        row=lambda one: (one.id, one.version or "", "yes" if one.follow.training else "no",
                         f"{one.looked_at:%Y-%m-%d %H:%M}" if one.looked_at else "not yet", one.told),
    )  # fmt: skip


@app.command()
def unfollow(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The dataset.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Let a dataset stay as it is; its versions remain."""
    from darkroom.client import datasets

    with connected(home, url, profile) as client:
        client.send(datasets.unfollow_dataset(name))
    typer.echo(f"{name} stays as it is.")
