"""Judges the replies of a lab and says what they show: paired outcomes, the main one declared beforehand.

    report = report_of(workspace, stored, detectable)
    report.main            # accepted: the outcome that was declared before anything was asked
    report.outcomes[2]     # label fidelity, and so on; p_holm is corrected over all of them

Both versions are judged by A's checks, in the order of the plans, and near duplicates count within a version. A reply
that failed (no text came) is missing in both versions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.curation.duplicates import DuplicateIndex
from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.generation import Completion, LabelMode, LabelPlan, ParsedReply, PromptRecipe
from erc_engine.domain.generation_runs import Attempt, AttemptState
from erc_engine.domain.prompt_lab import (
    Arm,
    ArmTexts,
    Detectable,
    LabCell,
    LabReply,
    LabReport,
    PairedOutcome,
    ReplyState,
)
from erc_engine.evaluation.paired import paired_difference
from erc_engine.evaluation.significance import holm
from erc_engine.generation.gate import Gate
from erc_engine.generation.outcomes import Outcomes
from erc_engine.generation.parsing import parse
from erc_engine.generation.recipes import parse_recipe
from erc_engine.store.labs import StoredLab
from erc_engine.workflows import lab_measures as measures
from erc_engine.workflows.curation import benchmark_sources
from erc_engine.workflows.lab_confirmation import Confirm, confirmer
from erc_engine.workflows.workspace import Workspace

Key = tuple[str, int]  # plan, reply
SHARE, WORDS, TOKENS, SECONDS = "share", "words", "tokens", "seconds"
OPENERS = "turns that begin with the same two words as a turn of another dialogue"
FRESH = "word pairs that no other dialogue has, both versions cut to equal length"
TOLD = "as the server tells them"


@dataclass(frozen=True)
class Judged:
    """A reply that came, and what could be read in it."""

    cell: LabCell
    reply: LabReply
    parsed: ParsedReply | None
    fidelity: float | None
    turns: measures.Turns

    @property
    def accepted(self) -> bool:
        return self.cell.state is ReplyState.ACCEPTED


def report_of(workspace: Workspace, stored: StoredLab, detectable: Detectable) -> LabReport:
    recipes = {arm: parse_recipe(workspace.store.recipes.get(hash_)) for arm, hash_ in _hashes(stored)}
    checks = recipes[Arm.A].checks
    replies = workspace.store.labs.replies(stored.id)
    benchmarks = _benchmarks(workspace, stored.settings.like)
    judged = {
        arm: _judged(stored, arm, replace(recipe, checks=checks), replies, benchmarks)
        for arm, recipe in recipes.items()
    }
    both = [key for key in judged[Arm.A] if key in judged[Arm.B]]
    pairs = [(judged[Arm.A][key], judged[Arm.B][key]) for key in both]
    asked = 2 * len(stored.plans) * stored.settings.replies
    came = sum(len(found) for found in judged.values())
    outcomes, texts = _outcomes(pairs, stored, recipes[Arm.A], _confirm(workspace, stored, recipes[Arm.A]))
    last = {(r.arm, r.plan, r.reply): r for r in replies}
    failed = [
        LabCell(r.arm, r.plan, r.reply, ReplyState.FAILED, r.error.partition(":")[0], r.error)
        for r in last.values()
        if (r.plan, r.reply) not in judged[r.arm]
    ]
    return LabReport(
        id=stored.id,
        settings=stored.settings,
        label_mode=str(recipes[Arm.A].label_mode),
        complete=came == asked,
        asked=asked,
        replied=came,
        outcomes=outcomes,
        discordance=float(np.mean([a.accepted != b.accepted for a, b in pairs])) if pairs else None,
        detectable=detectable,
        reasons={str(arm): _reasons(found) for arm, found in judged.items()},
        texts=texts,
        notes=_notes(recipes, asked - came),
        cells=(*(j.cell for found in judged.values() for j in found.values()), *failed),
        injected=sum(bool(j.reply.injected) for found in judged.values() for j in found.values()),
    )


def _confirm(workspace: Workspace, stored: StoredLab, recipe: PromptRecipe) -> Confirm | None:
    run = stored.settings.confirm
    return None if run is None else confirmer(workspace, run, recipe.scheme)


def _hashes(stored: StoredLab) -> tuple[tuple[Arm, str], tuple[Arm, str]]:
    return (Arm.A, stored.settings.a), (Arm.B, stored.settings.b)


def _benchmarks(workspace: Workspace, like: str) -> ContaminationIndex:
    """As a run holds its dialogues against them: dev and test of what was imported, and of `like`."""
    sources = dict(benchmark_sources(workspace))
    corpus = workspace.store.corpora.get(like, splits=(Split.DEV, Split.TEST))
    sources |= {f"{like}:{split}": part for split in (Split.DEV, Split.TEST) if (part := corpus.split(split))}
    return ContaminationIndex(list(sources.items()))


def _judged(
    stored: StoredLab, arm: Arm, recipe: PromptRecipe, replies: Sequence[LabReply], benchmarks: ContaminationIndex
) -> dict[Key, Judged]:
    came = {(r.plan, r.reply): r for r in replies if r.arm is arm and not r.error}
    gate = _gate(recipe, benchmarks)
    found: dict[Key, Judged] = {}
    for plan in stored.plans:
        for number in range(stored.settings.replies):
            if (reply := came.get((plan.id, number))) is not None:
                found[plan.id, number] = _one(plan, reply, recipe, gate)
    return found


def _gate(recipe: PromptRecipe, benchmarks: ContaminationIndex) -> Gate:
    seen = DuplicateIndex(recipe.checks.near_duplicate)

    def duplicate_of(dialogue: Dialogue) -> str | None:
        nearest = seen.nearest(dialogue)
        return f"{nearest[0]} (similarity {nearest[1]:.2f})" if nearest else None

    def contamination(dialogue: Dialogue) -> str | None:
        evidence = benchmarks.check(dialogue)
        return f"{evidence[0].kind} text of {evidence[0].source} in turn {evidence[0].utterance}" if evidence else None

    return Gate(duplicate_of, seen.add, contamination)


def _one(plan: LabelPlan, reply: LabReply, recipe: PromptRecipe, gate: Gate) -> Judged:
    begun = Attempt(reply.lab, plan.id, reply.number, reply.seed, AttemptState.IN_FLIGHT)
    completion = Completion(
        reply.text, reply.finish, reply.prompt_tokens, reply.completion_tokens, reply.seconds, injected=reply.injected
    )
    ended = Outcomes(recipe, gate, f"{reply.arm}{reply.reply}").draft(begun, plan, completion).attempt
    parsed = parse(reply.text, recipe.protocol, recipe.scheme)
    cell = LabCell(reply.arm, plan.id, reply.reply, ReplyState(str(ended.state)), ended.reason, ended.detail)
    if not isinstance(parsed, ParsedReply):
        return Judged(cell, reply, None, None, [])
    return Judged(cell, reply, parsed, measures.fidelity(parsed, plan, recipe), measures.turns_of(parsed))


def _outcomes(
    pairs: Sequence[tuple[Judged, Judged]], stored: StoredLab, recipe: PromptRecipe, confirm: Confirm | None
) -> tuple[tuple[PairedOutcome, ...], dict[str, ArmTexts]]:
    """Declared here, in this order; the first is the main one."""
    read = [(a, b) for a, b in pairs if a.parsed and b.parsed]
    turns = [[a.turns for a, _ in read], [b.turns for _, b in read]]
    alike = measures.cut_alike(*turns)
    openers = [measures.repeated_openers(side) for side in turns]
    fresh = [measures.fresh_pairs(side) for side in alike]
    planned = {
        LabelMode.SEQUENCE: "labels held against the plan turn by turn: the model's own word",
        LabelMode.BUDGET: "label counts held against the plan: the model's own word",
    }.get(recipe.label_mode, "the plan fixes no labels in mode free")
    once = stored.settings.replies == 1
    seed = stored.settings.seed

    def outcome(name: str, unit: str, better: str, values: _Values, *, note: str = "") -> PairedOutcome:
        return _paired(name, unit, better, values, once and name in ("accepted", "parsed"), seed, note)

    declared = [
        outcome("accepted", SHARE, "higher", _values(pairs, lambda j: float(j.accepted))),
        outcome("parsed", SHARE, "higher", _values(pairs, lambda j: float(j.parsed is not None))),
        outcome("label fidelity", SHARE, "higher", _values(read, lambda j: j.fidelity), note=planned),
        outcome("words a turn", WORDS, "neither", _values(read, lambda j: measures.words_a_turn(j.turns))),
        outcome("repeated openers", SHARE, "lower", _zipped(read, openers), note=OPENERS),
        outcome("fresh word pairs", SHARE, "higher", _zipped(read, fresh), note=FRESH),
        outcome("reply tokens", TOKENS, "neither", _values(pairs, lambda j: j.reply.completion_tokens), note=TOLD),
        outcome("seconds", SECONDS, "lower", _values(pairs, lambda j: j.reply.seconds)),
    ]
    if confirm is not None:
        sides = [confirm([j.parsed for j in side if j.parsed]) for side in zip(*read, strict=True)] or [[], []]
        note = f"own labels that the classifier of {stored.settings.confirm} gives too"
        declared.insert(3, outcome("confirmed labels", SHARE, "higher", _zipped(read, sides), note=note))
    tested = [n for n, one in enumerate(declared) if one.p is not None]
    corrected = holm([p for n in tested if (p := declared[n].p) is not None])
    for n, p in zip(tested, corrected, strict=True):
        declared[n] = replace(declared[n], p_holm=p)
    texts = {str(arm): measures.texts_of(side) for arm, side in zip(Arm, alike, strict=True)}
    return tuple(declared), texts


_Values = list[tuple[str, float | None, float | None]]  # plan, A, B


def _values(pairs: Sequence[tuple[Judged, Judged]], value: Callable[[Judged], float | None]) -> _Values:
    return [(a.cell.plan, value(a), value(b)) for a, b in pairs]


def _zipped(pairs: Sequence[tuple[Judged, Judged]], sides: Sequence[Sequence[float | None]]) -> _Values:
    return [(a.cell.plan, one, other) for (a, _), one, other in zip(pairs, *sides, strict=True)]


def _paired(name: str, unit: str, better: str, values: _Values, yes_or_no: bool, seed: int, note: str) -> PairedOutcome:
    """The mean of each plan's replies that have the outcome in both versions, then over plans."""
    by_plan: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for plan, a, b in values:
        if a is not None and b is not None:
            by_plan[plan].append((a, b))
    means = [np.mean(found, axis=0) for found in by_plan.values()]
    a_means, b_means = [float(m[0]) for m in means], [float(m[1]) for m in means]
    paired = paired_difference(a_means, b_means, yes_or_no=yes_or_no, seed=seed)
    return PairedOutcome(
        name=name,
        unit=unit,
        better=better,
        a=float(np.mean(a_means)) if means else None,
        b=float(np.mean(b_means)) if means else None,
        difference=paired.difference,
        p=paired.p,
        test=paired.test,
        note=note,
    )


def _reasons(found: Mapping[Key, Judged]) -> dict[str, int]:
    return dict(Counter(j.cell.reason for j in found.values() if j.cell.reason).most_common())


def _notes(recipes: Mapping[Arm, PromptRecipe], missing: int) -> tuple[str, ...]:
    a, b = recipes[Arm.A], recipes[Arm.B]
    notes = []
    if missing:
        notes.append(f"{missing} replies are missing; the same lab again asks for them")
    if a.checks != b.checks:
        notes.append("the versions have different checks: both are judged by those of A")
    if a.sampling != b.sampling:
        notes.append("the versions have different sampling settings, which are compared with the prompts")
    return tuple(notes)
