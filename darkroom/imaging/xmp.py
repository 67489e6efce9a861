"""Reads XMP packets: simple properties, lists and language alternatives, as `prefix:name`."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree

from darkroom.domain.image import MetadataValue

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://darktable.sf.net/": "darktable",
}
# Histories, thumbnails and identifiers of documents are large and say nothing of the picture.
_SETTINGS = "crs"
_HIDDEN_PREFIXES = {
    "xmpMM",
    _SETTINGS,
    "xmpGImg",
    "stEvt",
    "stRef",
    "GImage",
    "GDepth",
    "xml",
    "x",
    "rdf",
    "HDRGainMap",
}
MAX_PACKET = 2_000_000
MAX_FIELDS = 500
MAX_TEXT = 16_384


def read_xmp(packet: bytes, *, settings: bool = False) -> dict[str, MetadataValue]:
    """Properties of a packet; what cannot be read is left out.

    Args:
        packet: XMP.
        settings: also those by which a RAW file was developed, which say nothing of the picture.
    """
    start, end = packet.find(b"<"), packet.rfind(b">")
    packet = packet[max(start, 0) : end + 1].replace(b"\0", b"")
    # Entities are how XML is made to explode; XMP has no use for them.
    if not packet or len(packet) > MAX_PACKET or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return {}
    found: dict[str, MetadataValue] = {}
    try:
        prefixes, root = _parse(packet)
        for name, value in _properties(root, prefixes, _HIDDEN_PREFIXES - ({_SETTINGS} if settings else set())):
            if len(found) >= MAX_FIELDS:
                break
            found.setdefault(name, value)
    except (ElementTree.ParseError, LookupError, ValueError, RecursionError):
        return found
    return found


def _parse(packet: bytes) -> tuple[dict[str, str], ElementTree.Element]:
    prefixes: dict[str, str] = {}
    root: ElementTree.Element | None = None
    for event, item in ElementTree.iterparse(BytesIO(packet), events=("start-ns", "start")):  # noqa: S314 - entities refused
        if event == "start-ns":
            prefix, uri = item
            prefixes.setdefault(uri, prefix)
        elif root is None:
            root = item
    if root is None:
        raise ValueError("empty packet")
    return {**prefixes, **_PREFIXES}, root


def _properties(
    root: ElementTree.Element, prefixes: dict[str, str], hidden: set[str]
) -> Iterator[tuple[str, MetadataValue]]:
    for description in root.iter(f"{_RDF}Description"):
        for key, text in description.attrib.items():
            if (name := _name(key, prefixes, hidden)) and text.strip():
                yield name, text.strip()[:MAX_TEXT]
        for child in description:
            name = _name(child.tag, prefixes, hidden)
            value = _value(child) if name else None
            if name and value not in (None, "", []):
                yield name, value


def _name(key: str, prefixes: dict[str, str], hidden: set[str]) -> str | None:
    uri, _, local = key[1:].partition("}")
    prefix = prefixes.get(uri)
    if not key.startswith("{") or not prefix or prefix in hidden:
        return None
    # MongoDB takes neither dots nor dollars well in field names.
    return f"{prefix}:{local}".replace(".", "_").replace("$", "_")


def _value(element: ElementTree.Element) -> MetadataValue | None:
    for kind in ("Alt", "Seq", "Bag"):
        holder = element.find(f"{_RDF}{kind}")
        if holder is not None:
            found = [item for item in holder.findall(f"{_RDF}li") if item.text and item.text.strip()]
            if kind == "Alt":  # the language for everybody first
                found.sort(key=lambda item: item.get(_LANGUAGE) != "x-default")
            items = [str(item.text).strip()[:MAX_TEXT] for item in found]
            return items if kind != "Alt" else items[0] if items else None
    return (element.text or "").strip()[:MAX_TEXT] or None
