"""Where plug-ins are kept: each in a folder of its own, with what it may do and what was found when it came."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.imaging.plugins import environment
from darkroom.imaging.plugins.manifest import FILE, Manifest, read_manifest
from darkroom.imaging.plugins.sandbox import enforced

UNCONFINED = "unconfined"
"""The permission that is asked for where the system cannot hold a plug-in to the others."""
_ABOUT = "plugin.json"
_STAMP = ".changed"
_OFF = "disabled"
_MOST_BYTES = 2_000_000_000
_MOST_FILES = 20_000
_LEFT_OUT = shutil.ignore_patterns(".git", "__pycache__", ".venv", "*.pyc", ".mypy_cache", ".ruff_cache")


class Installed(Model):
    """A plug-in that is installed."""

    manifest: Manifest
    """What it says of itself."""
    granted: tuple[str, ...]
    """What it may do, by names of permissions."""
    digest: str
    """SHA-256 of its files."""
    golden: int
    """Golden pictures that it was compared with."""


class Shelf:
    """The plug-ins of a home.

    Args:
        folder: where they are kept; it need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def stamp(self) -> int:
        """Another number after each change; 0 where nothing was ever installed."""
        try:
            return (self.folder / _STAMP).stat().st_mtime_ns
        except OSError:
            return 0

    def place(self, name: str) -> Path:
        """Folder of a plug-in."""
        return self.folder / name

    def names(self) -> list[str]:
        """Of all that are installed."""
        if not self.folder.is_dir():
            return []
        return sorted(one.name for one in self.folder.iterdir() if (one / _ABOUT).is_file() and one.name[:1] != ".")

    def __iter__(self) -> Iterator[Installed]:
        return (self.get(name) for name in self.names())

    def get(self, name: str) -> Installed:
        """One of them.

        Raises:
            Error: `not_found`, `plugin_invalid` when its folder is damaged.
        """
        if name not in self.names():
            there = ", ".join(self.names()) or "none"
            raise Error("not_found", f"There is no plug-in {name[:80]}; there are {there}.")
        try:
            return Installed.model_validate_json((self.place(name) / _ABOUT).read_text())
        except (OSError, ValidationError) as error:
            raise Error("plugin_invalid", f"The folder of the plug-in {name} is damaged; install it again.") from error

    def enabled(self, name: str) -> bool:
        """Whether the operations of one that is installed can be used."""
        return not (self.place(name) / _OFF).exists()

    def switch(self, name: str, *, on: bool) -> bool:
        """Let the operations of a plug-in be used or not; tells whether it was otherwise before.

        Raises:
            Error: `not_found`, `plugin_invalid`.
        """
        self.get(name)
        if self.enabled(name) == on:
            return False
        mark = self.place(name) / _OFF
        if on:
            mark.unlink(missing_ok=True)
        else:
            mark.touch()
        self._changed()
        return True

    def install(self, source: Path, grant: Callable[[Manifest, tuple[str, ...]], Collection[str]]) -> Installed:
        """Install a plug-in, after its check; one of the same name makes way for it, and stays off if it was.

        Args:
            source: its folder, or a wheel or zip of it.
            grant: is told what it needs, and says what of that it may have.

        Raises:
            Error: `plugin_invalid` with all that is wrong with it, `forbidden` where something it needs is not granted,
                `conflict` for another content of a version that is here.
        """
        from darkroom.imaging.plugins.check import problems

        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".install-", dir=self.folder) as draft:
            folder = Path(draft) / "plugin"
            code = folder / "code"
            unpacked(source, code)
            manifest = read_manifest(code)
            digest = digest_of(code)
            self._same(manifest, digest)
            needed = needs(manifest)
            granted = tuple(sorted(grant(manifest, needed))) if needed else ()
            if lacking := [one for one in needed if one not in granted]:
                remedy = f"Install it with {' '.join(f'--grant {one}' for one in lacking)} if you trust it with that."
                cause = f"{manifest.name} needs {', '.join(lacking)}, which was not granted."
                raise Error("forbidden", cause, remedy=remedy, permission=lacking[0])
            environment.build(folder, manifest.requires)
            found = problems(folder, manifest)
            if found.wrong:
                raise Error("plugin_invalid", f"{manifest.name} did not pass its check: {' '.join(found.wrong[:8])}")
            made = Installed(manifest=manifest, granted=granted, digest=digest, golden=found.golden)
            (folder / _ABOUT).write_text(made.model_dump_json(indent=2))
            self._put(folder, manifest.name)
        return made

    def remove(self, name: str) -> None:
        """Remove a plug-in; recipes that name its operations say then that it is missing.

        Raises:
            Error: `not_found`.
        """
        self.get(name)
        gone = self.folder / f".gone-{name}"
        shutil.rmtree(gone, ignore_errors=True)
        self.place(name).rename(gone)
        self._changed()
        shutil.rmtree(gone, ignore_errors=True)

    def _same(self, manifest: Manifest, digest: str) -> None:
        """Refuse other files under the same version: what was made with the one would pass for made with the other."""
        if manifest.name not in self.names():
            return
        before = self.get(manifest.name)
        if before.manifest.version == manifest.version and len({before.digest, digest}) > 1:
            cause = f"{manifest.name} {manifest.version} is installed with other files."
            raise Error("conflict", cause, remedy="Give it another version, or remove the one that is installed first.")

    def _put(self, folder: Path, name: str) -> None:
        old = self.folder / f".old-{name}"
        shutil.rmtree(old, ignore_errors=True)
        if self.place(name).exists():
            if not self.enabled(name):  # whoever switched it off did not ask for another version to be on
                (folder / _OFF).touch()
            self.place(name).rename(old)
        folder.rename(self.place(name))
        self._changed()
        shutil.rmtree(old, ignore_errors=True)

    def _changed(self) -> None:
        stamp = self.folder / _STAMP
        stamp.touch()
        os.utime(stamp)


def needs(manifest: Manifest) -> tuple[str, ...]:
    """The permissions that a plug-in must be granted here."""
    held = enforced()
    return manifest.permissions.names() + (() if all(held.values()) else (UNCONFINED,))


def unpacked(source: Path, code: Path) -> None:
    """Put the files of a plug-in into a folder.

    Raises:
        Error: `plugin_invalid`.
    """
    if source.is_dir():
        if not (source / FILE).is_file():
            raise Error("plugin_invalid", f"There is no {FILE} in {source}.")
        shutil.copytree(source, code, ignore=_LEFT_OUT)
        if link := next((one for one in code.rglob("*") if one.is_symlink()), None):
            raise Error("plugin_invalid", f"{link.relative_to(code)} is a link; a plug-in holds its files itself.")
        return
    try:
        with zipfile.ZipFile(source) as packed:
            _unzip(packed, code)
    except (OSError, zipfile.BadZipFile) as error:
        raise Error("plugin_invalid", f"{source} is neither a folder nor a wheel or zip: {error}.") from error


def _unzip(packed: zipfile.ZipFile, code: Path) -> None:
    entries = packed.infolist()
    if len(entries) > _MOST_FILES or sum(one.file_size for one in entries) > _MOST_BYTES:
        raise Error("plugin_invalid", f"It unpacks to more than {_MOST_FILES:,} files or {_MOST_BYTES:,} bytes.")
    manifests = [one.filename for one in entries if Path(one.filename).name == FILE]
    if len(manifests) != 1:
        raise Error("plugin_invalid", f"It must hold one {FILE}, not {len(manifests)}.")
    for one in entries:
        place = (code / one.filename).resolve()
        if not place.is_relative_to(code.resolve()):
            raise Error("plugin_invalid", f"{one.filename[:200]} would lie outside the plug-in.")
        if not one.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(one) as inside, place.open("wb") as target:
                shutil.copyfileobj(inside, target)
    if (inner := code / manifests[0]).parent != code:
        for path in list(inner.parent.iterdir()):
            if path.name in (FILE, "golden"):
                path.rename(code / path.name)


def digest_of(folder: Path) -> str:
    """SHA-256 over names and contents."""
    found = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        found.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
