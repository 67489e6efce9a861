"""The environment of a plug-in: a Python of its own with numpy and what it requires, and nothing of Darkroom."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import numpy as np

from darkroom.errors import Error

_SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache")
_INSTALL_SECONDS = 1800
_NUMPY = ("numpy", "numpy.libs")


def python_of(folder: Path) -> Path:
    """Its interpreter."""
    return folder / "env" / "bin" / "python"


def site_of(folder: Path) -> Path:
    """Where its packages lie."""
    return folder / "env" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def readable_of(folder: Path) -> list[str]:
    """What any plug-in may read: its own folder, Python, and the libraries of the system."""
    shared = [str(one) for name in _NUMPY if (one := _site() / name).exists()]
    here = str(Path(__file__).parent)
    return [str(folder), here, str(Path(sys.base_prefix) / "lib"), sysconfig.get_paths()["stdlib"], *shared, *_SYSTEM]


def build(folder: Path, requires: tuple[str, ...]) -> None:
    """Make the environment; packages come as wheels alone, so that none of their code runs while they are installed.

    Raises:
        Error: `plugin_invalid`, with pip's last words.
    """
    venv.EnvBuilder(symlinks=True, with_pip=False, clear=True).create(folder / "env")
    if requires:
        command = [sys.executable, "-m", "pip", "--python", str(python_of(folder)), "install"]
        options = ["--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet"]
        done = subprocess.run(
            [*command, *options, "--", *requires],
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            words = [line for line in done.stderr.splitlines() if line.strip()] or ["no words"]
            raise Error("plugin_invalid", f"What it requires cannot be installed: {words[-1][:300]}")
    for name in _NUMPY:
        if (_site() / name).exists() and not (site_of(folder) / name).exists():
            (site_of(folder) / name).symlink_to(_site() / name)


def _site() -> Path:
    return Path(np.__file__).resolve().parents[1]
