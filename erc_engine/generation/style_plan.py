"""What a plan asks for beyond its labels: words of each turn, openers to avoid, examples.

    steering = Steering(recipe, target.style, run_seed=1, shots=None)
    steering.steered(plan, openers=Counter({"oh no": 40, "i am": 12}), turns=300)
    # the plan with words=(3, 12, 7, 1) and avoid_openers=("oh no",), as far as its recipe asks for them

An opener is used too often when accepted dialogues have it more often than train does, by more than chance allows. The
loop is closed: what a plan names was counted before it was planned, so a ledger gives the same plans again. Recordings
cannot be steered: their plans stay as they are.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from erc_engine.domain.generation import LabelPlan, PromptRecipe
from erc_engine.domain.style import StyleTarget
from erc_engine.generation.shots import ShotPool

LEAST_TIMES = 5  # an opener that occurred less often is no habit yet
SURE = 3.0  # standard errors above train's share
LEAST_SHARE = 0.004  # of turns: an opener that train hardly has may be this frequent


@dataclass(frozen=True)
class Steering:
    recipe: PromptRecipe
    style: StyleTarget
    run_seed: int
    shots: ShotPool | None = None

    def steered(self, plan: LabelPlan, openers: Mapping[str, int], turns: int) -> LabelPlan:
        """`openers` are counts in what was accepted so far, of `turns` turns that begin with enough words."""
        if plan.recording is not None:
            return plan
        settings = self.recipe.style
        if settings.words and self.style.words:
            plan = replace(plan, words=self._words(plan))
        if settings.openers:
            plan = replace(plan, avoid_openers=too_frequent(openers, turns, self.style, settings.openers))
        if self.shots is not None:
            plan = replace(plan, shots=self.shots.choose(plan, f"shots/{self.run_seed}/{plan.ordinal}"))
        return plan

    def _words(self, plan: LabelPlan) -> tuple[int, ...]:
        """One number of words a turn, drawn from train's; none above what the recipe's check lets through."""
        most = self.recipe.checks.max_words
        held = {n: share for n, share in self.style.words.items() if n <= most} or {most: 1.0}
        values, sums = sorted(held), list(accumulate(held[n] for n in sorted(held)))
        draw = random.Random(f"words/{self.run_seed}/{plan.ordinal}")
        return tuple(values[bisect(sums, draw.random() * sums[-1], 0, len(values) - 1)] for _ in range(plan.turns))


def too_frequent(openers: Mapping[str, int], turns: int, style: StyleTarget, most: int) -> tuple[str, ...]:
    """The openers furthest above train's share, in standard errors of so many turns."""
    above: list[tuple[float, str]] = []
    for text, times in openers.items():
        share = max(style.openers.get(text, 0.0), LEAST_SHARE)
        if times < LEAST_TIMES or share >= 1:
            continue
        errors = (times - turns * share) / math.sqrt(turns * share * (1 - share))
        if errors > SURE:
            above.append((-errors, text))
    return tuple(text for _, text in sorted(above)[:most])


def words_said(words: tuple[int, ...]) -> str:
    """`about 8 words a turn, some of 2 or 3 and one of 19`."""
    if not words:
        return ""
    mean = sum(words) / len(words)
    short = sorted({n for n in words if n <= mean / 2})
    long = max(words)
    said = f"about {_whole(mean)} {'word' if _whole(mean) == 1 else 'words'} a turn"
    parts = []
    if short:
        low, high = short[0], short[-1]
        many = "some" if sum(n <= mean / 2 for n in words) > 1 else "one"
        between = "or" if high == low + 1 else "to"
        parts.append(f"{many} of {low}" if low == high else f"{many} of {low} {between} {high}")
    if long >= 1.5 * mean and long > mean + 1:
        parts.append(f"one of {long}")
    return f"{said}, {' and '.join(parts)}" if parts else said


def _whole(mean: float) -> int:
    return max(1, math.floor(mean + 0.5))
