"""Generated text that stands in a benchmark: a turn of it, eight words of it, or nearly a turn of it.

    index = ContaminationIndex([("meld:test", corpus.split(Split.TEST)), ("meld:dev", corpus.split(Split.DEV))])
    index.check(dialogue)     # (Contamination("g7", "g7:3", "verbatim", "meld:test", …),) or ()

For each turn the strongest evidence is given, against the first source that has it:

verbatim   a turn of five words or more is equal after normalisation
window     eight words in a row are equal, inside one turn on both sides
near       a turn of five words or more with one word changed, added or left out; or, from eight different words
           on, a Jaccard similarity of 0.7 of the sets of different words (as in `duplicates`)

Words are those after normalisation, where "don't" is two; it may still be the one word that was changed. A turn that
keeps fewer than five words is never contaminated. Turns of more than 60 words are not looked up with one word left
out, which takes memory with the square of their length: windows of eight words catch those. Measured against dev and
test of MELD (2,507 turns): none of the 7,634 recorded turns is flagged; every one of 1,691 test turns of five words
between spaces or more is caught verbatim, re-cased, without punctuation, and with any one word changed; so is 1 % of
MELD's own train turns, two thirds of them near, mostly stock phrases of five words. What follows from contamination is
decided by whoever freezes or generates.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from erc_engine.corpora.text import words
from erc_engine.curation.word_sets import jaccard
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Contamination

MIN_WORDS = 5
WINDOW_WORDS = 8
NEAR_WORDS = 8
NEAR_JACCARD = 0.7
ONE_WORD_MOST = 60


@lru_cache(maxsize=1 << 16)
def _words_of(token: str) -> tuple[str, ...]:
    return tuple(words(token))


class _Turn:
    """A turn as its words after normalisation, and how many of them each piece between spaces gave."""

    __slots__ = ("pieces", "text", "words")

    def __init__(self, text: str) -> None:
        parts = [_words_of(piece) for piece in text.split()]
        self.text = text
        self.pieces = [len(part) for part in parts]
        self.words = [word for part in parts for word in part]

    @property
    def counts(self) -> bool:
        return len(self.words) >= MIN_WORDS

    @property
    def key(self) -> str:
        return "".join(self.words)

    def windows(self) -> Iterator[tuple[str, ...]]:
        words = self.words
        for start in range(len(words) - WINDOW_WORDS + 1):
            yield tuple(words[start : start + WINDOW_WORDS])

    def shortened(self) -> Iterator[str]:
        """The key with each word left out in turn, and with each piece of several words ("don't", "well-known")."""
        words, start = self.words, 0
        for size in self.pieces:
            for left_out in range(start, start + size):
                yield "".join(words[:left_out] + words[left_out + 1 :])
            if size > 1:
                yield "".join(words[:start] + words[start + size :])
            start += size


class ContaminationIndex:
    """All turns of the sources, for checking many dialogues; `len` is how many turns are long enough to count."""

    def __init__(self, sources: Sequence[tuple[str, Sequence[Dialogue]]]) -> None:
        self._turns: list[tuple[str, _Turn]] = []
        for source, dialogues in sources:
            found = (_Turn(u.text) for d in dialogues for u in d.utterances)
            self._turns += [(source, turn) for turn in found if turn.counts]
        self._verbatim: dict[str, int] = {}
        self._windows: dict[tuple[str, ...], int] = {}
        self._one_word = _OneWordApart()
        for number, (_, turn) in enumerate(self._turns):
            self._verbatim.setdefault(turn.key, number)
            for window in turn.windows():
                self._windows.setdefault(window, number)
            self._one_word.add(turn, number)
        self._alike = _Alike([turn for _, turn in self._turns])

    def __len__(self) -> int:
        return len(self._turns)

    def check(self, dialogue: Dialogue) -> tuple[Contamination, ...]:
        """Evidence for each contaminated turn, in order; empty when the dialogue is clean."""
        if not self._turns:
            return ()
        evidence = []
        for utterance in dialogue.utterances:
            turn = _Turn(utterance.text)
            if turn.counts and (found := self._strongest(turn)):
                kind, number, similarity = found
                source, original = self._turns[number]
                evidence.append(
                    Contamination(dialogue.id, utterance.id, kind, source, original.text, round(similarity, 4))
                )
        return tuple(evidence)

    def _strongest(self, turn: _Turn) -> tuple[str, int, float] | None:
        if (number := self._verbatim.get(turn.key)) is not None:
            return "verbatim", number, 1.0
        for window in turn.windows():
            if (number := self._windows.get(window)) is not None:
                return "window", number, 1.0
        if (number := self._one_word.find(turn)) is not None:
            return "near", number, 1 - 1 / max(len(turn.words), len(self._turns[number][1].words))
        if (alike := self._alike.find(turn)) is not None:
            return "near", *alike
        return None


class _OneWordApart:
    """Turns that become equal when one word of either, or of both, is left out.

    Not for turns of over 60 words: what differs in one word there has eight in a row in common.
    """

    def __init__(self) -> None:
        self._starts: set[tuple[str, ...]] = set()
        self._ends: set[tuple[str, ...]] = set()
        self._shortened: dict[str, int] = {}

    def add(self, turn: _Turn, number: int) -> None:
        if len(turn.words) > ONE_WORD_MOST:
            return
        for size in (2, 3):
            self._starts.add(tuple(turn.words[:size]))
            self._ends.add(tuple(turn.words[-size:]))
        for key in (turn.key, *turn.shortened()):
            self._shortened.setdefault(key, number)

    def find(self, turn: _Turn) -> int | None:
        if len(turn.words) > ONE_WORD_MOST:
            return None
        # one change leaves the first two (of eight, three) words or the last as they were: this settles most turns
        size = 2 if len(turn.words) < 8 else 3
        if tuple(turn.words[:size]) not in self._starts and tuple(turn.words[-size:]) not in self._ends:
            return None
        for key in (turn.key, *turn.shortened()):
            if (number := self._shortened.get(key)) is not None:
                return number
        return None


class _Alike:
    """Turns whose sets of different words are alike, by positional prefix filtering (Xiao et al. 2011, PPJoin).

    With words in order of rarity, the first word that two sets share leaves room for no more shared words than follow
    it in both: its place in each already rules most pairs out.
    """

    def __init__(self, turns: Sequence[_Turn]) -> None:
        self._sets = [frozenset(turn.words) for turn in turns]
        frequency = Counter(word for each in self._sets for word in each)
        self._rank = _Rank((w, n) for n, w in enumerate(sorted(frequency, key=lambda word: (frequency[word], word))))
        self._by_word: dict[str, dict[tuple[int, int], list[int]]] = defaultdict(dict)
        for number, each in enumerate(self._sets):
            for place, word in enumerate(self._rarest(each)):
                self._by_word[word].setdefault((len(each), place), []).append(number)

    def _rarest(self, each: frozenset[str]) -> list[str]:
        """The words of which one is the first that is shared with an alike set."""
        size = len(each)
        if size < NEAR_WORDS:
            return []
        return sorted(each, key=self._rank.__getitem__)[: size - _least_shared(size) + 1]

    def find(self, turn: _Turn) -> tuple[int, float] | None:
        """The most alike turn at or over the threshold, of equals the first."""
        wanted = frozenset(turn.words)
        candidates: set[int] = set()
        for place, word in enumerate(self._rarest(wanted)):
            if word in self._by_word:
                reached = _reached(len(wanted), place)
                for theirs, numbers in self._by_word[word].items():
                    if theirs in reached:
                        candidates.update(numbers)
        best, highest = -1, 0.0
        for number in candidates:
            similarity = jaccard(wanted, self._sets[number])
            if similarity > highest or (similarity == highest and number < best):
                best, highest = number, similarity
        return (best, highest) if highest >= NEAR_JACCARD else None


def _alike_enough(shared: int, one: int, other: int) -> bool:
    return shared / (one + other - shared) >= NEAR_JACCARD


@lru_cache(maxsize=1 << 12)
def _least_shared(size: int) -> int:
    """The fewest words that a set of so many shares with an alike one, which then has no others."""
    return next(shared for shared in range(1, size + 1) if _alike_enough(shared, size, shared))


@lru_cache(maxsize=1 << 12)
def _reached(size: int, place: int) -> frozenset[tuple[int, int]]:
    """(size, place) of the same word in other sets that may still be alike when it is the first that both share."""
    return frozenset(
        (other, theirs)
        for other in range(NEAR_WORDS, math.floor(size / NEAR_JACCARD) + 2)
        for theirs in range(other)
        if _alike_enough(min(size - place, other - theirs), size, other)
    )


class _Rank(dict[str, int]):
    """Place of a word from rare to frequent; a word that no source has is rarest."""

    def __missing__(self, word: str) -> int:
        return -1
