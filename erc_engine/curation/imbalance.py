"""How far the labels of some dialogues are from even, or from a target, and what would have to be added.

    found = balance("meld:train", train, scheme("meld"))
    found.imbalance_ratio     # Measured(17.6, (15.4, 20.3), n=9989): most frequent label over least frequent one
    found.effective_labels    # Measured(4.21, …): exp of the entropy of the shares
    gap(found.counts, {"neutral": 1/7, …}).add["fear"]    # 4442 utterances short

Distances are total variation, ½ Σ |share − target|: the fraction of labels that would have to change. Which dialogues
to write for a gap is decided in generation; how labels follow each other stands in `dynamics`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from erc_engine.curation.turn_arrays import Turns, counted
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import Measured
from erc_engine.domain.imbalance import Gap, LabelBalance, SpeakerLabels
from erc_engine.domain.labels import LabelScheme, total_variation
from erc_engine.errors import InputError
from erc_engine.evaluation.resampling import (
    RESAMPLES,
    Drawn,
    Floats,
    bootstrap,
    measured,
    measured_distance,
    ratio,
)

MOST_SPEAKERS = 12


@dataclass(frozen=True)
class Target:
    """Shares to measure a distance to. With `dialogues` they are a sample's, whose own chance then counts as well."""

    name: str
    shares: Mapping[str, float]
    dialogues: tuple[Dialogue, ...] = ()


def balance(
    part: str,
    dialogues: Sequence[Dialogue],
    scheme: LabelScheme,
    *,
    targets: Iterable[Target] = (),
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> LabelBalance:
    """Counts, shares, ratio, effective number of labels and distances, with 95 % dialogue-bootstrap intervals."""
    counts = label_counts(dialogues, scheme)
    total = counts.sum(0)
    n = int(total.sum())
    shares = bootstrap(_shares, counts, seed=seed, resamples=resamples)
    missing = [name for name, count in zip(scheme.names, total, strict=True) if not count]
    nothing = "no utterance is labelled"
    no_ratio = f"no utterance is labelled {' or '.join(missing[:3])}" if n else nothing
    return LabelBalance(
        part=part,
        scheme=scheme,
        dialogues=len(dialogues),
        utterances=n,
        unlabelled=sum(map(len, dialogues)) - n,
        counts={name: int(count) for name, count in zip(scheme.names, total, strict=True)},
        shares={name: measured(shares[i], n, nothing) for i, name in enumerate(scheme.names)},
        imbalance_ratio=measured(_over(shares, _imbalance_ratio), n, no_ratio),
        effective_labels=measured(_over(shares, _effective_labels), n, nothing),
        distances={
            target.name: _distance(shares, target, scheme, n, seed=seed, resamples=resamples) for target in targets
        },
        speakers=by_speaker(dialogues, scheme),
    )


def label_counts(dialogues: Sequence[Dialogue], scheme: LabelScheme) -> np.ndarray:
    """(dialogues, labels): labelled utterances."""
    turns = Turns.of(dialogues, scheme)
    labelled = turns.label >= 0
    return counted((len(dialogues), len(scheme.names)), turns.dialogue[labelled], turns.label[labelled])


def by_speaker(
    dialogues: Sequence[Dialogue], scheme: LabelScheme, most: int = MOST_SPEAKERS
) -> tuple[SpeakerLabels, ...]:
    """The speakers with the most labelled utterances and what they are labelled. The same name is one speaker."""
    turns = Turns.of(dialogues, scheme)
    labelled = turns.label >= 0
    found = counted((len(turns.speakers), len(scheme.names)), turns.speaker[labelled], turns.label[labelled])
    totals = found.sum(1)
    ordered = [n for n in np.argsort(-totals, kind="stable")[:most] if totals[n]]
    return tuple(
        SpeakerLabels(turns.speakers[n], int(totals[n]), dict(zip(scheme.names, found[n].tolist(), strict=True)))
        for n in ordered
    )


def _shares(sums: Floats) -> Floats:
    return ratio(sums, sums.sum(-1, keepdims=True))


def _imbalance_ratio(shares: Floats) -> Floats:
    return ratio(shares.max(-1), shares.min(-1))


def _effective_labels(shares: Floats) -> Floats:
    logarithms = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.exp(-(shares * logarithms).sum(-1))


def _over(shares: Drawn, statistic: Callable[[Floats], Floats]) -> Drawn:
    return Drawn(statistic(shares.value), statistic(shares.resampled), shares.dialogues)


def _distance(shares: Drawn, target: Target, scheme: LabelScheme, n: int, *, seed: int, resamples: int) -> Measured:
    if not n:
        return Measured.undefined("no utterance is labelled")
    wanted = np.array([target.shares.get(name, 0.0) for name in scheme.names])
    deviations = shares.resampled - shares.value
    if target.dialogues:
        sample = label_counts(target.dialogues, scheme)
        drawn = bootstrap(_shares, sample, seed=seed, stream=1, resamples=resamples)
        if len(drawn.resampled) == len(deviations):
            deviations = deviations - (drawn.resampled - drawn.value)
    value = float(0.5 * np.abs(shares.value - wanted).sum())
    return measured_distance(value, 0.5 * np.abs(deviations).sum(-1), n)


def gap(counts: Mapping[str, int], wanted: Mapping[str, float], utterances: int | None = None) -> Gap:
    """What to add, label by label, until the shares are those wanted, or as near as so many utterances can bring them.

    The first utterances go to the labels that are furthest below their share, as water fills a vessel: with the level
    t that uses them up, max(0, t · share − count) of each label. Without `utterances` all that is needed is given:
    t = max(count / share). `wanted` are weights, normalised here.
    """
    total_weight = sum(wanted.get(label, 0.0) for label in counts)
    if any(weight < 0 for weight in wanted.values()) or not total_weight > 0 or set(wanted) - set(counts):
        raise InputError(
            "the wanted shares cannot be used",
            hint=f"give each of {', '.join(counts)} a weight of 0 or more, and one of them more than 0",
        )
    if utterances is not None and utterances < 0:
        raise InputError(f"{utterances} utterances cannot be added", hint="0 or more")
    shares = {label: wanted.get(label, 0.0) / total_weight for label in counts}
    asked = [label for label in counts if shares[label] > 0]
    level = max(counts[label] / shares[label] for label in asked)
    needed = round(sum(level * shares[label] - counts[label] for label in asked))
    budget = needed if utterances is None else utterances
    exact = _filled(counts, shares, asked, budget)
    add = _whole(exact, budget)
    after = {label: counts[label] + add[label] for label in counts}
    return Gap(
        counts=dict(counts),
        wanted=shares,
        add=add,
        after=_fractions(after),
        distance_before=total_variation(_fractions(counts), shares),
        distance_after=total_variation(_fractions(after), shares),
        needed=needed,
        unreachable=tuple(label for label in counts if not shares[label] and counts[label]),
    )


def _filled(
    counts: Mapping[str, int], shares: Mapping[str, float], asked: Sequence[str], budget: int
) -> dict[str, float]:
    """Additions that sum to the budget; the emptiest labels (count / share) are filled first."""
    ordered = sorted(asked, key=lambda label: counts[label] / shares[label])
    held = weight = level = 0.0
    for place, label in enumerate(ordered):
        held, weight = held + counts[label], weight + shares[label]
        level = (budget + held) / weight
        if place + 1 < len(ordered) and level <= counts[ordered[place + 1]] / shares[ordered[place + 1]]:
            break
    return {label: max(0.0, level * shares[label] - counts[label]) for label in counts}


def _whole(exact: Mapping[str, float], total: int) -> dict[str, int]:
    """Whole numbers with the same sum: the largest fractions are rounded up."""
    whole = {label: int(value) for label, value in exact.items()}
    order = sorted(exact, key=lambda label: whole[label] - exact[label])
    for label in order[: total - sum(whole.values())]:
        whole[label] += 1
    return whole


def _fractions(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {label: count / total if total else 0.0 for label, count in counts.items()}
