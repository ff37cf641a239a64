from __future__ import annotations

from dataclasses import replace

from erc_engine.corpora.structure import structural_faults
from erc_engine.domain.conversation import Corpus, Dialogue, Split, Utterance
from erc_engine.domain.reports import Fault
from tests.builders import corpus, dialogue


def numbered(dialogue_id: str, *numbers: int) -> Dialogue:
    turns = tuple(Utterance(f"{dialogue_id}:{n}", "Ana", "Hm, well.", "neutral") for n in numbers)
    return Dialogue(dialogue_id, Split(dialogue_id.split("/")[0]), turns)


def of_kind(kind: str, *dialogues: Dialogue) -> Corpus:
    return replace(corpus(*dialogues), kind=kind)


def found(corpus: Corpus) -> dict[str, Fault]:
    return {fault.code: fault for fault in structural_faults(corpus)}


def test_holes_inside_dialogues_are_told_apart_from_late_starts() -> None:
    faults = found(of_kind("meld", numbered("train/0", 0, 1, 4), numbered("train/1", 2, 3), numbered("dev/0", 0, 2)))
    assert faults["missing-utterance"] == Fault(
        "missing-utterance", 3, ("train/0:2", "train/0:3", "dev/0:1"), "kept; inside 2 dialogues: train 2, dev 1"
    )
    assert faults["late-start"] == Fault(
        "late-start", 1, ("train/1",), "kept; 2 utterances are missing before the first"
    )


def test_dialogue_numbers_left_out_are_counted_from_nought_in_each_split() -> None:
    faults = found(of_kind("meld", numbered("train/1", 0, 1), numbered("train/3", 0, 1), numbered("dev/0", 0, 1)))
    assert (faults["missing-dialogue"].count, faults["missing-dialogue"].examples) == (2, ("train/0", "train/2"))


def test_missing_ids_are_written_like_their_neighbours() -> None:
    scene = "s01_e02_c07"
    turns = tuple(Utterance(f"{scene}_u{n:03d}", "Ana", "Hm, well.", "neutral") for n in (1, 2, 4))
    faults = found(of_kind("emorynlp", Dialogue(scene, Split.DEV, turns, "s01e02")))
    assert faults["missing-utterance"].examples == ("s01_e02_c07_u003",)


def test_a_stray_huge_number_costs_nothing() -> None:
    faults = found(of_kind("meld", numbered("train/0", 0, 999_999_999)))
    assert faults["missing-utterance"].count == 999_999_998
    assert faults["missing-utterance"].examples[0] == "train/0:1"


def test_numbers_that_go_backwards_are_told() -> None:
    assert found(of_kind("meld", numbered("train/0", 1, 0)))["out-of-order"].examples == ("train/0",)


def test_own_ids_are_not_searched_for_holes() -> None:
    assert not found(corpus(numbered("train/0", 0, 7))).keys() & {"missing-utterance", "missing-dialogue", "late-start"}


def test_single_turns_are_counted_by_split() -> None:
    single = [dialogue("Ana: Hm. [joy]", id=f"d{n}", split=split) for n, split in enumerate([Split.TRAIN, Split.TEST])]
    fault = found(corpus(*single))["one-turn-dialogue"]
    assert (fault.count, fault.done) == (2, "kept; train 1, test 1")


def test_empty_wordless_broken_and_unlabelled_turns_are_told() -> None:
    turns = ("  ", "?!", "lost \ufffd", "fine")
    made = Dialogue("d", Split.TRAIN, tuple(Utterance(f"d:{n}", "Ana", text) for n, text in enumerate(turns)))
    faults = found(corpus(made))
    assert {code: faults[code].examples for code in ("empty-text", "wordless-text", "mojibake-left", "unlabelled")} == {
        "empty-text": ("d:0",),
        "wordless-text": ("d:1",),
        "mojibake-left": ("d:2",),
        "unlabelled": ("d:0", "d:1", "d:2", "d:3"),
    }


def test_speakers_with_several_names_or_spellings_are_told() -> None:
    names = ["Ana and Bo", "Dr. Wu", "Dr Wu", "Ana", "Sandy", " "]
    turns = tuple(Utterance(f"train/0:{n}", name, "Well, well.", "joy") for n, name in enumerate(names))
    faults = found(of_kind("meld", Dialogue("train/0", Split.TRAIN, turns)))
    assert faults["several-speakers"].examples == ("train/0:0",)
    assert faults["speaker-spelling"].examples == ("Dr Wu / Dr. Wu",)
    assert faults["no-speaker"].examples == ("train/0:5",)


def test_names_in_a_row_are_several_speakers_in_emorynlp() -> None:
    names = ["Ana Lima", "Bo Berg", "Cy", "Ana Lima Bo Berg", "Ana Lima Cy", "Ana Lima Smith"]
    turns = tuple(Utterance(f"dev/0:{n}", name, "Well, well.", "joy") for n, name in enumerate(names))
    made = replace(of_kind("emorynlp", Dialogue("dev/0", Split.DEV, turns)))
    assert found(made)["several-speakers"].examples == ("dev/0:3", "dev/0:4")


def test_a_clean_corpus_has_no_faults() -> None:
    assert structural_faults(corpus(dialogue("Ana: You came! [joy]", "Bo: Barely. [neutral]"))) == ()
