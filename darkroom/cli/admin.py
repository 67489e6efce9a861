"""`darkroom migrate`, `settings`, `prepare` and `version`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from darkroom.cli.options import AsJson, Home, load_settings
from darkroom.cli.output import duration, plural, show_json, show_table
from darkroom.errors import Error


def migrate(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done and change nothing.")] = False,
    home: Home = None,
) -> None:
    """Bring the database's schema up to date; `darkroom up` does so by itself."""
    from darkroom.runtime import mongo_uri
    from darkroom.store.database import Database
    from darkroom.store.migrations import migrate as run_migrations

    settings = load_settings(home=home)
    database = Database.connect(mongo_uri(settings), settings.mongo_database)
    try:
        steps = run_migrations(database, dry_run=dry_run)
    finally:
        database.close()
    if not steps:
        typer.echo("The schema is up to date.")
    for step in steps:
        words = "would run" if step.dry_run else f"ran in {duration(step.seconds)}"
        typer.echo(f"{step.number:04} {step.name}: {words}, {plural(len(step.actions), 'action')}")
        for action in step.actions:
            typer.echo(f"     {action}")


def settings(*, home: Home = None, as_json: AsJson = False) -> None:
    """Print every setting as it is in effect here; secrets are hidden, or shown by where they lie."""
    from darkroom.secret_references import ReferredSecret

    found = load_settings(home=home)
    values = {f"DARKROOM_{name.upper()}": value for name, value in found.model_dump(mode="json").items()}
    for name in type(found).model_fields:
        if isinstance(value := getattr(found, name), ReferredSecret):
            values[f"DARKROOM_{name.upper()}"] = value.reference
    values["DARKROOM_HOME"] = str(found.home_path)
    if as_json:
        show_json(values)
        return
    fields = type(found).model_fields
    rows = []
    for name, value in zip(fields, values.values(), strict=True):
        origin = "set" if name in found.model_fields_set else "default"
        words = "" if value is None else str(value).lower() if isinstance(value, bool) else value
        rows.append((f"DARKROOM_{name.upper()}", words, origin))
    show_table(["variable", "value", "from"], rows)


def prepare(*, home: Home = None) -> None:
    """Fetch and build what `darkroom up` would on a first start: the database server and the web app.

    Where there is a C compiler the fast decoder of JPEGs is built too; without it pictures take longer to be made small.
    """
    import subprocess

    from darkroom.imaging.compiled.build import build
    from darkroom.supervisor import launch, plan
    from darkroom.supervisor.process import MARK

    found = load_settings(home=home)
    env, root = plan.environment(found), plan.project_root()
    # Nothing of a home runs here, so nothing must be taken for a process of one.
    env.pop(MARK)
    if words := build():
        typer.echo(words)
    steps = []
    if found.mongo_uri is None and launch.lacks_mongod(found):
        steps.append(("Obtaining the MongoDB server (once, about 100 MB)", "darkroom.supervisor.obtain"))
    if launch.lacks_web_build():
        steps.append(("Building the web app (once, about a minute)", "frontend.build"))
    for words, module in steps:
        typer.echo(words)
        if subprocess.run([sys.executable, "-m", module], env=env, cwd=root, check=False).returncode:
            raise Error("service_failed", f"{words.split(' (')[0]} failed.", remedy="Read the lines above.")


def version() -> None:
    """Print the version."""
    from darkroom import __version__

    typer.echo(__version__)
