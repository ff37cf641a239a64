"""Which dialogue to ask for next, so that what was accepted comes out as the target.

    planner = Planner(target, recipe, run_seed=1, utterances=2000)
    planner.next(ordinal=0, accepted={}, in_flight={}, used_recordings=set())
    # LabelPlan("p00000", speakers=(Ana, Bo), turns=8, budget={"joy": 3, …}, …)

A closed loop: each plan is judged by the label mix of everything accepted and still expected, with the plan added.
A live model gets a length drawn from the target first (choosing among lengths would bias them), then the best of
32 label sequences drawn with the benchmark's dynamics (`label_chain`). Where the plan says who feels what turn by turn,
transitions and positions count as well, so that filling up a label does not bend them (`label_score`). `replay:` gets
the unused recording that comes nearest. Pure and deterministic: the same arguments give the same plan.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import cached_property
from itertools import accumulate

import numpy as np

from erc_engine.domain.generation import LabelMode, LabelPlan, LabelTarget, MenuItem, PromptRecipe, Speaker
from erc_engine.errors import InputError
from erc_engine.generation.label_chain import LabelChain
from erc_engine.generation.label_score import NOTHING_YET, Score, Standing, counts_of
from erc_engine.generation.label_target import target_for
from erc_engine.generation.menu import Menu

__all__ = ["CANDIDATES", "Planner", "Standing", "target_for"]

CANDIDATES = 32
TOKENS_PER_TURN = 20  # a lower bound: number, name, label and a short sentence


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
        self._menu = None if menu is None else Menu(menu, self._names, run_seed)
        if menu is None:
            self._bounded = _bounded_lengths(target, recipe)
            self._lengths = _drawable(self._bounded)
            self._speakers = _drawable(_bounded_speakers(target, recipe))

    @cached_property
    def _chain(self) -> LabelChain:
        return LabelChain(self.target, self._bounded)

    def next(
        self,
        ordinal: int,
        accepted: Mapping[str, int],
        in_flight: Mapping[str, float],
        used_recordings: Set[str] = frozenset(),
        *,
        standing: Standing = NOTHING_YET,
    ) -> LabelPlan | None:
        """The next plan, or None when the menu has nothing left.

        `in_flight` is what open plans should still give; `standing` what else the ledger says: pairs of labels so far,
        how much of what is planned survives, which labels are given up.
        """
        score = Score(self._names, self._shares, accepted, in_flight, standing)
        draw = random.Random(f"plan/{self.run_seed}/{ordinal}")
        if self._menu is not None:
            return self._recorded(self._menu, ordinal, score, used_recordings, draw)
        return self._drawn(ordinal, score, draw, standing)

    def unguided(self, ordinal: int) -> LabelPlan:
        """A plan drawn without a look at what was accepted: the open loop that the closed one is measured against."""
        draw = random.Random(f"plan/{self.run_seed}/{ordinal}")
        return self._drawn(ordinal, Score(self._names, self._shares, {}, {}, NOTHING_YET), draw, NOTHING_YET, 1)

    def _recorded(
        self, menu: Menu, ordinal: int, score: Score, used: Set[str], draw: random.Random
    ) -> LabelPlan | None:
        free = menu.free(used, score.without)
        if not len(free):
            return None
        if score.nothing_yet:
            chosen = int(draw.choice(free.tolist()))  # from here on runs with different seeds go different ways
        else:
            distances = score.of_counts(menu.counts[free])
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

    def _drawn(
        self, ordinal: int, score: Score, draw: random.Random, standing: Standing, candidates: int = CANDIDATES
    ) -> LabelPlan:
        turns = _draw(self._lengths, draw)
        speakers = self._cast(min(_draw(self._speakers, draw), turns), draw)
        order = self._turn_taking(len(speakers), turns, draw)
        mode = self.recipe.label_mode
        common = LabelPlan(
            id=plan_id(ordinal),
            ordinal=ordinal,
            speakers=speakers,
            turns=turns,
            sequence=(),
            budget={},
            expected={},
            turn_speakers=(),
            attributes={},
        )
        if mode is LabelMode.FREE:
            mix = standing.free_mix or self.target.shares
            common = replace(common, expected={name: turns * mix.get(name, 0.0) for name in self._names})
        else:
            sequence = self._sequence(order, score, draw, candidates)
            counts = Counter(sequence)
            budget = {name: counts[name] for name in self._names if counts[name]}
            common = replace(common, budget=budget, expected={name: float(n) for name, n in budget.items()})
            if mode is LabelMode.SEQUENCE:
                common = replace(common, sequence=sequence)
        if mode is LabelMode.SEQUENCE or self.recipe.style.speakers:
            common = replace(common, turn_speakers=tuple(speakers[n].name for n in order))
        return replace(common, attributes=self._attributes(common.budget, draw))

    def _attributes(self, budget: Mapping[str, int], draw: random.Random) -> dict[str, str]:
        """Values by chance, without those that the recipe forbids beside a label of the plan."""
        found = {}
        for name, values in self.recipe.attributes.items():
            rules = self.recipe.forbidden.get(name, {})
            allowed = [value for value in values if not any(label in budget for label in rules.get(value, ()))]
            found[name] = draw.choice(allowed)
        return found

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

    def _sequence(self, order: Sequence[int], score: Score, draw: random.Random, candidates: int) -> tuple[str, ...]:
        """The best of so many label sequences."""
        drawn = self._chain.draw(order, candidates, draw, score.without)
        if self.recipe.label_mode is LabelMode.SEQUENCE:
            distances = score.of_sequences(drawn, order, self._chain)
        else:  # the model orders the labels itself
            distances = score.of_counts(counts_of(drawn, len(self._names)))
        best = int(np.argmin(distances.round(12)))
        return tuple(self._names[k] for k in drawn[best])


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
