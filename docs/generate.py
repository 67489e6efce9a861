"""Write the reference pages from the code, or check that they are current.

python -m docs.generate            # write docs/reference/*.md
python -m docs.generate --check    # exit 1 when a page differs from the code
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic_core import PydanticUndefined

REFERENCE = Path(__file__).parent / "reference"
_MARKUP = re.compile(r"\[/?bold\]")
_NOTE = "<!-- Written by `python -m docs.generate`; edit the code instead. -->\n\n"


def settings_page() -> str:
    """Every `DARKROOM_*` variable with its type, default and meaning."""
    from darkroom.settings import Settings

    rows = [
        "# Settings",
        "",
        "Set as environment variables or in a `.env` file. `darkroom settings` prints the effective ones.",
        "",
    ]
    rows += ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "one per core" if name == "workers" else field.default
        shown = "" if default in (None, PydanticUndefined) else f"`{default}`" if name != "workers" else str(default)
        rows.append(f"| `DARKROOM_{name.upper()}` | {shown} | {(field.description or '').strip()} |")
    return "\n".join(rows) + "\n"


def errors_page() -> str:
    """The error table."""
    from darkroom.errors import ERROR_CODES

    rows = [
        "# Error codes",
        "",
        "One table serves the REST API (problem documents), the failure ledger, Dagster's retries and the web app.",
        "",
        "| code | HTTP status | tried again by itself | what happened | what to do |",
        "|---|---|---|---|---|",
    ]
    rows += [
        f"| `{row.code}` | {row.status} | {'yes' if row.retryable else 'no'} | {row.title} | {row.remedy} |"
        for row in ERROR_CODES.values()
    ]
    return "\n".join(rows) + "\n"


def cli_page() -> str:
    """Every command with its arguments and options."""
    import click
    import typer

    from darkroom.cli import app

    rows = ["# Command line", ""]

    def describe(command: click.Command, path: str) -> None:
        rows.extend(
            [f"## `{path}`", "", _MARKUP.sub("**", inspect.cleandoc(command.help or "").split("\f")[0]).strip(), ""]
        )
        table = []
        for parameter in command.params:
            if getattr(parameter, "hidden", False) or parameter.name in (
                "help",
                "install_completion",
                "show_completion",
            ):
                continue
            names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
            if parameter.param_type_name == "argument":
                names = f"`{(parameter.name or '').upper()}`"
            words = (getattr(parameter, "help", None) or "").replace("|", "\\|").replace("\n", " ")
            table.append(f"| {names} | {words} |")
        if table:
            rows.extend(["| option | meaning |", "|---|---|", *table, ""])
        for name, child in sorted(getattr(command, "commands", {}).items()):
            if not child.hidden:
                describe(child, f"{path} {name}")

    describe(typer.main.get_command(app), "darkroom")
    return "\n".join(rows).rstrip() + "\n"


def rest_page() -> str:
    """Every route of the REST API."""
    from darkroom.api.reference import rest_reference
    from docs.rest_examples import examples

    return rest_reference(examples)


def query_page() -> str:
    """Every field of the query language."""
    from darkroom.domain.language.fields import FIELDS, HAS, LIKENESS, OPERATORS

    rows = [
        "# Fields of the query language",
        "",
        "`darkroom find`, `where=` and the search box of the gallery take them; docs/search.md says how.",
        "",
    ]
    rows += ["| field | also | kind | operators | values | what it asks | example |", "|---|---|---|---|---|---|---|"]
    for one in (*FIELDS.values(), HAS, *LIKENESS):
        values = ", ".join(f"`{value}`" for value in one.choices or tuple(one.units))
        operators = " ".join(f"`{operator}`" for operator in OPERATORS[one.kind]) + (" `:/ /`" if one.patterns else "")
        names = ", ".join(f"`{alias}`" for alias in one.aliases)
        kind = one.kind.replace("_", " or ")
        rows.append(f"| `{one.name}` | {names} | {kind} | {operators} | {values} | {one.about} | `{one.example}` |")
    return "\n".join(rows) + "\n"


def formats_page() -> str:
    """Every picture format, who reads and writes it, and the options of its encoders."""
    from darkroom.imaging.formats.reference import formats_reference

    return formats_reference()


def cameras_page() -> str:
    """Every camera that the pinned LibRaw lists."""
    from darkroom.imaging.formats.cameras import camera_table

    table = camera_table()
    rows = [
        "# Cameras",
        "",
        f"RAW files of these {table.known:,} cameras are read by {table.library}. {table.note}",
        "`darkroom formats --cameras` asks the library that is installed on your machine, and tries files.",
        "",
        "| maker | cameras |",
        "|---|---|",
    ]
    rows += [f"| {maker.name} | {', '.join(maker.cameras)} |" for maker in table.makers]
    return "\n".join(rows) + "\n"


def operations_page() -> str:
    """Every operation on pictures; `python -m docs.operations` makes its pictures."""
    from docs import operations

    return operations.operations_page()


def storage_page() -> str:
    """Providers of storage: options of their URLs, credentials, and what their code says they can."""
    from darkroom.settings import Settings
    from darkroom.store.blobs.clients import KNOWN
    from darkroom.store.blobs.location import PROVIDERS, open_blobs, parse_location

    urls = {"file": "file:///srv/pictures", "s3": "s3://bucket", "gs": "gs://bucket", "az": "az://container"}
    can = {
        name: open_blobs(parse_location(urls[name]), Settings(storage_credentials=None)).capabilities
        for name in PROVIDERS
    }
    words = {
        "range_read": "read in part", "presign": "sign addresses", "conditional_put": "write only what is not there",
        "server_copy": "copy within itself", "local_path": "give a path on this machine", "multipart": "send large files in parts",
    }  # fmt: skip
    rows = [
        "# Storage providers",
        "",
        "What each can; options of its URL take away what a compatible service lacks.",
        "",
    ]
    rows += ["| | " + " | ".join(f"{one.name} (`{name}`)" for name, one in PROVIDERS.items()) + " |"]
    rows += ["|---" * (len(PROVIDERS) + 1) + "|"]
    for field, text in words.items():
        rows += [f"| {text} | " + " | ".join("yes" if getattr(can[name], field) else "no" for name in PROVIDERS) + " |"]
    rows += ["", "| | options of the URL | in `DARKROOM_STORAGE_CREDENTIALS` |", "|---|---|---|"]
    for name, one in PROVIDERS.items():
        options, known = (
            ", ".join(f"`{word}`" for word in sorted(words)) for words in (one.options, KNOWN.get(name, ()))
        )
        rows += [f"| {one.name} | {options or '-'} | {known or '-'} |"]
    return "\n".join(rows) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "cli.md": cli_page,
    "rest.md": rest_page,
    "operations.md": operations_page,
    "formats.md": formats_page,
    "cameras.md": cameras_page,
    "query.md": query_page,
    "storage.md": storage_page,
}


def stale_pages() -> list[str]:
    """Names of the pages that differ from the code."""
    return [
        name
        for name, page in PAGES.items()
        if not (REFERENCE / name).exists() or (REFERENCE / name).read_text() != _NOTE + page()
    ]


def main() -> int:
    """Entry point."""
    if "--check" in sys.argv[1:]:
        stale = stale_pages()
        for name in stale:
            print(f"docs/reference/{name} is out of date: run `python -m docs.generate`", file=sys.stderr)
        return 1 if stale else 0
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(_NOTE + page())
    from docs.operations import write_pictures

    write_pictures()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
