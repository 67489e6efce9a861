"""`darkroom tune`: look for better options in short trials, then train with those of the best one."""

from __future__ import annotations

from typing import Annotated

import typer

from darkroom.cli.connect import Profile, Url
from darkroom.cli.options import AsJson, Home
from darkroom.cli.train import start
from darkroom.cli.user import checked


def tune(
    *,
    dataset: Annotated[str, typer.Option(metavar="NAME[@NUMBER]", help="A dataset, or one version of it.")],
    task: Annotated[
        str | None, typer.Option(help="What to learn [what the dataset tells: outlines, boxes, pairs, else classes].")
    ] = None,
    trials: Annotated[int, typer.Option(min=2, max=1000, help="Most short trainings to try.")] = 24,
    search_budget: Annotated[
        str, typer.Option(help="Most time for all trials (20m, 2h, none), or most money ('2 EUR').")
    ] = "20m",
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=RANGE",
            help="What to vary: learning_rate=0.005..0.08:log, batch_size=30,60,120, epochs=40..80:whole "
            "[the options that decide most for the task].",
        ),
    ] = None,
    budget: Annotated[str, typer.Option(help="The same for the training at the end.")] = "8m",
    seed: Annotated[int, typer.Option(help="Everything random follows from it.")] = 0,
    option: Annotated[
        list[str] | None, typer.Option("--set", help="An option that is the same in every trial, as NAME=VALUE.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model [that of the dataset].")] = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make it champion if it is better than the one of now.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a dataset whose near duplicates lie in several splits.")
    ] = False,
    priority: Annotated[str, typer.Option(help="`low`, `normal`, or for those who may, `high`.")] = "normal",
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Show progress until it is over.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Search for better options of a training, then train with the best ones found.

    Trials run side by side, one for each processor or GPU; those that fall behind are ended early. Exit code 1 with
    --wait when it fails, or somebody cancels it.
    """
    from darkroom.domain.search import SearchGiven, dimension_of
    from darkroom.domain.train_config import budget_of, options_of
    from darkroom.services.training.views import TrainingGiven

    space = dict(map(dimension_of, vary or ()))
    spent = budget_of(search_budget)
    cost = {"search_cost": spent.pop("budget_cost")} if "budget_cost" in spent else {}
    search = checked(SearchGiven, trials=trials, space=space, **spent)
    given = checked(
        TrainingGiven, dataset=dataset, task=task, **budget_of(budget), seed=seed,
        options=options_of(option or []), name=name, promote=promote, search=search, **cost, strict=strict,
        priority=priority,
    )  # fmt: skip
    start(given, (home, url, profile), wait=wait, as_json=as_json)
