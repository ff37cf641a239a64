from __future__ import annotations

from dataclasses import replace

from erc_engine.corpora.audit import audit
from erc_engine.corpora.content import content_hash
from erc_engine.corpora.loaded import Loaded
from erc_engine.corpora.overlaps import UTTERANCES
from erc_engine.domain.conversation import Split
from erc_engine.domain.labels import scheme
from erc_engine.domain.reports import Fault
from tests.builders import corpus, dialogue

LONG = "Ana: We should leave before the rain. [joy]"
TRAIN = dialogue(LONG, "Bo: Fine. [neutral]", id="a", episode="s01e01")
TEST = dialogue(LONG, id="t", split=Split.TEST, episode="s01e01")


def loaded(*dialogues, name="mine", **more) -> Loaded:  # type: ignore[no-untyped-def]
    return Loaded(corpus(*dialogues, name=name, **more), (Fault("mojibake", 2, (), "mended"),), "here")


def test_a_report_has_counts_faults_overlaps_hash_and_a_paragraph() -> None:
    (report,) = audit([loaded(TRAIN, TEST)])
    assert report.hash == content_hash([TRAIN, TEST])
    assert (report.counts["train"].dialogues, report.counts["test"].utterances) == (1, 1)
    assert [fault.code for fault in report.faults] == ["mojibake", "one-turn-dialogue"]
    assert {(o.left, o.right, o.unit): (o.count, o.total) for o in report.overlaps}[
        "mine:test", "mine:train", UTTERANCES
    ] == (1, 1)
    assert report.paragraph == (
        "mine is a corpus read as jsonl: 1/1 dialogues with 2/1 utterances in train/test. Its audit found 2 texts with "
        "broken encoding mended and 1 dialogue of one turn. After normalisation (NFKC, case folding, only letters and "
        "digits), of the 1 test utterances of five or more words, 1 in mine:train stand verbatim. 1 of 1 test "
        f"dialogues come from an episode that train also has. Content hash (sha256): {report.hash}."
    )


def test_a_fault_that_the_loader_told_is_not_told_twice() -> None:
    told = Fault("one-turn-dialogue", 1, ("t",), "kept; test 1")
    (report,) = audit([Loaded(corpus(TRAIN, TEST), (told,), "here")])
    assert [fault for fault in report.faults if fault.code == "one-turn-dialogue"] == [told]


def test_text_of_a_test_split_in_another_corpus_stands_with_the_one_it_leaks_from() -> None:
    first, second = audit([loaded(TEST, name="a"), loaded(TRAIN, name="b")])
    assert next((o.left, o.right, o.unit, o.count, o.total) for o in first.overlaps) == (
        "a:test",
        "b:train",
        UTTERANCES,
        1,
        1,
    )
    assert second.overlaps == ()


def test_two_corpora_of_one_name_are_told_apart() -> None:
    reports = audit([loaded(TEST), loaded(TRAIN)])
    assert [report.name for report in reports] == ["mine#1", "mine#2"]
    assert reports[0].overlaps[0].right == "mine#2:train"


def test_the_contaminated_checkpoints_are_named_for_meld_and_iemocap() -> None:
    meld = Loaded(replace(corpus(TRAIN), kind="meld"), (), "here")
    iemocap = Loaded(corpus(dialogue("Ana: Hm. [sad]"), label_scheme=scheme("iemocap")), (), "here")
    other = Loaded(corpus(TRAIN), (), "here")
    named = [any("emoberta" in note for note in report.notes) for report in audit([meld, iemocap, other])]
    assert named == [True, True, False]


def test_counts_of_no_published_version_are_told_with_the_nearest() -> None:
    (report,) = audit([Loaded(replace(corpus(TRAIN), kind="meld"), (), "here")])
    assert report.version is None
    assert report.notes[0].startswith("its counts are of no published version of meld; nearest is release")
    assert "in no published version" in report.paragraph
    assert "published-count" in {fault.code for fault in report.faults}


def test_examples_are_ids_never_text() -> None:
    (report,) = audit([loaded(TRAIN, TEST)])
    assert "leave" not in str(report.to_json())
