"""Text that stands in two places: which utterances, windows, scenes and dialogues of one split another has too.

    train, test = Texts.of(corpus, Split.TRAIN), Texts.of(corpus, Split.TEST)
    shared_utterances(test, train)      # Overlap("meld:test", "meld:train", …, count=14, total=1765, …)
    shared_scenes(dev, train)           # windows of three utterances in a row with 15 words together

All comparisons are on `text.normalise`; counts and totals are of the left side. Examples are ids, never text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from erc_engine.corpora.faults import EXAMPLES
from erc_engine.corpora.text import normalise
from erc_engine.domain.conversation import Corpus, Dialogue, Split
from erc_engine.domain.reports import Overlap

LONG = 5  # words from which on equal utterances say something
WINDOW = 8  # words in a row
SCENE, SCENE_WORDS = 3, 15  # utterances in a row, and words together from which on they say something

UTTERANCES = f"utterances of {LONG} or more words"
ANY_UTTERANCES = "utterances of any length"
WINDOWS = f"utterances with a window of {WINDOW} words"
SCENES = f"windows of {SCENE} utterances"
DIALOGUES = "whole dialogues"
EPISODES = "dialogues of shared episodes"
_CANDIDATES = 50


@dataclass(frozen=True)
class Texts:
    """One split of one corpus, its texts normalised once."""

    name: str
    dialogues: tuple[Dialogue, ...]
    lines: tuple[tuple[str, ...], ...]  # normalised text of each utterance of each dialogue

    @classmethod
    def of(cls, corpus: Corpus, split: Split) -> Texts:
        dialogues = corpus.split(split)
        lines = tuple(tuple(normalise(u.text) for u in d.utterances) for d in dialogues)
        return cls(f"{corpus.name}:{split}", dialogues, lines)

    def turns(self) -> Iterator[tuple[str, str]]:
        """(utterance id, normalised text)"""
        for d, texts in zip(self.dialogues, self.lines, strict=True):
            for u, text in zip(d.utterances, texts, strict=True):
                yield u.id, text

    @cached_property
    def first(self) -> dict[str, str]:
        """Text → id of the first utterance that has it; texts without a word are in no comparison."""
        found: dict[str, str] = {}
        for id_, text in self.turns():
            if text:
                found.setdefault(text, id_)
        return found

    @cached_property
    def windows(self) -> dict[int, str]:
        """Hash of each window of words → id of the first utterance that has it."""
        found: dict[int, str] = {}
        for id_, text in self.turns():
            for window in word_windows(text):
                found.setdefault(window, id_)
        return found

    @cached_property
    def scenes(self) -> dict[tuple[str, ...], list[str]]:
        """Window of utterances → ids of the first few dialogues that have it."""
        found: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for d, texts in zip(self.dialogues, self.lines, strict=True):
            for window in scene_windows(texts):
                if len(found[window]) < EXAMPLES and d.id not in found[window]:
                    found[window].append(d.id)
        return found

    @cached_property
    def pairs(self) -> dict[tuple[str, str], list[tuple[int, int]]]:
        """Two texts in a row → the places (dialogue, turn) where they stand."""
        found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for number, texts in enumerate(self.lines):
            for turn in range(len(texts) - 1):
                places = found[texts[turn], texts[turn + 1]]
                if len(places) < _CANDIDATES:
                    places.append((number, turn))
        return found


def word_windows(text: str) -> Iterator[int]:
    words = text.split()
    return (hash(tuple(words[i : i + WINDOW])) for i in range(len(words) - WINDOW + 1))


def scene_windows(texts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Windows long enough that they do not come about by chance."""
    for i in range(len(texts) - SCENE + 1):
        window = texts[i : i + SCENE]
        if sum(text.count(" ") + 1 for text in window if text) >= SCENE_WORDS:
            yield window


def is_long(text: str) -> bool:
    return text.count(" ") >= LONG - 1


def shared_utterances(left: Texts, right: Texts, *, any_length: bool = False) -> Overlap:
    found, total = [], 0
    for id_, text in left.turns():
        if any_length or is_long(text):
            total += 1
            if text in right.first:
                found.append((id_, right.first[text]))
    return _overlap(left, right, ANY_UTTERANCES if any_length else UTTERANCES, found, total)


def shared_windows(left: Texts, right: Texts) -> Overlap:
    found, total = [], 0
    for id_, text in left.turns():
        windows = list(word_windows(text))
        total += bool(windows)
        place = next((right.windows[w] for w in windows if w in right.windows), None)
        if place is not None:
            found.append((id_, place))
    return _overlap(left, right, WINDOWS, found, total)


def shared_scenes(left: Texts, right: Texts) -> Overlap:
    found, total = [], 0
    for d, texts in zip(left.dialogues, left.lines, strict=True):
        for window in scene_windows(texts):
            total += 1
            if window in right.scenes:
                found.append((d.id, right.scenes[window][0]))
    return _overlap(left, right, SCENES, found, total)


@dataclass(frozen=True)
class Repeated:
    """A dialogue whose turns stand, all and in this order, in another one from turn `start` on."""

    left: Dialogue
    right: Dialogue
    start: int

    @property
    def relabelled(self) -> int:
        """Turns that carry another label there."""
        there = self.right.utterances[self.start : self.start + len(self.left)]
        return sum(a.label != b.label for a, b in zip(self.left.utterances, there, strict=True))


def repeated_dialogues(left: Texts, right: Texts) -> list[Repeated]:
    """Dialogues of two turns or more that the right side has whole; the first place of each.

    Equal to a whole dialogue, or part of a longer one; as a part only with five words together ("Hey." "Hey!" is none).
    """
    found = []
    for d, texts in zip(left.dialogues, left.lines, strict=True):
        if len(texts) < 2 or not any(texts):
            continue
        few_words = sum(len(text.split()) for text in texts) < LONG
        for number, start in right.pairs.get((texts[0], texts[1]), ()):
            whole = right.lines[number] if few_words else right.lines[number][start : start + len(texts)]
            if whole == texts:
                found.append(Repeated(d, right.dialogues[number], start))
                break
    return found


def shared_dialogues(left: Texts, right: Texts) -> Overlap:
    found = [(r.left.id, r.right.id) for r in repeated_dialogues(left, right)]
    return _overlap(left, right, DIALOGUES, found, len(left.dialogues))


def shared_episodes(left: Texts, right: Texts) -> Overlap | None:
    """None where either side has no episodes."""
    first: dict[str, str] = {}
    for d in right.dialogues:
        if d.episode is not None:
            first.setdefault(d.episode, d.id)
    if not first or not any(d.episode for d in left.dialogues):
        return None
    found = [(d.id, first[d.episode]) for d in left.dialogues if d.episode in first]
    return _overlap(left, right, EPISODES, found, len(left.dialogues))


def _overlap(left: Texts, right: Texts, unit: str, found: list[tuple[str, str]], total: int) -> Overlap:
    places = [f"{a} = {b}" for a, b in dict.fromkeys(found)]
    return Overlap(left.name, right.name, unit, len(found), total, tuple(places[:EXAMPLES]))
