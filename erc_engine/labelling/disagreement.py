"""Where annotators differ: the entropy of soft labels, over all, label by label, and the hardest utterances.

    found = entropies(votes, scheme("meld"), corpus.dialogues)
    found.all.mean            # Measured(0.93, (0.90, 0.96), n=2610) in bits
    hardest(votes, scheme("meld"), corpus.dialogues)[0].votes     # {"joy": 2, "surprise": 2, "neutral": 1}

The entropy of an utterance is −Σ p log2 p over the shares p of its votes: 0 when all agree, at most log2 of the number
of votes (or of labels, if there are fewer). Utterances with one vote say nothing about disagreement and are left
out. Votes of different kinds are never mixed; which votes count stands in `counted_votes`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from erc_engine.domain.conversation import Dialogue, Utterance
from erc_engine.domain.curation import AnnotatorKind, Measured, SoftLabel, Vote
from erc_engine.domain.disagreement import EntropyReport, HardUtterance, LabelEntropy, Place
from erc_engine.domain.labels import LabelScheme
from erc_engine.evaluation.resampling import RESAMPLES, bootstrap, measured, ratio
from erc_engine.labelling.counted_votes import counted
from erc_engine.labelling.soft_labels import soft_labels

BIN = 0.25  # bits: each way in which five votes can fall has a bin of its own


def entropy(shares: Mapping[str, float]) -> float:
    """Bits: 0 for one label, 1 for two that share evenly."""
    return abs(sum(p * math.log2(p) for p in shares.values() if p > 0))


def entropies(
    votes: Sequence[Vote],
    scheme: LabelScheme,
    dialogues: Sequence[Dialogue],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> EntropyReport | None:
    """Histogram and mean of the entropy, for all utterances and for those of each label in the corpus.

    None when no utterance of `dialogues` has two votes. Means have intervals from resampling dialogues.
    """
    soft = _several(votes, scheme, dialogues)
    if not soft:
        return None
    found = [
        (row, u.label, entropy(soft[d.id, u.id].shares)) for row, d, u in _turns(dialogues) if (d.id, u.id) in soft
    ]
    amounts = Counter(label.n for label in soft.values())
    most = math.log2(min(max(amounts), len(scheme.names)))
    edges = tuple(BIN * n for n in range(math.floor(most / BIN) + 2))
    column = {name: i + 1 for i, name in enumerate(scheme.names)}
    sums = np.zeros((len(dialogues), len(column) + 1, 2))  # entropy and utterances; the first column is all labels
    bins = np.zeros((len(column) + 1, len(edges) - 1), np.int64)
    for row, label, bits in found:
        for place in (0, *([column[label]] if label is not None else [])):
            sums[row, place] += (bits, 1)
            bins[place, min(int(bits / BIN + 1e-9), len(edges) - 2)] += 1
    means = bootstrap(lambda s: ratio(s[..., 0], s[..., 1]), sums, seed=seed, resamples=resamples)

    def of(place: int, label: str | None) -> LabelEntropy:
        n = int(sums[:, place, 1].sum())
        mean = measured(means[place], n, "no utterance with two votes has this label")
        return LabelEntropy(label, mean, tuple(int(b) for b in bins[place]))

    return EntropyReport(
        edges=edges,
        all=of(0, None),
        by_label=tuple(of(column[name], name) for name in scheme.names),
        votes=dict(sorted(amounts.items())),
        most=most,
        unanimous=sum(bits == 0 for _, _, bits in found),
    )


def hardest(
    votes: Sequence[Vote], scheme: LabelScheme, dialogues: Sequence[Dialogue], most: int = 50
) -> tuple[HardUtterance, ...]:
    """The utterances with the highest entropy, in the order of the corpus where it is equal; unanimous ones never."""
    soft = _several(votes, scheme, dialogues)
    given: dict[Place, dict[str, str]] = {}
    for vote in counted(votes):
        if vote.kind != AnnotatorKind.ANONYMOUS:
            given.setdefault((vote.dialogue, vote.utterance), {})[vote.annotator] = vote.label
    ranked = sorted(
        ((entropy(soft[d.id, u.id].shares), d, u) for _, d, u in _turns(dialogues) if (d.id, u.id) in soft),
        key=lambda each: -each[0],
    )
    return tuple(
        HardUtterance(
            dialogue=d.id,
            utterance=u.id,
            speaker=u.speaker,
            text=u.text,
            label=u.label,
            entropy=bits,
            votes=votes_of(soft[d.id, u.id]),
            given=given.get((d.id, u.id), {}),
        )
        for bits, d, u in ranked[:most]
        if bits > 0
    )


def votes_of(soft: SoftLabel) -> dict[str, int]:
    """Back from shares to counts, most votes first."""
    return {label: round(p * soft.n) for label, p in sorted(soft.shares.items(), key=lambda item: -item[1])}


def mean_entropy(soft: Mapping[Place, SoftLabel], dialogue: Dialogue) -> Measured:
    """Of the turns of one dialogue that have two votes or more; there is nothing to resample, so no interval."""
    bits = [
        entropy(soft[dialogue.id, u.id].shares)
        for u in dialogue.utterances
        if (dialogue.id, u.id) in soft and soft[dialogue.id, u.id].n > 1
    ]
    return Measured(sum(bits) / len(bits), None, len(bits)) if bits else Measured.undefined("no turn has two votes")


def _several(votes: Sequence[Vote], scheme: LabelScheme, dialogues: Sequence[Dialogue]) -> dict[Place, SoftLabel]:
    """Soft labels of utterances in these dialogues that have two votes or more."""
    voted_on = {(vote.dialogue, vote.utterance) for vote in votes}
    there = {place for d in dialogues for u in d.utterances if (place := (d.id, u.id)) in voted_on}
    inside = [vote for vote in votes if (vote.dialogue, vote.utterance) in there]
    return {place: soft for place, soft in soft_labels(inside, scheme).items() if soft.n > 1}


def _turns(dialogues: Sequence[Dialogue]) -> list[tuple[int, Dialogue, Utterance]]:
    return [(row, d, u) for row, d in enumerate(dialogues) for u in d.utterances]
