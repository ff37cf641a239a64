"""Whether names, or traits, go with emotions more than chance has it: the table, its residuals, and tests.

    found = associations("name", speaking(dialogues), scheme, seed=0)
    found.p                        # of the whole table
    found.rows[0]                  # Association("Ines", (4, 0, …), residuals=(-0.3, …), p=0.41, adjusted=1.0)
    found.share("joy")["Ines"]     # share of the joyful turns that are hers

Residuals are adjusted ones (Haberman 1973, 10.2307/2529686): beyond ±2 is what chance gives one cell in twenty. Turns
of one speaker in one dialogue hang together, so a chi-squared distribution would find too much: p comes from dealing
the names (traits) out anew among the speakers of all dialogues, each keeping all of their turns. The rows' tests, of
one name against all others, are corrected together after Holm. A row of few turns can show little: see its count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.labels import LabelScheme
from erc_engine.evaluation.significance import holm

DEALS = 2_000
AT_ONCE = 200  # deals in one matrix product
TIE = 1e-9


@dataclass(frozen=True)
class Speaking:
    """A speaker of one dialogue: what they are called, their trait ("" for none), and the labels of their turns."""

    name: str
    trait: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Association:
    """One name or trait: turns with each label of the scheme, and its test against all others."""

    value: str
    counts: tuple[int, ...]
    residuals: tuple[float, ...]
    p: float
    adjusted: float

    @property
    def turns(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Associations:
    """`chi_squared` and `p` are None, for a `reason`, where there is nothing to compare."""

    what: str
    labels: tuple[str, ...]
    rows: tuple[Association, ...]
    chi_squared: float | None
    p: float | None
    speakers: int
    deals: int
    reason: str = ""

    def share(self, label: str) -> dict[str, float]:
        """Which part of a label's turns each value has; empty when the label has none."""
        place = self.labels.index(label)
        total = sum(row.counts[place] for row in self.rows)
        return {row.value: row.counts[place] / total for row in self.rows} if total else {}

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "chi_squared": self.chi_squared,
            "p": self.p,
            "reason": self.reason or None,
            "speakers": self.speakers,
            "deals": self.deals,
            "rows": [
                {
                    self.what: row.value,
                    "turns": row.turns,
                    "counts": dict(zip(self.labels, row.counts, strict=True)),
                    "residuals": dict(zip(self.labels, row.residuals, strict=True)),
                    "p": row.p,
                    "p_holm": row.adjusted,
                }
                for row in self.rows
            ],
            "shares": {label: self.share(label) for label in self.labels},
        }


def speaking(dialogues: Iterable[Dialogue]) -> Iterator[Speaking]:
    """Every speaker of every dialogue; traits are those of the plan, where it gave any."""
    for d in dialogues:
        traits = d.extra.get("traits")
        known = traits if isinstance(traits, Mapping) else {}
        for name in d.speakers:
            labels = tuple(u.label for u in d.utterances if u.speaker == name and u.label is not None)
            yield Speaking(name, str(known.get(name, "")), labels)


def associations(what: str, speakers: Iterable[Speaking], scheme: LabelScheme, *, seed: int = 0) -> Associations:
    """`what` is name or trait. Values in the order of their turns, most first."""
    units = [(getattr(s, what), s.labels) for s in speakers if getattr(s, what) and s.labels]
    values = sorted({value for value, _ in units})
    if len(values) < 2:
        return Associations(what, scheme.names, (), None, None, len(units), 0, f"there are not two {what}s to compare")
    held = np.array([[labels.count(name) for name in scheme.names] for _, labels in units], dtype=float)
    place = {value: n for n, value in enumerate(values)}
    of = np.array([place[value] for value, _ in units])
    table = _tables(of[None, :], held, len(values))[0]
    each = _row_statistics(table[None], held.sum(0))[0]
    at_least = np.zeros(len(values) + 1)
    random = np.random.default_rng(seed % 2**64)
    for start in range(0, DEALS, AT_ONCE):
        dealt = np.stack([random.permutation(of) for _ in range(min(AT_ONCE, DEALS - start))])
        drawn = _row_statistics(_tables(dealt, held, len(values)), held.sum(0))
        at_least[:-1] += (drawn >= each - TIE).sum(0)
        at_least[-1] += (drawn.sum(1) >= each.sum() - TIE).sum()
    ps = (at_least + 1) / (DEALS + 1)
    residuals, adjusted = _residuals(table), holm([float(p) for p in ps[:-1]])
    rows = [
        Association(
            value,
            tuple(int(n) for n in table[n]),
            tuple(round(float(r), 3) for r in residuals[n]),
            float(ps[n]),
            adjusted[n],
        )
        for n, value in enumerate(values)
    ]
    ordered = tuple(sorted(rows, key=lambda row: (-row.turns, row.value)))
    return Associations(what, scheme.names, ordered, float(each.sum()), float(ps[-1]), len(units), DEALS)


def _tables(of: np.ndarray, held: np.ndarray, values: int) -> np.ndarray:
    """Turns by value and label for each deal: deals × values × labels."""
    found = np.zeros((len(of), values, held.shape[1]))
    for n, deal in enumerate(of):
        np.add.at(found[n], deal, held)
    return found


def _row_statistics(tables: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The part of each row in Pearson's chi-squared: deals × values."""
    expected = tables.sum(2, keepdims=True) * labels / labels.sum()
    parts = np.divide((tables - expected) ** 2, expected, out=np.zeros_like(tables), where=expected > 0)
    found: np.ndarray = parts.sum(2)
    return found


def _residuals(table: np.ndarray) -> np.ndarray:
    total, rows, columns = table.sum(), table.sum(1, keepdims=True), table.sum(0, keepdims=True)
    expected = rows * columns / total
    spread = np.sqrt(expected * (1 - rows / total) * (1 - columns / total))
    found: np.ndarray = np.divide(table - expected, spread, out=np.zeros_like(table), where=spread > 0)
    return found
