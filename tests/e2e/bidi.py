"""Stands before a Firefox that speaks WebDriver BiDi and does not know every command that Playwright gives.

Playwright drives any Firefox that is installed, by the channel `moz-firefox`; it tells each new window which colours and how
much movement its visitor wants, and a Firefox that has not learned this command yet refuses it and so everything else.
Here it is answered in its place, and everything else goes through. What is wanted is told by preferences instead.

    python -m tests.e2e.bidi /usr/bin/firefox-esr --remote-debugging-port=0 ...
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

UNKNOWN = "emulation.setMediaFeaturesOverride"
LISTENS = b"WebDriver BiDi listening on "


async def relay(here: ServerConnection, there: str) -> None:
    """Carry everything between Playwright and the browser but what the browser does not know."""
    async with connect(there, max_size=None, ping_interval=None, compression=None) as browser:

        async def answers() -> None:
            async for message in browser:
                await here.send(message)
            await here.close()

        carrying = asyncio.create_task(answers())
        async for message in here:
            command = json.loads(message)
            if command["method"] == UNKNOWN:
                await here.send(json.dumps({"type": "success", "id": command["id"], "result": {}}))
            else:
                await browser.send(message)
        carrying.cancel()


async def main(program: str, *arguments: str) -> int:
    """Start the browser, and say where Playwright finds it: here."""
    browser = await asyncio.create_subprocess_exec(program, *arguments, stderr=asyncio.subprocess.PIPE)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, browser.terminate)
    assert browser.stderr
    there: list[str] = []
    async with serve(
        lambda here: relay(here, there[0]), "127.0.0.1", 0, max_size=None, ping_interval=None, compression=None
    ) as server:
        port = server.sockets[0].getsockname()[1]
        async for line in browser.stderr:
            if line.startswith(LISTENS):
                there.append(line.removeprefix(LISTENS).decode().strip() + "/session")
            sys.stderr.buffer.write(LISTENS + b"ws://127.0.0.1:%d\n" % port if line.startswith(LISTENS) else line)
            sys.stderr.buffer.flush()
        return await browser.wait()


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(*sys.argv[1:])))
