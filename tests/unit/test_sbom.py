"""The bill of materials names everything that is pinned, once, and is the same for the same locks."""

from __future__ import annotations

import json
import re
import sys

from scripts import sbom
from scripts.vulnerabilities import LOCK, pinned

PURL = re.compile(r"pkg:(pypi/[a-z0-9._-]+|npm/(%40[\w.~-]+/)?[\w.~-]+)@[\w.+-]+\Z")


def test_everything_that_is_pinned_is_named_once(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "argv", ["sbom", str(tmp_path / "bill.json")])
    assert sbom.main() == 0
    found = json.loads((tmp_path / "bill.json").read_text())
    assert (found["bomFormat"], found["specVersion"], found["version"]) == ("CycloneDX", "1.6", 1)
    refs = [one["bom-ref"] for one in found["components"]]
    assert refs == sorted(set(refs))
    assert [ref for ref in refs if not PURL.match(ref)] == []
    named = {(one["name"], one["version"]) for one in found["components"] if one["purl"].startswith("pkg:pypi/")}
    assert named == set(pinned(LOCK.read_text()))
    assert found["dependencies"] == [{"ref": "darkroom", "dependsOn": refs}]
    assert capsys.readouterr().out.startswith(f"{len(refs)} packages in ")
    assert found == sbom.bill()
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", found["serialNumber"]
    )


def test_packages_of_javascript_have_their_checksum_and_what_only_builds_is_marked():
    lock = {"packages": {
        "": {"version": "1.0.0"},
        "node_modules/@scope/one": {"version": "1.2.3", "integrity": "sha512-AAECAw==", "license": "MIT"},
        "node_modules/a/node_modules/two": {"version": "2.0.0", "dev": True},
    }}  # fmt: skip
    one, two = sbom.npm_packages(lock)
    assert (one["purl"], one["hashes"]) == ("pkg:npm/%40scope/one@1.2.3", [{"alg": "SHA-512", "content": "00010203"}])
    assert one["licenses"] == [{"license": {"name": "MIT"}}]
    assert (two["name"], two["scope"], "hashes" in two) == ("two", "excluded", False)


def test_licences_are_those_that_packages_state():
    found = {one["name"]: one for one in sbom.bill()["components"]}
    assert found["httpx"]["licenses"][0]["license"]["name"].startswith("BSD")
    stated = [one for one in found.values() if one.get("licenses")]
    assert len(stated) > 0.95 * len(found)
