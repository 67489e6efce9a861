"""The examples of the documentation, run against a whole Darkroom."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from darkroom.access.profiles import Profiles
from darkroom.settings import Settings
from docs.rest_examples import examples
from tests.documents import ROOT, Block, blocks
from tests.pictures import jpeg
from tests.registered import telling
from tests.running import DARKROOM, Stack
from tests.stack import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(900)]

ADDRESSES = ("http://localhost:8000", "http://127.0.0.1:8000", "https://darkroom.example.org")
SECONDS = 120
_ENDLESS_SECONDS = 10
_PRELUDE = """
set -euo pipefail
curl() { command curl --fail-with-body --silent --show-error --max-time 60 "$@"; }
darkroom() { command DARKROOM "$@"; }
[ -f variables.sh ] && . ./variables.sh
set -a
"""
"""What an answer of 400 or more refuses must not pass, and what one block sets the next one of its page knows."""


class Desk:
    """A folder of somebody who follows the documentation, beside a running Darkroom."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self.environment = stack.environment() | {
            "DARKROOM_CONFIG_DIR": str(folder / "config"), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        (folder / "photos").mkdir()
        for number, name in enumerate(
            ("sea.jpg", "photo.jpg", "IMG_0001.HEIC", "photos/1.jpg", "photos/2.jpg", "scan.tif")
        ):
            (folder / name).write_bytes(jpeg(70 + number))
        (folder / "pictures").mkdir()
        (folder / "shoes").mkdir()
        (folder / "shoes/model.onnx").write_bytes(telling("boots", "sandals", "shoes"))
        Profiles(folder / "config").keep("work", stack.web_url)
        self.names = {"TOKEN": self.darkroom("token", "create", "--name", "docs", "--scope", "admin").splitlines()[-1]}
        self.darkroom("ingest", str(folder / "sea.jpg"), "--tag", "sea", "--wait")
        pictures = httpx.get(f"{stack.web_url}/api/v1/images?tag=sea", timeout=60).json()["items"]
        self.names["ID"] = pictures[0]["id"]

    def darkroom(self, *words: str) -> str:
        done = subprocess.run(
            [str(DARKROOM), *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def let_people_in(self) -> None:
        """From now on there is an account."""
        made = json.loads(self.darkroom("user", "create", "grace@example.org", "--link", "--json"))
        self.names["USER"] = made["id"]

    def run(self, block: Block) -> str | None:
        """Run a block; what went wrong, if anything."""
        if block.file is not None:
            (self.folder / block.file).write_text(block.code)
        work = getattr(self, f"_{block.language}")
        try:
            found: str | None = work(block)
        except (AssertionError, ValueError, SyntaxError, subprocess.SubprocessError) as error:
            return f"{type(error).__name__}: {error}"
        return found

    def _here(self, code: str) -> str:
        for address in ADDRESSES:
            code = code.replace(address, self.stack.web_url)
        return code.replace("dr_...", self.names["TOKEN"])

    def _sh(self, block: Block) -> str | None:
        variables = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.names.items())
        state = self.folder / "variables.sh"
        if not state.exists() or not state.read_text().startswith(f"# {block.document}\n"):
            state.write_text(f"# {block.document}\n{variables}")
        code = self._here(block.code).replace(".venv/bin/darkroom", "darkroom")
        save = "\nset +a; { head -1 variables.sh; export -p | grep -E ' [A-Z_]+=' | grep -vE ' (PATH|PWD|OLDPWD|SHLVL)='; } > next.sh; mv next.sh variables.sh"
        script = _PRELUDE.replace("DARKROOM", shlex.quote(str(DARKROOM))) + code + (save if block.way is None else "")
        return self._finish(["bash", "-c", script], block)

    def _python(self, block: Block) -> str | None:
        code = self._here(block.code)
        with_names = f"picture_id = {self.names['ID']!r}\nuser_id = {self.names.get('USER')!r}\n"
        source = (
            f"import ast, asyncio, inspect\n{with_names}\n"
            f"made = eval(compile({code!r}, {block.place!r}, 'exec', flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))\n"
            "if inspect.iscoroutine(made): asyncio.run(made)\n"
        )
        ast.parse(source)
        return self._finish([sys.executable, "-c", source], block)

    def _finish(self, command: list[str], block: Block) -> str | None:
        if block.way == "endless":
            return self._listen(command)
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        return (
            None if done.returncode == 0 else f"exit code {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
        )

    def _listen(self, command: list[str]) -> str | None:
        """Run what never ends until it has told something."""
        log = self.folder / "endless.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=file, stderr=file, start_new_session=True
            )
        try:
            wait_until(log.read_bytes, seconds=60, what="it tells something")
            return f"it ended\n{log.read_text()}" if process.poll() is not None else None
        finally:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself, which is told
                os.killpg(process.pid, 15)
            process.wait(timeout=30)

    def _yaml(self, block: Block) -> str | None:
        recipe = yaml.safe_load(block.code)
        whole = {"name": "example", "operations": ["auto_orient"]} | recipe
        if "extends" in recipe:
            whole = {"name": "example"} | recipe
        url = f"{self.stack.web_url}/api/v1/recipes/validate"
        headers = {"Authorization": f"Bearer {self.names['TOKEN']}"}
        answer = httpx.post(url, json={"recipe": whole}, headers=headers, timeout=60)
        return None if answer.status_code == 200 else answer.text

    def _env(self, block: Block) -> str | None:
        given = dict(part.split("=", 1) for part in shlex.split(block.code, comments=True))
        known = {f"DARKROOM_{name.upper()}": name for name in Settings.model_fields}
        unknown = sorted(set(given) - set(known))
        if unknown:
            return f"no settings: {unknown}"
        Settings.model_validate({known[name]: value for name, value in given.items()})
        return None

    def _json(self, block: Block) -> None:
        json.loads(block.code)

    def _toml(self, block: Block) -> None:
        tomllib.loads(block.code)

    def _text(self, block: Block) -> None:
        pass


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    stack = Stack(folder / "home", variables={"DARKROOM_BACKUPS": str(folder / "backups")})
    stack.up("--no-samples")
    yield Desk(stack, folder)
    stack.down()


def test_every_example_does_what_it_says(desk: Desk):
    to_run = [one for one in blocks() if one.reason is None]
    early = [one for one in to_run if one.way != "with accounts"]
    failed = [f"{one.place}: {words}" for one in early if (words := desk.run(one))]
    desk.let_people_in()
    late = [one for one in to_run if one.way == "with accounts"]
    failed += [f"{one.place}: {words}" for one in late if (words := desk.run(one))]
    assert len(to_run) > 20
    assert failed == [], "\n\n".join(failed)


NEVER = {"finish_provider_sign_in", "start_provider_sign_in", "follow_events", "get_rendition", "compare_models"}
"""What needs a provider, never ends, or needs two ids."""


def test_the_examples_of_the_reference_that_only_read_are_run(desk: Desk):
    headers = {"Authorization": f"Bearer {desk.names['TOKEN']}"}
    with httpx.Client(base_url=f"{desk.stack.web_url}/api/v1", headers=headers, timeout=60) as http:
        desk.darkroom("renditions", "order", desk.names["ID"], "--preset", "web")
        # Nobody is made: while there is no account, the examples of the other test need none.
        people = http.get("/users").json()["items"]
        made = people[0]["id"] if people else None
        contract = http.get("/openapi.json").json()
        ids = {"users": made, "images": desk.names["ID"]}
        where = {}
        for path, item in contract["paths"].items():
            noun = path.split("/")[3]
            if "{id}" in path and noun not in ids:
                # The first one that a list names stands for all of them.
                found = http.get(f"/{noun}").json()
                first = found["items"][0] if isinstance(found, dict) and found.get("items") else {}
                ids[noun] = first.get("id") or first.get("name")
            if "get" in item and ("{" not in path or ids.get(noun)):
                where[item["get"]["operationId"]] = noun
    shown = [one for one in examples(contract) if one[0] in where and one[0] not in NEVER]
    # The one tile that every picture has, and words of a query that are not finished.
    commands, lines = ["LEVEL=0 COLUMN=0 ROW=0"], ["level = column = row = 0", "q = 'camera:'"]
    for name, command, line in shown:
        commands += [f"ID={ids.get(where[name])}", f"{command} > /dev/null || {{ echo {name}; false; }}"]
        for part in (line,) if line is not None else ():
            argument = part.partition("(")[2].partition("(")[2].partition(")")[0].partition(",")[0]
            lines += [f"{argument} = {ids[where[name]]!r}"] if argument.endswith("_id") else []
            lines += [part]
    program = "from darkroom.client import *\n"
    program += "with Client('http://localhost:8000', 'dr_...') as client:\n" + "".join(
        f"    {line}\n" for line in lines
    )
    assert desk.run(Block("curl", "curl", "sh", "\n".join(commands), "")) is None
    assert desk.run(Block("python", "python", "python", program, "")) is None
    assert len(shown) >= 30
    assert len(lines) >= 25
