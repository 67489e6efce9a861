"""The reference page of the operations: complete, and its pictures show what the operations do today."""

from __future__ import annotations

import numpy as np
import simplejpeg

from docs import operations as reference


def test_every_picture_is_there_and_shows_what_the_operation_does():
    before, other = reference.scene("before"), reference.scene("other")
    drifted = {}
    for one in reference.ours():
        path = reference.PICTURES / reference.file_name(one)
        assert path.exists(), f"{one.name} has no picture: run `python -m docs.operations`"
        shown = simplejpeg.decode_jpeg(path.read_bytes())
        made = reference.render(one, before, other)
        assert shown.shape == made.shape
        difference = float(np.abs(shown.astype(int) - made).mean())
        if difference > 12:
            drifted[one.name] = round(difference, 1)
    assert drifted == {}, "run `python -m docs.operations --all`"


def test_the_page_names_every_parameter_of_every_operation():
    page = reference.operations_page()
    for one in reference.ours():
        section = page.split(f"### `{one.name}`")[1].split("\n### ")[0]
        for name in one.params.model_fields:
            assert f"| `{name}` |" in section
        assert one.summary in section
