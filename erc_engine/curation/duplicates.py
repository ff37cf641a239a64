"""Dialogues that stand twice in a set: equal, nearly so, or one largely contained in the other.

    for cluster in find_duplicates(dialogues, threshold=0.7):
        cluster.keep, cluster.members, cluster.kind, cluster.similarity     # "d3", ("d3", "d9"), "near", 0.83

    seen = DuplicateIndex(threshold=0.7)      # while a run goes on
    seen.nearest(dialogue)                    # ("d3", 0.83) or None
    seen.add(dialogue)

Only the text counts: not speakers, labels, case, punctuation. Three detectors, each for what the one before misses:

exact      the turns are equal after normalisation
near       *the threshold's meaning*: Jaccard similarity of the two dialogues' sets of different words; at 0.7,
           seven of ten words found in either are in both. Candidates by MinHash, each verified on the sets
neighbour  cosine of hashed character runs at or over the threshold, and never under NEIGHBOUR_FLOOR: copies with
           many misspellings, or with half of the turns left out, whose word sets differ too much

Measured on the 700 bundled recordings and a changed copy of each. Word sets of unrelated dialogues (244,650 pairs):
.30 at most, .33 at 4,000 words; of copies with 12 % of the words replaced: .67 at least, median .83. Sets of character
3-runs separate as well (.43, .70) but fill up in long dialogues (.67 at 4,000 words); sets of three words in a row do
not survive (adjacent swaps .40, 12 % replaced .37), of two hardly. Cosines: unrelated .39, at 4,000 words .58;
misspelt copies .71, halves .67. The floor lies between: a lower threshold loosens `near` alone. At 0.7 every exact,
swapped and 12 %-replaced copy is found, 99.9 % of copies with a third of the words misspelt, 98 % of halves, and no
unrelated pair.

Very short dialogues (under MIN_WORDS different words) are compared exactly only; one without any word never is.
Contamination by benchmark text is found in `contamination`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from erc_engine.corpora.text import normalise
from erc_engine.curation.encoders import Encoder, HashingEncoder
from erc_engine.curation.minhash import MinHashIndex
from erc_engine.curation.neighbours import close_pairs
from erc_engine.curation.word_sets import word_set
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import DuplicateCluster
from erc_engine.errors import InputError

MIN_WORDS = 5
NEIGHBOUR_FLOOR = 0.65
EXAMPLE_CHARACTERS = 120


@dataclass(frozen=True)
class DialogueWords:
    """A dialogue's text as it is compared."""

    key: str
    words: frozenset[str]

    @classmethod
    def of(cls, dialogue: Dialogue) -> DialogueWords:
        turns = [normalise(u.text) for u in dialogue.utterances]
        return cls("\n".join(turns) if any(turns) else "", word_set(" ".join(turns).split()))

    @property
    def comparable(self) -> bool:
        return len(self.words) >= MIN_WORDS


@dataclass(frozen=True)
class Link:
    """Two dialogues, or two groups of equal ones, by their places; `kind` is exact, near or neighbour."""

    left: int
    right: int
    kind: str
    similarity: float


def check_threshold(threshold: float) -> None:
    if not 0 < threshold <= 1:
        raise InputError(f"the threshold cannot be {threshold}", hint="a similarity above 0, up to 1")


def find_duplicates(
    dialogues: Sequence[Dialogue], *, threshold: float = 0.7, encoder: Encoder | None = None
) -> tuple[DuplicateCluster, ...]:
    """Clusters in order of their first member, which is the one to keep.

    Links are joined strongest first, exact before near before neighbour, and only those that join count:
    `kind` is the weakest detector that a cluster needs, `similarity` its lowest such link. A chain may thus
    hold members together that are less similar to each other than the threshold.
    """
    check_threshold(threshold)
    texts = [DialogueWords.of(d) for d in dialogues]
    first: dict[str, int] = {}
    exact = []
    for n, text in enumerate(texts):
        if text.key and first.setdefault(text.key, n) != n:
            exact.append(Link(first[text.key], n, "exact", 1.0))
    distinct = [n for n in first.values() if texts[n].comparable]
    near = _near(texts, distinct, threshold)
    neighbour = _neighbours(texts, distinct, max(threshold, NEIGHBOUR_FLOOR), encoder or HashingEncoder())
    return clusters_of([d.id for d in dialogues], (exact, near, neighbour), lambda _: {d.id: d for d in dialogues})


def _near(texts: Sequence[DialogueWords], members: Sequence[int], threshold: float) -> list[Link]:
    index = MinHashIndex(threshold)
    links = []
    for member in members:
        for other, similarity in index.similar(texts[member].words):
            links.append(Link(members[other], member, "near", similarity))
        index.add(texts[member].words)
    return links


def _neighbours(
    texts: Sequence[DialogueWords], members: Sequence[int], threshold: float, encoder: Encoder
) -> list[Link]:
    vectors = encoder.encode([texts[n].key.replace("\n", " ") for n in members])
    return [Link(members[i], members[j], "neighbour", cosine) for i, j, cosine in close_pairs(vectors, threshold)]


def clusters_of(
    ids: Sequence[str],
    rounds: Iterable[Sequence[Link]],
    read: Callable[[Sequence[str]], Mapping[str, Dialogue]],
) -> tuple[DuplicateCluster, ...]:
    """Links into clusters, round by round; a cluster is as similar as the last link that joined it.

    Of each cluster the first two dialogues are read, for an example of what repeats.
    """
    root = list(range(len(ids)))
    held: dict[int, tuple[str, float]] = {}

    def find(n: int) -> int:
        while root[n] != n:
            root[n] = root[root[n]]
            n = root[n]
        return n

    for links in rounds:
        for link in sorted(links, key=lambda each: (-each.similarity, each.left, each.right)):
            kept, joined = sorted((find(link.left), find(link.right)))
            if kept != joined:
                root[joined] = kept
                held[kept] = (link.kind, link.similarity)
    members: dict[int, list[int]] = {}
    for n in range(len(ids)):
        members.setdefault(find(n), []).append(n)
    groups = {n: tuple(ids[m] for m in group) for n, group in members.items() if len(group) > 1}
    first = read([i for group in groups.values() for i in group[:2]])
    return tuple(
        DuplicateCluster(
            kind=held[n][0],
            keep=group[0],
            members=group,
            similarity=round(held[n][1], 4),
            example=_example(first[group[0]], DialogueWords.of(first[group[1]])),
        )
        for n, group in groups.items()
    )


def _example(kept: Dialogue, other: DialogueWords) -> str:
    """The longest turn that both have, else the first turn of the one that stays."""
    turns = set(other.key.split("\n"))
    shared = [u.text for u in kept.utterances if normalise(u.text) in turns]
    return (max(shared, key=len) if shared else kept.utterances[0].text)[:EXAMPLE_CHARACTERS]


class DuplicateIndex:
    """Exact and near duplicates of what was added so far, for use while dialogues arrive one by one.

    Of each dialogue it holds its id, a hash of its text and its words as numbers, not the text.
    """

    def __init__(self, threshold: float = 0.7) -> None:
        check_threshold(threshold)
        self._exact: dict[bytes, str] = {}
        self._near = MinHashIndex(threshold)
        self._ids: list[str] = []
        self._last: tuple[Dialogue, DialogueWords, bytes] | None = None

    def __len__(self) -> int:
        return len(self._exact)

    def _text(self, dialogue: Dialogue) -> tuple[DialogueWords, bytes]:
        """With its hash. A dialogue is mostly looked for and then added: the last one's text is kept."""
        if self._last is None or self._last[0] is not dialogue:
            text = DialogueWords.of(dialogue)
            self._last = (dialogue, text, _digest(text.key))
        return self._last[1], self._last[2]

    def nearest(self, dialogue: Dialogue) -> tuple[str, float] | None:
        """Id and similarity of the most similar dialogue at or over the threshold; of equals the first added."""
        text, digest = self._text(dialogue)
        if digest in self._exact:
            return self._exact[digest], 1.0
        if not text.comparable:
            return None
        found = self._near.similar(text.words)
        if not found:
            return None
        number, similarity = max(found, key=lambda pair: (pair[1], -pair[0]))
        return self._ids[number], similarity

    def add(self, dialogue: Dialogue) -> None:
        text, digest = self._text(dialogue)
        if not text.key or digest in self._exact:
            return
        self._exact[digest] = dialogue.id
        if text.comparable:
            self._near.add(text.words)
            self._ids.append(dialogue.id)


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
