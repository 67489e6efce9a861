"""Write down what Darkroom is made of, as a software bill of materials (CycloneDX 1.6, JSON).

python -m scripts.sbom              # reports/sbom.cdx.json
python -m scripts.sbom FILE

Python packages are those of requirements.lock, with the licences that the installed ones state; JavaScript packages those of
frontend/reflex.lock, with their checksums. The same locks give the same bytes, so two builds can be compared.
"""

from __future__ import annotations

import base64
import json
import sys
import uuid
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

from darkroom import __version__
from scripts.licences import licence_of
from scripts.vulnerabilities import LOCK, pinned

ROOT = Path(__file__).parents[1]
NPM = ROOT / "frontend" / "reflex.lock" / "package-lock.json"
PLACE = ROOT / "reports" / "sbom.cdx.json"
_NAMESPACE = uuid.UUID("6f1c2f0e-6a2f-5d0a-9d6e-3f8f5d9b7a11")
_HASHES = {"sha512": "SHA-512", "sha384": "SHA-384", "sha256": "SHA-256", "sha1": "SHA-1"}


def python_packages(lock: str) -> Iterator[dict[str, Any]]:
    """A component for each pinned package of Python."""
    for name, version in pinned(lock):
        try:
            licence = licence_of(distribution(name))
        except PackageNotFoundError:
            # Pinned for another platform.
            licence = ""
        yield _component(name, version, f"pkg:pypi/{name.lower().replace('_', '-')}@{version}", licence)


def npm_packages(lock: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A component for each pinned package of JavaScript; what only builds is marked as excluded from what runs."""
    for place, found in lock["packages"].items():
        name = place.rpartition("node_modules/")[2]
        if not name or "version" not in found:
            continue
        purl = f"pkg:npm/{quote(name, safe='/')}@{found['version']}"
        component = _component(name, found["version"], purl, found.get("license", ""))
        algorithm, _, value = str(found.get("integrity", "")).partition("-")
        if algorithm in _HASHES:
            content = base64.b64decode(value.split()[0]).hex()
            component["hashes"] = [{"alg": _HASHES[algorithm], "content": content}]
        if found.get("dev"):
            component["scope"] = "excluded"
        yield component


def _component(name: str, version: str, purl: str, licence: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return found | ({"licenses": [{"license": {"name": licence[:200]}}]} if licence else {})


def bill() -> dict[str, Any]:
    """The whole document."""
    parts = [*python_packages(LOCK.read_text()), *npm_packages(json.loads(NPM.read_text()))]
    components = sorted({one["bom-ref"]: one for one in parts}.values(), key=lambda one: str(one["bom-ref"]))
    content = json.dumps(components, sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{__version__} {content}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": "darkroom", "name": "darkroom", "version": __version__,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": "darkroom", "dependsOn": [one["bom-ref"] for one in components]}],
    }  # fmt: skip


def main() -> int:
    """Entry point."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE
    found = bill()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(found, indent=1) + "\n")
    sys.stdout.write(f"{len(found['components'])} packages in {place}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
