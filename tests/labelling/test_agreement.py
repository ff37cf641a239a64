"""Agreement reports: values, intervals over dialogues, and reasons where there is no value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from erc_engine.corpora.loading import load
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import AgreementReport, AnnotatorKind, Vote
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError
from erc_engine.labelling.agreement import agreement, dialogue_weights
from tests.builders import dialogue

MELD = scheme("meld")
LETTERS = {"j": "joy", "a": "anger", "n": "neutral"}


def labelled(**dialogues: list[str]) -> tuple[list[Vote], list[Dialogue]]:
    """labelled(d1=["jj", "ja"]): two utterances; annotators 1 and 2 say joy, then joy and anger. '.' is no vote."""
    votes = [
        Vote("c", name, f"{name}:{n}", f"ann{who}", AnnotatorKind.HUMAN, LETTERS[letter])
        for name, turns in dialogues.items()
        for n, letters in enumerate(turns)
        for who, letter in enumerate(letters, 1)
        if letter != "."
    ]
    return votes, [dialogue(*["Ana: Well."] * len(turns), id=name) for name, turns in dialogues.items()]


def report_on(votes: list[Vote], dialogues: list[Dialogue], resamples: int = 200) -> AgreementReport:
    return agreement(votes, MELD, dialogues, resamples=resamples)


def reasons(report: AgreementReport) -> set[str | None]:
    return {m.reason for m in (report.percent, report.cohen, report.fleiss, report.alpha, report.ac1)}


def test_two_annotators_worked_out_by_hand() -> None:
    # 4 utterances: jj jj aa ja. Percent .75. Cohen: marginals (3,1) and (2,2): chance .375 + .125 = .5, kappa .5.
    # Fleiss: joy 5/8, chance 25/64 + 9/64 = 34/64, (.75 - .53125) / .46875. AC1: chance 2·15/64, / (2 - 1).
    # alpha: 1 - (1/4) / (2·5·3 / (8·7)).
    found = report_on(*labelled(d1=["jj", "jj"], d2=["aa", "ja"]))
    assert (found.annotators, found.utterances, found.dialogues, found.kind) == (2, 4, 2, "human")
    assert found.percent.value == pytest.approx(0.75)
    assert found.cohen.value == pytest.approx(0.5)
    assert found.fleiss.value == pytest.approx(0.21875 / 0.46875)
    assert found.ac1.value == pytest.approx((0.75 - 0.46875) / (1 - 0.46875))
    assert found.alpha.value == pytest.approx(1 - 0.25 / (30 / 56))
    assert found.percent.n == found.cohen.n == found.fleiss.n == 4


def test_the_interval_comes_from_resampling_dialogues() -> None:
    # ten dialogues of ten utterances, each wholly agreed or wholly disputed: the mean of 10 fair coins lies within
    # .2 to .8 in 95 % of resamples; were utterances resampled it would lie within .4 to .6
    found = report_on(*labelled(**{f"d{n}": ["jj" if n % 2 else "ja"] * 10 for n in range(10)}), resamples=2000)
    assert found.percent.value == 0.5
    assert found.percent.interval == pytest.approx((0.2, 0.8))


def test_cohens_interval_is_that_of_a_literal_loop_over_drawn_dialogues() -> None:
    turns = {"d1": ["jj", "ja"], "d2": ["aa", "nn", "na"], "d3": ["jj", "nn"], "d4": ["aj", "aa"], "d5": ["nn", "jn"]}
    votes, dialogues = labelled(**turns)
    kappas = []
    for weights in np.concatenate(list(dialogue_weights(5, 400, seed=9))):
        drawn = [pair for each, times in zip(turns.values(), weights, strict=True) for pair in each * int(times)]
        same = sum(a == b for a, b in drawn) / len(drawn)
        chance = sum(sum(a == x for a, _ in drawn) * sum(b == x for _, b in drawn) / len(drawn) ** 2 for x in LETTERS)
        kappas.append((same - chance) / (1 - chance))
    found = agreement(votes, MELD, dialogues, seed=9, resamples=400)
    assert found.cohen.interval == pytest.approx(tuple(np.quantile(kappas, [0.025, 0.975])))


def test_the_same_seed_gives_the_same_intervals() -> None:
    votes, dialogues = labelled(d1=["jj", "jn"], d2=["aa", "ja"], d3=["nn", "nn", "na"])
    first, again = (agreement(votes, MELD, dialogues, seed=4, resamples=300) for _ in range(2))
    other = agreement(votes, MELD, dialogues, seed=5, resamples=300)
    assert first == again
    assert first.percent.value == other.percent.value


def test_the_order_of_the_votes_does_not_matter() -> None:
    votes, dialogues = labelled(d1=["jj", "jn"], d2=["aa", "ja"], d3=["nn", "nn", "na"])
    assert report_on(votes[::-1], dialogues).fleiss.value == pytest.approx(report_on(votes, dialogues).fleiss.value)


def test_utterances_with_different_numbers_of_votes_are_all_used() -> None:
    found = report_on(*labelled(d1=["jjj", "jj."], d2=["aaj", "..a"]))
    assert (found.annotators, found.utterances) == (3, 3)
    assert found.percent.value == pytest.approx((1 + 1 + 1 / 3) / 3)


def test_cohen_is_for_two_annotators_and_names_those_there_are() -> None:
    found = report_on(*labelled(d1=["jja", "aan"], d2=["nnn"]))
    assert found.cohen.value is None
    assert found.cohen.reason == "Cohen's kappa is for two annotators, here are 3 (ann1, ann2, ann3)"
    assert found.fleiss.value is not None


def test_anonymous_votes_have_every_measure_but_cohens() -> None:
    dialogues = [dialogue("Ana: You came!", "Bo: Barely.", id="d1"), dialogue("Cy: No.", id="d2")]
    votes = [
        Vote("c", d, u, "anonymous", AnnotatorKind.ANONYMOUS, label, count)
        for d, u, label, count in (("d1", "d1:0", "joy", 5), ("d1", "d1:1", "joy", 3), ("d1", "d1:1", "anger", 2),
                                   ("d2", "d2:0", "anger", 5))
    ]  # fmt: skip
    found = report_on(votes, dialogues)
    # pairs that agree: 1, (3·2 + 2·1) / (5·4) = .4, 1
    assert found.percent.value == pytest.approx(0.8)
    assert found.cohen.reason == "the votes are anonymous: Cohen's kappa needs to know who gave which"
    assert None not in (found.fleiss.value, found.alpha.value, found.ac1.value)
    assert (found.annotators, found.kind) == (5, "anonymous")


def test_one_label_alone_defines_percent_only() -> None:
    found = report_on(*labelled(d1=["jj", "jj"], d2=["jj"]))
    assert found.percent.value == 1
    why = "all votes that can be compared are for one label: beyond chance nothing can be told"
    assert (found.cohen.reason, found.fleiss.reason, found.alpha.reason, found.ac1.reason) == (why,) * 4


@pytest.mark.parametrize(
    ("votes", "dialogues", "why"),
    [
        ([], [], "there are no votes"),
        (*labelled(d1=["j", "a"]), "only one annotator (ann1) has voted"),
        (*labelled(d1=["j.", ".a"]), "no utterance has two votes"),
        (labelled(d1=["jj"])[0], labelled(d2=["jj"])[1], "no vote is on one of these dialogues"),
        (
            [Vote("c", "d1", "d1:0", "ana", AnnotatorKind.HUMAN, "joy", mode="verify")],
            labelled(d1=["j"])[1],
            "all votes were given in verify mode, with the intended label in sight",
        ),
    ],
)
def test_what_cannot_be_measured_says_why(votes: list[Vote], dialogues: list[Dialogue], why: str) -> None:
    assert reasons(report_on(votes, dialogues)) == {why}


def test_verify_votes_stay_out() -> None:
    votes, dialogues = labelled(d1=["jj", "ja"], d2=["aa"])
    anchored = [Vote("c", "d1", "d1:0", "cy", AnnotatorKind.HUMAN, "anger", mode="verify")]
    assert report_on(votes + anchored, dialogues) == report_on(votes, dialogues)


def test_kinds_are_never_pooled() -> None:
    votes, dialogues = labelled(d1=["jj"])
    judge = Vote("c", "d1", "d1:0", "judge", AnnotatorKind.LLM, "joy")
    with pytest.raises(InputError, match="seen votes of human and llm"):
        report_on([*votes, judge], dialogues)


def test_one_dialogue_gives_values_without_intervals() -> None:
    found = report_on(*labelled(d1=["jj", "ja", "aa"]))
    assert found.percent.value == pytest.approx(2 / 3)
    assert found.percent.interval is None
    assert found.percent.reason == "no interval: all votes are on one dialogue"


def test_too_few_disputed_votes_give_no_interval_rather_than_a_false_one() -> None:
    # kappa is undefined in every resample without d1: (2/3)^3 = 30 % of them
    found = report_on(*labelled(d1=["aa"], d2=["jj"], d3=["jj"]))
    assert found.fleiss.value == 1
    assert found.fleiss.interval is None
    assert found.fleiss.reason == "no interval: too often undefined in resamples of so few votes"


def test_each_resample_draws_as_many_dialogues_as_there_are() -> None:
    blocks = list(dialogue_weights(7, 600, seed=1))
    weights = np.concatenate(blocks)
    assert weights.shape == (600, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert weights.mean() == 1


def test_five_workers_on_friends_reach_the_published_kappa(benchmarks: Path) -> None:
    corpus = load("emotionlines", benchmarks / "EmotionX2018_Friends", "friends").corpus
    votes = [
        Vote("friends", d.id, u.id, "anonymous", AnnotatorKind.ANONYMOUS, label, count)
        for d in corpus.dialogues
        for u in d.utterances
        for label, count in (u.votes or {}).items()
    ]
    found = agreement(votes, corpus.scheme, corpus.dialogues, resamples=300)
    assert (found.utterances, found.dialogues, found.annotators) == (14503, 1000, 5)
    assert found.fleiss.value == pytest.approx(0.338, abs=5e-4)
    assert found.alpha.value == pytest.approx(found.fleiss.value, abs=1e-4)  # equal but for 1/N
    assert found.fleiss.interval == pytest.approx((0.330, 0.346), abs=2e-3)
