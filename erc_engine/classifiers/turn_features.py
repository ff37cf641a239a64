"""Dialogues → sparse features of each turn: words, characters, form, speaker, and the turns before it.

    vocabulary = learn_vocabulary(train)
    table = count(train, vocabulary)             # counted once, used by every candidate and every fold
    idf = inverse_document_frequency(table, rows)        # from these turns alone
    features(table, idf, context)                # csr matrix (turns, vocabulary.width)

Context is causal: a turn sees earlier turns of its dialogue and never a later one. Term frequencies are logarithmic;
terms in fewer than `RARE` turns of a fold's own train part weigh nothing there, so that a fold is what training
without its held-out dialogues would have been.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erc_engine.classifiers.base import Floats, Ints
from erc_engine.classifiers.surface_cues import CUES, surface_cues
from erc_engine.domain.conversation import Dialogue

WORDS_AND_MARKS = r"[\w']+|[!?]+|\.\.+|[^\s\w]"  # words, and marks of feeling as words of their own
RARE = {"words": 2, "characters": 3}
CUE_WEIGHT = 0.5
SPEAKER_WEIGHT = 0.6
SPEAKER_TURNS = 20
LONGEST = 5_000  # characters of a turn that are read: no transcript has such a turn, a broken file might
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "`": "'"})


@dataclass(frozen=True)
class Context:
    """Weights of the words of the turn before, and of the speaker's own last turn."""

    previous: float = 0.0
    own_last: float = 0.0


@dataclass(frozen=True)
class Vocabulary:
    words: tuple[str, ...]
    characters: tuple[str, ...]
    speakers: tuple[str, ...]

    @property
    def width(self) -> int:
        """Columns of the features: own words, characters, cues, speakers, and words twice for the context."""
        return 3 * len(self.words) + len(self.characters) + CUES + len(self.speakers)

    @property
    def is_single_word(self) -> NDArray[np.bool_]:
        """Which terms of `words` are no pair of words: pairs are too rare to help from a turn away."""
        return np.array([" " not in term for term in self.words], dtype=bool)


@dataclass(frozen=True)
class TurnTable:
    """Counts of all turns in order. `previous` and `own_last` are turn numbers, -1 where there is none."""

    words: Any
    characters: Any
    cues: Floats
    speakers: Any
    previous: Ints
    own_last: Ints
    is_single_word: NDArray[np.bool_]


@dataclass(frozen=True)
class TermWeights:
    """Inverse document frequency per term; 0 for a term that is too rare."""

    words: Floats
    characters: Floats


def learn_vocabulary(dialogues: Sequence[Dialogue], *, with_speakers: bool = True) -> Vocabulary:
    """Terms that stand in enough turns, and speakers who speak often; in alphabetical order."""
    texts = _texts(dialogues)
    turns = Counter(u.speaker for d in dialogues for u in d.utterances)
    speakers = sorted(name for name, count in turns.items() if count >= SPEAKER_TURNS) if with_speakers else []
    return Vocabulary(_terms("words", texts), _terms("characters", texts), tuple(speakers))


def count(dialogues: Sequence[Dialogue], vocabulary: Vocabulary) -> TurnTable:
    from scipy.sparse import csr_matrix

    texts = _texts(dialogues)
    speakers = [u.speaker for d in dialogues for u in d.utterances]
    position = np.array([i for d in dialogues for i in range(len(d))], dtype=np.int64)
    previous = np.where(position > 0, np.arange(len(texts)) - 1, -1)
    again = [before >= 0 and speakers[before] == name for name, before in zip(speakers, previous, strict=True)]
    column = {name: i for i, name in enumerate(vocabulary.speakers)}
    known = [turn for turn, name in enumerate(speakers) if name in column]
    return TurnTable(
        words=_logarithmic(_counted("words", texts, vocabulary.words)),
        characters=_logarithmic(_counted("characters", texts, vocabulary.characters)),
        cues=surface_cues(texts, position=position.tolist(), again=again),
        speakers=csr_matrix(
            (np.ones(len(known)), (known, [column[speakers[turn]] for turn in known])),
            shape=(len(texts), len(vocabulary.speakers)),
        ),
        previous=previous,
        own_last=_own_last(dialogues),
        is_single_word=vocabulary.is_single_word,
    )


def inverse_document_frequency(table: TurnTable, rows: Ints) -> TermWeights:
    """ln((1 + n) / (1 + df)) + 1 over the given turns; 0 for terms in fewer than `RARE` of them."""
    return TermWeights(_idf(table.words[rows], RARE["words"]), _idf(table.characters[rows], RARE["characters"]))


def features(table: TurnTable, idf: TermWeights, context: Context) -> Any:
    """All blocks side by side; each text block has rows of length 1 before its weight."""
    from scipy.sparse import csr_matrix, hstack

    earlier = _unit_rows(table.words, idf.words * table.is_single_word)
    blocks = [
        _unit_rows(table.words, idf.words),
        _unit_rows(table.characters, idf.characters),
        csr_matrix(table.cues * CUE_WEIGHT),
        table.speakers * SPEAKER_WEIGHT,
        _earlier(earlier, table.previous, context.previous),
        _earlier(earlier, table.own_last, context.own_last),
    ]
    return hstack(blocks, format="csr")


def _texts(dialogues: Sequence[Dialogue]) -> list[str]:
    return [u.text[:LONGEST].translate(_QUOTES) for d in dialogues for u in d.utterances]


def _counter(kind: str, **more: Any) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    if kind == "words":
        return CountVectorizer(ngram_range=(1, 2), token_pattern=WORDS_AND_MARKS, **more)
    return CountVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=False, **more)


def _terms(kind: str, texts: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(_counter(kind, min_df=RARE[kind]).fit(texts).get_feature_names_out().tolist())
    except ValueError:  # scikit-learn's word for "no term is frequent enough"
        return ()


def _counted(kind: str, texts: Sequence[str], vocabulary: tuple[str, ...]) -> Any:
    from scipy.sparse import csr_matrix

    if not vocabulary or not texts:
        return csr_matrix((len(texts), len(vocabulary)))
    return _counter(kind, vocabulary=vocabulary, dtype=np.float64).transform(texts)


def _logarithmic(counts: Any) -> Any:
    counts.data = 1.0 + np.log(counts.data)
    return counts


def _idf(counts: Any, rare: int) -> Floats:
    turns = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.where(turns >= rare, np.log((1 + counts.shape[0]) / (1 + turns)) + 1.0, 0.0)


def _unit_rows(counts: Any, idf: Floats) -> Any:
    weighted = counts.copy()
    weighted.data *= idf[weighted.indices]
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1)).ravel())
    per_row = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    weighted.data *= np.repeat(per_row, np.diff(weighted.indptr))
    weighted.eliminate_zeros()
    return weighted


def _earlier(words: Any, turns: Ints, weight: float) -> Any:
    """Each turn's row of another, earlier turn; empty where there is none."""
    from scipy.sparse import csr_matrix, vstack

    if not weight:
        return csr_matrix(words.shape)
    nothing = csr_matrix((1, words.shape[1]))
    return vstack([words, nothing], format="csr")[turns] * weight


def _own_last(dialogues: Sequence[Dialogue]) -> Ints:
    found: list[int] = []
    for d in dialogues:
        last: dict[str, int] = {}
        for u in d.utterances:
            found.append(last.get(u.speaker, -1))
            last[u.speaker] = len(found) - 1
    return np.array(found, dtype=np.int64)
