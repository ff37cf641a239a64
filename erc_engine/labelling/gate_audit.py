"""How good a gate is, judged by people who did not know what it had decided.

    audit_rows([CheckedTurn("d1", 2.5, "joy", passed=True, right=False), …], scheme("meld"))

A gate passes or stops turns; people say which emotion they read. A turn is *right* when they agree with the intended
label. Precision: of what was passed, the share that is right. Recall: of what is right, the share that was passed.
Turns count by `weight`, the number of dialogues that theirs stands for; intervals come from resampling dialogues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erc_engine.domain.curation import Measured
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.verification import GateRow
from erc_engine.evaluation.resampling import RESAMPLES, Floats, bootstrap, measured, ratio

PASSED, STOPPED = 0, 1
RIGHT, WRONG = 0, 1
LOW_RECALL = 0.5
ENOUGH = 5  # turns of a label before anything is said of it in words


@dataclass(frozen=True)
class CheckedTurn:
    """A turn that a gate decided on and people labelled."""

    dialogue: str
    weight: float
    intended: str
    passed: bool
    right: bool


def audit_rows(
    turns: Sequence[CheckedTurn], scheme: LabelScheme, *, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[GateRow, tuple[GateRow, ...]]:
    """Over all labels, and label by label in the scheme's order."""
    number = {name: n for n, name in enumerate(dict.fromkeys(turn.dialogue for turn in turns))}
    sums = np.zeros((len(number), len(scheme.names), 2, 2))
    counts = np.zeros((len(scheme.names), 2), np.int64)
    for turn in turns:
        label, decided = scheme.index(turn.intended), PASSED if turn.passed else STOPPED
        sums[number[turn.dialogue], label, decided, RIGHT if turn.right else WRONG] += turn.weight
        counts[label, decided] += 1

    def row(name: str, part: Floats, n: np.ndarray) -> GateRow:
        def score(statistic: object, none: str) -> Measured:
            drawn = bootstrap(statistic, part, seed=seed, resamples=resamples)  # type: ignore[arg-type]
            return measured(drawn, int(n.sum()), none)

        if not len(part):
            nothing = Measured.undefined("nobody has reviewed a turn of the sample yet")
            return GateRow(name, nothing, nothing, nothing, 0, 0)
        return GateRow(
            name,
            precision=score(_precision, "no reviewed turn of this label was passed"),
            recall=score(_recall, "people found no reviewed turn of this label right"),
            right=score(_right, "no turn of this label was reviewed"),
            n=int(n.sum()),
            passed=int(n[PASSED]),
        )

    overall = row("all", sums.sum(1), counts.sum(0))
    return overall, tuple(row(name, sums[:, n], counts[n]) for n, name in enumerate(scheme.names))


def _precision(sums: Floats) -> Floats:
    return ratio(sums[..., PASSED, RIGHT], sums[..., PASSED, :].sum(-1))


def _recall(sums: Floats) -> Floats:
    return ratio(sums[..., PASSED, RIGHT], sums[..., RIGHT].sum(-1))


def _right(sums: Floats) -> Floats:
    return ratio(sums[..., RIGHT].sum(-1), sums.sum((-2, -1)))


def in_words(overall: GateRow, labels: Sequence[GateRow]) -> tuple[str, ...]:
    """What a reader should take from the numbers; nothing is said where too few turns were reviewed."""
    if overall.right.value is None:
        return (f"Not known: {overall.right.reason}.",)
    told = []
    if overall.precision.value is None:
        told.append("The gate passed none of the reviewed turns.")
    else:
        gain, low = overall.precision.value - overall.right.value, overall.precision.interval
        before, after = f"{100 * overall.right.value:.0f} %", f"{100 * overall.precision.value:.0f} %"
        if gain <= 0 or (low is not None and low[0] <= overall.right.value):
            told.append(
                f"The gate is not shown to help: people agree with {before} of all turns and with {after} of "
                "those that it passed."
            )
        else:
            told.append(f"The gate helps: people agree with {before} of all turns and with {after} of those it passed.")
    if overall.recall.value is not None and overall.recall.value < LOW_RECALL:
        told.append(f"It stops {100 * (1 - overall.recall.value):.0f} % of the turns that people find right.")
    told += _lost_labels(labels)
    few = [row.label for row in labels if row.n < ENOUGH]
    if few:
        told.append(f"Too few reviewed turns to say anything of {', '.join(few)}.")
    return tuple(told)


def _lost_labels(labels: Sequence[GateRow]) -> list[str]:
    known = [row for row in labels if row.n >= ENOUGH and row.recall.value is not None]
    lost = [row.label for row in known if (row.recall.value or 0.0) < LOW_RECALL]
    if not lost:
        return []
    kept = [row.label for row in known if row.label not in lost]
    if len(kept) == 1 and len(lost) > 1:
        return [
            f"It confirms little but {kept[0]}: most right turns of {', '.join(lost)} are stopped. Do not trust it."
        ]
    return [f"Most right turns of {', '.join(lost)} are stopped: their labels would be lost without cause."]
