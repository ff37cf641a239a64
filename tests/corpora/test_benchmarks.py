"""The real benchmarks have the published counts and the faults that were measured on them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from erc_engine.corpora.audit import audit
from erc_engine.corpora.detect import load_any
from erc_engine.corpora.export import export
from erc_engine.corpora.loading import Loaded, load
from erc_engine.corpora.overlaps import ANY_UTTERANCES, DIALOGUES, EPISODES, SCENES, UTTERANCES
from erc_engine.domain.conversation import Split
from erc_engine.domain.reports import AuditReport
from erc_engine.errors import InputError, RefusedError

pytestmark = pytest.mark.benchmark_data


@pytest.fixture(scope="module")
def meld(benchmarks: Path) -> Loaded:
    return load("meld", benchmarks / "MELD", "meld", version="release")


@pytest.fixture(scope="module")
def full(benchmarks: Path) -> Loaded:
    return load("emorynlp", benchmarks / "EmoryNLP_full_DialogXL", "emorynlp", version="full")


@pytest.fixture(scope="module")
def reduced(benchmarks: Path) -> Loaded:
    return load("emorynlp", benchmarks / "EmoryNLP_csv", "reduced", version="reduced")


@pytest.fixture(scope="module")
def friends(benchmarks: Path) -> Loaded:
    return load("emotionlines", benchmarks / "EmotionX2018_Friends", "friends", version="friends-2018")


@pytest.fixture(scope="module")
def reports(meld: Loaded, full: Loaded) -> tuple[AuditReport, AuditReport]:
    first, second = audit([meld, full])
    return first, second


def sizes(loaded: Loaded) -> list[tuple[int, int]]:
    splits = [loaded.corpus.split(split) for split in Split]
    return [(len(dialogues), sum(len(d) for d in dialogues)) for dialogues in splits]


def told(loaded: Loaded | AuditReport) -> dict[str, int]:
    return {fault.code: fault.count for fault in loaded.faults}


def shared(report: AuditReport, left: str, right: str) -> dict[str, tuple[int, int]]:
    return {o.unit: (o.count, o.total) for o in report.overlaps if (o.left, o.right) == (left, right)}


def test_sizes_and_labels_are_the_published_ones(meld: Loaded, full: Loaded, reduced: Loaded, friends: Loaded) -> None:
    assert sizes(meld) == [(1038, 9989), (114, 1109), (280, 2610)]
    assert sizes(full) == [(713, 9934), (99, 1344), (85, 1328)]
    assert sizes(reduced) == [(659, 7551), (89, 954), (79, 984)]
    assert sizes(friends) == [(720, 10561), (80, 1178), (200, 2764)]
    assert meld.corpus.distribution(Split.TRAIN).counts["fear"] == 268
    assert meld.corpus.distribution(Split.TRAIN).imbalance_ratio == pytest.approx(17.6, abs=0.05)


def test_faults_of_meld_are_the_measured_ones(meld: Loaded) -> None:
    counts = told(meld)
    assert {code: counts[code] for code in counts if code.startswith(("time", "missing", "one-turn"))} == {
        "missing-dialogue": 1,
        "missing-utterance": 99,
        "one-turn-dialogue": 88,
        "time-backwards": 31,
        "time-gap": 9,
        "time-long": 3,
        "time-order": 1,
    }
    done = {fault.code: fault.done for fault in meld.faults}
    assert done["missing-utterance"] == "kept; inside 69 dialogues: train 90, dev 4, test 5"
    assert done["one-turn-dialogue"] == "kept; train 70, dev 6, test 12"
    assert "mojibake" not in counts


def test_what_leaks_inside_meld_is_the_measured(reports: tuple[AuditReport, AuditReport]) -> None:
    meld, _ = reports
    test, dev = shared(meld, "meld:test", "meld:train"), shared(meld, "meld:dev", "meld:train")
    assert (test[UTTERANCES], test[ANY_UTTERANCES], test[EPISODES]) == ((14, 1765), (404, 2610), (279, 280))
    assert dev[UTTERANCES] == (4, 742)
    assert test[DIALOGUES] == (2, 280)
    faults = {fault.code: fault for fault in meld.faults}
    assert (faults["repeated-text"].count, faults["repeated-text-labels"].count) == (1332, 156)
    assert "1,312 utterances" in faults["repeated-text-labels"].done
    assert faults["repeated-dialogue"].examples == ("test/63 in train/19", "test/84 in train/12")
    assert faults["relabelled-dialogue"].examples == ("test/84 in train/12: 3 of 3 labels differ",)


def test_a_fifth_of_melds_longer_test_utterances_stands_in_emorynlp(reports: tuple[AuditReport, AuditReport]) -> None:
    assert shared(reports[0], "meld:test", "emorynlp:train")[UTTERANCES] == (356, 1765)


def test_the_clip_show_in_emorynlps_dev_is_found_without_episodes(reports: tuple[AuditReport, AuditReport]) -> None:
    _, full = reports
    (fault,) = [fault for fault in full.faults if fault.code == "shared-scene"]
    assert fault.count == 13
    assert fault.done.startswith("kept; dialogues: 3, utterances of 5 or more words: 19;")
    assert shared(full, "emorynlp:test", "emorynlp:train")[SCENES][0] == 0


def test_the_clip_show_is_named_by_episode_where_there_are_ids(reduced: Loaded) -> None:
    (report,) = audit([reduced])
    (fault,) = [fault for fault in report.faults if fault.code == "shared-scene"]
    assert {example[:7] for example in fault.examples} == {"s04_e21"}
    assert fault.done.endswith("from s01e05, s02e07, s03e15")


def test_holes_and_speakers_of_emorynlp_are_the_measured_ones(benchmarks: Path, full: Loaded) -> None:
    original = load("emorynlp", benchmarks / "EmoryNLP_json", "o")
    done = {fault.code: (fault.count, fault.done) for fault in original.faults}
    assert original.corpus.version == "original"
    assert done["missing-utterance"] == (79 + 38, "kept; inside 73 dialogues: dev 79, test 38")
    assert done["several-speakers"][0] == 15
    assert told(full)["several-speakers"] == 71


def test_reduced_ids_are_the_originals(benchmarks: Path, reduced: Loaded) -> None:
    original = load("emorynlp", benchmarks / "EmoryNLP_json", "o").corpus
    texts = {u.id: u.text for d in original.dialogues for u in d.utterances}
    both = [u for split in (Split.DEV, Split.TEST) for d in reduced.corpus.split(split) for u in d.utterances]
    assert len(both) == 954 + 984
    assert all(texts[u.id] == u.text for u in both)


def test_full_is_not_taken_for_reduced(benchmarks: Path) -> None:
    with pytest.raises(InputError, match="is the full version of EmoryNLP, not reduced"):
        load("emorynlp", benchmarks / "EmoryNLP_full_DialogXL", "e", version="reduced")


def test_every_label_of_emotionlines_follows_its_votes(friends: Loaded) -> None:
    assert "vote-rule" not in told(friends)
    votes = [u.votes for d in friends.corpus.dialogues for u in d.utterances]
    assert sum(sum(v.values()) == 5 for v in votes if v is not None) == 14503


def test_emotionlines_is_not_exported(friends: Loaded, tmp_path: Path) -> None:
    with pytest.raises(RefusedError):
        export(friends.corpus, "jsonl", tmp_path)


def test_meld_comes_out_as_the_bytes_that_came_in(benchmarks: Path, meld: Loaded, tmp_path: Path) -> None:
    export(meld.corpus, "meld-csv", tmp_path, neutralise_cells=False)
    for split in Split:
        name = f"{split}_sent_emo.csv"
        assert (tmp_path / name).read_bytes() == (benchmarks / "MELD" / name).read_bytes()
    assert export(meld.corpus, "meld-csv", tmp_path).neutralised_cells == 3


def test_emorynlp_comes_out_as_the_json_that_came_in(benchmarks: Path, full: Loaded, tmp_path: Path) -> None:
    export(full.corpus, "dialogue-json", tmp_path)
    for split in Split:
        name = f"{split}_data.json"
        source = json.loads((benchmarks / "EmoryNLP_full_DialogXL" / name).read_text())
        assert json.loads((tmp_path / name).read_text()) == source


def test_jsonl_of_meld_is_exact_and_still_recognised(meld: Loaded, tmp_path: Path) -> None:
    export(meld.corpus, "jsonl", tmp_path / "a.jsonl")
    back = load("jsonl", tmp_path / "a.jsonl", "meld")
    assert back.corpus.dialogues == meld.corpus.dialogues
    assert (back.corpus.version, back.corpus.licence) == ("meld:release", meld.corpus.licence)
    export(back.corpus, "jsonl", tmp_path / "b.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_every_folder_is_found_out(benchmarks: Path) -> None:
    kinds = {
        name: load_any(benchmarks / name, "x").corpus.version for name in ("MELD", "EmoryNLP_csv", "EmoryNLP_json")
    }
    assert kinds == {"MELD": "release", "EmoryNLP_csv": "reduced", "EmoryNLP_json": "original"}
    assert load_any(benchmarks / "EmotionX2018_Friends", "x").corpus.version == "friends-2018"


def test_no_text_of_a_benchmark_stands_in_its_report(meld: Loaded, reports: tuple[AuditReport, AuditReport]) -> None:
    report = json.dumps(reports[0].to_json())
    longer = {u.text for d in meld.corpus.dialogues for u in d.utterances if len(u.text.split()) > 4}
    assert not [text for text in longer if text in report]


def test_import_and_audit_take_seconds(benchmarks: Path) -> None:
    started = time.process_time()
    loaded = [load("meld", benchmarks / "MELD", "m"), load("emorynlp", benchmarks / "EmoryNLP_full_DialogXL", "e")]
    read = time.process_time()
    audit(loaded)
    done = time.process_time()
    print(f"import of MELD and EmoryNLP {read - started:.2f} s, audit of both {done - read:.2f} s (CPU)")
    assert read - started < 5
    assert done - read < 15
