"""`darkroom rule`: what is done by itself with pictures that come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json, show_list
from darkroom.cli.user import checked

if TYPE_CHECKING:
    from darkroom.domain.rule import FilingRule
    from darkroom.services.rules.views import RulePreview

app = typer.Typer(
    help="Rules: a condition in the query language, and what is set on pictures that fit it when they come in, or made of them.",
    no_args_is_help=True,
)

Id = Annotated[str, typer.Argument(metavar="ID", help="A rule, as `darkroom rule list` names it.")]
Where = Annotated[str, typer.Argument(metavar="EXPRESSION", help="As 'format:raw quality>=0.8'.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", "-t", help="Tag to set; several times for several.")]
Into = Annotated[list[str] | None, typer.Option("--into", help="Id of a collection to put them in; several times.")]
Rating = Annotated[int | None, typer.Option(min=0, max=5, help="Stars to give.")]
Label = Annotated[str | None, typer.Option(help="Colour label to give.")]
Preset = Annotated[str | None, typer.Option(help="A preset to run on them.")]


@app.command("list")
def list_rules(*, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """List the rules in the order in which they look at a picture."""
    from darkroom.client import rules

    with connected(home, url, profile) as client:
        show_list(
            client.send(rules.list_rules()).items, as_json,
            empty="No rules.",
            columns=["id", "name", "on", "where", "does"], row=lambda one: (one.id, one.name, "yes" if one.enabled else "no", one.where, _does(one)),
        )  # fmt: skip


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name; the id is made of it.")],
    where: Where,
    *,
    tag: Tags = None,
    into: Into = None,
    rating: Rating = None,
    label: Label = None,
    preset: Preset = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make a rule for what comes in from now on; the last line printed is its id."""
    from darkroom.client import rules
    from darkroom.services.rules.views import NewFilingRule

    new = checked(
        NewFilingRule, name=name, **_actions(where, preset, add_tags=tag, add_to=into, rating=rating, label=label)
    )
    with connected(home, url, profile) as client:
        made = client.send(rules.create_rule(new))
    if as_json:
        show_json(made.model_dump(mode="json"))
    else:
        typer.echo(f"Made {made.name}: {made.where or 'every picture'} -> {_does(made)}.")
        typer.echo(made.id)


@app.command("dry-run")
def dry_run(
    where: Where,
    *,
    tag: Tags = None,
    into: Into = None,
    rating: Rating = None,
    label: Label = None,
    preset: Preset = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a rule would do with the pictures that are there; nothing is changed."""
    from darkroom.client import rules
    from darkroom.services.rules.views import RuleTrial

    tried = checked(RuleTrial, **_actions(where, preset, add_tags=tag, add_to=into, rating=rating, label=label))
    with connected(home, url, profile) as client:
        found = client.send(rules.try_rule(tried))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        _show(found)


@app.command()
def apply(rule: Id, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Apply a rule to the pictures that are there; `darkroom work wait` and `undo` take the ids printed."""
    from darkroom.client import rules

    with connected(home, url, profile) as client:
        done = client.send(rules.apply_rule(rule))
    if as_json:
        show_json(done.model_dump(mode="json"))
        return
    for one in done.operations:
        typer.echo(one.id)


@app.command()
def switch(
    rule: Id,
    state: Annotated[str, typer.Argument(metavar="on|off", help="Whether it looks at what comes in.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Switch a rule on or off."""
    from darkroom.client import rules
    from darkroom.services.rules.views import FilingRuleChange

    if state not in ("on", "off"):
        raise typer.BadParameter("say on or off")
    with connected(home, url, profile) as client:
        found = client.send(rules.update_rule(rule, FilingRuleChange(enabled=state == "on"), if_match="*"))
    typer.echo(f"{found.name} is {state}.")


@app.command()
def delete(rule: Id, *, home: Home = None, url: Url = None, profile: Profile = None) -> None:
    """Take a rule away; what it did stays."""
    from darkroom.client import rules

    with connected(home, url, profile) as client:
        client.send(rules.delete_rule(rule, if_match="*"))
    typer.echo(f"{rule} is gone.")


def _actions(where: str, preset: str | None, **given: Any) -> dict[str, Any]:
    edit = {name: one for name, one in given.items() if one not in (None, [])}
    return {"where": where, "edit": edit or None, "preset": preset}


def _does(rule: FilingRule) -> str:
    words = []
    if rule.edit is not None:
        given = rule.edit.model_dump(exclude_defaults=True)
        words = [f"{name} {', '.join(one) if isinstance(one, tuple | list) else one}" for name, one in given.items()]
    return "; ".join([*words, *([f"preset {rule.preset}"] if rule.preset else [])])


def _show(found: RulePreview) -> None:
    typer.echo(f"{plural(found.matching, 'picture')} fit.")
    for preview in (found.edit, found.preset):
        if preview is not None and preview.changing is not None:
            typer.echo(f"  {plural(preview.changing, 'picture')} would change.")
    first = found.edit or found.preset
    for one in first.examples[:10] if first else ():
        typer.echo(f"  {one.id[:12]}  {one.name}")
    for other in found.contradictions:
        typer.echo(f"  {other.name} wants something else ({other.about}) of {plural(other.pictures, 'picture')}.")
