"""Running the browser's scripts without a browser."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

UI = Path(__file__).parents[1] / "frontend" / "assets" / "ui"


def run(node: str, module: str, body: str) -> Any:
    """Value of a JavaScript function body that sees the module's exports as `m`."""
    program = (
        f"const m = await import({json.dumps(str(UI / module))}); console.log(JSON.stringify((() => {{ {body} }})()));"
    )
    done = subprocess.run(
        [node, "--no-warnings", "--input-type=module", "-e", program], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def run_async(node: str, module: str, body: str) -> Any:
    """As `run`, of a function body that may `await`."""
    program = (
        "globalThis.addEventListener = () => {};"
        f"const m = await import({json.dumps(str(UI / module))});"
        f"console.log(JSON.stringify(await (async () => {{ {body} }})()));"
    )
    done = subprocess.run(
        [node, "--no-warnings", "--input-type=module", "-e", program], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
