"""Freeze decides what is data: what it refuses, what it leaves out, and what it writes down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Corpus, Dialogue, Origin, Split
from erc_engine.domain.curation import AnnotatorKind, DialogueState, Vote
from erc_engine.domain.labels import scheme
from erc_engine.errors import ConflictError, ErcError, InputError, RefusedError
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

TEST_TURN = "Nobody told the lighthouse keeper about the ferry."


def benchmark(name: str = "real") -> Corpus:
    return corpus(
        dialogue("Ana: You came all this way. [joy]", "Bo: The road was shut. [anger]", id="t1"),
        dialogue("Ana: Who ate the plums? [surprise]", "Bo: Not me. [neutral]", id="t2"),
        dialogue("Cy: The shop closes at six today. [neutral]", id="d1", split=Split.DEV),
        dialogue(f"Di: {TEST_TURN} [sadness]", id="e1", split=Split.TEST),
        name=name,
    )


def generated(*dialogues: Dialogue, name: str = "made") -> Corpus:
    some = dialogues or (dialogue("Eve: The cake is gone! [fear]", "Flo: Again? [disgust]", id="g1"),)
    return corpus(*some, name=name, origin=Origin.GENERATED)


@pytest.fixture
def real(workspace: Workspace) -> Workspace:
    save_corpus(workspace, Loaded(benchmark(), (), "a file"))
    return workspace


def add(workspace: Workspace, *corpora: Corpus) -> None:
    for each in corpora:
        save_corpus(workspace, Loaded(each, (), "a file"))


def frozen(workspace: Workspace, name: str = "v", **changes: object):
    arguments: dict = {"train": ["real:train"], "dev": "real:dev", "test": "real:test"} | changes
    return freeze(workspace, name, **arguments)


def test_a_version_keeps_its_parts_with_hash_and_licence(real: Workspace) -> None:
    version = frozen(real)
    assert [(s.role, s.corpus, s.dialogues, s.utterances) for s in version.sources] == [
        ("train", "real", 2, 4),
        ("dev", "real", 1, 1),
        ("test", "real", 1, 1),
    ]
    assert version.labels == "gold"
    assert [d.id for d in real.store.versions.dialogues("v", Split.TRAIN)] == ["t1", "t2"]


@pytest.mark.parametrize(
    "changes",
    [
        {"train": ["real:test"]},
        {"train": ["real:train", "real:test"]},
        {"dev": "real:test"},
        {"train": ["real:dev"]},
        {"test": "real:train"},
    ],
)
def test_no_split_is_used_as_another(real: Workspace, changes: dict[str, object]) -> None:
    with pytest.raises(RefusedError):
        frozen(real, **changes)
    assert real.store.versions.names() == ()


def test_generated_dialogues_never_become_dev_or_test(real: Workspace) -> None:
    add(real, generated(dialogue("Eve: The cake is gone! [fear]", id="g1", split=Split.TEST)))
    with pytest.raises(RefusedError, match="cannot be test data"):
        frozen(real, test="made:test")


def test_a_demo_version_may_use_recorded_dialogues_for_dev_and_test_and_says_so(workspace: Workspace) -> None:
    add(workspace, replace(benchmark(), origin=Origin.RECORDED))
    with pytest.raises(RefusedError):
        frozen(workspace)
    assert frozen(workspace, demo=True).demo


def test_generated_dialogues_join_train_under_their_corpus_name(real: Workspace) -> None:
    add(real, generated())
    version = frozen(real, train=["real:train", "made"])
    assert version.labels == "gold+intended"
    assert [d.id for d in real.store.versions.dialogues("v", Split.TRAIN)] == ["real/t1", "real/t2", "made/g1"]


def test_dropped_turned_down_and_surplus_dialogues_stay_out(real: Workspace) -> None:
    ids = ["g1", "g2", "g3", "g4"]
    add(real, generated(*(dialogue(f"Eve: Cake number {i} is gone! [fear]", id=i) for i in ids)))
    for id_, state in zip(ids, (DialogueState.DROPPED, DialogueState.SURPLUS, DialogueState.TURNED_DOWN), strict=False):
        real.store.corpora.set_state("made", [id_], state, reason="test", who="test")
    version = frozen(real, train=["real:train", "made"])
    assert version.sources[1].dialogues == 1
    assert version.sources[1].excluded == {"dropped": 1, "surplus": 1, "turned_down": 1}


def test_contaminated_dialogues_stop_a_freeze_unless_they_are_left_out(real: Workspace) -> None:
    leak = dialogue(f"Eve: {TEST_TURN.upper()} [fear]", id="leak")
    clean = dialogue("Eve: The cake is gone! [fear]", id="clean")
    add(real, generated(leak, clean))
    with pytest.raises(RefusedError) as refused:
        frozen(real, train=["real:train", "made"])
    assert refused.value.code == "contaminated"
    version = frozen(real, train=["real:train", "made"], drop_contaminated=True)
    assert version.sources[1].excluded == {"contaminated": 1}
    train = real.store.versions.dialogues("v", Split.TRAIN)
    assert "made/leak" not in [d.id for d in train]


def test_text_of_another_benchmark_in_the_workspace_counts_as_contamination(real: Workspace) -> None:
    other = corpus(
        dialogue("Di: The tin of paint fell off the ladder. [anger]", id="x", split=Split.TEST), name="other"
    )
    add(real, other, generated(dialogue("Eve: the tin of paint fell off the ladder [fear]", id="leak")))
    with pytest.raises(RefusedError, match="other:test"):
        frozen(real, train=["real:train", "made"])


def test_real_train_text_in_test_is_kept_and_written_down(workspace: Workspace) -> None:
    shared = dialogue(f"Ana: {TEST_TURN} [fear]", id="t3")
    made = benchmark()
    add(workspace, replace(made, dialogues=(*made.dialogues, shared)))
    version = frozen(workspace)
    assert version.sources[0].dialogues == 3
    assert "1 of 3 train dialogues of real share text" in version.notes[0]


def test_a_test_split_that_comes_back_as_train_under_another_name_is_refused(workspace: Workspace) -> None:
    turns = [("Ana: The boat left without us. [anger]", f"Bo: Then we swim, all {n} of us. [joy]") for n in range(20)]
    test = [dialogue(*t, id=f"test{n}", split=Split.TEST) for n, t in enumerate(turns)]
    again = [dialogue(*t, id=f"s{n}") for n, t in enumerate(turns)]
    own = benchmark()
    add(workspace, replace(own, dialogues=(*own.dialogues, *test)), corpus(*again, name="sneaky"))
    with pytest.raises(RefusedError, match="20 whole dialogues") as refused:
        frozen(workspace, train=["real:train", "sneaky:train"])
    assert refused.value.code == "same_data"


def test_the_same_data_under_two_names_is_not_counted_twice(real: Workspace) -> None:
    add(real, benchmark(name="twin"))
    with pytest.raises(RefusedError, match="whole dialogues stand in both"):
        frozen(real, train=["real:train", "twin:train"])


def test_sources_of_different_schemes_are_refused(real: Workspace) -> None:
    other = Corpus("emory", "jsonl", scheme("emorynlp"), (dialogue("Ana: Hm. [peaceful]", id="p"),))
    add(real, other)
    with pytest.raises(RefusedError, match="labels"):
        frozen(real, train=["real:train", "emory:train"])


def test_majority_votes_replace_train_labels_and_ties_become_context(real: Workspace) -> None:
    def vote(who: str, turn: str, label: str) -> Vote:
        return Vote("real", "t1", turn, who, AnnotatorKind.HUMAN, label)

    votes = [vote(w, "t1:0", "fear") for w in "abc"] + [vote("a", "t1:1", "joy"), vote("b", "t1:1", "anger")]
    real.store.votes.add(votes, source="test")
    frozen(real, labels="majority")
    train = {d.id: d.labels for d in real.store.versions.dialogues("v", Split.TRAIN)}
    assert train == {"t1": ("fear", None), "t2": (None, None)}


def test_soft_labels_keep_the_vote_shares(real: Workspace) -> None:
    votes = [Vote("real", "t1", "t1:0", who, AnnotatorKind.HUMAN, label) for who, label in
             (("a", "joy"), ("b", "joy"), ("c", "joy"), ("d", "fear"))]  # fmt: skip
    real.store.votes.add(votes, source="test")
    frozen(real, labels="soft")
    shares = real.store.versions.soft("v", Split.TRAIN)["t1", "t1:0"]
    assert {k: v for k, v in shares.items() if v} == {"joy": 0.75, "fear": 0.25}


def test_other_vote_shares_are_another_version(real: Workspace) -> None:
    def vote(who: str, label: str) -> Vote:
        return Vote("real", "t1", "t1:0", who, AnnotatorKind.HUMAN, label)

    real.store.votes.add([vote("a", "joy"), vote("b", "joy")], source="test")
    first = frozen(real, labels="soft")
    real.store.votes.add([vote("c", "fear")], source="test")
    with pytest.raises(ConflictError):
        frozen(real, labels="soft")
    assert frozen(real, "w", labels="soft").hash != first.hash


def test_votes_of_language_models_are_used_only_when_asked_for(real: Workspace) -> None:
    votes = [Vote("real", "t1", "t1:0", "llm", AnnotatorKind.LLM, "fear")]
    real.store.votes.add(votes, source="test")
    with pytest.raises(RefusedError, match="llm"):
        frozen(real, labels="majority")
    assert "llm votes" in frozen(real, labels="majority", votes=AnnotatorKind.LLM).notes[0]


def test_majority_without_any_votes_is_an_error(real: Workspace) -> None:
    with pytest.raises(InputError, match="votes"):
        frozen(real, labels="majority")


def test_reviewed_only_keeps_generated_dialogues_that_people_labelled(real: Workspace) -> None:
    one, two = (dialogue(f"Eve: Cake {i} is gone! [fear]", id=i) for i in ("one", "two"))
    add(real, generated(one, two))
    real.store.votes.add([Vote("made", "one", "one:0", "ana", AnnotatorKind.HUMAN, "fear")], source="test")
    version = frozen(real, train=["real:train", "made"], reviewed_only=True)
    assert version.sources[1].excluded == {"not reviewed": 1}


def test_a_version_never_changes(real: Workspace) -> None:
    assert frozen(real) == frozen(real)
    add(real, generated())
    with pytest.raises(ConflictError):
        frozen(real, train=["real:train", "made"])


@pytest.mark.parametrize("given", ["real", "real:validation", "nothing:train", ":train"])
def test_a_source_that_cannot_be_read_is_an_error_with_a_hint(real: Workspace, given: str) -> None:
    with pytest.raises(ErcError) as error:
        frozen(real, train=[given])
    assert error.value.hint
