"""A large workspace to measure with: 20,000 dialogues in three corpora, 60,000 votes, a version, a review under way.

    build(Path("/tmp/large"))               # about half a minute
    python -m benchmarks.large_workspace FOLDER

series   imported, 12,000 dialogues in train, dev and test; votes of three people and of three language models
chat     imported, 5,000 dialogues in train, dev and test
made     generated, 3,000 dialogues, one in a hundred a near copy of another
frozen   a version: made to train on, dev and test of chat

Nobody wrote this text: each word is drawn from those that follow the one before it in the bundled recordings, so that
words and lengths are like theirs and no two dialogues are alike but the planted copies.
"""

from __future__ import annotations

import itertools
import random
import sys
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.measurement import ROOT
from erc_engine.corpora.loaded import Loaded
from erc_engine.domain.conversation import OWN_LICENCE, Corpus, Dialogue, Origin, Split, Utterance
from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import scheme
from erc_engine.domain.review import ReviewAction, ReviewEvent
from erc_engine.llm.recordings import Recordings
from erc_engine.settings import Settings
from erc_engine.workflows import datasets, versions
from erc_engine.workflows.workspace import Workspace, open_workspace

SEED = 7
SCHEME = scheme("meld")
SERIES, CHAT, MADE, VERSION = "series", "chat", "made", "frozen"
DIALOGUES = {SERIES: 12_000, CHAT: 5_000, MADE: 3_000}
SHARES = {"neutral": 47, "joy": 17, "surprise": 12, "anger": 11, "sadness": 7, "disgust": 3, "fear": 3}
NAMES = ("Ana", "Bo", "Cleo", "Dara", "Eli", "Fay", "Gus", "Hana", "Ivo", "June", "Kit", "Lena", "Milo", "Nora", "Otto")
PEOPLE, MODELS = ("ana", "bo", "cleo"), ("llm-a", "llm-b", "llm-c")
VOTED = {AnnotatorKind.HUMAN: (PEOPLE, 14_200), AnnotatorKind.LLM: (MODELS, 5_800)}  # annotators, utterances
REVIEWED = 20  # dialogues, by each of three people
VOTES = 60_000
LONGEST = 40  # words


class Writer:
    """Draws utterances of a label, each word from those that follow the word before it in the recordings."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self._after: dict[str, dict[str, list[str]]] = {}
        for recording in Recordings(ROOT / "assets" / "recordings").of("meld-balanced"):
            for turn in recording.turns:
                chain = self._after.setdefault(turn.label, {})
                for word, following in itertools.pairwise(["", *turn.text.split(), ""]):
                    chain.setdefault(word, []).append(following)

    def text(self, label: str) -> str:
        chain, words = self._after[label], [self.draw.choice(self._after[label][""])]
        while len(words) < LONGEST and (word := self.draw.choice(chain[words[-1]])):
            words.append(word)
        return " ".join(words)


def build(home: Path) -> None:
    """Make the workspace in a new folder."""
    draw = random.Random(SEED)
    writer = Writer(draw)
    with open_workspace(Settings(home, f"sqlite:///{home.resolve() / 'erc.db'}", None)) as workspace:
        for name, count in DIALOGUES.items():
            dialogues = list(_dialogues(writer, name, count))
            if name == MADE:
                _plant_copies(dialogues)
            origin = Origin.GENERATED if name == MADE else Origin.IMPORTED
            corpus = Corpus(name, "jsonl", SCHEME, tuple(dialogues), OWN_LICENCE, origin)
            datasets.save_corpus(workspace, Loaded(corpus, (), "drawn from the bundled recordings"))
            if name == SERIES:
                reviewed = _review(workspace, dialogues, draw)
                workspace.store.votes.add(list(_votes(dialogues, VOTES - reviewed, draw)), source="drawn")
        versions.freeze(
            workspace, VERSION, train=[MADE], dev=f"{CHAT}:dev", test=f"{CHAT}:test",
            drop_contaminated=True, demo=True,
        )  # fmt: skip


def _dialogues(writer: Writer, corpus: str, count: int) -> Iterator[Dialogue]:
    draw = writer.draw
    labels, edges = list(SHARES), list(itertools.accumulate(SHARES.values()))
    for number in range(count):
        id_ = f"{corpus}-{number:05}"
        place = number % 10 if corpus != MADE else 0
        split = Split.DEV if place == 8 else Split.TEST if place == 9 else Split.TRAIN
        speakers = draw.sample(NAMES, draw.choice((2, 2, 2, 3, 4)))
        label, turns = "neutral", []
        for turn in range(draw.randint(5, 14)):
            if draw.random() > 0.2:  # a label holds on now and then
                label = labels[bisect(edges, draw.random() * edges[-1])]
            text = writer.text(label)
            turns.append(Utterance(f"{id_}:{turn}", speakers[turn % len(speakers)], text, label))
        yield Dialogue(id_, split, tuple(turns), episode=f"{corpus}-{number // 15}")


def _plant_copies(dialogues: list[Dialogue]) -> None:
    for at in range(99, len(dialogues), 100):
        source = dialogues[at - 50].utterances
        turns = tuple(replace(u, id=f"{dialogues[at].id}:{n}") for n, u in enumerate(source))
        turns = (*turns[:-1], replace(turns[-1], text=turns[-1].text + " Indeed."))
        dialogues[at] = replace(dialogues[at], utterances=turns)


def _votes(dialogues: Sequence[Dialogue], count: int, draw: random.Random) -> Iterator[Vote]:
    """Annotators who give the label of the corpus two times in three, and else any."""
    turns = [(d.id, u) for d in dialogues for u in d.utterances]
    places = [
        (who, kind, place)
        for kind, (annotators, utterances) in VOTED.items()
        for place in draw.sample(turns, utterances)
        for who in annotators
    ]
    if len(places) < count:
        raise SystemExit(f"{len(places):,} places are too few for {count:,} votes")
    for who, kind, (dialogue, u) in places[:count]:
        label = u.label if draw.random() < 0.67 else draw.choice(SCHEME.names)
        yield Vote(SERIES, dialogue, u.id, who, kind, label or "neutral", mode="imported")


def _review(workspace: Workspace, dialogues: Sequence[Dialogue], draw: random.Random) -> int:
    """Labels given blind in the app; how many."""
    given = 0
    for d in dialogues[:REVIEWED]:
        for who in PEOPLE:
            for u in d.utterances:
                label = draw.choice(SCHEME.names)
                workspace.store.review.record(
                    ReviewEvent(f"{who} {u.id}", SERIES, d.id, who, ReviewAction.LABEL, u.id, label)
                )
                given += 1
    return given


if __name__ == "__main__":
    build(Path(sys.argv[1]))
