"""Verification through the workflows: verdicts, a gate in a run, versions side by side, a gate found out by people."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Licence, Origin, Split
from erc_engine.domain.generation import ChatRequest, Completion
from erc_engine.domain.generation_runs import RunState
from erc_engine.domain.labels import scheme
from erc_engine.domain.review import NONE_OF_THESE, ReviewAction, ReviewEvent
from erc_engine.domain.verification import MASKED
from erc_engine.errors import ConflictError, InputError, ModelError, NotFoundError, RefusedError
from erc_engine.llm.chat_model import Capabilities
from erc_engine.workflows import generation, verifiers
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.experiments import train
from erc_engine.workflows.gate_checks import audit_gate, draw_sample
from erc_engine.workflows.gate_thresholds import thresholds
from erc_engine.workflows.generation import generate, report, rerun, resume
from erc_engine.workflows.verify import verifier_reports, verify
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

MELD = scheme("meld")
WORDS = {"joy": "cake", "anger": "drum", "neutral": "gate", "fear": "cellar"}  # what a reader knows each label by
TRUTH = {word: label for label, word in WORDS.items()}


class Judge:
    """Answers each turn as `says(text)`; a text gives one label."""

    def __init__(self, says: Callable[[str], str], spec: str = "openai:lab#judge", *, local: bool = True) -> None:
        self.spec = spec
        self.capabilities = Capabilities(True, True, True, True, False, local, 1)
        self.asked = 0
        self.down_after: int | None = None
        self._says = says

    def complete(self, request: ChatRequest) -> Completion:
        self.asked += 1
        if self.down_after is not None and self.asked > self.down_after:
            raise ModelError("the judge is down", hint="", code="connection", retryable=False)
        turns = request.messages[1].content.split("Conversation:\n")[1].split("\n\n")[0].splitlines()
        return Completion("\n".join(f"{n}. {self._says(line)}" for n, line in enumerate(turns, start=1)))

    def stream(self, request: ChatRequest) -> Iterator[str]:
        yield self.complete(request).text

    def close(self) -> None:
        """Nothing is held."""


def reads(line: str) -> str:
    """What a person reads in a line."""
    return next((label for word, label in TRUTH.items() if word in line), "neutral")


def always_neutral(line: str) -> str:
    return "neutral"


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Callable[[Judge], Judge]:
    def use(model: Judge) -> Judge:
        monkeypatch.setattr(verifiers, "open_model", lambda *a, **k: model)
        return model

    return use


def made(count: int = 12, *, wrong: int = 3, **changes: Any) -> Any:
    """Generated dialogues of four turns; in the first `wrong` of them the turn meant as fear reads as joy."""
    dialogues = [
        dialogue(
            f"Ana: A cake number {n}! [joy]",
            f"Bo: The gate is {n}. [neutral]",
            f"Ana: That drum again, {n}! [anger]",
            f"Bo: The {'cake' if n < wrong else 'cellar'} moved, {n}. [fear]",
            id=f"g{n}",
        )
        for n in range(count)
    ]
    return replace(corpus(*dialogues, name="made", origin=Origin.GENERATED), **changes)


def add(workspace: Workspace, *corpora: Any) -> None:
    for each in corpora:
        save_corpus(workspace, Loaded(each, (), "a file"))


def real() -> Any:
    rows = []
    for split, n in ((Split.TRAIN, 12), (Split.DEV, 4), (Split.TEST, 4)):
        for i in range(n):
            lines = [
                f"{who}: {split} {word} {i} here. [{label}]"
                for who, (label, word) in zip("ABAB", WORDS.items(), strict=True)
            ]
            rows.append(dialogue(*lines, id=f"{split}{i}", split=split, episode=f"{split}{i}"))
    return corpus(*rows, name="real")


def label_blind(workspace: Workspace, sample: str, says: Callable[[str], str] = reads) -> None:
    """A person who reads every turn of a sample."""
    for d in workspace.store.corpora.get(sample).dialogues:
        for u in d.utterances:
            op = f"{sample}/{u.id}"
            event = ReviewEvent(op, sample, d.id, "zoe", ReviewAction.LABEL, u.id, says(f"{u.speaker}: {u.text}"))
            workspace.store.review.record(event)


# --- verdicts ----------------------------------------------------------------------------------------------------


def test_a_judge_verifies_a_set_and_the_same_command_asks_nothing_twice(workspace: Workspace, judge: Any) -> None:
    add(workspace, made())
    model = judge(Judge(reads))
    found = verify(workspace, "made", judge="openai:lab#judge", votes=2)
    assert (found.verified, found.skipped, found.votes, found.abstained, model.asked) == (48, 0, 96, 0, 24)
    by_label = {row.label: (row.turns, row.agrees, row.agreement) for row in found.labels}
    assert by_label["fear"] == (12, 9, 0.75)
    assert by_label["joy"] == (12, 12, 1.0)
    assert by_label["disgust"] == (0, 0, None)
    again = verify(workspace, "made", judge="openai:lab#judge", votes=2)
    assert (again.skipped, again.verified, model.asked) == (48, 48, 24)


def test_a_verification_that_breaks_off_goes_on_where_it_stopped(workspace: Workspace, judge: Any) -> None:
    add(workspace, made())
    model = judge(Judge(reads))
    model.down_after = 5
    with pytest.raises(ModelError):
        verify(workspace, "made", judge="openai:lab#judge", votes=1)
    model.down_after = None
    found = verify(workspace, "made", judge="openai:lab#judge", votes=1, window=3)
    assert (found.skipped, found.verified, model.asked) == (20, 48, 5 + 1 + 7)


def test_an_edited_dialogue_is_verified_again(workspace: Workspace, judge: Any) -> None:
    add(workspace, made())
    model = judge(Judge(reads))
    verify(workspace, "made", judge="openai:lab#judge", votes=1)
    edit = ReviewEvent("e1", "made", "g0", "zoe", ReviewAction.EDIT, "g0:1", "The gate is shut.")
    workspace.store.review.record(edit)
    assert verify(workspace, "made", judge="openai:lab#judge", votes=1).skipped == 44
    assert model.asked == 13


def test_text_that_may_not_leave_goes_to_no_judge_elsewhere(workspace: Workspace, judge: Any) -> None:
    add(workspace, made(licence=Licence("research only", may_leave_machine=False)))
    far = judge(Judge(reads, local=False))
    with pytest.raises(RefusedError, match="may not leave this machine"):
        verify(workspace, "made", judge="openai:lab#judge")
    assert far.asked == 0
    judge(Judge(reads, local=True))
    assert verify(workspace, "made", judge="openai:lab#judge").verified == 48


def test_one_verifier_at_a_time(workspace: Workspace) -> None:
    add(workspace, made())
    with pytest.raises(InputError, match="one verifier"):
        verify(workspace, "made")
    with pytest.raises(RefusedError, match="reads no prompt"):
        verify(workspace, "made", judge="replay:")


def test_a_classifier_trained_on_real_text_verifies_without_a_warning(workspace: Workspace) -> None:
    add(workspace, real(), made())
    freeze(workspace, "v", train=["real:train"], dev="real:dev", test="real:test")
    run = train(workspace, "v", "tfidf", seed=1)
    found = verify(workspace, "made", classifier=run.id)
    assert (found.verified, found.warnings, found.verifier.kind) == (48, (), "model")
    verdict = workspace.store.verdicts.of("made")[0]
    assert sum(verdict.opinion.probabilities.values()) == pytest.approx(1.0)
    freeze(workspace, "w", train=["real:train", "made"], dev="real:dev", test="real:test")
    circular = train(workspace, "w", "majority", seed=1)
    assert "trained on 'made' itself" in verify(workspace, "made", classifier=circular.id).warnings[0]


# --- a gate in a run ----------------------------------------------------------------------------------------------


@pytest.fixture
def sitcom_run(sitcom: Workspace) -> Callable[..., Any]:
    def run(**changes: Any) -> Any:
        arguments: dict[str, Any] = {
            "recipe": "meld-balanced",
            "like": "sitcom",
            "utterances": 40,
            "model": "replay:",
            "seed": 1,
            "name": "gated",
        }
        return generate(sitcom, **(arguments | changes))

    return run


def test_a_run_masks_what_its_judge_does_not_confirm_and_asks_for_more(
    sitcom: Workspace, sitcom_run: Any, judge: Any
) -> None:
    judge(Judge(lambda line: MELD.names[len(line) % 7]))  # right by chance only
    found = sitcom_run(judge="openai:lab#judge", votes=1, most_masked=1.0, max_attempts=30)
    assert found.books.balanced
    kept = sitcom.store.corpora.get("gated").dialogues
    turns = [u for d in kept for u in d.utterances]
    masked = [u for u in turns if MASKED in u.extra]
    assert masked
    assert all(u.label is None and u.extra[MASKED]["intended"] in MELD.names for u in masked)
    assert found.utterances == len(turns) - len(masked)
    verdicts = {v.utterance: v for v in sitcom.store.verdicts.of("gated")}
    assert all((u.id in verdicts) for u in turns)
    for u in turns:
        opinion = verdicts[u.id].opinion
        intended = u.label or u.extra[MASKED]["intended"]
        assert (opinion.top == intended) == (u.label is not None)


def test_several_dialogues_are_judged_side_by_side_and_each_of_them_once(
    sitcom: Workspace, sitcom_run: Any, judge: Any
) -> None:
    together = threading.Barrier(2, timeout=20)  # passes only when two dialogues are with the judge at the same time
    met = threading.Event()

    def says(line: str) -> str:
        if not met.is_set():
            together.wait()
            met.set()
        return MELD.names[len(line) % 7]

    model = judge(Judge(says))
    found = sitcom_run(judge="openai:lab#judge", votes=1, most_masked=1.0, max_attempts=30, window=4)
    assert found.books.balanced
    assert met.is_set()
    assert model.asked == len({v.dialogue for v in sitcom.store.verdicts.of("gated")})


def test_rejected_dialogues_keep_their_verdicts_and_come_into_the_sample(
    sitcom: Workspace, sitcom_run: Any, judge: Any
) -> None:
    judge(Judge(always_neutral))
    found = sitcom_run(judge="openai:lab#judge", votes=1, max_attempts=8)
    assert found.state is RunState.INFEASIBLE
    assert found.reasons["unverified"] == found.books.rejected > 0
    drawn = draw_sample(sitcom, "gated", turns=60, seed=1)
    rows = sitcom.store.verdicts.samples("gated")[drawn.name]
    assert {row.stratum for row in rows} >= {"rejected"}
    assert {t.decision for row in rows if row.stratum == "rejected" for t in row.turns} == {"rejected"}


def test_a_judge_that_goes_down_pauses_the_run_which_goes_on_later(
    sitcom: Workspace, sitcom_run: Any, judge: Any
) -> None:
    model = judge(Judge(lambda line: "neutral"))
    model.down_after = 2
    with pytest.raises(ModelError):
        sitcom_run(judge="openai:lab#judge", votes=1, most_masked=1.0, max_attempts=12)
    assert report(sitcom, "gated").state is RunState.PAUSED
    model.down_after = None
    found = resume(sitcom, "gated")
    assert found.books.balanced
    assert found.books.lost == 1


def test_the_gate_is_part_of_a_run_and_changing_it_is_refused(sitcom: Workspace, sitcom_run: Any, judge: Any) -> None:
    judge(Judge(lambda line: "neutral"))
    asked = {"judge": "openai:lab#judge", "votes": 1, "most_masked": 1.0, "max_attempts": 6}
    sitcom_run(**asked)
    sitcom_run(**asked)
    with pytest.raises(ConflictError, match="gate"):
        sitcom_run(**{**asked, "threshold": 0.9})
    with pytest.raises(InputError, match="--below"):
        sitcom_run(name="other", below="shrug", judge="openai:lab#judge")


def test_a_gated_ledger_is_run_again_without_asking_the_judge(sitcom: Workspace, sitcom_run: Any, judge: Any) -> None:
    model = judge(Judge(lambda line: MELD.names[len(line) % 7]))
    sitcom_run(judge="openai:lab#judge", votes=1, most_masked=0.9, max_attempts=12)
    asked = model.asked
    rerun(sitcom, "gated", name="again")
    before, after = (
        [[(u.text, u.label) for u in d.utterances] for d in sitcom.store.corpora.get(name).dialogues]
        for name in ("gated", "again")
    )
    assert before == after
    assert model.asked == asked


def test_the_writer_as_judge_is_allowed_with_a_warning_kept_with_each_verdict(
    sitcom: Workspace, sitcom_run: Any, judge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitcom_run()
    settings = sitcom.store.runs.get("gated").settings
    same = replace(settings, model="openai:lab#judge")
    stored = replace(sitcom.store.runs.by_name("gated"), settings=same)
    monkeypatch.setattr(sitcom.store.runs, "by_name", lambda name: stored)
    judge(Judge(reads))
    found = verify(sitcom, "gated", judge="openai:lab#judge", votes=1)
    assert found.warnings == ("the judge is the model that wrote the dialogues: it may confirm its own mistakes",)
    assert {v.warning for v in sitcom.store.verdicts.of("gated")} == set(found.warnings)


# --- the gate checked by people ------------------------------------------------------------------------------------


def test_a_sample_tells_nothing_of_labels_or_of_what_the_gate_decided(workspace: Workspace, judge: Any) -> None:
    add(workspace, made())
    judge(Judge(reads))
    verify(workspace, "made", judge="openai:lab#judge", votes=1)
    drawn = draw_sample(workspace, "made", turns=24, seed=3)
    assert (drawn.name, drawn.dialogues, drawn.turns, drawn.gate) == ("made-check-3", 6, 24, "judge")
    copies = workspace.store.corpora.get(drawn.name).dialogues
    assert all(u.label is None and u.extra == {} for d in copies for u in d.utterances)
    assert all(re.fullmatch(r"check-\d{3}", d.id) and d.extra == {} for d in copies)
    rows = workspace.store.verdicts.samples("made")[drawn.name]
    assert sorted({(row.stratum, row.of) for row in rows}) == [("masked", 3), ("passed", 9)]
    assert draw_sample(workspace, "made", turns=24, seed=3) == drawn


def test_an_always_neutral_judge_is_found_out_by_people(workspace: Workspace, judge: Any) -> None:
    add(workspace, made(24, wrong=0))
    judge(Judge(always_neutral))
    verify(workspace, "made", judge="openai:lab#judge", votes=1)
    assert audit_gate(workspace, "made").told == (
        "Not known: no sample was drawn for review yet (erc verify sample made).",
    )
    drawn = draw_sample(workspace, "made", turns=48, seed=1)
    assert audit_gate(workspace, "made").told == ("Not known: nobody has reviewed a turn of the sample yet.",)
    label_blind(workspace, drawn.name)
    found = audit_gate(workspace, "made")
    recall = {row.label: row.recall.value for row in found.labels}
    assert found.gate == "judge"
    assert [recall[label] for label in ("joy", "anger", "fear")] == [0.0, 0.0, 0.0]
    assert any("of the turns that people find right" in line for line in found.told)


def test_a_good_judge_is_worth_it_and_the_numbers_are_those_of_the_set(workspace: Workspace, judge: Any) -> None:
    add(workspace, made(40, wrong=20))
    judge(Judge(reads))
    verify(workspace, "made", judge="openai:lab#judge", votes=1)
    drawn = draw_sample(workspace, "made", turns=80, seed=1)
    label_blind(workspace, drawn.name)
    found = audit_gate(workspace, "made")
    fear = next(row for row in found.labels if row.label == "fear")
    assert (fear.precision.value, fear.recall.value, fear.right.value) == (1.0, 1.0, 0.5)
    assert found.told[0].startswith("The gate helps: people agree with 88 % of all turns and with 100 %")


def test_none_of_these_is_an_answer_that_disagrees(workspace: Workspace, judge: Any) -> None:
    add(workspace, made(8, wrong=0))
    judge(Judge(reads))
    verify(workspace, "made", judge="openai:lab#judge", votes=1)
    drawn = draw_sample(workspace, "made", turns=32, seed=1)
    label_blind(workspace, drawn.name, says=lambda line: NONE_OF_THESE)
    assert audit_gate(workspace, "made").overall.precision.value == 0.0


def test_thresholds_are_learnt_from_the_sample_where_it_is_large_enough(workspace: Workspace, judge: Any) -> None:
    add(workspace, made(40, wrong=20))
    judge(Judge(reads))
    found = verify(workspace, "made", judge="openai:lab#judge", votes=1)
    drawn = draw_sample(workspace, "made", turns=160, seed=1)
    label_blind(workspace, drawn.name)
    learnt = thresholds(workspace, "made", found.verifier, default=0.5)
    assert (learnt["fear"].value, learnt["fear"].n, learnt["fear"].f1) == (1.0, 40, 1.0)
    assert (learnt["joy"].value, learnt["joy"].n, learnt["joy"].f1) == (0.5, 40, None)


# --- versions side by side ------------------------------------------------------------------------------------------


def test_unfiltered_judge_and_human_versions_of_one_set_stand_side_by_side(workspace: Workspace, judge: Any) -> None:
    add(workspace, real(), made())
    judge(Judge(reads))
    sources: dict[str, Any] = {"train": ["real:train", "made"], "dev": "real:dev", "test": "real:test"}
    with pytest.raises(NotFoundError, match="no judge has verified"):
        freeze(workspace, "early", **sources, gate="judge")
    verify(workspace, "made", judge="openai:lab#judge", votes=1)
    drawn = draw_sample(workspace, "made", turns=16, seed=1)
    label_blind(workspace, drawn.name)
    plain = freeze(workspace, "plain", **sources, gate="none")
    judged = freeze(workspace, "judged", **sources, gate="judge")
    people = freeze(workspace, "people", **sources, gate="human")
    assert plain.gates == {"made": {"gate": "none", "masked": 0, "left_out": 0}}
    assert (judged.gates["made"]["masked"], judged.gates["made"]["left_out"]) == (3, 0)
    assert judged.gates["made"]["verifiers"][0].startswith("llm:openai:lab#judge:k1")
    assert len({plain.hash, judged.hash, people.hash}) == 3
    strict = freeze(workspace, "strict", **sources, gate="judge", most_masked=0.0)
    assert (strict.gates["made"]["masked"], strict.gates["made"]["left_out"]) == (0, 3)
    train_part = workspace.store.versions.dialogues("people", Split.TRAIN)
    from_made = [d for d in train_part if d.id.startswith("made/")]
    assert len(from_made) == 4  # 16 turns were reviewed
    wrong = [u for d in from_made for u in d.utterances if MASKED in u.extra]
    assert all((u.extra[MASKED]["intended"], "cake" in u.text) == ("fear", True) for u in wrong)
    assert workspace.store.versions.get("judged").gates == judged.gates


def test_a_gate_is_for_generated_text(workspace: Workspace) -> None:
    add(workspace, real())
    with pytest.raises(RefusedError, match="no train source was generated"):
        freeze(workspace, "v", train=["real:train"], dev="real:dev", test="real:test", gate="none")


def test_reports_of_all_verifiers_stand_together(workspace: Workspace, judge: Any) -> None:
    add(workspace, made())
    judge(Judge(reads))
    verify(workspace, "made", judge="openai:lab#judge", votes=1)
    verify(workspace, "made", judge="openai:lab#judge", votes=2)
    assert [r.verifier.votes for r in verifier_reports(workspace, "made")] == [2, 1]
    assert generation.runs(workspace) == ()
