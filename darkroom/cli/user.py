"""`darkroom user`: accounts of people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import show_json, show_table
from darkroom.errors import Error

if TYPE_CHECKING:
    from pydantic import BaseModel

    from darkroom.client import Client
    from darkroom.services.accounts.views import UserView

_M = TypeVar("_M", bound="BaseModel")

app = typer.Typer(help="People's accounts. The first one must be an administrator.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="Address of the account.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of the input.")
]
RoleName = Annotated[
    str | None, typer.Option(help="viewer, annotator, editor, trainer or administrator [the first: administrator].")
]
Where = Annotated[str, typer.Option("--domain", help="Where the role holds: `*`, or one thing as collection:holidays.")]


@app.command()
def create(
    email: Email,
    *,
    role: RoleName = None,
    name: Annotated[str | None, typer.Option(help="Name of the person [the address].")] = None,
    password_stdin: FromStdin = False,
    link: Annotated[
        bool, typer.Option("--link", help="Set no password; print a one-time link with which the person does.")
    ] = False,
    invite: Annotated[
        bool, typer.Option("--invite", help="Set no password; send the person a mail with such a link.")
    ] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Create an account; the password is asked for unless it comes by --password-stdin or the person sets it by a link."""
    from darkroom.client import accounts

    password = None if link or invite else _password(from_stdin=password_stdin)
    with connected(home, url, profile) as client:
        first = not client.send(accounts.list_users(limit=1)).items
        wanted = role or ("administrator" if first else "viewer")
        new = request("NewUser", email=email, name=name, role=wanted, password=password)
        user = client.send(accounts.create_user(new))
        address = client.send(accounts.make_reset_link(user.id)).url if link else None
        if invite:
            client.send(accounts.invite_user(user.id))
    if as_json:
        show_json(user.model_dump(mode="json") | ({"link": address} if address else {}))
        return
    typer.echo(f"{user.email} may sign in as {wanted}.")
    if invite:
        typer.echo("A mail with a link to set the password is on its way.")
    if address:
        typer.echo(f"A link to set the password, good once and for 24 hours:\n{address}")


@app.command("list")
def list_users(*, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """List accounts, newest first."""
    from darkroom.client import accounts

    with connected(home, url, profile) as client:
        page = client.send(accounts.list_users(limit=500))
    if as_json:
        show_json(page.model_dump(mode="json"))
        return
    if not page.items:
        typer.echo("No accounts: the person at this machine owns everything. Create one with `darkroom user create`.")
        return
    show_table(["email", "name", "role", "state", "last sign-in", "id"], [_row(user) for user in page.items])


@app.command()
def disable(
    email: Email,
    *,
    enable: Annotated[bool, typer.Option("--enable", help="Let the account in again.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Take every access of an account away, at once."""
    from darkroom.client import accounts

    with connected(home, url, profile) as client:
        user = found(client, email)
        client.send(accounts.update_user(user.id, request("UserChange", disabled=not enable), if_match="*"))
    typer.echo(f"{user.email} may sign in again." if enable else f"{user.email} has no access any more.")


@app.command("reset-password")
def reset_password(
    email: Email, *, password_stdin: FromStdin = False, home: Home = None, url: Url = None, profile: Profile = None
) -> None:
    """Print a one-time link to set a new password, or set it with --password-stdin; every session ends then."""
    from darkroom.client import accounts

    password = _password(from_stdin=True) if password_stdin else None
    with connected(home, url, profile) as client:
        user = found(client, email)
        link = client.send(accounts.make_reset_link(user.id))
        if password is not None:
            secret = link.url.partition("#")[2]
            client.send(accounts.reset_password(request("PasswordReset", token=secret, password=password)))
            typer.echo(f"{user.email} has a new password; every session has ended.")
            return
    typer.echo(f"A link for {user.email}, good once and until {link.expires_at:%Y-%m-%d %H:%M} UTC:")
    typer.echo(link.url)


@app.command("set-role")
def set_role(
    email: Email,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="The role, or `none` to take it away.")],
    *,
    domain: Where = "*",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Give an account a role, everywhere or in one place."""
    from darkroom.client import accounts

    change = request("RoleChange", role=None if role == "none" else role, domain=domain)
    with connected(home, url, profile) as client:
        user = found(client, email)
        client.send(accounts.set_user_role(user.id, change, if_match="*"))
    where = "everywhere" if domain == "*" else f"in {domain}"
    typer.echo(f"{user.email} has {'no role' if role == 'none' else f'the role {role}'} {where}.")


def found(client: Client, email: str) -> UserView:
    """The account with an address.

    Raises:
        Error: `not_found`.
    """
    from darkroom.client import accounts
    from darkroom.domain.access import email_key

    wanted = email_key(email)
    for user in client.items(accounts.list_users(limit=500)):
        if email_key(user.email) == wanted:
            return user
    raise Error("not_found", f"There is no account for {email[:254]!r}.")


def _row(user: UserView) -> tuple[object, ...]:
    roles = ", ".join(one.role if one.domain == "*" else f"{one.role} in {one.domain}" for one in user.roles)
    seen = f"{user.signed_in_at:%Y-%m-%d %H:%M}" if user.signed_in_at else "never"
    return (user.email, user.name, roles, "disabled" if user.disabled else "active", seen, user.id)


def request(name: str, /, **values: object) -> Any:
    """A request model of accounts, its first problem as words for a person."""
    from darkroom.services.accounts import requests

    return checked(getattr(requests, name), **values)


def checked(model: type[_M], /, **values: object) -> _M:
    """A request model, its first problem as words for a person."""
    from pydantic import ValidationError

    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        words = first["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(f"{'.'.join(str(one) for one in first['loc'])}: {words}") from error


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is nobody to ask for a password: use --password-stdin or --link")
    return cast("str", typer.prompt("Password", hide_input=True, confirmation_prompt=True))
