"""What a generated set should look like, taken from a benchmark's train split.

    target = target_for(meld, TargetMode.BALANCED)
    target.shares          # {"neutral": 1/7, …}
    target.lengths[8]      # share of train's dialogues that have 8 turns
    target.own["joy"]      # P(label | the same speaker's last turn was joy), leaning to the target's shares

Dev and test are never looked at. Transitions are kept as lifts: how much likelier a label is after another than by
its share alone. Multiplied with the target's shares they carry a benchmark's dynamics over to another label mix.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TypeVar

from erc_engine.domain.conversation import Corpus, Dialogue, Split
from erc_engine.domain.generation import LabelTarget, TargetMode
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError

LEAST_TURNS = 2
MOST_SPEAKERS = 8
SMOOTHING = 5.0  # utterances as the target's shares, added to each row of transitions

K = TypeVar("K")
Transitions = dict[str, dict[str, float]]


def target_for(corpus: Corpus, mode: TargetMode, shares: Mapping[str, float] | None = None) -> LabelTarget:
    """Label shares by mode, and lengths, speakers and transitions of train. Dialogues of one turn do not count.

    `shares` are those of mode custom: any non-negative weights over labels of the scheme, normalised here.
    """
    train = tuple(d for d in corpus.split(Split.TRAIN) if len(d) >= LEAST_TURNS)
    if not train:
        raise InputError(
            f"'{corpus.name}' has no train dialogue of {LEAST_TURNS} turns or more to take lengths and speakers from",
            hint="choose a corpus with a train split for --like",
        )
    wanted, said = _shares(corpus, mode, shares)
    lengths = Counter(len(d) for d in train)
    speakers = Counter(min(len(d.speakers), MOST_SPEAKERS) for d in train if len(d.speakers) > 1)
    own, other = _transitions(corpus.scheme, train, wanted)
    return LabelTarget(
        scheme=corpus.scheme,
        shares=wanted,
        lengths=_normalised(dict(sorted(lengths.items()))),
        speakers=_normalised(dict(sorted(speakers.items())) or {2: 1}),
        same_speaker=_same_speaker(train),
        source=said,
        own=own,
        other=other,
    )


def _shares(corpus: Corpus, mode: TargetMode, shares: Mapping[str, float] | None) -> tuple[dict[str, float], str]:
    names = corpus.scheme.names
    if mode is TargetMode.BALANCED:
        return dict.fromkeys(names, 1 / len(names)), "uniform"
    if mode is TargetMode.MATCHED:
        found = corpus.distribution(Split.TRAIN)
        if not found.total:
            raise InputError(f"train of '{corpus.name}' has no labels to match", hint="choose a labelled corpus")
        return dict(found.shares), f"train of {corpus.name}"
    if not shares:
        raise InputError("a custom label mix needs its shares", hint=f"give weights over: {', '.join(names)}")
    for label, weight in shares.items():
        if label not in names:
            raise InputError(f"'{label}' is not a label of {corpus.scheme.name}", hint=f"labels: {', '.join(names)}")
        if not math.isfinite(weight) or weight < 0:
            raise InputError(f"the share of '{label}' cannot be {weight}", hint="a number of 0 or more")
    total = sum(shares.values())
    if not 0 < total < math.inf:
        raise InputError("the shares of a custom label mix sum to nothing", hint="give at least one a positive weight")
    return {name: shares.get(name, 0.0) / total for name in names}, "given shares"


def _same_speaker(train: Iterable[Dialogue]) -> float:
    """Fraction of turns by the speaker of the turn before."""
    same = total = 0
    for d in train:
        speakers = [u.speaker for u in d.utterances]
        same += sum(a == b for a, b in pairwise(speakers))
        total += len(speakers) - 1
    return same / total if total else 0.0


def _transitions(
    scheme: LabelScheme, train: Iterable[Dialogue], wanted: Mapping[str, float]
) -> tuple[Transitions, Transitions]:
    """P(label | last own label) and P(label | last label of somebody else), with train's lifts on the wanted shares."""
    own: Counter[tuple[str, str]] = Counter()
    other: Counter[tuple[str, str]] = Counter()
    for d in train:
        last: dict[str, str] = {}
        before: tuple[str, str] | None = None  # the turn before, as speaker and label
        for u in d.utterances:
            if u.label is None:
                before = None
                continue
            if u.speaker in last:
                own[last[u.speaker], u.label] += 1
            if before is not None and before[0] != u.speaker:
                other[before[1], u.label] += 1
            last[u.speaker], before = u.label, (u.speaker, u.label)
    return _rows(scheme, own, wanted), _rows(scheme, other, wanted)


def _rows(scheme: LabelScheme, pairs: Counter[tuple[str, str]], wanted: Mapping[str, float]) -> Transitions:
    """Rows that sum to 1; empty when there is nothing to learn from."""
    total = sum(pairs.values())
    if not total:
        return {}
    base = {b: sum(pairs[a, b] for a in scheme.names) / total for b in scheme.names}
    rows: Transitions = {}
    for a in scheme.names:
        seen = sum(pairs[a, b] for b in scheme.names)
        # smoothed with train's own shares, so that a rare row has no lift of nothing or of hundreds
        lift = {b: (pairs[a, b] / base[b] + SMOOTHING) / (seen + SMOOTHING) if base[b] else 1.0 for b in scheme.names}
        rows[a] = _normalised({b: lift[b] * wanted[b] for b in scheme.names})
    return rows


def _normalised(weights: Mapping[K, float]) -> dict[K, float]:
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}
