"""What a model makes of pictures: made once for each, kept, and looked through for what is alike."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.base import now
from darkroom.domain.dataset import StoredFile
from darkroom.domain.embedding import EmbeddingSet
from darkroom.errors import Error
from darkroom.services.training import embedding
from darkroom.services.work.views import KINDS
from darkroom.store.embeddings import EmbeddingIndex, packed
from darkroom.store.references import BlobReferences
from tests.factories import image_record, rendition, sha
from tests.registered import register

SIDE = 32


def colour_teller() -> bytes:
    """A classifier whose last layer sees the mean of each primary."""
    weights = numpy_helper.from_array(np.eye(3, dtype=np.float32), "weights")
    nodes = [
        helper.make_node("GlobalAveragePool", ["pictures"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["count", 3, SIDE, SIDE])]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["count", 3])]
    graph = helper.make_graph(nodes, "g", inputs, outputs, [weights])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 9
    return made.SerializeToString()


def bring(library, colours: dict[str, tuple[int, int, int]]) -> dict[str, str]:
    """Pictures of one colour each; their ids by name."""
    records = []
    for name, colour in colours.items():
        held = io.BytesIO()
        Image.new("RGB", (64, 48), colour).save(held, "WEBP", lossless=True)
        thumbnail = rendition("thumbnail", sha(name))
        library.stores.blobs.put("renditions", thumbnail.address, held.getvalue(), durable=False)
        records.append(image_record(id=sha(name), name=name, renditions=(thumbnail,)))
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    library.stores.database.run(
        lambda session: library.stores.events.append(session, type="images.added", principal="x", ids=[])
    )
    return {one.name: one.id for one in records}


def test_pictures_are_embedded_once_and_those_alike_are_found(library, monkeypatch):
    monkeypatch.setattr(embedding, "_PART", 2)
    register(library.stores, "colours", 1, colour_teller(), task="classification", image_size=SIDE)
    register(library.stores, "finder", 1, colour_teller())
    ids = bring(library, {"red": (200, 20, 20), "rose": (210, 40, 40), "blue": (20, 20, 200)})
    bare = image_record(name="bare", renditions=())
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, [bare]))

    with pytest.raises(Error, match="embedded by classifiers"):
        library.embeddings.begin(LOCAL_OWNER, "finder")
    with pytest.raises(Error, match="No model has looked"):
        library.gallery.similar(LOCAL_OWNER, ids["red"], distance=18, limit=9, by="model")
    begun = library.embeddings.begin(LOCAL_OWNER, "colours")
    assert library.embeddings.begin(LOCAL_OWNER, "colours@1").id == begun.id
    assert begun.kind in KINDS
    done = library.work.run(SYSTEM, begun.id, "run-a")
    assert (done.state, done.total, done.changed, done.failures_by_code) == ("done", 4, 3, {"not_found": 1})
    (about,) = library.embeddings.all(LOCAL_OWNER).items
    assert (about.model, about.dims, about.pictures, about.of) == ("colours@1", 3, 3, 4)

    found = library.gallery.similar(LOCAL_OWNER, ids["red"], distance=18, limit=9)
    assert (found.model, [one.image.name for one in found.items]) == ("colours@1", ["rose", "blue"])
    assert found.items[0].likeness > 0.99
    assert found.items[1].likeness < 0.3
    assert library.gallery.similar(LOCAL_OWNER, ids["red"], distance=18, limit=9, by="hash").model is None
    assert library.gallery.similar(LOCAL_OWNER, bare.id, distance=18, limit=9).model is None

    ids |= bring(library, {"sky": (30, 40, 210)})
    again = library.embeddings.begin(LOCAL_OWNER, "colours")
    later = library.work.run(SYSTEM, again.id, "run-b")
    assert (later.state, later.done, later.changed) == ("done", 5, 1)
    assert library.gallery.similar(LOCAL_OWNER, ids["blue"], distance=18, limit=1).items[0].image.name == "sky"
    held = library.stores.embeddings.get("colours@1")
    assert held.count == 4
    assert {one.key for one in held.parts} <= {key for key, _ in BlobReferences(library.stores.database).files()}

    register(library.stores, "colours", 2, colour_teller(), task="classification", image_size=SIDE)
    library.work.run(SYSTEM, library.embeddings.begin(LOCAL_OWNER, "colours").id, "run-c")
    assert [one.model for one in library.embeddings.all(LOCAL_OWNER).items] == ["colours@2"]


def test_what_a_training_leaves_gives_what_goes_into_its_last_layer(tmp_path, shapes):
    import torch

    from darkroom.imaging.operations.learned_features import Features
    from training.export import _trace, drawn
    from training.models import Residual
    from training.tasks import TASKS

    torch.manual_seed(3)
    model = Residual(4, (8, 16, 32), (1, 1, 1)).eval()
    path = tmp_path / "model.onnx"
    predictor = TASKS["classification"].answering(model).eval()
    _trace(predictor, drawn(1, 2, SIDE, 0), path, ("pictures",), "scores", any_size=False)
    pictures = [np.random.default_rng(seed).integers(0, 255, (SIDE, SIDE, 3), np.uint8) for seed in range(5)]
    rows = Features(path.read_bytes(), "it").rows(pictures)
    went_in: list[torch.Tensor] = []
    model.head.register_forward_pre_hook(lambda _, given: went_in.append(given[0]))
    with torch.inference_mode():
        predictor(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255)
    ours = torch.nn.functional.normalize(went_in[0]).numpy()
    assert rows.shape == (5, 32)
    assert np.abs(rows - ours).max() < 1e-4


def test_looking_through_is_exact_and_only_parts_that_are_new_are_copied(stores, tmp_path):
    chance = np.random.default_rng(7)
    rows = chance.standard_normal((3000, 24)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = [sha(f"row {n}") for n in range(3000)]
    parts = []
    for start in range(0, 3000, 1000):
        data = packed(ids[start : start + 1000], rows[start : start + 1000])
        key = hashlib.sha256(data).hexdigest()
        stores.blobs.put("originals", key, data, durable=False)
        parts.append(StoredFile(name="part", key=key, bytes=len(data)))
    about = EmbeddingSet(
        id="m@1",
        name="m",
        number=1,
        checkpoint="k",
        dims=24,
        count=3000,
        parts=tuple(parts),
        created_at=now(),
        updated_at=now(),
    )
    index = EmbeddingIndex(stores.blobs, tmp_path / "copies")
    found = index.rows(about)
    ranked = list(found.nearest(found.of(ids[5])))
    exact = rows.astype(np.float16).astype(np.float32) @ rows[5].astype(np.float16).astype(np.float32)
    assert ranked[0][0] == ids[5]
    assert [one for one, _ in ranked[:50]] == [ids[at] for at in np.argsort(-exact)[:50]]
    assert sorted(one for one, _ in ranked) == sorted(ids)
    assert found.of(sha("nothing")) is None
    assert len(list((tmp_path / "copies").iterdir())) == 6
    fewer = about.model_copy(update={"parts": about.parts[:1]})
    assert len(index.rows(fewer).likeness(rows[0])) == 1000
    assert len(list((tmp_path / "copies").iterdir())) == 2
