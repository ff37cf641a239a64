"""Corpora come in from files of every kind, are described and audited, and go out under their licences."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from erc_engine.corpora.loading import Loaded, load
from erc_engine.domain.conversation import Corpus, Licence, Origin, Split
from erc_engine.domain.curation import DialogueState
from erc_engine.domain.labels import scheme
from erc_engine.domain.reports import CorpusSummary
from erc_engine.errors import ConflictError, InputError, NotFoundError, RefusedError
from erc_engine.workflows.datasets import audit, corpora, describe, export, import_corpus, save_corpus
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue
from tests.corpora.sources import meld_row, turn, voted, write_json, write_meld

SHARED = "Nobody told the lighthouse keeper about the ferry."


def meld_folder(folder: Path) -> Path:
    """Two train dialogues, one of dev, one of test; fear and disgust are missing."""
    folder.mkdir(exist_ok=True)
    return write_meld(
        folder,
        train=[
            meld_row(0, 0, "You came all this way!", "Ana", "joy"),
            meld_row(0, 1, "The road was shut.", "Bo", "anger"),
            meld_row(1, 0, "Who ate the plums?", "Ana", "neutral"),
        ],
        dev=[meld_row(0, 0, "The shop closes at six.", "Cy", "neutral")],
        test=[meld_row(0, 0, SHARED, "Di", "sadness")],
    )


def emorynlp_folder(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for split in ("train", "dev", "test"):
        turns = [[turn("You came!", label="Joyful"), turn("Barely.", "Bo Berg", "Mad")]]
        write_json(folder / f"{split}_data.json", turns)
    return folder


def emotionlines_file(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    told = [[voted("You came!", "joy", "0500000"), voted("Barely.", "non-neutral", "2200001")]]
    return write_json(folder / "lines_test.json", told)


def jsonl_file(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    turns = [
        {"speaker": "Ana", "text": "Tea?", "label": "calm"},
        {"speaker": "Bo", "text": "Not now!", "label": "tense"},
        {"speaker": "Ana", "text": "Fine.", "label": None},
    ]
    dialogue = {"id": "d1", "split": "train", "utterances": turns}
    (folder / "mine.jsonl").write_text(json.dumps(dialogue) + "\n")
    return folder / "mine.jsonl"


def csv_file(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    lines = ["Scene,Who,Line,Feeling", "1,Ana,Where were you?,anger", "1,Bo,At the harbour.,neutral", "2,Cy,Cake!,joy"]
    (folder / "lines.csv").write_text("\n".join(lines))
    return folder / "lines.csv"


MAPPING = {"dialogue": "Scene", "speaker": "Who", "text": "Line", "label": "Feeling"}


def add(workspace: Workspace, *added: Corpus) -> None:
    for each in added:
        save_corpus(workspace, Loaded(each, (), "a file"))


def counts(summary: CorpusSummary) -> dict[str, tuple[int, int]]:
    return {name: (split.dialogues, split.utterances) for name, split in summary.splits.items()}


# ---- in


@pytest.mark.parametrize(
    ("kind", "source", "expected", "scheme_name", "labels"),
    [
        ("meld", meld_folder, {"train": (2, 3), "dev": (1, 1), "test": (1, 1)}, "meld", {"joy": 1, "anger": 1}),
        ("emorynlp", emorynlp_folder, {"train": (1, 2), "dev": (1, 2), "test": (1, 2)}, "emorynlp", {"joyful": 1}),
        ("emotionlines", emotionlines_file, {"test": (1, 2)}, "emotionlines", {"joy": 1, "non-neutral": 1}),
        ("jsonl", jsonl_file, {"train": (1, 3)}, "mine", {"calm": 1, "tense": 1}),
        ("csv", csv_file, {"train": (2, 3)}, "mine", {"anger": 1, "neutral": 1, "joy": 1}),
    ],
)
def test_each_kind_of_file_becomes_a_corpus_and_a_second_time_changes_nothing(
    workspace: Workspace,
    tmp_path: Path,
    kind: str,
    source: Callable[[Path], Path],
    expected: dict[str, tuple[int, int]],
    scheme_name: str,
    labels: dict[str, int],
) -> None:
    path, mapping = source(tmp_path / "in"), MAPPING if kind == "csv" else None
    summary = import_corpus(workspace, kind, path, "mine", mapping=mapping)
    assert counts(summary) == expected
    assert (summary.kind, summary.scheme, summary.origin) == (kind, scheme_name, "imported")
    first = next(iter(summary.splits.values()))
    assert first.labels | labels == first.labels
    votes = workspace.store.votes.of("mine")
    assert import_corpus(workspace, kind, path, "mine", mapping=mapping) == summary
    assert workspace.store.votes.of("mine") == votes
    assert corpora(workspace) == (summary,)


def test_other_content_under_a_taken_name_is_a_conflict(workspace: Workspace, tmp_path: Path) -> None:
    before = import_corpus(workspace, "meld", meld_folder(tmp_path / "in"), "meld")
    with pytest.raises(ConflictError, match="other content"):
        import_corpus(workspace, "csv", csv_file(tmp_path), "meld", mapping=MAPPING)
    assert describe(workspace, "meld") == before


@pytest.mark.parametrize("name", ["", "../meld", "a b", "a:train", ".hidden", "a" * 65, "a\n"])
def test_a_corpus_name_is_plain(workspace: Workspace, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="corpus name"):
        import_corpus(workspace, "csv", csv_file(tmp_path), name, mapping=MAPPING)
    assert corpora(workspace) == ()


def test_a_file_of_one_s_own_takes_scheme_split_and_licence_from_the_command(
    workspace: Workspace, tmp_path: Path
) -> None:
    terms = Licence("CC BY 4.0", may_leave_machine=True)
    summary = import_corpus(
        workspace,
        "csv",
        csv_file(tmp_path),
        "mine",
        mapping=MAPPING,
        labels=("neutral", "anger", "joy", "fear"),
        split=Split.DEV,
        licence=terms,
    )
    assert (summary.labels, list(summary.splits)) == (("neutral", "anger", "joy", "fear"), ["dev"])
    assert (summary.licence, summary.may_leave_machine) == ("CC BY 4.0", True)
    named = import_corpus(workspace, "csv", csv_file(tmp_path), "named", mapping=MAPPING, scheme_name="meld")
    assert named.labels == scheme("meld").names


def test_a_label_outside_the_given_scheme_imports_nothing(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'anger'"):
        import_corpus(workspace, "csv", csv_file(tmp_path), "mine", mapping=MAPPING, labels=("neutral", "joy"))
    assert corpora(workspace) == ()


# ---- described


def test_a_description_counts_what_is_kept_and_says_what_is_not(workspace: Workspace, tmp_path: Path) -> None:
    summary = import_corpus(workspace, "meld", meld_folder(tmp_path / "in"), "meld")
    assert (summary.imbalance_ratio, summary.imbalance_reason) == (
        None,
        "train has no utterance labelled surprise, sadness, disgust, fear",
    )
    add(workspace, corpus(dialogue("Ana: Hm. [joy]", id="a"), dialogue("Bo: Oh. [fear]", id="b"), name="made"))
    workspace.store.corpora.set_state("made", ["b"], DialogueState.DROPPED, reason="test", who="test")
    made = describe(workspace, "made")
    assert counts(made) == {"train": (1, 1)}
    assert made.states == {"kept": 1, "dropped": 1, "surplus": 0, "turned_down": 0}


def test_the_imbalance_ratio_is_of_train(workspace: Workspace) -> None:
    turns = [f"Ana: Turn {n}. [{label}]" for n, label in enumerate(scheme("meld").names)]
    test = dialogue("Bo: Oh. [fear]", "Bo: Ah. [fear]", id="e", split=Split.TEST)
    add(workspace, corpus(dialogue(*turns, "Ana: Again. [joy]", "Ana: And again. [joy]", id="t"), test))
    assert describe(workspace, "c").imbalance_ratio == 3.0


def test_an_unknown_corpus_lists_those_there_are(workspace: Workspace) -> None:
    add(workspace, corpus(dialogue("Ana: Hm. [joy]"), name="here"))
    with pytest.raises(NotFoundError) as error:
        describe(workspace, "there")
    assert error.value.hint == "corpora in this workspace: here"


# ---- audited


def test_names_are_audited_against_each_other_with_all_their_dialogues(workspace: Workspace) -> None:
    leak = dialogue(f"Ana: {SHARED} [joy]", "Bo: Is that so? [neutral]", id="leak")
    test = dialogue(f"Di: {SHARED} [sadness]", id="e", split=Split.TEST)
    add(workspace, corpus(leak, name="made", origin=Origin.GENERATED), corpus(test, name="real"))
    workspace.store.corpora.set_state("made", ["leak"], DialogueState.DROPPED, reason="test", who="test")
    made, real = audit(workspace, ["made", "real"])
    assert (made.name, made.counts["train"].dialogues) == ("made", 1)
    shared = [o for o in real.overlaps if o.left == "real:test" and o.right == "made:train" and o.count]
    assert shared[0].count == shared[0].total == 1
    assert {f.code: f.count for f in real.faults}["one-turn-dialogue"] == 1


def test_a_plain_path_is_audited_as_a_corpus_would_be_and_nothing_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    folder = meld_folder(tmp_path / "in")
    (by_path,) = audit(workspace, [str(folder)])
    assert (by_path.name, by_path.version, by_path.counts["train"].utterances) == ("in", None, 3)
    assert corpora(workspace) == ()
    import_corpus(workspace, "meld", folder, "meld")
    (by_name,) = audit(workspace, ["meld"])
    assert by_name.hash == by_path.hash
    assert by_name.faults == by_path.faults


def test_the_folder_one_stands_in_has_its_name(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(meld_folder(tmp_path / "in"))
    assert audit(workspace, ["."])[0].name == "in"


def test_a_corpus_goes_before_a_file_of_its_name(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    meld_folder(tmp_path / "talk")
    add(workspace, corpus(dialogue("Ana: Hm. [joy]"), name="talk"))
    assert list(audit(workspace, ["talk"])[0].counts) == ["train"]
    assert list(audit(workspace, ["./talk"])[0].counts) == ["train", "dev", "test"]


def test_nothing_to_audit_and_an_unknown_name_are_errors(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="nothing to audit"):
        audit(workspace, [])
    with pytest.raises(NotFoundError, match="neither a corpus of this workspace nor a file") as error:
        audit(workspace, ["nowhere"])
    assert error.value.hint == "corpora here: none yet"


# ---- out


@pytest.fixture
def real(workspace: Workspace) -> Workspace:
    add(
        workspace,
        corpus(
            dialogue("Ana: You came all this way. [joy]", "Bo: The road was shut. [anger]", id="t1"),
            dialogue("Cy: The shop closes at six today. [neutral]", id="d1", split=Split.DEV),
            dialogue(f"Di: {SHARED} [sadness]", id="e1", split=Split.TEST),
            name="real",
            licence=Licence("GPL-3.0", may_leave_machine=False),
        ),
    )
    return workspace


def frozen(workspace: Workspace, name: str, *more: str) -> None:
    freeze(workspace, name, train=["real:train", *more], dev="real:dev", test="real:test")


def made(name: str = "made", licence: Licence | None = None) -> Corpus:
    cake = dialogue("Eve: The cake is gone! [fear]", "Flo: Again? [disgust]", id="g1")
    terms = licence or Licence("model output", may_leave_machine=True)
    return corpus(cake, name=name, origin=Origin.GENERATED, licence=terms)


def test_an_exported_corpus_reads_back_the_same_without_what_was_dropped(real: Workspace, tmp_path: Path) -> None:
    add(real, replace(made(), dialogues=(*made().dialogues, dialogue("Eve: Oh. [joy]", id="g2"))))
    real.store.corpora.set_state("made", ["g2"], DialogueState.DROPPED, reason="test", who="test")
    exported = export(real, "made", "jsonl", tmp_path / "out")
    assert [file.name for file in exported.files] == ["made.jsonl", "made.corpus.json"]
    again = load("jsonl", exported.files[0], "made").corpus
    assert again.dialogues == made().dialogues
    assert (again.origin, again.licence.name) == (Origin.GENERATED, "model output")


def test_a_version_is_exported_as_one_corpus_under_the_strictest_licence(real: Workspace, tmp_path: Path) -> None:
    add(real, made())
    frozen(real, "mixed", "made")
    again = load("jsonl", export(real, "mixed", "jsonl", tmp_path).files[0], "again").corpus
    assert [(d.id, d.split) for d in again.dialogues] == [
        ("real/t1", Split.TRAIN),
        ("made/g1", Split.TRAIN),
        ("d1", Split.DEV),
        ("e1", Split.TEST),
    ]
    assert (again.licence.name, again.licence.may_leave_machine) == ("GPL-3.0 + model output", False)
    assert again.version == real.store.versions.get("mixed").hash[:12]


def test_generated_text_does_not_become_a_benchmark_by_an_export(real: Workspace, tmp_path: Path) -> None:
    add(real, made())
    frozen(real, "mixed", "made")
    frozen(real, "plain")
    for name, origin in (("mixed", "generated"), ("plain", "imported")):
        file = export(real, name, "jsonl", tmp_path).files[0]
        assert import_corpus(real, "jsonl", file, f"{name}-again").origin == origin
    with pytest.raises(RefusedError, match="cannot be dev data"):
        freeze(real, "laundered", train=["mixed-again:train"], dev="mixed-again:dev", test="mixed-again:test")


def test_nothing_is_exported_of_a_corpus_without_derivatives_nor_of_a_version_with_it(
    real: Workspace, tmp_path: Path
) -> None:
    closed = Licence("CC BY-NC-ND 4.0", may_leave_machine=False, derivatives=False)
    add(real, made("closed", closed))
    frozen(real, "mixed", "closed")
    for name in ("closed", "mixed"):
        with pytest.raises(RefusedError, match="no derivatives"):
            export(real, name, "jsonl", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_version_goes_before_a_corpus_of_its_name(real: Workspace, tmp_path: Path) -> None:
    add(real, made())
    freeze(real, "real", train=["made"], dev="real:dev", test="real:test")
    file = export(real, "real", "jsonl", tmp_path).files[0]
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == ["g1", "d1", "e1"]


@pytest.mark.parametrize("format_name", ["meld-csv", "dialogue-json"])
def test_the_formats_of_other_tools_have_a_file_for_each_split(
    real: Workspace, tmp_path: Path, format_name: str
) -> None:
    frozen(real, "plain")
    names = {file.name for file in export(real, "plain", format_name, tmp_path).files}
    ending = "_sent_emo.csv" if format_name == "meld-csv" else "_data.json"
    assert names == {"plain.corpus.json", *(f"{split}{ending}" for split in Split)}


def test_cells_that_a_spreadsheet_would_run_are_marked_unless_left_alone(workspace: Workspace, tmp_path: Path) -> None:
    add(workspace, corpus(dialogue("Ana: =1+1 [joy]", "Bo: Two. [neutral]")))
    assert export(workspace, "c", "meld-csv", tmp_path / "a").neutralised_cells == 1
    raw = export(workspace, "c", "meld-csv", tmp_path / "b", neutralise_cells=False)
    assert raw.neutralised_cells == 0
    assert ",=1+1," in raw.files[0].read_text()


def test_an_unknown_name_or_format_is_an_error(real: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nothing"):
        export(real, "nothing", "jsonl", tmp_path)
    with pytest.raises(InputError, match="parquet"):
        export(real, "real", "parquet", tmp_path)
