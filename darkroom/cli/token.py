"""`darkroom token`: API tokens for programs."""

from __future__ import annotations

from typing import Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import show_json, show_table
from darkroom.cli.user import found as account_of
from darkroom.cli.user import request

app = typer.Typer(help="API tokens, with which programs ask without a person.", no_args_is_help=True)


@app.command()
def create(
    *,
    name: Annotated[str, typer.Option(help="What the token is for.")],
    scope: Annotated[
        list[str],
        typer.Option(help="What it may do: a permission as images:read, a noun as images:*, read, write or admin."),
    ],
    user: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Account it acts for [none: exactly its scopes].")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it ends [never].")] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make a token; the last line printed is the token alone. It cannot be shown again."""
    from darkroom.client import accounts

    with connected(home, url, profile) as client:
        account = account_of(client, user).id if user else None
        new = request("NewToken", name=name, scopes=tuple(scope), user=account, expires_in_days=days)
        made = client.send(accounts.create_token(new))
    if as_json:
        show_json(made.model_dump(mode="json"))
        return
    until = f"until {made.view.expires_at:%Y-%m-%d}" if made.view.expires_at else "until it is revoked"
    typer.echo(f"Token {name} ({made.view.id}) may {', '.join(made.view.scopes)} {until}. It is shown only now:")
    typer.echo(made.token)


@app.command("list")
def list_tokens(*, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """List tokens, newest first: everybody's for whoever may see them, else one's own; never the tokens themselves."""
    from darkroom.client import accounts

    with connected(home, url, profile) as client:
        everybody = "tokens:read" in client.send(accounts.get_me()).permissions
        found = client.send(accounts.list_tokens(everybody=everybody))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    if not found.items:
        typer.echo("No tokens.")
        return
    rows = [
        (
            one.id, one.name, f"...{one.hint}", " ".join(one.scopes), one.user or "",
            "active" if one.active else "revoked" if one.revoked_at else "run out",
            f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never",
        )
        for one in found.items
    ]  # fmt: skip
    show_table(["id", "name", "ends with", "scopes", "account", "state", "last used"], rows)


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="Token, as `darkroom token list` names it.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Make a token worthless, at once."""
    from darkroom.client import accounts

    with connected(home, url, profile) as client:
        view = client.send(accounts.revoke_token(token_id))
    typer.echo(f"The token {view.name} is worthless now.")
