"""Builds AVIF files that no encoder here writes: other numbers for the colours, a picture made of tiles."""

from __future__ import annotations

import struct

from darkroom.imaging.isobmff import boxes


def recoloured(data: bytes, primaries: int, transfer: int) -> bytes:
    """The file with other numbers for its colours, its pixels as they are."""
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def parts_of(data: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """The coded picture of a plain AVIF, and the properties it has."""
    found = {kind: (start, stop) for kind, start, stop in boxes(data, 0, len(data))}
    meta = {kind: data[start:stop] for kind, start, stop in boxes(data, found[b"meta"][0] + 4, found[b"meta"][1])}
    iprp = meta[b"iprp"]
    held = next(iprp[start:stop] for kind, start, stop in boxes(iprp, 0, len(iprp)) if kind == b"ipco")
    properties = {kind: held[start:stop] for kind, start, stop in boxes(held, 0, len(held))}
    start, stop = found[b"mdat"]
    return data[start:stop], properties


def grid(tiles: list[bytes], columns: int, width: int, height: int) -> bytes:
    """An AVIF whose picture is made of those of others, as phones write large ones.

    Args:
        tiles: plain AVIFs of one size, row by row.
        width: of the whole, in pixels; what tiles have beyond is cut.
    """
    coded = [parts_of(one)[0] for one in tiles]
    properties = parts_of(tiles[0])[1]
    count, rows = len(tiles), len(tiles) // columns
    whole = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    infos = [box(b"infe", struct.pack(">IHH", 2 << 24, 1, 0), b"grid\0")]
    infos += [box(b"infe", struct.pack(">IHH", 2 << 24 | 1, at + 2, 0), b"av01\0") for at in range(count)]
    ipco = box(
        b"ipco",
        box(b"ispe", struct.pack(">III", 0, width, height)),
        *(box(kind, properties[kind]) for kind in (b"ispe", b"av1C", b"pixi", b"colr")),
    )
    belongs = [struct.pack(">HBBBB", 1, 3, 1, 4, 5)]
    belongs += [struct.pack(">HBBBBB", at + 2, 4, 2, 0x83, 4, 5) for at in range(count)]
    ipma = box(b"ipma", struct.pack(">II", 0, count + 1), *belongs)
    iref = box(b"iref", bytes(4), box(b"dimg", struct.pack(f">HH{count}H", 1, count, *range(2, count + 2))))
    head = box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf")

    def meta(at: int) -> bytes:
        places = []
        for item, content in enumerate([whole, *coded], 1):
            places.append(struct.pack(">HHHII", item, 0, 1, at, len(content)))
            at += len(content)
        return box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", bytes(4), struct.pack(">H", 1)),
            box(b"iloc", struct.pack(">IHH", 0, 0x4400, count + 1), *places),
            box(b"iinf", struct.pack(">IH", 0, count + 1), *infos),
            iref,
            box(b"iprp", ipco, ipma),
        )

    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", whole, *coded)
