"""`darkroom dataset suspects`: labels that are probably wrong."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, plural, show_json, show_table


def suspects(
    words: Annotated[str, typer.Argument(metavar="NAME[@NUMBER]", help="A dataset, or one version of it.")],
    *,
    known: Annotated[
        bool, typer.Option("--known", help="Tell what is known, also of an earlier version, and look no further.")
    ] = False,
    weights: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Weights that others trained, to look with [shapes and colours alone]."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most pictures to list.")] = 20,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Look for labels that are probably wrong, and list them, the most suspicious first.

    Models learn from four fifths of the examples and judge the last one, five times; a label is suspicious when they are
    surer of another class than they are of that class on average. The page Annotate shows them one by one.
    """
    from darkroom.cli.work import insist, watch
    from darkroom.client import datasets, work
    from darkroom.services.datasets.views import SuspectsGiven

    with connected(home, url, profile) as client:
        if not known:
            done = watch(
                client, client.send(datasets.find_label_suspects(words, SuspectsGiven(weights=weights))), quiet=as_json
            )
            if not done.is_over:
                done = client.send(work.cancel_work(done.id))
            insist(done, "before it found anything")
        found = client.send(datasets.list_label_suspects(words, limit=1))
        items = list(islice(client.items(datasets.list_label_suspects(words, limit=min(limit, 200))), limit))
    if as_json:
        show_json({**found.model_dump(mode="json"), "items": [one.model_dump(mode="json") for one in items]})
        return
    rows = [(one.key[:12], one.said or "-", one.guess or "-", f"{one.confidence:.0%}") for one in items]
    show_table(["picture", "label", "looks like", "sure"], rows, right=["sure"])
    share = found.suspects / found.examined if found.examined else 0
    console().print(
        f"{found.suspects:,} of {plural(found.examined, 'label')} in {found.found_in} are probably wrong ({share:.1%}); "
        f"the models agree with {found.agreement:.0%} of them.",
        markup=False, highlight=False,
    )  # fmt: skip
