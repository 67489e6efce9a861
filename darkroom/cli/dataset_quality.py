"""`darkroom dataset quality`: what is wrong with a version, and how much of it is too much; these commands join those of `dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.ablate import ablate
from darkroom.cli.committed import tell
from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.dataset import Words
from darkroom.cli.dataset_versions import app
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, plural, show_json, show_table, write_file
from darkroom.cli.user import checked
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.client.call import Call
    from darkroom.domain.dataset_quality import QualityRules
    from darkroom.services.datasets.quality_views import QualityView
    from darkroom.services.work.views import WorkView

__all__ = ["app"]

app.command()(ablate)


@app.command()
def quality(
    words: Words,
    *,
    against: Annotated[
        str | None, typer.Option(metavar="NAME@NUMBER", help="Another version, of which to tell how this one differs.")
    ] = None,
    known: Annotated[bool, typer.Option("--known", help="Tell what is known, and judge nothing.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Look at every picture again.")] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as one HTML file.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 where anything is too much.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Judge the pictures of a version: duplicates, blurred, dark, odd, unlike their class, leaks, imbalance, drift.

    Pictures that an earlier version holds are not looked at again.
    """
    from darkroom.client import datasets
    from darkroom.services.datasets.quality_views import QualityGiven

    with connected(home, url, profile) as client:
        for version in [words, *([against] if against else [])] if not known else []:
            judging = QualityGiven(anew=anew and version == words)
            _watched(client, datasets.judge_dataset(version, judging), quiet=as_json)
        found = client.send(datasets.get_dataset_quality(words, against=against))
        if html is not None:
            write_file(html, client.send(datasets.export_dataset_quality(words, against=against)), quiet=as_json)
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        _show(found)
    if check and not found.passed:
        raise typer.Exit(1)


@app.command("leave-out")
def leave_out(
    words: Words,
    *,
    issue: Annotated[list[str], typer.Option(metavar="ISSUE", help="blurred, near_duplicate, ...; again for more.")],
    message: Annotated[str, typer.Option("--message", "-m", help="Why.")] = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make the next version without pictures that something is wrong with; of duplicates the best one stays.

    `darkroom dataset restore NAME@NUMBER` takes it back.
    """
    from darkroom.client import datasets
    from darkroom.services.datasets.quality_views import LeaveOutGiven

    with connected(home, url, profile) as client:
        made = client.send(datasets.leave_out_poor(words, checked(LeaveOutGiven, issues=issue, message=message)))
    if as_json:
        show_json({**made.version.model_dump(mode="json"), "left_out": made.skipped})
        return
    tell(made)
    typer.echo(f"{plural(made.skipped, 'picture')} left out.")


@app.command()
def expand(
    words: Words,
    *,
    times: Annotated[int, typer.Option(min=1, max=20, help="How often each training picture is changed.")] = 4,
    strength: Annotated[str, typer.Option(help="light, standard or strong.")] = "standard",
    option: Annotated[
        list[str] | None, typer.Option("--set", help="A value of the policy, as NAME=VALUE: rotate=30.")
    ] = None,
    size: Annotated[int, typer.Option(help="Side of the pictures that are made.")] = 224,
    seed: Annotated[int, typer.Option(help="Another seed gives other changes.")] = 0,
    message: Annotated[str, typer.Option("--message", "-m", help="Why.")] = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make the next version, which holds changed copies of the training pictures too, boxes and outlines moved along.

    `darkroom dataset augment` shows what a policy does. Copies stay with their source: in its split and its group.
    """
    from darkroom.client import datasets
    from darkroom.domain.train_config import options_of
    from darkroom.services.datasets.expand_views import ExpandGiven
    from darkroom.services.datasets.views import Committed

    policy = {"strength": strength, **options_of(option or [])}
    given = checked(ExpandGiven, times=times, policy=policy, size=size, seed=seed, message=message)
    with connected(home, url, profile) as client:
        done = _watched(client, datasets.expand_dataset(words, given), quiet=as_json)
        version = f"{words.partition('@')[0]}@{done.result['version']}"
        made = client.send(datasets.get_dataset(version)).version
    if as_json:
        show_json({**made.model_dump(mode="json"), "made": done.changed})
        return
    tell(Committed(version=made, new=True))


@app.command("quality-rules")
def quality_rules(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The dataset.")],
    *,
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="ISSUE=SHARE", help="How much is too much: blurred=0.05; again for more."),
    ] = None,
    block: Annotated[
        list[str] | None, typer.Option(metavar="ISSUE", help="No training begins with more of it; again for more.")
    ] = None,
    score: Annotated[float | None, typer.Option(min=0, max=1, help="The least score, below which none begins.")] = None,
    automatic: Annotated[
        bool | None, typer.Option("--automatic/--no-automatic", help="Whether new versions are judged by themselves.")
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show what a dataset demands of its versions; with options, demand that and nothing else.

    `--automatic` and `--no-automatic` alone change nothing of what is demanded.
    """
    from darkroom.client import datasets

    with connected(home, url, profile) as client:
        found = client.send(datasets.get_quality_rules(name))
        rules = found.rules
        if not (limit is None and block is None and score is None):
            rules = _rules(limit or [], block or [], score).model_copy(update={"automatic": rules.automatic})
        if automatic is not None:
            rules = rules.model_copy(update={"automatic": automatic})
        if rules != found.rules:
            found = client.send(datasets.set_quality_rules(name, rules))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    rows = [(one.issue, f"{one.most:g}", "yes" if one.blocks else "no") for one in found.rules.all]
    show_table(["issue", "at most", "blocks trainings"], rows, right=["at most"])
    if found.rules.least_score:
        typer.echo(f"The score must be {found.rules.least_score:g} at least.")
    if not found.rules.automatic:
        typer.echo("New versions are judged when somebody asks for it.")


def _rules(limits: list[str], blocks: list[str], score: float | None) -> QualityRules:
    from darkroom.domain.dataset_quality import DEFAULT_LIMITS, QualityRules

    given: dict[str, dict[str, object]] = {}
    for words in limits:
        issue, _, most = words.partition("=")
        given[issue] = {"issue": issue, "most": most}
    for issue in blocks:
        usual = DEFAULT_LIMITS.get(issue, 0.0)  # type: ignore[call-overload]
        given.setdefault(issue, {"issue": issue, "most": usual})["blocks"] = True
    return checked(QualityRules, limits=tuple(given.values()), least_score=score or 0.0, score_blocks=score is not None)


def _watched(client: Client, call: Call[WorkView], *, quiet: bool) -> WorkView:
    """Have an operation done, with its progress.

    Raises:
        Error: what went wrong; `conflict` when somebody stopped it, or Ctrl-C did.
    """
    from darkroom.cli.work import refused, watch
    from darkroom.client import work

    done = watch(client, client.send(call), quiet=quiet)
    if not done.is_over:
        done = client.send(work.cancel_work(done.id))
    if (error := refused(done)) is not None:
        raise error
    if done.state != "done":
        raise Error("conflict", f"The operation {done.id} was stopped before its end.")
    return done


def _show(found: QualityView) -> None:
    from darkroom.services.datasets.quality_page import LEAKS, told

    rows = [
        (one.issue.replace("_", " "), f"{one.count:,}" if one.issue != "imbalance" else "",
         told(one, one.value) if one.known else "not looked for", told(one, one.most),
         "" if one.passed else "blocks trainings" if one.blocks else "too much")
        for one in found.issues if one.value or not one.known
    ]  # fmt: skip
    console().print(
        f"[bold]{found.version}[/] score {found.score:.3f}, {found.clean:,} of {plural(found.total, 'example')} are clean"
    )
    show_table(["issue", "examples", "share", "at most", ""], rows, right=["examples", "share", "at most"])
    for leak in found.leaks:
        typer.echo(f"{leak.groups:,} {LEAKS[leak.cause]} with {leak.pictures:,} pictures lie in more than one split.")
    for line in found.blocked:
        console().print(line, style="red", markup=False)
    if (drift := found.drift) is None:
        return
    measures = [
        (one.feature, f"{one.before:.4g}", f"{one.after:.4g}", f"{one.psi:.3f}", "drifted" if one.drifted else "")
        for one in drift.features
    ]
    show_table(["measure", "before", "now", "psi", ""], measures, right=["before", "now", "psi"])
    if drift.told_apart is not None:
        typer.echo(
            f"Told apart by their looks: {drift.told_apart:.3f} ({drift.told_low:.3f} to {drift.told_high:.3f}; 0.5 is chance)."
        )
    typer.echo(f"{drift.label_shift:.1%} of the labels lie otherwise than in {drift.against}.")
