"""Which dialogue to ask for next, so that what was accepted comes out as the target.

    planner = Planner(target, recipe, run_seed=1, utterances=2000)
    planner.next(ordinal=0, accepted={}, in_flight={}, used_recordings=set())
    # LabelPlan("p00000", speakers=(Ana, Bo), turns=8, budget={"joy": 3, …}, …)

A closed loop: each plan is judged by the label mix of everything accepted and still expected, with the plan added.
A live model gets a length drawn from the target first (choosing among lengths would bias them), then the best of
32 label sequences drawn with the benchmark's transitions. `replay:` gets the unused recording that comes nearest.
Pure and deterministic: the same arguments give the same plan.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from itertools import accumulate

import numpy as np

from erc_engine.domain.generation import LabelMode, LabelPlan, LabelTarget, MenuItem, PromptRecipe, Speaker
from erc_engine.errors import InputError
from erc_engine.generation.label_target import target_for

__all__ = ["CANDIDATES", "Planner", "target_for"]

CANDIDATES = 32
TOKENS_PER_TURN = 20  # a lower bound: number, name, label and a short sentence
RARE = 1e-3  # the least share that a deviation is measured against


class Planner:
    """Draws plans for one run. `utterances` bounds nothing; it is the size that the target is meant for."""

    def __init__(
        self,
        target: LabelTarget,
        recipe: PromptRecipe,
        run_seed: int,
        menu: Sequence[MenuItem] | None = None,
        utterances: int = 0,
    ) -> None:
        if target.scheme.names != recipe.scheme.names:
            raise InputError(
                f"the target has the labels {', '.join(target.scheme.names)}, "
                f"the recipe {', '.join(recipe.scheme.names)}",
                hint="choose a recipe of the corpus's label scheme",
            )
        self.target = target
        self.recipe = recipe
        self.run_seed = run_seed
        self.utterances = utterances
        self._names = target.scheme.names
        self._shares = np.array([target.shares.get(name, 0.0) for name in self._names])
        self._weights = 1 / np.maximum(self._shares, RARE)
        self._tables: dict[tuple[str | None, str | None], list[float]] = {}
        self._menu = None if menu is None else _Menu(menu, self._names, run_seed)
        if menu is None:
            self._lengths = _drawable(_bounded_lengths(target, recipe))
            self._speakers = _drawable(_bounded_speakers(target, recipe))

    def next(
        self,
        ordinal: int,
        accepted: Mapping[str, int],
        in_flight: Mapping[str, float],
        used_recordings: Set[str] = frozenset(),
    ) -> LabelPlan | None:
        """The next plan, or None when the menu has nothing left. `in_flight` is what open plans should still give."""
        base = np.array([accepted.get(name, 0) + in_flight.get(name, 0.0) for name in self._names])
        draw = random.Random(f"plan/{self.run_seed}/{ordinal}")
        if self._menu is not None:
            return self._recorded(self._menu, ordinal, base, used_recordings, draw)
        return self._drawn(ordinal, base, draw)

    def _recorded(
        self, menu: _Menu, ordinal: int, base: np.ndarray, used: Set[str], draw: random.Random
    ) -> LabelPlan | None:
        free = menu.free(used)
        if not len(free):
            return None
        if base.sum() == 0:
            chosen = int(draw.choice(free.tolist()))  # from here on runs with different seeds go different ways
        else:
            distances = self._distances(base + menu.counts[free])
            chosen = int(free[np.lexsort((menu.ranks[free], distances.round(12)))[0]])
        item = menu.items[chosen]
        budget = {name: item.labels[name] for name in self._names if item.labels.get(name)}
        return LabelPlan(
            id=plan_id(ordinal),
            ordinal=ordinal,
            speakers=item.speakers,
            turns=item.turns,
            sequence=(),
            budget={} if self.recipe.label_mode is LabelMode.FREE else budget,
            expected={name: float(count) for name, count in budget.items()},
            turn_speakers=(),
            attributes=dict(item.attributes),
            recording=item.recording,
        )

    def _drawn(self, ordinal: int, base: np.ndarray, draw: random.Random) -> LabelPlan:
        turns = _draw(self._lengths, draw)
        speakers = self._cast(min(_draw(self._speakers, draw), turns), draw)
        order = self._turn_taking(len(speakers), turns, draw)
        sequence = self._sequence(order, base, draw)
        mode = self.recipe.label_mode
        counts = Counter(sequence)
        free = mode is LabelMode.FREE
        return LabelPlan(
            id=plan_id(ordinal),
            ordinal=ordinal,
            speakers=speakers,
            turns=turns,
            sequence=sequence if mode is LabelMode.SEQUENCE else (),
            budget={} if free else {name: counts[name] for name in self._names if counts[name]},
            expected={
                name: turns * self.target.shares.get(name, 0.0) if free else float(counts[name])
                for name in self._names
                if free or counts[name]
            },
            turn_speakers=tuple(speakers[n].name for n in order) if mode is LabelMode.SEQUENCE else (),
            attributes={name: draw.choice(values) for name, values in self.recipe.attributes.items()},
        )

    def _distances(self, projected: np.ndarray) -> np.ndarray:
        """Chi-squared distance of each row's shares to the target's: it minds rare labels and has no flat spots."""
        shares = projected / projected.sum(axis=1, keepdims=True)
        return (((shares - self._shares) ** 2) * self._weights).sum(axis=1)

    def _cast(self, count: int, draw: random.Random) -> tuple[Speaker, ...]:
        names = draw.sample(self.recipe.names, count)
        traits = self.recipe.traits
        if not traits:
            return tuple(Speaker(name) for name in names)
        drawn = draw.sample(traits, count) if len(traits) >= count else draw.choices(traits, k=count)
        return tuple(Speaker(name, trait) for name, trait in zip(names, drawn, strict=True))

    def _turn_taking(self, speakers: int, turns: int, draw: random.Random) -> list[int]:
        """Who speaks when: everybody at least once, the same speaker twice as often as in the target."""
        order = [0]
        while len(order) < turns:
            again = draw.random() < self.target.same_speaker
            order.append(order[-1] if again else draw.choice([n for n in range(speakers) if n != order[-1]]))
        for silent in set(range(speakers)) - set(order):
            often = [at for at, who in enumerate(order) if order.count(who) > 1]
            order[draw.choice(often)] = silent
        first_heard = {who: n for n, who in enumerate(dict.fromkeys(order))}
        return [first_heard[who] for who in order]

    def _sequence(self, order: Sequence[int], base: np.ndarray, draw: random.Random) -> tuple[str, ...]:
        """The best of 32 label sequences."""
        candidates = [self._draw_labels(order, draw) for _ in range(CANDIDATES)]
        counts = np.array([[labels.count(k) for k in range(len(self._names))] for labels in candidates], dtype=float)
        best = int(np.argmin(self._distances(base + counts)))
        return tuple(self._names[k] for k in candidates[best])

    def _draw_labels(self, order: Sequence[int], draw: random.Random) -> list[int]:
        own: dict[int, int] = {}
        labels: list[int] = []
        for n, who in enumerate(order):
            before = labels[-1] if n and order[n - 1] != who else None
            table = self._table(own.get(who), before)
            label = bisect(table, draw.random() * table[-1], 0, len(table) - 1)
            own[who] = label
            labels.append(label)
        return labels

    def _table(self, own: int | None, other: int | None) -> list[float]:
        """Cumulated weights of the labels after an own and another's label: share × lift × lift."""
        key = (None if own is None else self._names[own], None if other is None else self._names[other])
        if key not in self._tables:
            weights = self._shares.copy()
            for rows, before in ((self.target.own, key[0]), (self.target.other, key[1])):
                if before is not None and before in rows:
                    row = np.array([rows[before].get(name, 0.0) for name in self._names])
                    weights *= np.divide(row, self._shares, out=np.zeros_like(row), where=self._shares > 0)
            self._tables[key] = list(accumulate((weights if weights.sum() > 0 else self._shares).tolist()))
        return self._tables[key]


class _Menu:
    """The recorded requests as a matrix, with a seeded rank that decides between equals."""

    def __init__(self, items: Sequence[MenuItem], names: Sequence[str], run_seed: int) -> None:
        foreign = {label for item in items for label in item.labels} - set(names)
        if foreign:
            raise InputError(
                f"the recordings have the label '{sorted(foreign)[0]}', which the recipe's scheme has not",
                hint="a recipe can only replay recordings of its own label scheme",
            )
        self.items = tuple(items)
        self.counts = np.array([[item.labels.get(name, 0) for name in names] for item in items], dtype=float)
        self.counts = self.counts.reshape(len(items), len(names))
        ranks = list(range(len(items)))
        random.Random(f"menu/{run_seed}").shuffle(ranks)
        self.ranks = np.array(ranks)

    def free(self, used: Set[str]) -> np.ndarray:
        return np.array([n for n, item in enumerate(self.items) if item.recording not in used], dtype=int)


def plan_id(ordinal: int) -> str:
    return f"p{ordinal:05d}"


def _bounded_lengths(target: LabelTarget, recipe: PromptRecipe) -> dict[int, float]:
    """The target's lengths that the recipe's token limit can hold."""
    most = recipe.sampling.max_tokens // TOKENS_PER_TURN
    held = {turns: share for turns, share in target.lengths.items() if 2 <= turns <= most}
    if not held:
        raise InputError(
            f"no dialogue length of {target.source} fits into {recipe.sampling.max_tokens} tokens",
            hint="raise sampling.max_tokens in the recipe",
        )
    return held


def _bounded_speakers(target: LabelTarget, recipe: PromptRecipe) -> dict[int, float]:
    """The target's numbers of speakers that the recipe has names for; two when it has none of them."""
    held = {count: share for count, share in target.speakers.items() if 2 <= count <= len(recipe.names)}
    return held or {2: 1.0}


Drawable = tuple[list[int], list[float]]


def _drawable(shares: Mapping[int, float]) -> Drawable:
    return sorted(shares), list(accumulate(shares[key] for key in sorted(shares)))


def _draw(drawable: Drawable, draw: random.Random) -> int:
    values, cumulated = drawable
    return values[bisect(cumulated, draw.random() * cumulated[-1], 0, len(values) - 1)]
