"""All commands, and the one place where an error becomes a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from darkroom.cli import (
    admin,
    apply,
    audit,
    brought_model,
    collection,
    dataset_quality,
    doctor,
    edit,
    embed,
    evaluate,
    events,
    export,
    failures,
    find,
    ingest,
    inspect,
    login,
    metadata,
    model_registry,
    operations,
    plugin,
    preset,
    renditions,
    report,
    rule,
    search_model,
    show,
    tag,
    token,
    train,
    training,
    trash,
    tune,
    up,
    user,
)
from darkroom.cli import backup as backup_commands
from darkroom.cli import filter as filter_commands
from darkroom.cli import formats as format_commands
from darkroom.cli import storage as storage_commands
from darkroom.cli import work as work_commands
from darkroom.errors import Error

app = typer.Typer(
    name="darkroom",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Drop pictures in; Darkroom ingests, describes and shows them, every step an asset with lineage.\n\n"
    "Begin with [bold]darkroom up[/bold], open http://localhost:8000, and drop pictures into the inbox folder that it "
    "names. [bold]darkroom status[/bold] tells how the services do, [bold]darkroom doctor[/bold] what is missing on this "
    "machine. Every option can also be set as a variable: see [bold]darkroom settings[/bold].",
)

_START, _PICTURES, _LEARNING = "Start and stop", "Pictures", "Datasets and models"
_PEOPLE, _UPKEEP = "People and programs", "Upkeep"
app.command("up", rich_help_panel=_START)(up.up)
app.command("down", rich_help_panel=_START)(up.down)
app.command("status", rich_help_panel=_START)(inspect.status)
app.command("logs", rich_help_panel=_START)(inspect.logs)
app.command("events", rich_help_panel=_START)(events.events)
app.command("ingest", rich_help_panel=_PICTURES)(ingest.ingest)
app.add_typer(collection.app, name="collection", rich_help_panel=_PICTURES)
app.add_typer(failures.app, name="failures", rich_help_panel=_PICTURES)
app.command("apply", rich_help_panel=_PICTURES)(apply.apply)
app.command("operations", rich_help_panel=_PICTURES)(operations.operations)
app.add_typer(plugin.app, name="plugin", rich_help_panel=_PICTURES)
app.add_typer(filter_commands.app, name="filter", rich_help_panel=_PICTURES)
app.add_typer(preset.app, name="preset", rich_help_panel=_PICTURES)
app.add_typer(renditions.app, name="renditions", rich_help_panel=_PICTURES)
app.command("find", rich_help_panel=_PICTURES)(find.find)
app.command("show", rich_help_panel=_PICTURES)(show.show)
app.command("edit", rich_help_panel=_PICTURES)(edit.edit)
app.command("export", rich_help_panel=_PICTURES)(export.export)
app.add_typer(metadata.app, name="metadata", rich_help_panel=_PICTURES)
app.add_typer(rule.app, name="rule", rich_help_panel=_PICTURES)
app.add_typer(tag.app, name="tag", rich_help_panel=_PICTURES)
app.add_typer(trash.app, name="trash", rich_help_panel=_PICTURES)
app.add_typer(work_commands.app, name="work", rich_help_panel=_PICTURES)
app.command("formats", rich_help_panel=_PICTURES)(format_commands.formats)
app.add_typer(dataset_quality.app, name="dataset", rich_help_panel=_LEARNING)
app.command("train", rich_help_panel=_LEARNING)(train.train)
app.add_typer(training.app, name="training", rich_help_panel=_LEARNING)
app.command("tune", rich_help_panel=_LEARNING)(tune.tune)
app.command("embed", rich_help_panel=_LEARNING)(embed.embed)
app.add_typer(brought_model.app, name="brought-model", rich_help_panel=_LEARNING)
app.add_typer(search_model.app, name="search-model", rich_help_panel=_LEARNING)
app.command("evaluate", rich_help_panel=_LEARNING)(evaluate.evaluate)
app.add_typer(model_registry.app, name="model", rich_help_panel=_LEARNING)
app.add_typer(report.app, name="report", rich_help_panel=_LEARNING)
app.add_typer(user.app, name="user", rich_help_panel=_PEOPLE)
app.add_typer(token.app, name="token", rich_help_panel=_PEOPLE)
app.command("audit", rich_help_panel=_PEOPLE)(audit.audit)
app.command("login", rich_help_panel=_PEOPLE)(login.login)
app.command("logout", rich_help_panel=_PEOPLE)(login.logout)
app.command("whoami", rich_help_panel=_PEOPLE)(login.whoami)
app.command("doctor", rich_help_panel=_UPKEEP)(doctor.doctor)
app.add_typer(storage_commands.app, name="storage", rich_help_panel=_UPKEEP)
app.command("backup", rich_help_panel=_UPKEEP)(backup_commands.backup)
app.command("restore", rich_help_panel=_UPKEEP)(backup_commands.restore)
app.command("migrate", rich_help_panel=_UPKEEP)(admin.migrate)
app.command("settings", rich_help_panel=_UPKEEP)(admin.settings)
app.command("prepare", rich_help_panel=_UPKEEP)(admin.prepare)
app.command("version", rich_help_panel=_UPKEEP)(admin.version)

_DEBUG = False


@app.callback()
def options(
    *,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="DARKROOM_DEBUG", help="Show where in the code an error came from.")
    ] = False,
) -> None:
    """Take the options of all commands."""
    global _DEBUG  # noqa: PLW0603 - main() must know after the command has failed
    _DEBUG = debug


def main() -> None:
    """Run the command line; an error is one sentence and what to do, never a traceback unless asked for."""
    try:
        app()
    except Error as error:
        _fail(error.cause, error.remedy, error)
    except BrokenPipeError:
        # Whoever read our output has seen enough; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except Exception as error:  # noqa: BLE001 - the border to the person
        words = f"Something unexpected happened: {type(error).__name__}: {error}"
        _fail(words, "Run it again with `darkroom --debug ...` to see where, and report it.", error)


def _fail(cause: str, remedy: str, error: Exception) -> None:
    if _DEBUG:
        raise error
    typer.secho(cause, fg="red", err=True)
    typer.echo(f"What to do: {remedy}", err=True)
    raise SystemExit(1) from None
