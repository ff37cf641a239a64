"""A study of the votes on a corpus, and the questions it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.errors import InputError, NotFoundError
from erc_engine.workflows import labels
from erc_engine.workflows.disagreement import (
    ANY_TWO,
    confusion,
    dialogues_by_entropy,
    flow,
    open_study,
    utterances,
)
from erc_engine.workflows.workspace import Workspace


@pytest.fixture
def voted(sitcom: Workspace, assets: Path) -> Workspace:
    votes = assets / "recordings" / "votes.jsonl"
    labels.import_votes(sitcom, "sitcom", votes, kind=AnnotatorKind.LLM, skip_unknown=True)
    crowd = AnnotatorKind.ANONYMOUS
    first = sitcom.store.corpora.get("sitcom").dialogues[0]
    counts = {"joy": 3, "neutral": 2}
    sitcom.store.votes.add(
        [Vote("sitcom", first.id, first.utterances[0].id, "crowd", crowd, k, n) for k, n in counts.items()], source="t"
    )
    return sitcom


def test_kinds_are_never_pooled(voted: Workspace) -> None:
    study = open_study(voted, "sitcom", resamples=50)
    assert study.kinds == (AnnotatorKind.LLM, AnnotatorKind.ANONYMOUS)
    assert study.report is not None
    assert [a.kind for a in study.report.agreement] == ["llm", "anonymous"]
    assert study.report.entropy is not None
    assert study.report.entropy.all.mean.n == 315
    assert study.report.perceived.columns == "majority of llm"
    crowd = open_study(voted, "sitcom", kind=AnnotatorKind.ANONYMOUS, resamples=50)
    assert crowd.report is not None
    assert crowd.report.entropy is not None
    assert crowd.report.entropy.all.mean.n == 1
    assert crowd.annotators == ()


def test_a_kind_that_did_not_vote_is_not_found(voted: Workspace) -> None:
    with pytest.raises(NotFoundError, match="no votes of kind human"):
        open_study(voted, "sitcom", kind=AnnotatorKind.HUMAN)


def test_without_votes_there_is_a_study_without_a_report(sitcom: Workspace) -> None:
    study = open_study(sitcom, "sitcom")
    assert study.report is None
    assert flow(study, study.dialogues[0].id).layers == ("gold",)


def test_any_two_sources_can_be_held_against_each_other(voted: Workspace) -> None:
    study = open_study(voted, "sitcom", resamples=50)
    table = confusion(study, "llm-a", "llm-b", resamples=50)
    assert table.total == 315
    assert table.kappa.value is not None
    assert table.kappa.value > 0.9
    different = [place for (a, b), places in table.places.items() if a != b for place in places]
    found = utterances(study, different)
    assert [(u.dialogue, u.utterance) for u in found] == different
    assert all(u.given["llm-a"] != u.given["llm-b"] for u in found)
    assert confusion(study, ANY_TWO, ANY_TWO).total == pytest.approx(315)
    with pytest.raises(InputError, match="'ana' has not labelled"):
        confusion(study, "gold", "ana")


def test_the_most_disputed_dialogue_comes_first_and_one_without_votes_last(voted: Workspace) -> None:
    ranked = dialogues_by_entropy(open_study(voted, "sitcom", resamples=50))
    values = [bits for _, bits in ranked if bits is not None]
    assert values == sorted(values, reverse=True)
    assert ranked[-1][1] is None
    assert len(ranked) == 120


def test_the_flow_has_each_layers_label_and_ties_with_all_their_labels(voted: Workspace) -> None:
    study = open_study(voted, "sitcom", resamples=50)
    first = study.dialogues[0]
    shown = flow(study, first.id)
    assert shown.layers == ("gold", "majority of llm", "majority of anonymous")
    assert [t.speaker for t in shown.turns] == [u.speaker for u in first.utterances]
    marks = {mark.layer: mark for mark in shown.turns[0].marks}
    assert marks["gold"].labels == (first.utterances[0].label,)
    assert (marks["majority of anonymous"].labels, marks["majority of anonymous"].share) == (("joy",), 0.6)
    with pytest.raises(NotFoundError, match="no dialogue 'nowhere'"):
        flow(study, "nowhere")


def test_a_split_is_a_study_of_its_own(voted: Workspace) -> None:
    study = open_study(voted, "sitcom:test", resamples=50)
    assert len(study.dialogues) == 40
    assert {v.dialogue for v in study.votes} <= {d.id for d in study.dialogues}


def test_a_study_is_made_once_and_made_anew_when_a_vote_comes(voted: Workspace) -> None:
    study = open_study(voted, "sitcom", resamples=50)
    assert open_study(voted, "sitcom", resamples=50) is study
    assert confusion(study, ANY_TWO, ANY_TWO) is confusion(study, ANY_TWO, ANY_TWO)
    place = next(iter(study.sources[study.label_word]))
    voted.store.votes.add([Vote("sitcom", *place, "dora", AnnotatorKind.HUMAN, "fear")], source="later")
    after = open_study(voted, "sitcom", resamples=50)
    assert after.kinds[0] == AnnotatorKind.HUMAN
    assert confusion(after, study.label_word, "dora").places[study.sources[study.label_word][place], "fear"] == (place,)
