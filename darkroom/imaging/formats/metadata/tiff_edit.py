"""Puts metadata into a TIFF by a new first directory at its end; strips and tiles stay where they are."""

from __future__ import annotations

import struct

from darkroom.imaging.formats.metadata.containers import Payload
from darkroom.imaging.formats.metadata.entries import (
    MAKER_NOTE,
    SIZES,
    Entry,
    Order,
    Tree,
    directory,
    laid_out,
    order_of,
    read_tree,
)
from darkroom.imaging.formats.metadata.maker_move import fits

_XMP, _IPTC = 0x02BC, 0x83BB


def into_tiff(data: bytes, payload: Payload) -> tuple[bytes, list[str]]:
    """A TIFF (or BigTIFF) whose first directory also describes the picture."""
    order = order_of(data)
    if order is None:
        return data, ["metadata do not fit into this TIFF"]
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    if big:
        entries, following = _big_directory(data, order, struct.unpack_from(order + "Q", data, 8)[0])
    else:
        entries, following = directory(data, order, struct.unpack_from(order + "I", data, 4)[0])
    tree = (read_tree(payload.exif) if payload.exif else None) or Tree(order)
    tree = tree.ordered(order)
    mine = {entry.tag for entry in entries}
    extra = [entry for entry in tree.first if entry.tag not in mine]
    if payload.xmp:
        extra.append(Entry(_XMP, 1, len(payload.xmp), payload.xmp))
    if payload.iptc:
        extra.append(Entry(_IPTC, 7, len(payload.iptc), payload.iptc))
    replaced = {entry.tag for entry in extra}
    kept = tuple(entry for entry in entries if entry.tag not in replaced)
    start = len(data) + len(data) % 2
    described = Tree(order, tuple(extra), tree.exif, tree.gps, tree.interop)
    behind = laid_out(described, start, more=kept, following=following, big=big)
    head = data[:8] + struct.pack(order + "Q", start) if big else data[:4] + struct.pack(order + "I", start)
    notes = ["the maker's note is copied; places in it that count from the begin of the file no longer fit"]
    return head + data[len(head) :] + bytes(len(data) % 2) + behind, [] if _notes_fit(tree) else notes


def _notes_fit(tree: Tree) -> bool:
    return all(fits(entry.value) for entry in tree.exif if entry.tag == MAKER_NOTE)


def _big_directory(data: bytes, order: Order, offset: int) -> tuple[tuple[Entry, ...], int]:
    count = struct.unpack_from(order + "Q", data, offset)[0]
    found = []
    at = offset + 8
    for _ in range(count):
        tag, kind, number = struct.unpack_from(order + "HHQ", data, at)
        size = SIZES.get(kind, 0) * number
        start = at + 12 if size <= 8 else struct.unpack_from(order + "Q", data, at + 12)[0]
        found.append(Entry(tag, kind, number, data[start : start + size]))
        at += 20
    return tuple(found), struct.unpack_from(order + "Q", data, at)[0]
