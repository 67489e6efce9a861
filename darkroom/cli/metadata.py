"""`darkroom metadata`: what people say of pictures, written where other programs read it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.collection import query_of
from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json
from darkroom.cli.user import checked
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.services.gallery_views import ImageDetail, ImageSummary

app = typer.Typer(
    help="What people say of pictures (title, caption, creator, copyright, rating, label, tags) for other programs.",
    no_args_is_help=True,
)

_MOST_NAMED = 10
_LONGEST_NAME = 180


@app.command()
def export(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Pictures, by their ids.")] = None,
    *,
    sidecars: Annotated[
        Path,
        typer.Option("--sidecars", metavar="DIR", help="Folder for the sidecars: `name.ext.xmp` for each picture."),
    ],
    beside: Annotated[
        bool,
        typer.Option(
            "--beside", help="Below DIR lie the originals: write beside each of them, and for no picture without one."
        ),
    ] = False,
    query: Annotated[
        str | None, typer.Option(metavar="JSON", help='Pictures that fit a query, as \'{"tag": ["sea"]}\'.')
    ] = None,
    where: Annotated[
        str | None, typer.Option(metavar="EXPRESSION", help="Pictures that fit it, as 'rating>=4'.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every picture of the library.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also over sidecars that somebody else wrote or changed.")
    ] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Write XMP sidecars; the pictures themselves never change, nor does a sidecar that another program wrote or changed.

    Exit code 1 when a sidecar was left alone. For example: darkroom metadata export --all --sidecars ./words
    """  # fmt: skip
    asked = query is not None or where is not None
    if bool(ids) + asked + everything != 1:
        raise typer.BadParameter("name pictures, or give --query or --where, or take --all")
    filters = query_of(query or "{}", where)
    with connected(home, url, profile) as client:
        done = [
            _export(client, one, sidecars, beside=beside, overwrite=overwrite) for one in _meant(client, ids, filters)
        ]
    if as_json:
        show_json({"items": done})
    else:
        _tell(done)
    if any(one["result"] == "left" for one in done):
        raise typer.Exit(1)


def _meant(client: Client, ids: list[str] | None, filters: dict[str, Any]) -> Iterator[ImageSummary | ImageDetail]:
    from darkroom.client import library
    from darkroom.domain.query import ImageQuery

    if ids:
        for one in dict.fromkeys(ids):
            yield client.send(library.get_image(one))
        return
    asked = checked(ImageQuery, **filters)
    yield from client.items(library.list_images(limit=500, **asked.model_dump(mode="json", exclude_defaults=True)))


def _export(
    client: Client, picture: ImageSummary | ImageDetail, folder: Path, *, beside: bool, overwrite: bool
) -> dict[str, Any]:
    """Write the sidecar of one picture, or tell why not: `written`, `same`, `left` or `absent`."""
    from darkroom.client import library

    target: Path | None
    if beside:
        original = _original(client.send(library.get_image(picture.id)), folder)
        target = original.with_name(original.name + ".xmp") if original else None
    else:
        target = _free(folder / f"{_plain(picture.name)}.xmp", picture.id)
    if target is None:
        return {"id": picture.id, "name": picture.name, "path": None, "result": "absent"}
    data = client.send(library.get_sidecar(picture.id))
    result = _write(target, picture.id, data, overwrite=overwrite)
    return {"id": picture.id, "name": picture.name, "path": str(target), "result": result}


def _write(target: Path, picture: str, data: bytes, *, overwrite: bool) -> str:
    from darkroom.connectors.folder import FolderConnector
    from darkroom.imaging.words import sealed

    there = _there(target)
    if there == data:
        return "same"
    if there is not None and not overwrite and sealed(there) != picture:
        return "left"
    with FolderConnector(target.parent).write(target.name) as file:
        file.write(data)
    return "written"


def _there(target: Path) -> bytes | None:
    try:
        return target.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Error("source_unreadable", f"{target} cannot be read: {error.strerror}.") from error


def _free(target: Path, picture: str) -> Path:
    """The target; another name where the sidecar of another picture of that name lies there."""
    from darkroom.imaging.words import sealed

    there = _there(target)
    owner = sealed(there) if there is not None else None
    if owner in (None, picture):
        return target
    name = Path(target.stem)
    return target.with_name(f"{name.stem}~{picture[:12]}{name.suffix}{target.suffix}")


def _plain(name: str) -> str:
    """A name that is one wherever it is written: no folders, not hidden, not too long."""
    last = "".join(one for one in PurePosixPath(name.replace("\\", "/")).name if one.isprintable()).lstrip(".")
    path = PurePosixPath(last or "picture")
    room = _LONGEST_NAME - len(path.suffix.encode())
    return path.stem.encode()[: max(room, 1)].decode("utf-8", "ignore") + path.suffix


def _original(picture: ImageDetail, root: Path) -> Path | None:
    """The file below the root that is this very picture, where its sources say that it came from."""
    root = root.resolve()
    for source in picture.lineage.sources:
        for path in (root / source.key, Path("/") / source.key):
            if _is_below(path, root) and path.is_file() and _is_same(path, picture):
                return path
    return None


def _is_below(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root)


def _is_same(path: Path, picture: ImageDetail) -> bool:
    if path.stat().st_size != picture.bytes:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == picture.id


def _tell(done: list[dict[str, Any]]) -> None:
    counts = Counter(one["result"] for one in done)
    words = f"{plural(counts['written'], 'sidecar')} written, {counts['same']:,} as before"
    words += f", {counts['absent']:,} without an original there" if counts["absent"] else ""
    typer.echo(f"{words}.")
    left = [one["path"] for one in done if one["result"] == "left"]
    for path in left[:_MOST_NAMED]:
        typer.echo(f"Left alone, since somebody else wrote or changed it: {path}", err=True)
    if left:
        typer.echo(f"{plural(len(left), 'sidecar')} left alone; --overwrite writes over them.", err=True)
