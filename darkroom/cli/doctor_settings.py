"""What `darkroom doctor` finds about settings: names that mean nothing, secrets that others can read, and processes that run with others."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.cli.finding import Finding

if TYPE_CHECKING:
    from darkroom.settings import Settings

_PREFIX = "DARKROOM_"
_NOT_SETTINGS = frozenset({"DARKROOM_DEBUG"})
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def settings_findings(settings: Settings) -> Iterator[Finding]:
    """All checks of settings, in this process and in those that run."""
    yield _names()
    yield _secrets(settings)
    yield _drift(settings)


def _names() -> Finding:
    from darkroom.settings import Settings

    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | _NOT_SETTINGS
    given = {name for name in os.environ if name.upper().startswith(_PREFIX)} | set(_in_file())
    unknown = sorted(name for name in given if name.upper() not in known and name != _mark())
    if not unknown:
        return Finding("settings", "ok", "every DARKROOM_ variable is a setting")
    words = []
    for name in unknown:
        near = difflib.get_close_matches(name.upper(), known, 1, 0.8)
        words.append(f"{name} (is {near[0]} meant?)" if near else name)
    return Finding(
        "settings",
        "warning",
        f"without any effect: {', '.join(words)}",
        "Correct or remove them; docs/reference/settings.md lists all.",
    )


def _mark() -> str:
    from darkroom.supervisor.process import MARK

    return MARK


def _in_file() -> Iterator[str]:
    """Names of our variables in `.env`."""
    for line in _lines(_env_file()):
        name, sign, _ = line.strip().removeprefix("export ").partition("=")
        if sign and name.strip().upper().startswith(_PREFIX):
            yield name.strip()


def _env_file() -> Path | None:
    from darkroom.settings import Settings

    name = Settings.model_config.get("env_file")
    return Path(name) if isinstance(name, str) else None


def _lines(path: Path | None) -> list[str]:
    try:
        return path.read_text().splitlines() if path is not None else []
    except (OSError, UnicodeDecodeError):
        return []


def _secrets(settings: Settings) -> Finding:
    """Whether anybody else on this machine can read a secret."""
    from pydantic import SecretStr

    from darkroom.secret_references import ReferredSecret

    given = {
        name: value for name in type(settings).model_fields if isinstance(value := getattr(settings, name), SecretStr)
    }
    files = {name: Path(value.reference[5:]).expanduser() for name, value in given.items()
             if isinstance(value, ReferredSecret) and value.reference.startswith("file:")}  # fmt: skip
    open_ones = [f"{path} ({_PREFIX}{name.upper()})" for name, path in files.items() if _is_open(path)]
    dotenv = _env_file()
    named = {
        line.strip().partition("=")[0].strip().upper(): line.partition("=")[2].strip("'\" ") for line in _lines(dotenv)
    }
    clear = [
        f"{_PREFIX}{name.upper()}"
        for name in given
        if not named.get(f"{_PREFIX}{name.upper()}", "file:").startswith(("file:", "env:"))
    ]
    if dotenv is not None and clear and _is_open(dotenv):
        open_ones.append(f"{dotenv.resolve()} ({', '.join(clear)})")
    if open_ones:
        return Finding(
            "secrets", "warning", f"others can read {', '.join(open_ones)}", "Take their rights away: `chmod 600 FILE`."
        )
    words = f"{len(given)} set, {len(files)} of them by file" if given else "none set"
    return Finding("secrets", "ok", f"{words}; nobody else can read them")


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False


def _drift(settings: Settings) -> Finding:
    """Whether what runs was started with other settings than those of now, or is another version."""
    from darkroom import __version__
    from darkroom.runtime import drift, read_runtime

    info = read_runtime(settings)
    if info is None:
        return Finding("running settings", "ok", "nothing runs on this home")
    found = [f"{_PREFIX}{name.upper()} ({words})" for name, words in drift(info, settings)]
    if info.version not in ("", __version__):
        found.insert(0, f"version {info.version} runs, {__version__} is installed")
    if not found:
        return Finding("running settings", "ok", "what runs has the settings of now")
    return Finding(
        "running settings",
        "warning",
        f"other than now: {', '.join(found)}",
        "Restart it: `darkroom down`, then `darkroom up`.",
    )
