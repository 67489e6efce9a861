"""`darkroom dataset ablate`: what a policy of augmentation is worth, by short trainings with it and without any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.dataset import Words
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, plural, show_json, show_table
from darkroom.cli.user import checked

if TYPE_CHECKING:
    from darkroom.services.training.ablation_views import Ablation, AblationList
    from darkroom.services.training.views import TrainingGiven

_LONGEST = 64


def ablate(
    words: Words,
    *,
    strength: Annotated[
        str | None, typer.Option(help="light, standard or strong: begin trainings with that policy, and with none.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--set", help="A value of the policy, as NAME=VALUE: rotate=30.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=10, help="How often, each time with another seed.")] = 1,
    budget: Annotated[str, typer.Option(help="Time for each training: 90s, 2m, or none.")] = "2m",
    task: Annotated[str | None, typer.Option(help="What is learnt; without it, what the dataset tells.")] = None,
    more: Annotated[
        list[str] | None, typer.Option("--with", help="Any other option of both, as NAME=VALUE: image_size=64.")
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Tell what policies of augmentation are worth; with one, begin trainings with it and without any first.

    Both are alike in all else and wait behind other trainings. Their results become versions of the model
    NAME-ablation. The difference is told with the interval that holds the true one in 95 of 100 cases.
    """
    from darkroom.client import datasets, training
    from darkroom.domain.train_config import options_of, seconds_of
    from darkroom.services.training.views import TrainingGiven

    with connected(home, url, profile) as client:
        if strength is not None or option:
            about = client.send(datasets.get_dataset(words))
            policy = {"strength": strength or "standard", **options_of(option or [])}
            given = checked(
                TrainingGiven, dataset=about.version.id, task=task or about.task, budget_seconds=seconds_of(budget),
                options=options_of(more or []), name=f"{about.version.dataset[: _LONGEST - 9]}-ablation", priority="low",
            )  # fmt: skip
            for one in _trainings(given, policy, seeds):
                client.send(training.start_training(one))
        found = client.send(datasets.list_ablations(words))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        _show(found)


def _trainings(given: TrainingGiven, policy: dict[str, object], seeds: int) -> list[TrainingGiven]:
    return [
        given.model_copy(update={"seed": seed, "options": {**given.options, "augment": one}})
        for seed in range(seeds)
        for one in (policy, {"strength": "none"})
    ]


def _show(found: AblationList) -> None:
    if not found.items:
        console().print(f"No policy was tried on {found.version} beside none.")
        return
    columns = ["policy", "seeds", "judged", "gain", "right more often by"]
    show_table(columns, [_row(one) for one in found.items], right=columns[1:])


def _row(one: Ablation) -> tuple[str, str, str, str, str]:
    right = f"{one.right.value:+.1%} ({one.right.low:+.1%} to {one.right.high:+.1%})" if one.right else ""
    gain = f"{one.gain:+.3f} {one.score_name}" if one.gain is not None else "waits"
    return _named(one), str(len(one.pairs)), plural(one.judged, "pair"), gain, right


def _named(one: Ablation) -> str:
    """A policy by its strength and what is otherwise in it."""
    from darkroom.domain.train_config import AugmentConfig, TrainConfig, checked

    usual = checked(TrainConfig, {"task": one.task, "augment": {"strength": one.policy.strength}}).augment
    own = [
        f"{name}={value:g}"
        for name, value in one.policy.model_dump().items()
        if name in AugmentConfig.model_fields and name != "strength" and value != getattr(usual, name)
    ]
    return " ".join([one.policy.strength, *own])
