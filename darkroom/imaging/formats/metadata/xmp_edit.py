"""XMP packets: corrected where they speak of orientation and size, cleared of positions, reduced, or made anew."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from xml.sax.saxutils import escape

from darkroom.domain.image import MetadataValue
from darkroom.imaging.xmp import read_xmp

_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
}
_TIFF, _EXIF = b"http://ns.adobe.com/tiff/1.0/", b"http://ns.adobe.com/exif/1.0/"
_CREDITS = (
    "dc:creator",
    "dc:rights",
    "photoshop:Credit",
    "photoshop:Source",
    "photoshop:AuthorsPosition",
    "xmpRights:",
)
_LISTS = {
    "dc:subject": "Bag", "dc:creator": "Seq", "photoshop:SupplementalCategories": "Bag", "digiKam:TagsList": "Seq",
}  # fmt: skip
_TRANSLATED = {"dc:title", "dc:description", "dc:rights", "xmpRights:UsageTerms"}
_PADDING = re.compile(rb"[ \t\r\n]{64,}(?=<\?xpacket end)")
_GPS = re.compile(r"^exif:GPS")
_CLOSE = b"</rdf:RDF>"
_GAIN_MAP, _CONTAINER = b"http://ns.adobe.com/hdr-gain-map/1.0/", b"http://ns.google.com/photos/1.0/container/"


def corrected(packet: bytes, width: int, height: int, *, gps: bool) -> bytes:
    """The packet for upright pixels of that size and, unless `gps`, without a position; nothing else changes.

    A packet whose position cannot be taken out (an unusual encoding) is dropped altogether.
    """
    found = without_gain_map(_PADDING.sub(b"\n", packet))
    for space, name, value in (
        (_TIFF, b"Orientation", 1),
        (_TIFF, b"ImageWidth", width),
        (_TIFF, b"ImageLength", height),
        (_EXIF, b"PixelXDimension", width),
        (_EXIF, b"PixelYDimension", height),
    ):
        for prefix in _prefixes(found, space):
            found = _set(found, prefix + b":" + name, str(value).encode())
    if gps:
        return found
    for prefix in _prefixes(found, _EXIF):
        found = _left_out(found, re.escape(prefix) + rb":GPS\w+")
    return b"" if has_position(found) else found


def has_position(packet: bytes) -> bool:
    """Whether a packet says where the picture was taken, in any encoding."""
    return any(_GPS.match(name) for name in read_xmp(packet)) or b"GPSL" in packet.replace(b"\0", b"")


def without_gain_map(packet: bytes) -> bytes:
    """The packet without what it says of pictures behind its own: they do not come along."""
    found = packet
    for space, name in ((_GAIN_MAP, rb":\w+"), (_CONTAINER, rb":Directory")):
        for prefix in _prefixes(found, space):
            found = _left_out(found, re.escape(prefix) + name)
    return found


def _left_out(packet: bytes, name: bytes) -> bytes:
    """The packet without the fields of a name, be they attributes or elements."""
    packet = re.sub(rb"\s+" + name + rb"\s*=\s*(\"[^\"]*\"|'[^']*')", b"", packet)
    return re.sub(rb"<(" + name + rb")\b[^>]*?(?:/>|>.*?</\1\s*>)", b"", packet, flags=re.DOTALL)


def told_of_gain_map(packet: bytes, size: int) -> bytes:
    """The packet with word of a gain map of so many bytes behind the picture; a new one where it cannot be added."""
    item = "<rdf:li rdf:parseType='Resource'><Container:Item Item:Semantic='{}' Item:Mime='image/jpeg'{}/></rdf:li>"
    items = item.format("Primary", "") + item.format("GainMap", f" Item:Length='{size}'")
    told = (
        f"<rdf:Description rdf:about='' xmlns:hdrgm='{_GAIN_MAP.decode()}' xmlns:Container='{_CONTAINER.decode()}'"
        f" xmlns:Item='{_CONTAINER.decode()}item/' hdrgm:Version='1.0'>"
        f"<Container:Directory><rdf:Seq>{items}</rdf:Seq></Container:Directory></rdf:Description>"
    ).replace("'", '"')
    end = packet.rfind(_CLOSE)
    if end >= 0:
        return packet[:end] + told.encode() + b"\n" + packet[end:]
    return packet or _packet(told)


def _prefixes(packet: bytes, space: bytes) -> Iterable[bytes]:
    return dict.fromkeys(re.findall(rb"xmlns:([\w.-]+)\s*=\s*[\"']" + re.escape(space) + rb"[\"']", packet))


def _set(packet: bytes, name: bytes, value: bytes) -> bytes:
    escaped = re.escape(name)
    packet = re.sub(rb"(\s" + escaped + rb"\s*=\s*[\"'])\d+", rb"\g<1>" + value, packet)
    return re.sub(rb"(<" + escaped + rb"\s*>)\s*\d+", rb"\g<1>" + value, packet)


def credits_only(packet: bytes) -> bytes:
    """A packet that says who made the picture and whose it is, and nothing else."""
    return made({name: value for name, value in read_xmp(packet).items() if name.startswith(_CREDITS)})


def merged(packet: bytes, fields: dict[str, MetadataValue]) -> bytes:
    """The packet with the fields that it does not have yet."""
    there = read_xmp(packet)
    missing = {name: value for name, value in fields.items() if name not in there}
    if not missing or not packet:
        return packet or made(missing)
    end = packet.rfind(_CLOSE)
    if end < 0:  # another prefix, or another encoding: what is there stays as it is
        return packet
    return packet[:end] + _description(missing).encode() + b"\n" + packet[end:]


def replaced(packet: bytes, names: Collection[str], fields: dict[str, MetadataValue]) -> bytes:
    """The packet with these fields in place of whatever stands under the names.

    Args:
        packet: as it is; nothing makes a new one.
        names: fields that go.
        fields: fields that come, of those names.
    """
    found = packet
    for prefix, space in _NAMESPACES.items():
        mine = [re.escape(name.partition(":")[2]).encode() for name in names if name.startswith(f"{prefix}:")]
        for written in _prefixes(found, space.encode()) if mine else ():
            for name in mine:
                found = _left_out(found, re.escape(written) + b":" + name)
    left = read_xmp(found)
    if any(name in left for name in names) or (found and _CLOSE not in found):
        # An unusual encoding or prefix: what can be read of it is written anew.
        return made({**{name: value for name, value in left.items() if name not in names}, **fields})
    return merged(found, fields)


def made(fields: dict[str, MetadataValue]) -> bytes:
    """A new packet; nothing for no fields."""
    return document(fields) if fields else b""


def document(fields: dict[str, MetadataValue]) -> bytes:
    """A new packet, also for no fields."""
    return _packet(_description(fields))


def _packet(description: str) -> bytes:
    words = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'{description}\n</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    )
    return words.encode()


def _description(fields: dict[str, MetadataValue]) -> str:
    known = {name: value for name, value in fields.items() if name.split(":", 1)[0] in _NAMESPACES}
    spaces = "".join(f' xmlns:{prefix}="{_NAMESPACES[prefix]}"' for prefix in sorted({n.split(":")[0] for n in known}))
    properties = "".join(_property(name, value) for name, value in sorted(known.items()))
    return f'<rdf:Description rdf:about=""{spaces}>{properties}</rdf:Description>'


def _property(name: str, value: MetadataValue) -> str:
    values = [escape(str(part)) for part in (value if isinstance(value, list) else [value])]
    if name in _TRANSLATED:
        inside = f'<rdf:Alt><rdf:li xml:lang="x-default">{values[0]}</rdf:li></rdf:Alt>'
    elif name in _LISTS or isinstance(value, list):
        kind = _LISTS.get(name, "Bag")
        inside = f"<rdf:{kind}>" + "".join(f"<rdf:li>{part}</rdf:li>" for part in values) + f"</rdf:{kind}>"
    else:
        inside = values[0]
    return f"<{name}>{inside}</{name}>"
