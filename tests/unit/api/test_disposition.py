"""What a file is called where it is saved."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from darkroom.api.disposition import disposition


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("report-e-1.html", "report-e-1.html"),
        ("cats@3.zip", "cats@3.zip"),
        ("IMG 7 (2) ä.jpg", "IMG 7 (2) _.jpg"),
        ("写真.png", "__.png"),
        ("🌋 dawn.webp", "_ dawn.webp"),
        ('say "hi"\\.txt', "say _hi__.txt"),
        ("100%41.jpg", "100_41.jpg"),
        ("a;b='c'.zip", "a_b__c_.zip"),
        ("two\r\nX-Evil: 1.txt", "two__X-Evil_ 1.txt"),
    ],
)
def test_a_name_is_told_in_plain_ascii_and_as_it_is(name, plain):
    value = disposition(name)
    assert value.startswith(f'attachment; filename="{plain}"; filename*=')
    assert re.fullmatch(r"[ -~]+", value), "nothing else may stand in a header"
    assert saved_as(value) == name


def test_what_cannot_be_written_in_utf_8_a_long_name_and_none_at_all_have_a_name_still():
    assert saved_as(disposition("half \ud83d.jpg")) == "half ?.jpg"
    long = "a" * 300 + ".jpg"
    assert f'filename="{"a" * 150}";' in disposition(long)
    assert saved_as(disposition(long)) == long
    assert disposition("").startswith('attachment; filename="file";')


def test_what_is_shown_is_inline():
    assert disposition("a.jpg", inline=True).startswith('inline; filename="a.jpg";')


def saved_as(value: str) -> str:
    """The name that a browser takes from the header: by RFC 6266, `filename*` goes before `filename`."""
    found = re.search(r"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]*)$", value)
    assert found is not None
    return unquote(found[1])
