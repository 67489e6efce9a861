"""Archives of strangers: only plain files below one folder, no more of them and no more bytes than agreed."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from darkroom.datasets.unpacking import bytes_of, unpack
from darkroom.errors import Error


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def tarred(path: Path, *entries: tuple[str, bytes | str], mode: str = "w") -> Path:
    """A tar file; a text in place of bytes is where a link leads."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in entries:
            info = tarfile.TarInfo(name)
            if isinstance(data, str):
                info.type, info.linkname = tarfile.SYMTYPE, data
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def refusal(archive: Path, folder: Path, **limits: int) -> Error:
    with pytest.raises(Error) as caught:
        unpack(archive, folder, **{"most_bytes": 10_000_000, **limits})
    return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_files_come_out_as_they_went_in_and_hidden_ones_do_not(kind, tmp_path, folder):
    files = [("set/cats/1.jpg", b"one"), ("set/größe/2.jpg", b"two" * 9999), ("__MACOSX/._1.jpg", b"x"), (".git/a", b"x")]  # fmt: skip
    archive = tmp_path / f"a.{kind}"
    if kind == "zip":
        zipped(archive, *files)
    else:
        tarred(archive, *files, mode="w:gz" if kind == "tar.gz" else "w")
    sizes = []
    assert unpack(archive, folder, most_bytes=100_000, on_file=sizes.append) == []
    assert contents(folder) == dict(files[:2])
    assert sizes == [3, 29997]


@pytest.mark.parametrize("name", ["../out.txt", "a/../../out.txt", "/etc/passwd", "..\\out.txt", "C:\\out.txt"])
def test_nothing_is_written_outside(name, tmp_path, folder):
    for archive in (zipped(tmp_path / "a.zip", (name, b"x")), tarred(tmp_path / "a.tar", (name, b"x"))):
        found = refusal(archive, folder)
        assert (found.code, "leads outside" in found.cause) == ("dataset_invalid", True)
    assert {one.name for one in tmp_path.iterdir()} == {"a.zip", "a.tar", "out"}
    assert contents(folder) == {}


def test_links_and_devices_are_refused(tmp_path, folder):
    link = zipfile.ZipInfo("cats/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pipe = tmp_path / "pipe.tar"
    with tarfile.open(pipe, "w") as archive:
        info = tarfile.TarInfo("cats/pipe")
        info.type = tarfile.FIFOTYPE
        archive.addfile(info)
    for one in (
        zipped(tmp_path / "a.zip", (link, b"/etc/passwd")),
        tarred(tmp_path / "a.tar", ("cats/link", "/etc"), ("cats/link/x", b"x")),
        pipe,
    ):
        assert "is a link or a device" in refusal(one, folder).cause
    assert not any(one.is_symlink() for one in folder.rglob("*"))


def test_bombs_are_stopped_by_what_really_comes_out(tmp_path, folder):
    bomb = zipped(tmp_path / "a.zip", ("zeros", bytes(5_000_000)))
    assert (bomb.stat().st_size < 50_000, bytes_of(bomb)) == (True, 5_000_000)
    assert refusal(bomb, folder, most_bytes=1_000_000).code == "payload_too_large"
    # One that lies about its size: both heads say 100 bytes.
    data = bomb.read_bytes().replace((5_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    (tmp_path / "lies.zip").write_bytes(data)
    refusal(tmp_path / "lies.zip", folder, most_bytes=1_000_000)
    assert sum(len(one) for one in contents(folder).values()) <= 1_000_000
    packed = tarred(tmp_path / "a.tar.gz", ("zeros", bytes(5_000_000)), mode="w:gz")
    assert refusal(packed, folder, most_bytes=1_000_000).code == "payload_too_large"
    assert bytes_of(packed) is None
    many = zipped(tmp_path / "many.zip", *((f"{number}.txt", b"x") for number in range(20)))
    assert "more than 10 files" in refusal(many, folder, most_files=10).cause


def test_a_name_that_would_fill_the_memory_is_not_read(tmp_path, folder):
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    assert "far too long" in refusal(tmp_path / "a.tar", folder).cause


def test_names_that_cannot_be_told_are_left_out_and_what_is_no_archive_is_refused(tmp_path, folder):
    odd = tmp_path / "odd.tar"
    with tarfile.open(odd, "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        for name in ("cats/1.jpg", "cats/größe.jpg", "cats/a\nb.jpg"):
            info = tarfile.TarInfo(name)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"x"))
    left_out = unpack(odd, folder, most_bytes=1000)
    assert [(one.file, one.cause) for one in left_out] == [
        ("cats/gr??e.jpg", "Its name is not UTF-8."), ("cats/a\nb.jpg", "Its name has signs that cannot be shown."),
    ]  # fmt: skip
    assert contents(folder) == {"cats/1.jpg": b"x"}
    unsaid = zipped(tmp_path / "unsaid.zip", ("größe.jpg", b"y"))
    data = unsaid.read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.zip").write_bytes(b"no archive at all")
    for name in ("cut.zip", "text.zip"):
        found = refusal(tmp_path / name, folder)
        assert (found.code, "cannot be read" in found.cause) == ("dataset_invalid", True)
    both = zipped(tmp_path / "both.zip", ("a", b"x"), ("a/b", b"x"))
    assert "is a file and a folder" in refusal(both, folder).cause
