"""Obtain a Chromium for the browser tests: one that is there, Debian's package, or Playwright's own; on Debian a Firefox and
a WebKit, too.

Ends well in any case: without a browser those tests are skipped with a reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FIREFOX = ("firefox-esr", "firefox")
WEBKIT = {"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"}
"""Programs, and the packages that bring them: a WebKit to be driven, and a screen in memory for it."""
LOG = Path(__file__).resolve().parents[1] / ".cache" / "browser.log"


def works(program: str) -> bool:
    """Whether it starts; Ubuntu's `chromium-browser` may be an empty shell around a snap."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def on_path(names: tuple[str, ...] = NAMES) -> str | None:
    """A browser that is installed already."""
    return next((found for name in names if (found := shutil.which(name)) and works(found)), None)


def playwrights() -> str | None:
    """The browser that Playwright has downloaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = playwright.chromium.executable_path
    return program if Path(program).exists() and works(program) else None


def run(*command: str) -> bool:
    """Run an installer, its words into the log."""
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("a") as log:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        return (
            subprocess.run(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, check=False
            ).returncode
            == 0
        )


def distribution() -> str:
    """`debian`, `ubuntu`, ... or nothing."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return ""
    return next((line[3:].strip('"') for line in lines if line.startswith("ID=")), "")


def is_root() -> bool:
    """Whether packages can be installed."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def package(name: str, words: str, names: tuple[str, ...]) -> str | None:
    """Install a browser as Debian's package. Ubuntu's only leads to a snap, which does not run everywhere."""
    if not is_root() or distribution() != "debian":
        return None
    sys.stdout.write(f"Installing {words} for the browser tests (apt)\n")
    sys.stdout.flush()
    install = ("apt-get", "install", "-qq", "-y", "--no-install-recommends", name)
    return on_path(names) if run("apt-get", "update", "-qq") and run(*install) else None


def install() -> str | None:
    """Obtain a Chromium; None when neither way works."""
    if found := package("chromium", "Chromium", NAMES):
        return found
    sys.stdout.write("Fetching Chromium for the browser tests (Playwright)\n")
    sys.stdout.flush()
    extra = ["--with-deps"] if is_root() else []
    if run(sys.executable, "-m", "playwright", "install", *extra, "chromium"):
        return playwrights()
    return None


def main() -> int:
    """Entry point."""
    found = on_path() or playwrights() or install()
    if found is None:
        sys.stdout.write(
            f"No Chromium could be obtained (see {LOG.name} in .cache): the browser tests will be skipped.\n"
        )
    if (on_path(FIREFOX) or package("firefox-esr", "Firefox", FIREFOX)) is None:
        sys.stdout.write("There is no Firefox: its tests will be skipped.\n")
    for program, name in WEBKIT.items():
        if shutil.which(program) is None:
            package(name, name, (program,))
    if not all(map(shutil.which, WEBKIT)):
        sys.stdout.write("There is no WebKit: its tests will be skipped.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
