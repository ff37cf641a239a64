"""What a lab measures in replies: was the plan kept, how long and how varied is what was written.

    fidelity(parsed, plan, recipe)               # share of planned turns with the planned label
    repeated_openers([[…], …])                   # per dialogue: share of turns that begin as a turn of another does
    fresh_pairs([[…], …])                        # per dialogue: share of word pairs that no other dialogue has
    cut_alike(a, b)                              # both as long as the shorter, plan by plan

Variety is counted dialogue by dialogue against the others of its version, so that it can be compared plan by plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from erc_engine.corpora.text import words
from erc_engine.curation.quality.diversity import cut, ngrams, of_text
from erc_engine.domain.generation import LabelMode, LabelPlan, ParsedReply, PromptRecipe
from erc_engine.domain.prompt_lab import ArmTexts

OPENER = 2  # words

Turns = list[list[str]]  # one dialogue: the words of each turn


def turns_of(parsed: ParsedReply) -> Turns:
    return [words(turn.text) for turn in parsed.turns]


def fidelity(parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe) -> float | None:
    """Turn by turn where the plan says so, else by counts; missing turns are not kept, None when nothing is planned."""
    labels = [recipe.scheme.canonical(turn.label) if turn.label is not None else None for turn in parsed.turns]
    if recipe.label_mode is LabelMode.SEQUENCE:
        return sum(seen == planned for seen, planned in zip(labels, plan.sequence, strict=False)) / plan.turns
    if recipe.label_mode is LabelMode.BUDGET:
        counts = Counter(labels)
        return sum(min(counts[label], n) for label, n in plan.budget.items()) / plan.turns
    return None


def words_a_turn(turns: Turns) -> float | None:
    return sum(map(len, turns)) / len(turns) if turns else None


def repeated_openers(dialogues: Sequence[Turns]) -> list[float | None]:
    """Of each dialogue, None where no turn has two words."""
    each = [[tuple(turn[:OPENER]) for turn in turns if len(turn) >= OPENER] for turns in dialogues]
    used = Counter(opener for openers in each for opener in set(openers))
    return [sum(used[o] > 1 for o in openers) / len(openers) if openers else None for openers in each]


def fresh_pairs(dialogues: Sequence[Turns]) -> list[float | None]:
    """Of each dialogue, None where there is no pair."""
    each = [list(ngrams([word for turn in turns for word in turn], 2)) for turns in dialogues]
    used = Counter(pair for pairs in each for pair in set(pairs))
    return [sum(used[p] == 1 for p in pairs) / len(pairs) if pairs else None for pairs in each]


def cut_alike(a: Sequence[Turns], b: Sequence[Turns]) -> tuple[list[Turns], list[Turns]]:
    """Both cut to the same number of words, plan by plan: longer text repeats itself more."""
    most = [min(sum(map(len, one)), sum(map(len, other))) for one, other in zip(a, b, strict=True)]
    return (
        [cut(turns, n) for turns, n in zip(a, most, strict=True)],
        [cut(turns, n) for turns, n in zip(b, most, strict=True)],
    )


def texts_of(dialogues: Sequence[Turns]) -> ArmTexts:
    tokens = sum(len(turn) for turns in dialogues for turn in turns)
    if not tokens:
        return ArmTexts(0, None, None)
    found = of_text(dialogues)
    return ArmTexts(tokens, found["distinct_2"], found["compression"])
