"""The secret of a home: one for all who can read it, and for nobody else."""

from __future__ import annotations

import stat
import threading

import pytest

from darkroom.access import opaque
from darkroom.access.owner import OwnerSecret
from darkroom.errors import Error


def test_all_who_ask_at_once_are_shown_the_same(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(OwnerSecret(tmp_path / "keys").show())) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [one.name for one in (tmp_path / "keys").iterdir()] == ["owner.token"]


def test_only_its_owner_may_read_it(tmp_path):
    OwnerSecret(tmp_path / "keys").show()
    assert stat.S_IMODE((tmp_path / "keys" / "owner.token").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_nothing_else_fits(tmp_path):
    secret = OwnerSecret(tmp_path)
    assert not secret.fits(opaque.make(opaque.OWNER))  # none is made by asking
    shown = secret.show()
    assert secret.fits(shown)
    assert not OwnerSecret(tmp_path / "other").fits(shown)
    for other in ("", "dro_", opaque.make(opaque.OWNER), opaque.make(opaque.API), shown[:-1], shown + "0"):
        assert not secret.fits(other)


def test_a_file_without_a_secret_lets_nobody_in(tmp_path):
    (tmp_path / "owner.token").write_text("")
    assert not OwnerSecret(tmp_path).fits("")
    with pytest.raises(Error, match="holds no secret"):
        OwnerSecret(tmp_path).show()
