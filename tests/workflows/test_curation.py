"""Duplicates and contamination of a corpus: what is found, what is dropped and what never is, and the way back."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Corpus, Dialogue, Origin, Split
from erc_engine.domain.curation import DialogueState
from erc_engine.errors import InputError, NotFoundError, RefusedError
from erc_engine.workflows.curation import benchmark_sources, duplicates, restore
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

TEST_TURN = "Nobody told the lighthouse keeper about the ferry."
DEV_TURN = "The shop on the corner closes at six today."
FERRY = (
    "Eve: The ferry left without the piano again. [anger]",
    "Flo: Then who is going to play at the wedding? [fear]",
    "Eve: Your uncle has found his old accordion. [disgust]",
    "Flo: Please hide it before anybody hears him. [sadness]",
)
PLUMS = (
    "Gus: Who has eaten all of the purple plums? [surprise]",
    "Hal: They were gone when I opened the fridge. [neutral]",
    "Gus: Then why are your fingers so sticky? [anger]",
)


@pytest.fixture
def real(workspace: Workspace) -> Workspace:
    add(
        workspace,
        corpus(
            dialogue("Ana: You came all this way. [joy]", "Bo: The road was shut. [anger]", id="t1"),
            dialogue(f"Cy: {DEV_TURN} [neutral]", id="d1", split=Split.DEV),
            dialogue(f"Di: {TEST_TURN} [sadness]", id="e1", split=Split.TEST),
            name="real",
        ),
    )
    return workspace


def add(workspace: Workspace, *corpora: Corpus) -> None:
    for each in corpora:
        save_corpus(workspace, Loaded(each, (), "a file"))


def made(*dialogues: Dialogue, name: str = "made") -> Corpus:
    return corpus(*dialogues, name=name, origin=Origin.GENERATED)


def changed(turns: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    assert any(old in turn for turn in turns)
    return tuple(turn.replace(old, new) for turn in turns)


def kept(workspace: Workspace, name: str = "made") -> list[str]:
    return [d.id for d in workspace.store.corpora.get(name).dialogues]


def reasons(workspace: Workspace, name: str = "made") -> dict[str, str]:
    return {event.dialogue: event.reason for event in workspace.store.corpora.history(name)}


# ---- what is found


def test_equal_dialogues_and_near_copies_of_them_are_clusters_that_keep_their_first(real: Workspace) -> None:
    same = dialogue(*(turn.replace("The", "THE") for turn in FERRY), id="same")
    near = dialogue(*changed(PLUMS, "sticky", "purple"), id="near")
    add(real, made(dialogue(*FERRY, id="ferry"), dialogue(*PLUMS, id="plums"), same, near))
    report = duplicates(real, "made")
    assert [(c.kind, c.keep, c.members) for c in report.clusters] == [
        ("exact", "ferry", ("ferry", "same")),
        ("near", "plums", ("plums", "near")),
    ]
    assert (report.to_json()["clusters"], report.to_json()["members"]) == (2, 2)


def test_looking_changes_nothing(real: Workspace) -> None:
    add(real, made(dialogue(*FERRY, id="one"), dialogue(*FERRY, id="two")))
    assert duplicates(real, "made").dropped == ()
    assert kept(real) == ["one", "two"]


def test_a_generated_corpus_is_held_against_dev_and_test_of_every_benchmark(real: Workspace) -> None:
    own_test = dialogue("Ivy: The tin of paint fell off the ladder. [anger]", id="x", split=Split.TEST)
    add(real, corpus(own_test, name="other"), made(replace(own_test, id="y"), name="generated-test"))
    add(
        real,
        made(
            dialogue(f"Eve: {DEV_TURN} [fear]", id="dev-text"),
            dialogue(f"Eve: {TEST_TURN} [fear]", id="test-text"),
            dialogue("Eve: The tin of paint fell off the ladder! [joy]", id="other-text"),
            dialogue("Eve: You came all this way, and the road was shut. [joy]", id="train-text"),
        ),
    )
    report = duplicates(real, "made")
    assert report.against == ("other:test", "real:dev", "real:test")
    assert {e.dialogue: e.source for e in report.contamination} == {
        "dev-text": "real:dev",
        "test-text": "real:test",
        "other-text": "other:test",
    }


def test_benchmarks_are_what_was_imported(real: Workspace) -> None:
    add(real, made(dialogue(*FERRY, id="g", split=Split.TEST)), replace(corpus(name="r"), origin=Origin.RECORDED))
    assert [name for name, _ in benchmark_sources(real)] == ["real:dev", "real:test"]


def test_against_takes_the_place_of_the_benchmarks(real: Workspace) -> None:
    add(real, corpus(dialogue("Ivy: The tin of paint fell off the ladder. [anger]", id="x"), name="paint"))
    both = dialogue(f"Eve: {TEST_TURN} [fear]", "Flo: The tin of paint fell off the ladder. [joy]", id="both")
    add(real, made(both))
    assert [e.source for e in duplicates(real, "made", against=["paint"]).contamination] == ["paint"]
    assert [e.source for e in duplicates(real, "made", against=["paint:train", "real:test"]).contamination] == [
        "real:test",
        "paint:train",
    ]


def test_an_imported_corpus_is_held_against_nothing_unless_asked(real: Workspace) -> None:
    assert duplicates(real, "real").against == ()


def test_dialogues_are_not_held_against_themselves(real: Workspace) -> None:
    add(real, made(dialogue(*FERRY, id="one"), dialogue(*PLUMS, id="two")))
    assert duplicates(real, "made", against=["made"], drop=True).dropped == ()
    leaky = corpus(
        dialogue(f"Ana: {TEST_TURN} [joy]", id="leak"),
        dialogue(f"Di: {TEST_TURN} [sadness]", id="e", split=Split.TEST),
        name="leaky",
    )
    add(real, leaky)
    assert duplicates(real, "leaky", against=["leaky:test"]).contaminated == ("leak",)


@pytest.mark.parametrize(
    ("given", "word"), [("real:validation", "validation"), ("nothing:test", "nothing"), ("half:dev", "half:dev")]
)
def test_text_to_keep_clear_of_that_is_not_there_is_an_error(real: Workspace, given: str, word: str) -> None:
    add(real, corpus(dialogue(*PLUMS, id="p"), name="half"), made(dialogue(*FERRY, id="one")))
    with pytest.raises((InputError, NotFoundError), match=word) as error:
        duplicates(real, "made", against=[given])
    assert error.value.hint


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.01, math.nan, math.inf])
def test_a_threshold_is_above_0_and_at_most_1(real: Workspace, threshold: float) -> None:
    with pytest.raises(InputError, match="threshold"):
        duplicates(real, "real", threshold=threshold)


def test_a_threshold_of_1_asks_for_the_same_words(real: Workspace) -> None:
    near = dialogue(*changed(FERRY, "accordion", "trumpet"), id="near")
    add(real, made(dialogue(*FERRY, id="one"), near, dialogue(*reversed(FERRY), id="turned")))
    assert [c.members for c in duplicates(real, "made", threshold=1.0).clusters] == [("one", "turned")]
    assert [c.members for c in duplicates(real, "made").clusters] == [("one", "near", "turned")]


@pytest.mark.parametrize("copied", ["verbatim", "in capitals", "without punctuation", "one word changed"])
def test_every_planted_copy_of_a_test_utterance_is_caught(sitcom: Workspace, copied: str) -> None:
    store = sitcom.store.corpora
    tests = [u.text for d in store.get("sitcom").split(Split.TEST) for u in d.utterances if len(u.text.split()) >= 6]
    carriers = store.get("sitcom").split(Split.TRAIN)[:40]

    def copy(text: str) -> str:
        words = text.split()
        match copied:
            case "in capitals":
                return text.upper()
            case "without punctuation":
                return " ".join(
                    "".join(c for c in word if c.isalnum()) for word in words if any(map(str.isalnum, word))
                )
            case "one word changed":
                return " ".join([*words[:2], "trombone", *words[3:]])
        return text

    planted = [
        replace(d, utterances=(*d.utterances[:-1], replace(d.utterances[-1], text=copy(text))))
        for d, text in zip(carriers[:20], tests[::3][:20], strict=True)
    ]
    clean = [replace(d, id=f"clean-{d.id}") for d in carriers[20:]]
    add(sitcom, made(*planted, *clean))
    assert set(duplicates(sitcom, "made").contaminated) == {d.id for d in planted}


# ---- what is dropped


def test_a_dialogue_is_dropped_whole_and_never_loses_a_turn(real: Workspace) -> None:
    leak = dialogue(*FERRY[:2], f"Eve: {TEST_TURN} [fear]", id="leak")
    add(real, made(leak, dialogue(*PLUMS, id="clean")))
    assert duplicates(real, "made", drop=True).dropped == ("leak",)
    assert kept(real) == ["clean"]
    assert [len(d) for d in real.store.corpora.get("made", states=tuple(DialogueState)).dialogues] == [3, 3]
    assert reasons(real) == {"leak": "contaminated"}


def test_of_duplicates_the_first_stays(real: Workspace) -> None:
    add(real, made(*(dialogue(*FERRY, id=i) for i in ("one", "two", "three")), dialogue(*PLUMS, id="other")))
    assert duplicates(real, "made", drop=True).dropped == ("three", "two")
    assert kept(real) == ["one", "other"]
    assert reasons(real) == {"three": "duplicate", "two": "duplicate"}


def test_when_the_first_of_a_cluster_is_contaminated_the_next_one_stays(real: Workspace) -> None:
    leak = dialogue(*FERRY, f"Eve: {TEST_TURN} [fear]", id="leak")
    add(real, made(leak, dialogue(*FERRY, id="second"), dialogue(*FERRY, id="third")))
    report = duplicates(real, "made", drop=True)
    assert [c.keep for c in report.clusters] == ["leak"]
    assert kept(real) == ["second"]
    assert reasons(real) == {"leak": "contaminated", "third": "duplicate"}


def test_a_cluster_of_contaminated_dialogues_is_dropped_as_a_whole(real: Workspace) -> None:
    add(real, made(*(dialogue(*PLUMS, f"Eve: {TEST_TURN} [fear]", id=i) for i in ("one", "two"))))
    assert duplicates(real, "made", drop=True).dropped == ("one", "two")
    assert kept(real) == []


def test_an_imported_corpus_is_never_dropped_from(real: Workspace) -> None:
    twice = corpus(dialogue(*FERRY, id="one"), dialogue(*FERRY, id="two"), name="twice")
    add(real, twice)
    with pytest.raises(RefusedError, match="benchmark is never changed"):
        duplicates(real, "twice", drop=True)
    assert len(duplicates(real, "twice").clusters) == 1
    assert kept(real, "twice") == ["one", "two"]


def test_what_was_dropped_is_not_looked_at_again(real: Workspace) -> None:
    add(real, made(dialogue(*FERRY, id="one"), dialogue(*FERRY, id="two")))
    duplicates(real, "made", drop=True)
    again = duplicates(real, "made", drop=True)
    assert (again.clusters, again.dropped) == ((), ())


# ---- and brought back


@pytest.fixture
def dropped(real: Workspace) -> Workspace:
    """Three dialogues dropped as duplicates of `one`, one turned down by a reviewer."""
    add(real, made(*(dialogue(*FERRY, id=i) for i in ("one", "two", "three", "four")), dialogue(*PLUMS, id="five")))
    duplicates(real, "made", drop=True)
    real.store.corpora.set_state("made", ["five"], DialogueState.TURNED_DOWN, reason="dull", who="ana")
    return real


def test_restore_brings_all_dropped_dialogues_back_and_no_others(dropped: Workspace) -> None:
    assert kept(dropped) == ["one"]
    assert restore(dropped, "made") == 3
    assert kept(dropped) == ["one", "two", "three", "four"]
    assert restore(dropped, "made") == 0


def test_restore_brings_the_named_dialogues_back(dropped: Workspace) -> None:
    assert restore(dropped, "made", ["two", "two", "one", "five"], who="bo") == 1
    assert kept(dropped) == ["one", "two"]
    last = dropped.store.corpora.history("made", "two")[-1]
    assert (last.before, last.state, last.reason, last.who) == ("dropped", "kept", "restored", "bo")


def test_restore_of_an_unknown_id_changes_nothing(dropped: Workspace) -> None:
    with pytest.raises(NotFoundError, match="'six'"):
        restore(dropped, "made", ["two", "six"])
    assert kept(dropped) == ["one"]


def test_restore_of_an_unknown_corpus_names_those_there_are(dropped: Workspace) -> None:
    with pytest.raises(NotFoundError) as error:
        restore(dropped, "mad")
    assert "made" in error.value.hint
