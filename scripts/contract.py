"""Compare the REST contract with the one agreed on, so that breaking it is a decision and never an accident.

python -m scripts.contract            # agree on the contract of the code; refused when it breaks clients
python -m scripts.contract --check    # exit 1 when it differs from the one agreed on, and say how

A change that breaks clients is agreed on once it stands in docs/api-changes.md, word for word, with its reason.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.contract_schemas import Contracts, Schema

ROOT = Path(__file__).parents[1]
SNAPSHOT = ROOT / "tests" / "unit" / "api" / "openapi.json"
DECISIONS = ROOT / "docs" / "api-changes.md"


def breaks(old: Schema, new: Schema) -> list[str]:
    """What a client that was right under the old contract may trip over under the new one."""
    both = Contracts(old, new)
    found = []
    for path, item in old["paths"].items():
        for method, operation in item.items():
            name = f"{method.upper()} {path}"
            after = new["paths"].get(path, {}).get(method)
            found += [f"{name}: removed"] if after is None else list(_operation(name, operation, after, both))
    return list(dict.fromkeys(found))


def _operation(name: str, old: Schema, new: Schema, both: Contracts) -> Iterator[str]:
    if old["operationId"] != new["operationId"]:
        yield f"{name}: operationId was {old['operationId']}, is {new['operationId']}"
    if old.get("x-permission") != new.get("x-permission"):
        yield f"{name}: takes {new.get('x-permission')}, was {old.get('x-permission')}"
    yield from _parameters(name, old, new, both)
    yield from _body(name, old.get("requestBody"), new.get("requestBody"), both)
    for status, answer in old["responses"].items():
        if status.startswith("2"):
            yield from _answer(f"{name} {status}", answer, new["responses"].get(status), both)


def _parameters(name: str, old: Schema, new: Schema, both: Contracts) -> Iterator[str]:
    before = {(one["in"], one["name"].lower()): one for one in old.get("parameters", ())}
    after = {(one["in"], one["name"].lower()): one for one in new.get("parameters", ())}
    for key, one in before.items():
        where = f"{name} {key[0]} {one['name']}"
        if key not in after:
            yield f"{where}: removed"
        else:
            yield from both.taken(where, one["schema"], after[key]["schema"])
    for key, one in after.items():
        if one.get("required") and not before.get(key, {}).get("required"):
            yield f"{name} {key[0]} {one['name']}: is required now"


def _body(name: str, old: Schema | None, new: Schema | None, both: Contracts) -> Iterator[str]:
    if new is not None and new.get("required") and not (old or {}).get("required"):
        yield f"{name} body: is required now"
    for kind, content in (old or {}).get("content", {}).items():
        after = (new or {}).get("content", {}).get(kind)
        if after is None:
            yield f"{name} body: no longer takes {kind}"
        else:
            yield from both.taken(f"{name} body", content["schema"], after["schema"])


def _answer(name: str, old: Schema, new: Schema | None, both: Contracts) -> Iterator[str]:
    if new is None:
        yield f"{name}: is no longer answered"
        return
    for kind, content in old.get("content", {}).items():
        after = new.get("content", {}).get(kind)
        if after is None:
            yield f"{name}: no longer answers with {kind}"
        else:
            yield from both.given(name, content.get("schema", {}), after.get("schema", {}))


def decided(text: str) -> set[str]:
    """Breaking changes that were decided on: list items that begin with the change in backticks, and give a reason."""
    return {found[1] for found in re.finditer(r"^- `([^`]+)`: \S.{10,}$", text, re.MULTILINE)}


def contract() -> Schema:
    """The contract of the code."""
    from darkroom.api.app import create_app
    from darkroom.settings import Settings

    found: Schema = create_app(Settings(home=Path("/nonexistent/darkroom"))).openapi()
    return found


def as_text(found: Any) -> str:
    """A contract as it is stored."""
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Entry point."""
    old, new = json.loads(SNAPSHOT.read_text()), json.loads(as_text(contract()))
    undecided = [one for one in breaks(old, new) if one not in decided(DECISIONS.read_text())]
    for one in undecided:
        sys.stderr.write(f"breaks clients, and is not decided on in docs/api-changes.md: {one}\n")
    if undecided:
        return 1
    if "--check" in sys.argv[1:]:
        if old != new:
            sys.stderr.write("the contract has changed, and breaks nobody: agree on it with `make docs`\n")
        return int(old != new)
    SNAPSHOT.write_text(as_text(new))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
