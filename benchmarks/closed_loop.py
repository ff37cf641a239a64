"""What the closed loop buys: label plans that look at what was accepted, against plans drawn once and hoped for.

No text is written. Each planned turn passes a hidden verifier with a rate of its label (.95 neutral … .72 disgust,
invented); a dialogue with four of five turns passed is accepted and its other turns are masked, else it is refused and
asked for again. 10,000 accepted utterances, 16 dialogues under way, five seeds. Dynamics and lengths are of MELD's
train, or of the bundled recordings where there are no benchmarks. Measured: total variation to the target in the worst
seed, attempts against the open loop's, and how far the rows of the transition matrices are off in the mean.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import mean

from benchmarks.measurement import ROOT, Measurement, benchmark_data
from erc_engine.domain.conversation import Corpus, Dialogue, Split, Utterance
from erc_engine.domain.generation import LabelMode, LabelPlan, LabelTarget, TargetMode
from erc_engine.domain.generation_runs import Attempt, AttemptState
from erc_engine.domain.label_passages import Passages
from erc_engine.domain.labels import scheme, total_variation
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.label_target import target_for
from erc_engine.generation.progress import Progress
from erc_engine.generation.recipes import bundled_recipes

PASS_RATES = {
    "neutral": 0.95, "joy": 0.92, "surprise": 0.88, "anger": 0.86, "sadness": 0.82, "fear": 0.76, "disgust": 0.72,
}  # fmt: skip
KEPT_FROM = 0.8
UTTERANCES = 10_000
UNDER_WAY = 16
SEEDS = range(5)
MOST_VARIATION = 0.01
MOST_EXTRA = 0.05


@dataclass(frozen=True)
class Outcome:
    labels: Mapping[str, int]
    passages: Passages
    attempts: int


def measure() -> Iterator[Measurement]:
    corpus = _corpus()
    for name, target in _targets(corpus).items():
        closed = [simulate(target, seed, closed=True) for seed in SEEDS]
        open_ = [simulate(target, seed, closed=False) for seed in SEEDS]
        far = [max(off(each, target) for each in runs) for runs in (closed, open_)]
        extra = mean(each.attempts for each in closed) / mean(each.attempts for each in open_) - 1
        rows = [mean(rows_off(each, target) for each in runs) for runs in (closed, open_)]
        print(
            f"# {name}, {corpus.name}: total variation open {far[1]:.4f} closed {far[0]:.4f}; attempts open "
            f"{mean(e.attempts for e in open_):.0f} closed {mean(e.attempts for e in closed):.0f}; "
            f"transition rows open {rows[1]:.3f} closed {rows[0]:.3f}"
        )
        yield Measurement(f"closed_loop_{name}_total_variation", far[0], MOST_VARIATION, slack=1)
        yield Measurement(f"closed_loop_{name}_extra_attempts", extra, MOST_EXTRA, slack=1)
        yield Measurement(f"closed_loop_{name}_transition_rows", rows[0], rows[1], slack=1)


def _corpus() -> Corpus:
    data = benchmark_data()
    if data is not None:
        from erc_engine.corpora.loading import load

        return load("meld", data / "MELD", "meld").corpus
    from erc_engine.llm.recordings import Recordings

    recorded = Recordings(ROOT / "assets" / "recordings").of("meld-matched")
    return Corpus(
        "recordings",
        "recorded",
        scheme("meld"),
        tuple(
            Dialogue(
                r.id,
                Split.TRAIN,
                tuple(Utterance(f"{r.id}:{n}", t.speaker, t.text, t.label) for n, t in enumerate(r.turns)),
            )
            for r in recorded
        ),
    )


def _targets(corpus: Corpus) -> dict[str, LabelTarget]:
    counts = corpus.distribution(Split.TRAIN).counts
    roots = {label: n**0.5 for label, n in counts.items()}
    lacking = {label: float(max(counts.values()) - n) for label, n in counts.items()}
    return {
        "matched": target_for(corpus, TargetMode.MATCHED),
        "balanced": target_for(corpus, TargetMode.BALANCED),
        "root_tail": target_for(corpus, TargetMode.CUSTOM, roots),
        "repair": target_for(corpus, TargetMode.REPAIR, lacking, whole=dict.fromkeys(counts, 1 / len(counts))),
    }


def simulate(target: LabelTarget, seed: int, *, closed: bool, utterances: int = UTTERANCES) -> Outcome:
    recipe = replace(bundled_recipes(ROOT / "assets" / "recipes")["meld-balanced"], label_mode=LabelMode.SEQUENCE)
    planner = Planner(target, recipe, seed)
    draw = random.Random(f"verifier/{seed}")
    progress = Progress(4)
    under_way: deque[LabelPlan] = deque()
    while progress.accepted_utterances < utterances:
        while len(under_way) < UNDER_WAY:
            plan = _plan(planner, progress) if closed else planner.unguided(progress.plans)
            progress.add_plan(plan)
            under_way.append(plan)
        plan = under_way.popleft()
        progress.settle(_judged(plan, draw))
        if plan.id in progress.open:
            under_way.append(plan)
    return Outcome(dict(progress.accepted), progress.passages, progress.spent)


def _plan(planner: Planner, progress: Progress) -> LabelPlan:
    standing = progress.standing(LabelMode.SEQUENCE)
    expected = {label: n * standing.survival.get(label, 1.0) for label, n in progress.expected().items()}
    plan = planner.next(progress.plans, progress.accepted, expected, standing=standing)
    assert plan is not None
    return plan


def _judged(plan: LabelPlan, draw: random.Random) -> Attempt:
    passed = [draw.random() < PASS_RATES[label] for label in plan.sequence]
    if sum(passed) < KEPT_FROM * len(passed):
        return Attempt("r", plan.id, 0, 0, AttemptState.REJECTED, reason="label_plan")
    turns = tuple(
        Utterance(f"{plan.id}:{n}", who, "", label if kept else None)
        for n, (who, label, kept) in enumerate(zip(plan.turn_speakers, plan.sequence, passed, strict=True))
    )
    dialogue = Dialogue(plan.id, Split.TRAIN, turns)
    return Attempt("r", plan.id, 0, 0, AttemptState.ACCEPTED, dialogue=dialogue)


def off(outcome: Outcome, target: LabelTarget) -> float:
    total = sum(outcome.labels.values())
    return total_variation({k: n / total for k, n in outcome.labels.items()}, target.shares)


def rows_off(outcome: Outcome, target: LabelTarget) -> float:
    """Mean total variation of the rows of both transition matrices to the target's, weighted by the label before."""
    found = []
    for pairs, wanted in ((outcome.passages.own, target.own), (outcome.passages.other, target.other)):
        before: Counter[str] = Counter()
        for (a, _), n in pairs.items():
            before[a] += n
        rows = {a: {b: pairs[a, b] / before[a] for b in wanted} for a in before}
        found.append(sum(n * total_variation(rows[a], wanted[a]) for a, n in before.items()) / before.total())
    return mean(found)
