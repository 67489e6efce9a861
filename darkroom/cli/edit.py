"""`darkroom edit`: what people set on pictures."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json
from darkroom.cli.user import checked

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Pictures, by their ids.")]
_Tags = list[str] | None


def edit(
    ids: Ids,
    *,
    title: Annotated[str | None, typer.Option(help="A few words above it; '' takes them away.")] = None,
    caption: Annotated[str | None, typer.Option(help="What is to be seen; '' takes it away.")] = None,
    creator: Annotated[str | None, typer.Option(help="Who made it; '' takes it away.")] = None,
    copyright_: Annotated[str | None, typer.Option("--copyright", help="Whose it is; '' takes it away.")] = None,
    rating: Annotated[
        int | None, typer.Option("--rating", "-r", min=0, max=5, help="Stars; 0 takes them away.")
    ] = None,
    favourite: Annotated[
        bool | None, typer.Option("--favourite/--no-favourite", help="Whether it is a favourite.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="red, yellow, green, blue or purple; none takes it away.")] = None,
    add_tags: Annotated[_Tags, typer.Option("--tag", "-t", help="Add a tag; several times for several.")] = None,
    remove_tags: Annotated[_Tags, typer.Option("--untag", help="Take a tag away; several times for several.")] = None,
    taken: Annotated[
        str | None, typer.Option(help="When it was taken, as 2026-05-04T10:11:12; none takes it away.")
    ] = None,
    shift: Annotated[
        str | None, typer.Option(help="Move the time, as +1h, -30m, +2d or 90 (seconds): the camera's clock was wrong.")
    ] = None,
    place: Annotated[str | None, typer.Option(help="Where it was taken, as 59.913,10.739; none takes it away.")] = None,
    focus: Annotated[
        str | None, typer.Option(help="What must stay when it is cropped, as 70,30 per cent; none takes it away.")
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Change what people set on pictures; what is not named stays, and the files themselves never change.

    For example: darkroom edit 3fb1c0... --title 'The quay' --rating 4 --tag places/oslo
    """
    values = {
        "title": title, "caption": caption, "creator": creator, "copyright": copyright_, "rating": rating,
        "favourite": favourite, "label": label, "add_tags": add_tags, "remove_tags": remove_tags,
        "taken_at": taken, "shift": None if shift is None else _seconds(shift), "location": None if place is None else _place(place), "focus": None if focus is None else _focus(focus),
    }  # fmt: skip
    given = {name: one for name, one in values.items() if one is not None}
    if not given:
        raise typer.BadParameter("name what should change: --title, --rating, --tag ...; see --help")
    found = change(ids, given, home, url, profile)
    if as_json:
        show_json([one.model_dump(mode="json", exclude={"metadata", "lineage"}) for one in found])
    else:
        typer.echo(f"{plural(len(found), 'picture')} changed.")


def _seconds(words: str) -> int:
    found = re.fullmatch(r"([+-]?\d+)([smhd]?)", words.strip())
    if not found:
        raise typer.BadParameter(f"{words} is no time to move by: write for example +1h, -30m, +2d or 90")
    return int(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}[found[2]]


def _place(words: str) -> Any:
    parts = words.split(",")
    if words == "none":
        return words
    try:
        return {"latitude": float(parts[0]), "longitude": float(parts[1])}
    except (ValueError, IndexError) as error:
        raise typer.BadParameter(f"{words} is no place: write degrees north and east, as 59.913,10.739") from error


def _focus(words: str) -> Any:
    if words == "none":
        return words
    try:
        across, down = (float(part) / 100 for part in words.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"{words} is no place: write per cent from the left and the top, as 70,30") from error
    return (across, down)


def change(ids: list[str], given: dict[str, Any], home: Home, url: Url, profile: Profile) -> list[Any]:
    """Change pictures one after the other; returns them as they are now.

    Raises:
        Error: `not_found` and others; those before it are changed.
    """
    from darkroom.client import organising
    from darkroom.services.edit_views import ImageChange

    body = checked(ImageChange, **given)
    with connected(home, url, profile) as client:
        return [client.send(organising.update_image(one, body, if_match="*")) for one in dict.fromkeys(ids)]
