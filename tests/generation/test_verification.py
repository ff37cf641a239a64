"""Labels that are not confirmed: masked or the whole dialogue rejected, and what the planner hears of it."""

from __future__ import annotations

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import Rejection, RejectReason
from erc_engine.domain.generation_runs import AttemptState
from erc_engine.domain.verification import Below, GateSettings, Opinion
from erc_engine.generation.progress import Progress
from erc_engine.generation.verification import Verification, gated, without_masks
from tests.builders import dialogue
from tests.generation.builders import Ledger, ObedientModel, events, settings

FOUR = dialogue("Ana: You came! [joy]", "Bo: Barely. [neutral]", "Ana: Sit! [anger]", "Bo: Fine. [neutral]")
JUDGE = GateSettings(judge="test:")


def said(*votes: dict[str, int]) -> dict[str, tuple[Opinion, ...]]:
    return {"llm": tuple(Opinion(v, 0 if v else 3) for v in votes)}


SURE = ({"joy": 3}, {"neutral": 3}, {"anger": 3}, {"neutral": 3})


def test_confirmed_labels_pass_as_they_are() -> None:
    assert gated(FOUR, said(*SURE), JUDGE) == FOUR


def test_a_label_under_its_threshold_is_masked_and_says_what_it_was() -> None:
    found = gated(FOUR, said(SURE[0], SURE[1], {"anger": 1, "neutral": 2}, SURE[3]), JUDGE)
    assert isinstance(found, Dialogue)
    assert found.labels == ("joy", "neutral", None, "neutral")
    assert found.utterances[2].extra["masked"] == {"intended": "anger", "by": "llm 0.33 < 0.50"}
    assert without_masks(found) == FOUR


def test_exactly_at_the_threshold_is_confirmed_and_unread_is_not() -> None:
    found = gated(FOUR, said(SURE[0], SURE[1], {"anger": 1, "neutral": 1}, {}), JUDGE)
    assert isinstance(found, Dialogue)
    assert found.labels == ("joy", "neutral", "anger", None)
    assert found.utterances[3].extra["masked"]["by"] == "llm unread"


def test_too_many_masks_reject_the_dialogue_and_name_its_turns() -> None:
    found = gated(FOUR, said({}, {}, SURE[2], SURE[3]), JUDGE)  # 2 of 4 is more than .3
    assert isinstance(found, Rejection)
    assert (found.reason, found.turns) == (RejectReason.UNVERIFIED, (0, 1))
    assert found.detail == "2 of 4 labels are not confirmed, the first in turn 1 [joy]: llm unread"


def test_below_reject_one_doubt_is_enough() -> None:
    strict = GateSettings(judge="test:", below=Below.REJECT)
    assert isinstance(gated(FOUR, said(SURE[0], SURE[1], {}, SURE[3]), strict), Rejection)


def test_two_verifiers_must_both_confirm_each_by_its_own_threshold() -> None:
    both = GateSettings(judge="test:", classifier="r1", thresholds={"model": {"joy": 0.2}})
    rows = tuple(
        Opinion(probabilities={label or "": p}) for label, p in zip(FOUR.labels, (0.3, 0.6, 0.4, 0.9), strict=True)
    )
    found = gated(FOUR, {**said(*SURE), "model": rows}, both)
    assert isinstance(found, Dialogue)
    assert found.labels == ("joy", "neutral", None, "neutral")
    assert found.utterances[2].extra["masked"]["by"] == "model 0.40 < 0.50"


def test_masked_turns_count_as_not_accepted_and_are_planned_again() -> None:
    def ask(d: Dialogue) -> dict[str, tuple[Opinion, ...]]:
        return said(*({label: 3} if label != "fear" else {"neutral": 3} for label in d.labels))

    ledger = Ledger()
    gate = GateSettings(judge="test:", most_masked=1.0)
    asked = settings(40, max_attempts=60)
    list(events(ObedientModel(), used=asked, ledger=ledger, verify=Verification(gate, ask)))
    labels = [label for d in ledger.dialogues() for label in d.labels]
    assert "fear" not in labels
    assert None in labels
    assert sum(plan.budget.get("fear", 0) for plan in ledger.plans) == labels.count(None)


def test_a_dialogue_rejected_as_unverified_stays_in_its_attempt_and_counts_nowhere() -> None:
    strict = GateSettings(judge="test:", below=Below.REJECT)
    ledger = Ledger()
    verify = Verification(strict, lambda d: said(*({} for _ in d.labels)))
    list(events(ObedientModel(), used=settings(8, max_attempts=3), ledger=ledger, verify=verify))
    attempts = list(ledger.attempts.values())
    assert [a.reason for a in attempts] == ["unverified"] * 3
    assert all(a.state is AttemptState.REJECTED and a.dialogue is not None for a in attempts)
    again = Progress.of(ledger.plans, attempts, 4)
    assert (again.accepted_utterances, again.spent) == (0, 3)
