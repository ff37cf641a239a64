"""Votes come in from files whole or not at all, go out again unchanged, and agree or not, kind by kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.curation import AnnotatorKind, DialogueState, Vote
from erc_engine.errors import ErcError, InputError, NotFoundError, RefusedError
from erc_engine.settings import Settings
from erc_engine.workflows.datasets import import_corpus, save_corpus
from erc_engine.workflows.labels import agreement, export_votes, import_votes
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.builders import corpus, dialogue
from tests.corpora.sources import voted, write_json

TURNS = [("d1", "d1:0"), ("d1", "d1:1"), ("d2", "d2:0"), ("d2", "d2:1"), ("d2", "d2:2")]
HUMAN, LLM, ANONYMOUS = AnnotatorKind.HUMAN, AnnotatorKind.LLM, AnnotatorKind.ANONYMOUS


@pytest.fixture
def talk(workspace: Workspace) -> Workspace:
    return with_talk(workspace)


def with_talk(workspace: Workspace) -> Workspace:
    """Two dialogues, of two and of three turns."""
    one = dialogue("Ana: You came! [joy]", "Bo: Barely. [neutral]", id="d1")
    two = dialogue("Cy: Who ate it? [anger]", "Di: Not me. [fear]", "Cy: Hm. [neutral]", id="d2")
    save_corpus(workspace, Loaded(corpus(one, two, name="talk"), (), "a file"))
    return workspace


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def row(who: str, turn: str, label: str, **more: Any) -> dict[str, Any]:
    return {"dialogue": turn.split(":")[0], "utterance": turn, "annotator": who, "label": label, **more}


def labels_by(who: str, *labels: str) -> list[dict[str, Any]]:
    """The labels of one annotator for all five turns of the corpus."""
    return [row(who, turn, label) for (_, turn), label in zip(TURNS, labels, strict=True)]


def stored(workspace: Workspace, name: str = "talk") -> list[tuple[str, str, str, str]]:
    return [(v.annotator, v.kind, v.utterance, v.label) for v in workspace.store.votes.of(name)]


# ---- in


def test_one_vote_a_row_is_taken_with_its_annotator_and_kind(talk: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "votes.csv"
    file.write_text(
        "dialogue,utterance,annotator,kind,label,seen\nd1,d1:0,ana,human,Joyful,past\nd2,d2:1,gpt,llm,fear,\n"
    )
    done = import_votes(talk, "talk", file)
    assert (done.rows, done.new, done.annotators, done.skipped) == (2, 2, ("ana", "gpt"), 0)
    assert talk.store.votes.of("talk") == (
        Vote("talk", "d1", "d1:0", "ana", HUMAN, "joy", 1, "imported", "past"),
        Vote("talk", "d2", "d2:1", "gpt", LLM, "fear", 1, "imported", "unknown"),
    )


def test_a_row_with_all_labels_of_a_dialogue_is_a_vote_for_each_turn(talk: Workspace, tmp_path: Path) -> None:
    file = lines(tmp_path / "v.jsonl", {"dialogue": "d2", "annotator": "llm-a", "labels": ["anger", "joy", "neutral"]})
    assert import_votes(talk, "talk", file, kind=LLM).new == 3
    assert stored(talk) == [
        ("llm-a", "llm", "d2:0", "anger"),
        ("llm-a", "llm", "d2:1", "joy"),
        ("llm-a", "llm", "d2:2", "neutral"),
    ]


def test_what_the_command_says_goes_before_what_the_file_says(talk: Workspace, tmp_path: Path) -> None:
    file = lines(tmp_path / "v.jsonl", row("ana", "d1:0", "joy", kind="human"))
    import_votes(talk, "talk", file, kind=LLM, annotator="gpt")
    assert stored(talk) == [("gpt", "llm", "d1:0", "joy")]


def test_the_same_votes_again_add_nothing_whatever_the_file_is_called(talk: Workspace, tmp_path: Path) -> None:
    file = lines(tmp_path / "v.jsonl", *labels_by("ana", "joy", "neutral", "anger", "fear", "neutral"))
    assert import_votes(talk, "talk", file).new == 5
    assert import_votes(talk, "talk", file).new == 0
    assert import_votes(talk, "talk", file.rename(tmp_path / "other.jsonl")).new == 0
    longer = lines(tmp_path / "v.jsonl", row("ana", "d1:0", "joy"), row("bo", "d1:0", "joy"))
    assert import_votes(talk, "talk", longer).new == 1
    assert len(stored(talk)) == 6


def test_a_changed_mind_is_a_new_vote_and_the_old_one_is_kept(talk: Workspace, tmp_path: Path) -> None:
    import_votes(talk, "talk", lines(tmp_path / "first.jsonl", row("ana", "d1:0", "joy")))
    revised = lines(tmp_path / "second.jsonl", row("ana", "d1:0", "surprise"))
    assert import_votes(talk, "talk", revised).new == 1
    assert import_votes(talk, "talk", revised).new == 0
    assert [label for _, _, _, label in stored(talk)] == ["joy", "surprise"]


def test_a_label_can_be_set_back_and_the_last_import_wins(talk: Workspace, tmp_path: Path) -> None:
    joy = lines(tmp_path / "a.jsonl", row("ana", "d1:0", "joy"))
    fear = lines(tmp_path / "b.jsonl", row("ana", "d1:0", "fear"))
    assert [import_votes(talk, "talk", file).new for file in (joy, fear, joy, joy, fear, fear)] == [1, 1, 1, 0, 1, 0]
    assert [label for _, _, _, label in stored(talk)] == ["joy", "fear", "joy", "fear"]
    both = lines(tmp_path / "c.jsonl", *(row("bo", "d1:0", label) for label in ("joy", "fear", "joy")))
    assert [import_votes(talk, "talk", both).new for _ in range(2)] == [3, 0]


def test_equal_anonymous_rows_are_counted_and_not_taken_for_one(talk: Workspace, tmp_path: Path) -> None:
    rows = [row("crowd", "d1:0", label, kind="anonymous") for label in ("joy", "joy", "joy", "neutral")]
    file = lines(tmp_path / "crowd.jsonl", *rows)
    assert import_votes(talk, "talk", file).new == 2
    assert import_votes(talk, "talk", file.rename(tmp_path / "again.jsonl")).new == 0
    assert [(v.label, v.count) for v in talk.store.votes.of("talk")] == [("joy", 3), ("neutral", 1)]
    (report,) = agreement(talk, "talk")
    assert report.percent.value == pytest.approx(0.5)  # three of the six pairs of votes


@pytest.mark.parametrize(
    ("broken", "kind", "word"),
    [
        ({"dialogue": "d9", "utterance": "d9:0", "annotator": "ana", "label": "joy"}, NotFoundError, "'d9'"),
        ({"dialogue": "d1", "utterance": "d1:7", "annotator": "ana", "label": "joy"}, NotFoundError, "'d1:7'"),
        ({"dialogue": "d1", "utterance": "d2:0", "annotator": "ana", "label": "joy"}, NotFoundError, "'d2:0'"),
        ({"dialogue": "d1", "utterance": "d1:0", "annotator": "ana", "label": "bliss"}, InputError, "'bliss'"),
        ({"dialogue": "d1", "utterance": "d1:0", "label": "joy"}, InputError, "no annotator"),
        ({"dialogue": "d1", "annotator": "ana", "labels": ["joy"]}, InputError, "1 labels for the 2 turns"),
        ({"dialogue": "d1", "utterance": "d1:0", "annotator": "ana"}, InputError, "no label"),
        ({"dialogue": "d1", "utterance": "d1:0", "annotator": "a", "label": "joy", "kind": "cat"}, InputError, "'cat'"),
    ],
    ids=["dialogue", "utterance", "other dialogue's turn", "label", "annotator", "too few labels", "no label", "kind"],
)
def test_one_wrong_row_names_its_line_and_nothing_is_taken(
    talk: Workspace, tmp_path: Path, broken: dict[str, Any], kind: type[ErcError], word: str
) -> None:
    file = lines(tmp_path / "v.jsonl", row("ana", "d1:0", "joy"), broken, row("ana", "d1:1", "joy"))
    with pytest.raises(kind, match=word) as error:
        import_votes(talk, "talk", file)
    assert "line 2" in error.value.message
    assert stored(talk) == []


def test_rows_about_other_corpora_are_passed_over_when_asked(talk: Workspace, tmp_path: Path) -> None:
    file = lines(tmp_path / "v.jsonl", row("ana", "d1:0", "joy"), row("ana", "d9:0", "joy"), row("ana", "d8:0", "x"))
    done = import_votes(talk, "talk", file, skip_unknown=True)
    assert (done.rows, done.new, done.skipped) == (1, 1, 2)


def test_votes_on_an_unknown_corpus_or_out_of_no_file_are_errors(talk: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nothing"):
        import_votes(talk, "nothing", lines(tmp_path / "v.jsonl", row("ana", "d1:0", "joy")))
    with pytest.raises(NotFoundError, match="absent"):
        import_votes(talk, "talk", tmp_path / "absent.csv")


# ---- out, and in again


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_exported_votes_come_back_the_same_in_another_workspace(talk: Workspace, tmp_path: Path, ending: str) -> None:
    rows = [
        *labels_by("ana", "joy", "neutral", "anger", "fear", "neutral"),
        row('bo, the "second"', "d1:0", "joy", mode="verify", seen="dialogue"),
        row("gpt", "d1:0", "surprise", kind="llm"),
        row("crowd", "d2:1", "fear", kind="anonymous", count=4),
    ]
    import_votes(talk, "talk", lines(tmp_path / "v.jsonl", *rows))
    out = tmp_path / "out" / f"votes.{ending}"
    assert export_votes(talk, "talk", out) == 8
    with open_workspace(Settings.from_environment({"ERC_HOME": str(tmp_path / "second")})) as second:
        import_votes(with_talk(second), "talk", out)
        assert second.store.votes.of("talk") == talk.store.votes.of("talk")
    assert import_votes(talk, "talk", out).new == 0


def test_one_kind_alone_can_be_exported(talk: Workspace, tmp_path: Path) -> None:
    import_votes(
        talk, "talk", lines(tmp_path / "v.jsonl", row("ana", "d1:0", "joy"), row("gpt", "d1:0", "joy", kind="llm"))
    )
    assert export_votes(talk, "talk", tmp_path / "llm.jsonl", kind=LLM) == 1
    assert json.loads((tmp_path / "llm.jsonl").read_text())["annotator"] == "gpt"


def test_votes_of_an_unknown_corpus_are_not_exported(talk: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nothing"):
        export_votes(talk, "nothing", tmp_path / "v.jsonl")
    assert not (tmp_path / "v.jsonl").exists()


# ---- agreement


def test_kinds_of_annotators_are_reported_apart_and_never_pooled(talk: Workspace, tmp_path: Path) -> None:
    people = [
        *labels_by("ana", "joy", "neutral", "anger", "fear", "neutral"),
        *labels_by("bo", "joy", "neutral", "anger", "fear", "joy"),
    ]
    models = [{**r, "kind": "llm"} for r in labels_by("gpt", "fear", "fear", "fear", "fear", "fear")]
    import_votes(talk, "talk", lines(tmp_path / "v.jsonl", *people, *models))
    human, llm = agreement(talk, "talk", resamples=20)
    assert (human.kind, human.annotators, human.utterances, human.dialogues) == ("human", 2, 5, 2)
    assert human.percent.value == pytest.approx(0.8)  # four of five turns
    # ana has joy 1, neutral 2, anger 1, fear 1, bo joy 2, neutral 1, anger 1, fear 1:
    # chance (1·2 + 2·1 + 1·1 + 1·1) / 25 = .24, kappa (.8 - .24) / (1 - .24)
    assert human.cohen.value == pytest.approx(0.56 / 0.76)
    assert (llm.kind, llm.annotators, llm.percent.value) == ("llm", 1, None)
    assert llm.percent.reason == "only one annotator (gpt) has voted"


def test_a_kind_that_was_asked_for_is_named_also_when_it_has_no_votes(talk: Workspace, tmp_path: Path) -> None:
    import_votes(talk, "talk", lines(tmp_path / "v.jsonl", *labels_by("ana", "joy", "joy", "joy", "joy", "joy")))
    (report,) = agreement(talk, "talk", kind=LLM)
    assert (report.corpus, report.kind, report.utterances) == ("talk", "llm", 0)
    assert report.fleiss.reason == "there are no votes"


def test_votes_on_dropped_dialogues_do_not_count(talk: Workspace, tmp_path: Path) -> None:
    rows = [
        *labels_by("ana", "joy", "neutral", "anger", "fear", "neutral"),
        *labels_by("bo", "joy", "neutral", "joy", "joy", "joy"),
    ]
    import_votes(talk, "talk", lines(tmp_path / "v.jsonl", *rows))
    talk.store.corpora.set_state("talk", ["d2"], DialogueState.DROPPED, reason="test", who="test")
    (report,) = agreement(talk, "talk", resamples=20)
    assert (report.utterances, report.dialogues, report.percent.value) == (2, 1, 1.0)
    talk.store.corpora.set_state("talk", ["d1"], DialogueState.DROPPED, reason="test", who="test")
    (report,) = agreement(talk, "talk", resamples=20)
    assert (report.corpus, report.kind, report.percent.value) == ("talk", "human", None)


def test_votes_on_dropped_dialogues_are_still_taken(talk: Workspace, tmp_path: Path) -> None:
    talk.store.corpora.set_state("talk", ["d1"], DialogueState.DROPPED, reason="test", who="test")
    assert import_votes(talk, "talk", lines(tmp_path / "v.jsonl", row("ana", "d1:0", "joy"))).new == 1


def test_anchored_votes_stay_out_of_agreement(talk: Workspace, tmp_path: Path) -> None:
    rows = [row(who, "d1:0", "joy") for who in ("ana", "bo")] + [row("cy", "d1:0", "fear", mode="verify")]
    import_votes(talk, "talk", lines(tmp_path / "v.jsonl", *rows))
    (report,) = agreement(talk, "talk", resamples=20)
    assert (report.annotators, report.percent.value) == (2, 1.0)


def test_agreement_without_votes_says_how_to_get_them(talk: Workspace) -> None:
    with pytest.raises(NotFoundError, match="no votes yet") as error:
        agreement(talk, "talk")
    assert "erc votes import talk" in error.value.hint


def test_a_seed_below_0_is_refused(talk: Workspace) -> None:
    with pytest.raises(InputError, match="seed"):
        agreement(talk, "talk", seed=-1)


def test_the_votes_of_emotionlines_come_with_its_import(workspace: Workspace, tmp_path: Path) -> None:
    # digits: neutral, joy, sadness, fear, anger, surprise, disgust
    told = [
        [voted("You brought the whole orchestra?", "surprise", "1000040"), voted("Yes.", "joy", "0500000")],
        [voted("The soup is cold.", "non-neutral", "2000201")],
    ]
    import_corpus(workspace, "emotionlines", write_json(tmp_path / "lines_train.json", told), "lines")
    import_corpus(workspace, "emotionlines", tmp_path / "lines_train.json", "lines")
    votes = workspace.store.votes.of("lines")
    assert {(v.utterance, v.label): v.count for v in votes} == {
        ("train/0:0", "neutral"): 1,
        ("train/0:0", "surprise"): 4,
        ("train/0:1", "joy"): 5,
        ("train/1:0", "neutral"): 2,
        ("train/1:0", "anger"): 2,
        ("train/1:0", "disgust"): 1,
    }
    assert {(v.kind, v.annotator) for v in votes} == {(ANONYMOUS, "crowd")}
    (report,) = agreement(workspace, "lines", resamples=20)
    # pairs that agree: 6 of 10, 10 of 10, 2 of 10
    assert report.percent.value == pytest.approx((0.6 + 1.0 + 0.2) / 3)
    assert report.cohen.value is None
    assert "anonymous" in (report.cohen.reason or "")
    with pytest.raises(RefusedError, match="nothing of it is exported"):
        export_votes(workspace, "lines", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
