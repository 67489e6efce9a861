"""`python -m training`: train, evaluate and export from a terminal, without a database or a web app."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from darkroom.domain.dataset import Split
from darkroom.errors import Error

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Import labelled pictures; train, evaluate and export models."
)

Data = Annotated[
    Path, typer.Option(help="A folder with one folder for each class, a CSV table, or a manifest (.parquet).")
]
Backbones = Annotated[
    Path | None, typer.Option(help="Folder of folders of weights that others trained, for `--set weights=NAME`.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for checkpoints; it goes on from what lies there with --resume.")],
    *,
    task: Annotated[str, typer.Option(help="What to learn.")] = "classification",
    style: Annotated[Path | None, typer.Option(help="The picture whose style is learnt; for --task style.")] = None,
    budget: Annotated[str, typer.Option(help="Most time for training: 90s, 8m, 2h, or none.")] = "8m",
    seed: Annotated[int, typer.Option(help="Everything random follows from it.")] = 0,
    option: Annotated[list[str] | None, typer.Option("--set", help="Any other option, as NAME=VALUE.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder for scaled pictures, to decode them only once.")] = None,
    backbones: Backbones = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a killed training was.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on labelled pictures."""
    from darkroom.domain.train_config import options_of, seconds_of
    from training import machine
    from training.config import TrainConfig, checked
    from training.loop import fit
    from training.session import Shelf, begin_with
    from training.tasks import TASKS

    options = {"task": task, "budget_seconds": seconds_of(budget), "seed": seed, **options_of(option or [])}
    if style is not None:
        options["style"] = str(style)
    config = checked(TrainConfig, options)
    manifest = read(data)
    learner = TASKS[config.task](config, manifest, machine.device(), cache)
    for problem in (*learner.train.problems, *learner.validation.problems):
        typer.echo(f"left out {problem.file}: {problem.cause}", err=True)
    begin_with(config, out, Shelf(backbones, hub=True))
    found = fit(learner, config, out, manifest.hash, resume=resume, listen=None if as_json else tell)
    shown: dict[str, Any] = {
        "checkpoint": str(found.folder),
        "stopped": found.stopped,
        "steps": found.step,
        "seconds": round(found.seconds, 1),
        "validation": found.metrics,
    }
    if found.stopped != "asked" and len(manifest.part("test")):
        shown["test"] = judged(found.folder, manifest, "test", cache)
    show(shown, as_json=as_json)


@app.command()
def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="Folder of a checkpoint.")],
    data: Data,
    *,
    split: Annotated[str, typer.Option(help="Which part of the dataset.")] = "test",
    as_json: AsJson = False,
) -> None:
    """Judge a checkpoint by labelled pictures."""
    show(judged(checkpoint, read(data), cast(Split, split), None), as_json=as_json)


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="Folder of a checkpoint.")], *, as_json: AsJson = False
) -> None:
    """Write a checkpoint as ONNX, checked against PyTorch."""
    from training.export import export as write

    show({"model": str(write(checkpoint))}, as_json=as_json)


@app.command(hidden=True)
def towers(
    weights: Annotated[str, typer.Argument(help="A folder of weights by name, or hub:OWNER/NAME.")],
    target: Annotated[Path, typer.Argument(help="Folder to write to.")],
    *,
    backbones: Backbones = None,
    hub: Annotated[bool, typer.Option("--hub", help="Fetch weights over the network too.")] = False,
) -> None:
    """Make a model for searching of weights, and tell of it in JSON."""
    from training.towers import make

    try:
        say({"towers": make(weights, backbones, target, hub=hub)})
    except Error as error:
        say({"error": [error.code, error.cause]})


@app.command(hidden=True)
def probe(
    folder: Annotated[Path, typer.Argument(help="Holds `config.json` and `manifest.parquet`.")],
    *,
    backbones: Backbones = None,
    hub: Annotated[bool, typer.Option("--hub", help="Fetch weights over the network too.")] = False,
) -> None:
    """Measure a training, and tell of it line by line in JSON."""
    from darkroom.datasets.manifest import Manifest
    from training.config import TrainConfig
    from training.probe import probe as measure
    from training.session import Shelf

    say({"ready": True})
    config = TrainConfig.model_validate_json((folder / "config.json").read_text())
    try:
        manifest = Manifest.read(folder / "manifest.parquet")
        found = measure(config, manifest, shelf=Shelf(backbones, hub), tell=lambda steps: say({"steps": steps}))
    except Error as error:
        say({"error": [error.code, error.cause]})
    else:
        say({"probe": found.model_dump(mode="json")})


@app.command(hidden=True)
def judge(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Holds `model` and `manifest.parquet`; `details.json` is written into it, and `predictions.parquet` where there are any."
        ),
    ],
    *,
    split: Annotated[str, typer.Option(help="Which part of the dataset.")] = "test",
) -> None:
    """Judge a checkpoint, and tell of it in a line of JSON."""
    from darkroom.datasets.manifest import Manifest
    from training import session

    found: dict[str, Any]
    try:
        made = session.judge(folder / "model", Manifest.read(folder / "manifest.parquet"), cast(Split, split))
    except Error as error:
        found = {"error": [error.code, error.cause]}
    else:
        (folder / "details.json").write_text(made.details.model_dump_json())
        if made.table is not None:
            made.table.write_parquet(folder / "predictions.parquet")
        found = {"metrics": [one.model_dump(mode="json") for one in made.metrics], "count": made.count}
    sys.stdout.write(json.dumps(found) + "\n")


@app.command(hidden=True)
def draws() -> None:
    """Change pictures as asked for on standard input, and answer line by line in JSON."""
    from training.preview import serve

    serve(sys.stdin, sys.stdout)


@app.command(hidden=True)
def suspects(
    folder: Annotated[Path, typer.Argument(help="Holds `manifest.parquet`; `said.npz` is written there.")],
    *,
    several: Annotated[bool, typer.Option("--several", help="Each class is there or not by itself.")] = False,
    weights: Annotated[str | None, typer.Option(help="Weights that others trained, to look with.")] = None,
    backbones: Backbones = None,
    hub: Annotated[bool, typer.Option("--hub", help="Fetch weights over the network too.")] = False,
    cache: Annotated[Path | None, typer.Option(help="Folder for scaled pictures, to decode them only once.")] = None,
) -> None:
    """Judge labels by models that never saw the pictures, and tell of it line by line in JSON."""
    import numpy as np
    import torch

    from darkroom.datasets.manifest import Manifest
    from training.session import Shelf
    from training.suspects import out_of_fold

    torch.set_num_threads(max(1, torch.get_num_threads() - 1))
    try:
        found = out_of_fold(
            Manifest.read(folder / "manifest.parquet"), several=several, weights=weights, shelf=Shelf(backbones, hub),
            cache=cache, tell=lambda folds: say({"folds": folds}),
        )  # fmt: skip
    except Error as error:
        say({"error": [error.code, error.cause]})
        return
    np.savez(folder / "said.npz", keys=np.array(found.keys), probabilities=found.probabilities)
    say({"left_out": len(found.problems)})


@app.command(hidden=True)
def expand(
    folder: Annotated[Path, typer.Argument(help="Holds `manifest.parquet` and `given.json`; `out` is made in it.")],
) -> None:
    """Change pictures as asked for, write them, and tell of it line by line in JSON."""
    from darkroom.datasets.manifest import Manifest
    from training.config import AugmentConfig
    from training.expand import expand as work

    given = json.loads((folder / "given.json").read_text())
    policy = AugmentConfig.model_validate({**given["policy"], "mixup": 0.0, "cutmix": 0.0})
    (folder / "out").mkdir()
    try:
        left_out = work(
            Manifest.read(folder / "manifest.parquet"), policy, folder / "out", size=given["size"],
            times=given["times"], seed=given["seed"], tell=lambda count: say({"pictures": count}),
        )  # fmt: skip
    except Error as error:
        say({"error": [error.code, error.cause]})
        return
    say({"left_out": left_out})


def say(value: dict[str, Any]) -> None:
    """Tell whoever started this process something."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


@app.command()
def manifest(
    data: Annotated[Path, typer.Argument(help="A folder or file of labelled pictures.")],
    out: Annotated[Path, typer.Option(help="The manifest to write (.parquet).")],
    *,
    layout: Annotated[str, typer.Option(help="imagefolder, csv, coco, yolo or voc.")] = "imagefolder",
    seed: Annotated[int, typer.Option(help="Another seed gives another division.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Import labelled pictures as a manifest with splits; no picture is copied."""
    from darkroom.datasets.layouts import IMPORTERS
    from darkroom.datasets.splits import split

    if layout not in IMPORTERS:
        raise Error("dataset_invalid", f"There is no layout {layout}; there are {', '.join(IMPORTERS)}.")
    found = IMPORTERS[layout](data)
    made = split(found.manifest(), seed=seed)
    made.write(out)
    problems = [one.model_dump(mode="json") for one in found.problems]
    show({**made.version().model_dump(mode="json"), "manifest": str(out), "problems": problems}, as_json=as_json)


def judged(folder: Path, manifest: Any, split: Split, cache: Path | None) -> dict[str, Any]:
    """A checkpoint's evaluation as JSON values."""
    from training.session import judge

    return judge(folder, manifest, split, cache).details.model_dump(mode="json")


def read(data: Path) -> Any:
    """A dataset with splits, from whatever a path leads to.

    Raises:
        Error: `dataset_invalid`.
    """
    from darkroom.datasets.layouts import IMPORTERS
    from darkroom.datasets.manifest import Manifest
    from darkroom.datasets.splits import hold_out, split

    if data.suffix == ".parquet":
        return Manifest.read(data)
    found = IMPORTERS[_layout(data)](data)
    for problem in found.problems:
        where = f"{problem.file}:{problem.line}" if problem.line else problem.file
        typer.echo(f"left out {where}: {problem.cause}", err=True)
    manifest = found.manifest()
    if manifest.frame["split"].null_count():
        return split(manifest)
    return manifest if len(manifest.part("validation")) else hold_out(manifest)


def _layout(data: Path) -> str:
    """How labelled pictures are laid out, by what lies there."""
    if data.suffix in (".csv", ".json"):
        return {".csv": "csv", ".json": "coco"}[data.suffix]
    if (data / "Annotations").is_dir():
        return "voc"
    return "yolo" if (data / "classes.txt").is_file() else "imagefolder"


def tell(progress: Any) -> None:
    """Show how it goes on the terminal."""
    words = f"step {progress.step}/{progress.steps}  loss {progress.loss:.3f}  {progress.pictures_per_second:,.0f} pictures/s"
    words += f"  {progress.seconds_left:,.0f} s left"
    if progress.metrics:
        name, value = next(iter(progress.metrics.items()))
        words += f"  {name} {value:.3f}"
    typer.echo(words, err=True)


def show(value: dict[str, Any], *, as_json: bool) -> None:
    """Print the result."""
    if as_json:
        typer.echo(json.dumps(value, indent=2))
        return
    for name, part in value.items():
        typer.echo(f"{name}: {json.dumps(part) if isinstance(part, dict | list) else part}")


def main() -> None:
    """Entry point: errors in one sentence, with what can be done."""
    try:
        app()
    except Error as error:
        typer.echo(f"{error}\nWhat to do: {error.remedy}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
