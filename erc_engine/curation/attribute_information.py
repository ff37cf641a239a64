"""Whether an attribute's value gives the label away: a model could learn "station, so sadness" in place of sadness.

    report = attribute_report("extra", dialogues, scheme("meld"))
    report.suggested()       # {"event": {"a goodbye at the station": ("sadness",)}}

Labels are asked for independently of attributes, so that every link comes from the model, or from what was refused.
A value's information is Σ P(label | value) log2 (P(label | value) / P(label)); weighted by the values' shares it is the
mutual information of attribute and label. It is never 0 in a finite set: p says how often values dealt out to the
dialogues by chance tell as much (permutation of whole dialogues; Holm over all values, and over all attributes). Values
that depend on the label are what AttrPrompt filters (Yu et al. 2023, arXiv 2306.15895).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from erc_engine.domain.attributes import AttributeInformation, AttributeReport, ValueInformation
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError
from erc_engine.evaluation.significance import holm

LEAST_DIALOGUES = 3  # of one value: fewer say nothing
SURE = 0.05  # Holm-corrected
EXCESS = 3.0  # standard deviations of the permutations that a label is above its expected count
LEAST_PERMUTATIONS, MOST_PERMUTATIONS = 5_000, 20_000
PER_VALUE = 25  # permutations: with so many, Holm over all values can still come under SURE
CELLS = 4_000_000


@dataclass(frozen=True)
class _Counts:
    """Dialogues in the order of their values: (dialogues, labels) counts, and where each value starts."""

    name: str
    values: tuple[str, ...]
    counts: np.ndarray
    starts: np.ndarray


def attribute_report(
    name: str, dialogues: Sequence[Dialogue], scheme: LabelScheme, *, seed: int = 0, permutations: int | None = None
) -> AttributeReport:
    """InputError when no dialogue says which attributes it was written for."""
    found = [d for d in dialogues if d.extra.get("attributes") and any(label is not None for label in d.labels)]
    tables = [_counted(key, found, scheme) for key in _names(found)]
    tables = [table for table in tables if len(table.values) > 1]
    if not tables:
        raise InputError(
            f"'{name}' has no attributes to measure", hint="dialogues of `erc generate` carry those of their recipe"
        )
    tested = sum(len(table.values) for table in tables)
    draws = permutations or min(MOST_PERMUTATIONS, max(LEAST_PERMUTATIONS, PER_VALUE * tested)) - 1
    attributes: list[AttributeInformation] = []
    values: list[ValueInformation] = []
    for stream, table in enumerate(tables):
        attribute, own = _measured(table, scheme, np.random.default_rng([seed, stream]), draws)
        attributes.append(attribute)
        values.extend(own)
    over_attributes = holm([a.p for a in attributes])
    known = [n for n, v in enumerate(values) if v.p is not None]
    over_values = dict(zip(known, holm([values[n].p or 0.0 for n in known]), strict=True))
    corrected = [_corrected(v, over_values.get(n)) for n, v in enumerate(values)]
    labels = Counter(label for d in found for label in d.labels if label is not None)
    return AttributeReport(
        name=name,
        shares={label: labels[label] / labels.total() for label in scheme.names},
        dialogues=len(found),
        permutations=draws,
        attributes=tuple(replace(a, p_holm=p) for a, p in zip(attributes, over_attributes, strict=True)),
        values=tuple(sorted(corrected, key=lambda v: (v.p_holm if v.p_holm is not None else 2.0, -v.bits))),
    )


def _names(dialogues: Iterable[Dialogue]) -> list[str]:
    return list(dict.fromkeys(key for d in dialogues for key in d.extra["attributes"]))


def _counted(name: str, dialogues: Sequence[Dialogue], scheme: LabelScheme) -> _Counts:
    place = {label: n for n, label in enumerate(scheme.names)}
    having = sorted(
        (d for d in dialogues if d.extra["attributes"].get(name)), key=lambda d: str(d.extra["attributes"][name])
    )
    counts = np.zeros((len(having), len(place)))
    for row, d in enumerate(having):
        for label in d.labels:
            if label is not None:
                counts[row, place[label]] += 1
    sizes = Counter(str(d.extra["attributes"][name]) for d in having)
    starts = np.cumsum([0, *sizes.values()])[:-1]
    return _Counts(name, tuple(sizes), counts, starts)


def _measured(
    table: _Counts, scheme: LabelScheme, random: np.random.Generator, draws: int
) -> tuple[AttributeInformation, list[ValueInformation]]:
    dialogues = len(table.counts)
    overall = table.counts.sum(0) / table.counts.sum()
    seen = np.add.reduceat(table.counts, table.starts)
    bits, whole = information(seen, overall)
    as_much = np.zeros(len(table.values))
    whole_as_much = whole_sum = 0.0
    total, squares = np.zeros_like(seen), np.zeros_like(seen)
    block = max(1, CELLS // table.counts.size)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        order = random.permuted(np.tile(np.arange(dialogues), (rows, 1)), axis=1)
        dealt = np.add.reduceat(table.counts[order], table.starts, axis=1)
        dealt_bits, dealt_whole = information(dealt, overall)
        as_much += (dealt_bits >= bits - 1e-12).sum(0)
        whole_as_much += (dealt_whole >= whole - 1e-12).sum()
        whole_sum += dealt_whole.sum()
        total += dealt.sum(0)
        squares += (dealt**2).sum(0)
    mean = total / draws
    deviation = np.sqrt(np.maximum(squares / draws - mean**2, 0))
    excess = np.divide(seen - mean, deviation, out=np.zeros_like(seen), where=deviation > 0)
    sizes = np.diff([*table.starts, dialogues])
    values = [
        ValueInformation(
            attribute=table.name,
            value=value,
            dialogues=int(sizes[n]),
            utterances=int(seen[n].sum()),
            labels={label: int(seen[n, k]) for k, label in enumerate(scheme.names)},
            bits=float(bits[n]),
            p=float((as_much[n] + 1) / (draws + 1)) if sizes[n] >= LEAST_DIALOGUES else None,
            p_holm=None,
            gives_away=tuple(label for k, label in enumerate(scheme.names) if excess[n, k] >= EXCESS),
        )
        for n, value in enumerate(table.values)
    ]
    p = float((whole_as_much + 1) / (draws + 1))
    return AttributeInformation(
        table.name, len(table.values), dialogues, float(whole), float(whole_sum / draws), p, p
    ), values


def information(counts: np.ndarray, overall: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bits of each value, and of the attribute: (…, values) and (…) for counts of shape (…, values, labels)."""
    n = counts.sum(-1, keepdims=True)
    shares = np.divide(counts, n, out=np.zeros_like(counts), where=n > 0)
    ratio = np.divide(shares, overall, out=np.ones_like(shares), where=shares > 0)  # 0 log 0 is 0
    bits = (shares * np.log2(ratio)).sum(-1)
    weights = n[..., 0] / counts.sum((-1, -2))[..., None]
    return bits, (weights * bits).sum(-1)


def _corrected(value: ValueInformation, p_holm: float | None) -> ValueInformation:
    sure = p_holm is not None and p_holm < SURE
    return replace(value, p_holm=p_holm, gives_away=value.gives_away if sure else ())
