"""The reference page of the formats, written from the table."""

from __future__ import annotations

from typing import Any

from darkroom.imaging.formats.adaptive import AdaptiveOptions
from darkroom.imaging.formats.metadata.carry import HOLDS
from darkroom.imaging.formats.options import EFFORTS, OPTIONS_OF, EncodeOptions
from darkroom.imaging.formats.readable import KNOWN
from darkroom.imaging.formats.targets import TARGETS

_INTRODUCTION = """\
# Picture formats

`darkroom formats` tries every decoder and encoder on your machine and lists what works; `GET /api/v1/formats` answers
the same. Encoders stand in the order in which they are asked: the first that can do what is asked writes the file, and
when none can, the error gives each one's reason. A file is read by what its bytes say, whatever its name.
"""
_CARRIED = """\
Blocks are copied byte for byte where the container allows it, so maker notes keep what they point to; the orientation
becomes "upright", sizes become those of the new picture, and the old embedded thumbnail is dropped. Into TIFF, Exif is
laid out anew: places in the notes of Canon, Sony, Panasonic, Pentax and Nikon move along, those in others that count from the start of the file no longer fit.
Where a format has no place for IPTC but one for XMP, its fields are told there under the names of the IPTC's standard.

| policy | what comes along |
|---|---|
| `keep` | everything |
| `strip-gps` | everything but the position, in Exif and in XMP |
| `copyright-only` | author, credit and copyright |
| `none` | nothing but the colour profile |
"""


def formats_reference() -> str:
    """Formats, encoder options, adaptive quality and metadata as Markdown."""
    rows = [
        _INTRODUCTION,
        "| format | endings | read by | written by | bits | also holds |",
        "|---|---|---|---|---|---|",
    ]
    for known in KNOWN:
        target = TARGETS.get(known.name)
        written = [f"{one.name} (by name)" if one.on_request else one.name for one in target.encoders] if target else []
        held = {"alpha": known.alpha, "frames": known.animation, "CMYK": known.cmyk, "profile": known.icc}
        holds = ", ".join(word for word, has in held.items() if has) if known.decoders else known.missing
        bits = ", ".join("float" if depth == 32 else str(depth) for depth in known.depths) if known.decoders else ""
        read = ", ".join(name for name, _ in known.decoders)
        endings = " ".join(f"`{ending}`" for ending in known.extensions)
        rows.append(
            f"| {known.title} (`{known.name}`) | {endings} | {read} | {', '.join(written)} | {bits} | {holds} |"
        )
    rows += ["", "## Encoder options", "", *_options(EncodeOptions, formats=True)]
    rows += ["", "## Adaptive quality", "", *_options(AdaptiveOptions, formats=False)]
    rows += ["", "## Metadata", "", _CARRIED, "| into | Exif | XMP | IPTC |", "|---|---|---|---|"]
    for name, held_blocks in HOLDS.items():
        if TARGETS[name].encoders:
            iptc = "yes" if "iptc" in held_blocks else "as XMP" if "xmp" in held_blocks else "no"
            yes = ["yes" if block in held_blocks else "no" for block in ("exif", "xmp")]
            rows.append(f"| {TARGETS[name].title} | {yes[0]} | {yes[1]} | {iptc} |")
    return "\n".join(rows) + "\n"


def _options(model: type[Any], *, formats: bool) -> list[str]:
    rows = ["| option | default | meaning |" + (" formats |" if formats else "")]
    rows.append("|---|---|---|" + ("---|" if formats else ""))
    for name, field in model.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        taking = [one for one, options in OPTIONS_OF.items() if name in options and TARGETS[one].encoders]
        every = len(taking) == sum(bool(target.encoders) for target in TARGETS.values())
        words = (field.description or "").replace("|", "\\|")
        if name == "effort":
            words += " Highest: " + ", ".join(f"{one} {most}" for one, most in EFFORTS.items() if one in taking) + "."
        last = f" {'all' if every else ', '.join(taking)} |" if formats else ""
        rows.append(f"| `{name}` | {default} | {words} |{last}")
    return rows
