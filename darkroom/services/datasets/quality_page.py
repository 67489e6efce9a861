"""The quality of a version as one HTML file: everything is inside, nothing is loaded, nothing runs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape

from darkroom.domain.dataset_quality import QualityDrift, QualityIssue
from darkroom.services.datasets.quality_views import QualityView

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""What a browser lets the page do."""
NAMES = {
    "exact_duplicate": "Exact duplicates", "near_duplicate": "Near duplicates", "damaged": "Damaged", "blurred": "Blurred",
    "dark": "Dark", "overexposed": "Over-exposed", "low_information": "Little to be seen", "low_contrast": "Little contrast",
    "odd_aspect": "Odd aspect", "odd_size": "Odd size", "outlier": "Unlike their class", "suspect": "Labels to doubt",
    "leak": "Leaks between splits", "unlabelled": "Nothing said", "imbalance": "Imbalance of classes",
}  # fmt: skip
"""What people call the issues."""
LEAKS = {"group": "groups", "near_duplicate": "sets of near duplicates", "burst": "bursts of one camera"}
"""What people call that which leaks."""
_CLASSES = 12
_STYLE = """
:root{color-scheme:light dark;--ink:#1c1c1c;--soft:#646464;--line:#0000001f;--paper:#fbfbfb;--raised:#fff;--good:#2b9a66;--bad:#ce2c31}
@media(prefers-color-scheme:dark){:root{--ink:#ededed;--soft:#a8a8a8;--line:#ffffff24;--paper:#0f0f0f;--raised:#1a1a1a;--good:#3dd68c;--bad:#ff6b6b}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1040px;margin:0 auto;padding:40px 24px 72px}h1{margin:0;font-size:26px;letter-spacing:-.02em}h2{margin:44px 0 12px;font-size:17px}
h3{margin:24px 0 8px;font-size:15px}p{margin:4px 0}.soft{color:var(--soft)}.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:24px 0 0}
.figures div{padding:14px 16px;border:1px solid var(--line);border-radius:12px;background:var(--raised)}.figures dt{color:var(--soft);font-size:13px}
.figures dd{margin:0;font-size:26px;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:6px 12px;border-bottom:1px solid var(--line);text-align:right}
th{color:var(--soft);font-size:13px;font-weight:500}th:first-child,td:first-child{padding-left:0;text-align:left}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
.shots{display:grid;grid-template-columns:repeat(auto-fill,minmax(110px,1fr));gap:10px;padding:0;margin:0;list-style:none}.shots img{display:block;width:100%;height:90px;border-radius:8px;object-fit:cover}
@media print{body{background:#fff}main{padding:0}h2,h3{break-after:avoid}tr,li{break-inside:avoid}}
"""


def render(found: QualityView, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    """The page.

    Args:
        found: what is known.
        pictures: media type and bytes of small pictures, by id.
    """
    title = f"Quality of {found.version}"
    rest = found.total - found.clean
    tiles = [("Score", f"{found.score:.3f}"), ("Examples", f"{found.total:,}"), ("With an issue", f"{rest:,}")]
    figures = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles)
    blocked = "".join(f"<p class=bad>{escape(one)}</p>" for one in found.blocked)
    warnings = "".join(
        f"<p>{escape(one.words)} <span class=soft>{escape(one.remedy)}</span></p>" for one in found.warnings
    )
    parts = [
        f"<h1>{escape(title)}</h1><p class=soft>Judged {found.created_at:%d %B %Y, %H:%M} UTC</p>",
        f"<dl class=figures>{figures}</dl>{blocked}", f"<h2>Issues</h2>{_table(found)}{_leaks(found)}",
        f"<h2>What else to know</h2>{warnings}" if warnings else "", _drift(found.drift) if found.drift else "",
        "".join(_shots(one, pictures) for one in found.issues if one.samples),
    ]  # fmt: skip
    return (
        f'<!doctype html><html lang=en><head><meta charset=utf-8><meta http-equiv=Content-Security-Policy content="{POLICY.removesuffix("; sandbox")}">'
        f'<meta name=viewport content="width=device-width, initial-scale=1"><title>{escape(title)} &middot; Darkroom</title>'
        f"<style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )


def told(one: QualityIssue, value: float) -> str:
    """A value of an issue, as people read it."""
    return f"{value:.1f} to 1" if one.issue == "imbalance" else f"{value:.1%}"


def _table(found: QualityView) -> str:
    rows = "".join(
        f"<tr><td>{NAMES[one.issue]}</td><td>{f'{one.count:,}' if one.issue != 'imbalance' else ''}</td><td>{told(one, one.value) if one.known else 'not looked for'}</td>"
        f"<td>{told(one, one.most)}</td><td class={'good' if one.passed else 'bad'}>{_verdict(one)}</td></tr>"
        for one in found.issues
    )
    heads = "".join(f"<th scope=col>{one}</th>" for one in ("Issue", "Examples", "Share", "At most", "Verdict"))
    return f"<div class=wide><table><tr>{heads}</tr>{rows}</table></div>"


def _leaks(found: QualityView) -> str:
    lines = (
        f"<p>{one.groups:,} {LEAKS[one.cause]} with {one.pictures:,} pictures lie in more than one split.</p>"
        for one in found.leaks
    )
    return "".join(lines)


def _verdict(one: QualityIssue) -> str:
    if one.passed:
        return "well" if one.known else "unknown"
    return "blocks trainings" if one.blocks else "too much"


def _drift(found: QualityDrift) -> str:
    rows = "".join(
        f"<tr><td>{one.feature}</td><td>{one.before:.4g}</td><td>{one.after:.4g}</td><td>{one.psi:.3f}</td><td>{one.ks:.3f}</td>"
        f"<td class={'bad' if one.drifted else 'good'}>{'drifted' if one.drifted else 'alike'}</td></tr>"
        for one in found.features
    )
    heads = "".join(f"<th scope=col>{one}</th>" for one in ("Measure", "Median before", "Now", "PSI", "KS", "Verdict"))
    apart = (
        f"<p>A classifier tells by their looks which of the two pictures are of: {found.told_apart:.3f} "
        f"({found.told_low:.3f} to {found.told_high:.3f} in 95 of 100 cases; 0.5 is chance).</p>"
        if found.told_apart is not None
        else ""
    )
    labels = "".join(
        f"<tr><td>{escape(one.label)}</td><td>{one.before:.1%}</td><td>{one.after:.1%}</td></tr>"
        for one in found.labels[:_CLASSES]
    )
    return (
        f"<h2>Beside {escape(found.against)}</h2>{apart}<div class=wide><table><tr>{heads}</tr>{rows}</table></div>"
        f"<h3>Classes: {found.label_shift:.1%} of the labels lie otherwise</h3><div class=wide><table><tr><th scope=col>Class</th><th scope=col>Before</th>"
        f"<th scope=col>Now</th></tr>{labels}</table></div>"
    )


def _shots(one: QualityIssue, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    shots = "".join(
        f'<li><img alt="{NAMES[one.issue]}" src="data:{media};base64,{b64encode(data).decode()}"></li>'
        for media, data in (pictures[key] for key in one.samples if key in pictures)
    )
    return f"<h2>{NAMES[one.issue]}</h2><ul class=shots>{shots}</ul>" if shots else ""
