"""Every similar pair of a set, found once, so that another threshold costs nothing.

    links = PairLinks.of(dialogues)                 # pairs from a similarity of FLOOR on
    links.clusters(0.7)                             # the clusters of find_duplicates at 0.7
    links.counts()                                  # [(1.0, 0, 0), (0.98, 2, 3), …]: threshold, clusters, repeats
    links.around(0.7, 3)                            # three pairs just over the threshold and three just under it

Same detectors, joining and rules as `duplicates`; word sets are compared exactly here, where MinHash may miss one
pair in fifty at the threshold. `only` narrows to dialogues that are still kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from erc_engine.curation import duplicates
from erc_engine.curation.duplicates import NEIGHBOUR_FLOOR
from erc_engine.curation.encoders import Encoder, HashingEncoder
from erc_engine.curation.neighbours import close_pairs
from erc_engine.curation.similar_sets import similar_sets
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import DuplicateCluster

FLOOR = 0.5
Reader = Callable[[Sequence[str]], Mapping[str, Dialogue]]


@dataclass(frozen=True)
class Pair:
    """Two dialogues by their ids; `kind` is exact, near or neighbour, the strongest detector that has them."""

    left: str
    right: str
    kind: str
    similarity: float


@dataclass(frozen=True)
class PairLinks:
    """`groups` are places (in `ids`) of dialogues of equal text; `links` join groups, so that equal text costs nothing.

    `read` gives dialogues by id; only those are asked for whose text is shown.
    """

    ids: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...]
    links: tuple[duplicates.Link, ...]
    read: Reader

    @classmethod
    def of(cls, dialogues: Sequence[Dialogue], *, encoder: Encoder | None = None) -> PairLinks:
        texts = tuple(duplicates.DialogueWords.of(d) for d in dialogues)
        same: dict[str, list[int]] = {}
        for n, text in enumerate(texts):
            if text.key:
                same.setdefault(text.key, []).append(n)
        groups = tuple(tuple(members) for members in same.values())
        compared = [g for g, members in enumerate(groups) if texts[members[0]].comparable]
        first = [texts[groups[g][0]] for g in compared]
        links = [
            duplicates.Link(compared[i], compared[j], "near", similarity)
            for i, j, similarity in similar_sets([text.words for text in first], FLOOR)
        ]
        vectors = (encoder or HashingEncoder()).encode([text.key.replace("\n", " ") for text in first])
        links += [
            duplicates.Link(compared[i], compared[j], "neighbour", cosine)
            for i, j, cosine in close_pairs(vectors, NEIGHBOUR_FLOOR)
        ]
        by_id = {d.id: d for d in dialogues}
        return cls(
            tuple(d.id for d in dialogues), groups, tuple(links), lambda ids: {i: by_id[i] for i in ids if i in by_id}
        )

    def _kept(self, only: Collection[str] | None) -> list[duplicates.Link]:
        """Links between dialogues: of each group the first one kept, and its equals to it."""
        kept = [[n for n in group if only is None or self.ids[n] in only] for group in self.groups]
        found = [duplicates.Link(group[0], n, "exact", 1.0) for group in kept for n in group[1:]]
        for link in self.links:
            if kept[link.left] and kept[link.right]:
                left, right = sorted((kept[link.left][0], kept[link.right][0]))
                found.append(duplicates.Link(left, right, link.kind, link.similarity))
        return found

    def clusters(self, threshold: float, only: Collection[str] | None = None) -> tuple[DuplicateCluster, ...]:
        """As `find_duplicates` gives them for the same dialogues."""
        duplicates.check_threshold(threshold)
        held = [link for link in self._kept(only) if link.kind == "exact" or link.similarity >= threshold]
        rounds = [[link for link in held if link.kind == kind] for kind in ("exact", "near", "neighbour")]
        return duplicates.clusters_of(self.ids, rounds, self.read)

    def counts(self, only: Collection[str] | None = None, steps: int = 50) -> list[tuple[float, int, int]]:
        """Thresholds from 1 down to FLOOR with the clusters and the repeats (members beyond each first) there."""
        links = sorted(self._kept(only), key=lambda link: -(1.0 if link.kind == "exact" else link.similarity))
        root, size = list(range(len(self.ids))), [1] * len(self.ids)
        clusters = repeats = at = 0
        found = []

        def find(n: int) -> int:
            while root[n] != n:
                root[n] = root[root[n]]
                n = root[n]
            return n

        for step in range(steps + 1):
            threshold = round(1 - (1 - FLOOR) * step / steps, 6)
            while at < len(links) and (links[at].kind == "exact" or links[at].similarity >= threshold):
                a, b = find(links[at].left), find(links[at].right)
                if a != b:
                    clusters += (size[a] == 1) + (size[b] == 1) - 1
                    repeats += 1
                    root[b], size[a] = a, size[a] + size[b]
                at += 1
            found.append((threshold, clusters, repeats))
        return found

    def around(self, threshold: float, each_side: int, only: Collection[str] | None = None) -> tuple[Pair, ...]:
        """The pairs nearest to the threshold, most similar first; a pair of two detectors by its near similarity."""
        pairs: dict[tuple[int, int], duplicates.Link] = {}
        for link in self._kept(only):
            pairs.setdefault((link.left, link.right), link)
        ranked = sorted(pairs.values(), key=lambda link: -link.similarity)
        over = [link for link in ranked if link.similarity >= threshold]
        under = [link for link in ranked if link.similarity < threshold]
        chosen = over[max(0, len(over) - each_side) :] + under[:each_side]
        return tuple(Pair(self.ids[each.left], self.ids[each.right], each.kind, each.similarity) for each in chosen)
