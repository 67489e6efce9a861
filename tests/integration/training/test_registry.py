"""What the registry knows of a version, asks of a champion, and makes again."""

from __future__ import annotations

import json

import pytest

from assets.checks import gate_told
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.training import Gate
from darkroom.errors import Error
from darkroom.services.recipes.views import NewPreset
from darkroom.services.training.views import Declined, ModelNotes, Promotion, Proposed, Rollback
from tests.integration.training.test_trainings import given, trained
from training.platform import judged, learn


def work_on(library, training: str):
    """All that the run of a training does."""
    work = library.trainings.take_up(SYSTEM, training, "run-again")
    with work.claim:
        learn(work)
    work = library.trainings.go_on(SYSTEM, training, "run-again")
    return library.trainings.finish(SYSTEM, work, judged(work))


def test_a_version_is_made_again_with_the_very_weights_and_says_so(library, committed):
    committed()
    first = trained(library, seed=7)
    view = library.reproductions.start(LOCAL_OWNER, "shapes", 1).training
    assert (view.dataset, view.config, view.reproduces) == (first.dataset, first.config, "shapes@1")
    ended = work_on(library, view.id)
    found = ended.reproduction
    assert (ended.model, found.of, found.apart) == ("shapes@2", "shapes@1", 0.0)
    assert [one.name for one in found.figures][:2] == ["accuracy", "macro_f1"]
    assert all(one.before == one.after for one in found.figures)
    assert library.registry.uses(LOCAL_OWNER, "shapes", 1).reproduced_by == (view.id,)
    other = trained(library, run_id="run-b", seed=8)
    assert (other.reproduces, other.reproduction) == (None, None)
    for unknown in (9, 4):
        with pytest.raises(Error, match=f"no model version shapes@{unknown}") as refused:
            library.reproductions.start(LOCAL_OWNER, "shapes", unknown)
        assert "darkroom model show shapes" in refused.value.remedy


def test_a_card_tells_everything_and_takes_nothing_of_it_for_markup(library, committed):
    committed()
    ended = trained(library, promote=True)
    notes = ModelNotes(add_tags=("field trial",), intended_use="<b>Shapes</b> | only | drawn ones")
    assert library.models.note(LOCAL_OWNER, "shapes", 1, notes).tags == ("field trial",)
    card = library.registry.card(LOCAL_OWNER, "shapes", 1, "md")
    accuracy = library.trainings.results.report(LOCAL_OWNER, ended.report).report.metrics[0]
    for words in (
        "# shapes@1\n", r"\<b\>Shapes\</b\> \| only \| drawn ones", "| Aliases | candidate, champion |", "| Tags | field trial |",
        f"| Accuracy | {accuracy.value:.3f} | {accuracy.low:.3f} to {accuracy.high:.3f} |", "By 12 examples of the split test",
        f"| Content hash | {ended.dataset_hash} |", "| Seed | 0 |", "| learning\\_rate |", "| augment.mixup |",
        "| Weights it began with | none: it learnt from nothing |", "| nothing is said | 66 pictures |", "| Torch |",
        "| Seeds tried | 0 alone", "| Processor hours |", "| Cost | not known", "| Energy | 0.000 kWh (",
    ):  # fmt: skip
        assert words in card, words
    page = library.registry.card(LOCAL_OWNER, "shapes", 1, "html")
    assert "&lt;b&gt;Shapes&lt;/b&gt;" in page
    assert "<b>" not in page
    gone = library.models.note(LOCAL_OWNER, "shapes", 1, ModelNotes(remove_tags=("field trial", "never there")))
    assert (gone.tags, gone.intended_use) == ((), notes.intended_use)


def test_what_uses_a_version_is_told(library, committed):
    committed()
    trained(library, promote=True)
    recipe = {"name": "marked", "operations": [{"enhance_learned": {"model": "shapes@champion"}}]}
    named = json.dumps(recipe).replace("shapes@champion", "shapes@1").replace("marked", "fixed")
    for text in (json.dumps(recipe), named):
        library.presets.save(LOCAL_OWNER, NewPreset(recipe=json.loads(text)))
    found = library.registry.uses(LOCAL_OWNER, "shapes", 1)
    assert (found.aliases, set(found.presets), found.orders) == (("candidate", "champion"), {"marked@1", "fixed@1"}, 0)
    trained(library, run_id="run-b")
    library.models.promote(LOCAL_OWNER, "shapes", Promotion(number=2, force=True))
    assert library.registry.uses(LOCAL_OWNER, "shapes", 1).presets == ("fixed@1",)
    assert library.registry.uses(LOCAL_OWNER, "shapes", 2).presets == ("marked@1",)


def test_a_line_asks_of_its_champion_what_somebody_said(library, committed):
    committed()
    trained(library)
    library.models.set_gate(LOCAL_OWNER, "shapes", Gate(least_score=1.1))
    with pytest.raises(Error, match=r"shapes@1 has accuracy .*; the line asks for 1.100") as refused:
        library.models.promote(LOCAL_OWNER, "shapes", Promotion(number=1))
    assert refused.value.code == "model_held_back"
    lacking = library.models.verdict(SYSTEM, "shapes@1")
    told = gate_told("shapes@1", lacking)
    assert (told.passed, told.metadata["lacking"].value) == (False, lacking[0])
    trained(library, run_id="run-b", promote=True)
    assert library.models.get(LOCAL_OWNER, "shapes").model.aliases == {"candidate": 2}, "it does not by itself either"
    library.models.set_gate(LOCAL_OWNER, "shapes", Gate(least_gain=0.01))
    assert library.models.verdict(SYSTEM, "shapes@1") == ()
    library.models.promote(LOCAL_OWNER, "shapes", Promotion(number=1))
    with pytest.raises(Error, match=r"\+0.000 beside shapes@1; the line asks for \+0.010"):
        library.models.promote(LOCAL_OWNER, "shapes", Promotion(number=2))
    library.models.promote(LOCAL_OWNER, "shapes", Promotion(number=2, force=True))
    back = library.models.rollback(LOCAL_OWNER, "shapes", Rollback()).model
    assert (back.aliases["champion"], back.moves[-1].why) == (1, "back from version 2")
    with pytest.raises(Error, match="has led nowhere else before"):
        library.models.rollback(LOCAL_OWNER, "shapes", Rollback(alias="shadow"))


def test_where_a_line_asks_for_approval_nothing_becomes_champion_by_itself(library, committed):
    committed()
    trained(library)
    library.models.set_gate(LOCAL_OWNER, "shapes", Gate(approval=True))
    trained(library, run_id="run-b", promote=True)
    assert "champion" not in library.models.get(LOCAL_OWNER, "shapes").model.aliases
    assert library.models.promote(LOCAL_OWNER, "shapes", Promotion(number=2)).model.aliases["champion"] == 2


ADA = LOCAL_OWNER.model_copy(update={"id": "ada", "name": "Ada"})


def test_where_a_line_asks_for_two_people_nobody_approves_their_own(library, committed):
    committed()
    trained(library)  # the local owner asked for it
    library.models.set_gate(LOCAL_OWNER, "shapes", Gate(approval=True, another=True))
    for by_force in (False, True):
        with pytest.raises(Error, match="nobody has proposed shapes@1") as refused:
            library.models.promote(ADA, "shapes", Promotion(number=1, force=by_force))
        assert refused.value.code == "model_held_back"
    found = library.proposals.propose(ADA, "shapes", Proposed(number=1, why="it is good")).model.proposal
    assert (found.number, found.by, found.why, found.declined_by) == (1, "ada", "it is good", None)
    with pytest.raises(Error, match="you proposed shapes@1 yourself"):
        library.models.promote(ADA, "shapes", Promotion(number=1))
    with pytest.raises(Error, match="you trained shapes@1 yourself"):
        library.models.promote(LOCAL_OWNER, "shapes", Promotion(number=1))
    said = library.proposals.decline(LOCAL_OWNER, "shapes", Declined(why="not yet")).model.proposal
    assert (said.declined_by, said.declined_because) == ("local", "not yet")
    with pytest.raises(Error, match="waits for approval"):
        library.proposals.decline(ADA, "shapes", Declined())
    with pytest.raises(Error, match="nobody has proposed"):
        library.models.promote(ADA, "shapes", Promotion(number=1))
    library.proposals.propose(ADA, "shapes", Proposed(number=1))
    eve = ADA.model_copy(update={"id": "eve"})
    made = library.models.promote(eve, "shapes", Promotion(number=1)).model
    assert (made.aliases["champion"], made.proposal, made.moves[-1].by) == (1, None, "eve")
    with pytest.raises(Error, match="is the champion already"):
        library.proposals.propose(ADA, "shapes", Proposed(number=1))


def test_what_is_used_is_not_deleted_and_what_is_not_goes_with_its_parts(library, committed):
    committed()
    first = trained(library, promote=True)
    library.presets.save(
        LOCAL_OWNER, NewPreset(recipe={"name": "marked", "operations": [{"enhance_learned": {"model": "shapes@1"}}]})
    )
    with pytest.raises(Error, match="shapes@1 is used by the alias champion; the preset marked@1") as refused:
        library.removals.version(LOCAL_OWNER, "shapes", 1)
    assert refused.value.code == "learning_in_use"
    second = trained(library, run_id="run-b", seed=3)
    with pytest.raises(Error, match=f"{second.id} is used by the version shapes@2"):
        library.removals.training(LOCAL_OWNER, second.id)
    with pytest.raises(Error, match=f"{second.report} is used by the version shapes@2; the training {second.id}"):
        library.removals.report(LOCAL_OWNER, second.report)
    library.proposals.propose(LOCAL_OWNER, "shapes", Proposed(number=2))
    with pytest.raises(Error, match="the proposal as champion of shapes"):
        library.removals.version(LOCAL_OWNER, "shapes", 2)
    library.proposals.decline(LOCAL_OWNER, "shapes", Declined())
    library.removals.version(LOCAL_OWNER, "shapes", 2)
    line = library.models.get(LOCAL_OWNER, "shapes")
    assert (line.model.aliases, [one.number for one in line.versions]) == ({"candidate": 1, "champion": 1}, [1])
    assert [one.id for one in library.models.list(LOCAL_OWNER).items] == ["shapes"]
    library.removals.training(LOCAL_OWNER, second.id)
    for kept, name in (
        (library.stores.trainings, second.id),
        (library.stores.reports, second.report),
        (library.stores.checkpoints, second.checkpoint),
    ):
        assert kept.find(name) is None
    assert library.stores.trainings.get(first.id).state == "done"
    waits = library.trainings.start(LOCAL_OWNER, given()).training.id
    with pytest.raises(Error, match="is queued"):
        library.removals.training(LOCAL_OWNER, waits)
    library.trainings.cancel(LOCAL_OWNER, waits)
    library.removals.training(LOCAL_OWNER, waits)
    third = trained(library, run_id="run-c", seed=4)
    assert third.model == "shapes@3", "a number is not given again"
