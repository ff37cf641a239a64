"""Where a run stands, from its ledger alone, read row by row.

found = report(workspace, "meld-extra")
found.books.balanced, found.labels["fear"], found.distance
found.evidence[5]          # LabelEvidence("disgust", …): what was asked for, what came of it, and why
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping

from erc_engine.domain.conversation import Origin
from erc_engine.domain.generation import LabelMode, LabelTarget, PromptRecipe
from erc_engine.domain.generation_runs import AttemptState, RunReport, RunSettings, RunState
from erc_engine.domain.label_evidence import Repaired
from erc_engine.domain.labels import total_variation
from erc_engine.generation.endings import attempts_left
from erc_engine.generation.label_books import LabelBooks, quotas
from erc_engine.generation.progress import plan_ordinal
from erc_engine.generation.recipes import parse_recipe
from erc_engine.store.ledger import StoredOutcome
from erc_engine.workflows.run_lock import is_driven
from erc_engine.workflows.run_targets import target_of_run
from erc_engine.workflows.usage import price_of, usage_of
from erc_engine.workflows.workspace import Workspace


def report(workspace: Workspace, run_id: str) -> RunReport:
    """Where a run stands, from its ledger alone."""
    stored = workspace.store.runs.get(run_id)
    settings = stored.settings
    recipe = parse_recipe(workspace.store.recipes.get(settings.recipe))
    target = target_of_run(workspace, settings, recipe)
    seen = _Seen(recipe)
    seen.read(workspace, run_id)
    state, message = stored.state, stored.message
    if state == RunState.RUNNING and not is_driven(workspace, run_id):
        state, message = RunState.PAUSED, f"its process ended without a word; erc resume {run_id} goes on"
    utterances = sum(seen.labels.values())
    recorded = _recorded(workspace, settings)
    price = price_of(settings.model, workspace.settings.endpoints)
    shares = {k: v / utterances for k, v in seen.labels.items()} if utterances else {}
    return RunReport(
        run=run_id,
        name=settings.name,
        state=state,
        books=workspace.store.runs.books(run_id),
        reasons=dict(seen.reasons.most_common()),
        labels=dict(seen.labels),
        utterances=utterances,
        dialogues=seen.dialogues,
        surplus=seen.surplus,
        distance=total_variation(shares, target.shares) if utterances else None,
        target=dict(target.shares),
        shortfall={} if stored.state == RunState.COMPLETE else _short(target, settings, seen.labels),
        recorded=recorded,
        injected=seen.injected,
        message=message,
        tokens=seen.tokens or None,
        evidence=seen.books.evidence(
            target,
            settings.utterances,
            attempts_left=attempts_left(settings, target, seen.spent, seen.tokens),
            by_label=recipe.label_mode is not LabelMode.FREE,
        ),
        repair=_repaired(target, seen.labels),
        masked=seen.masked,
        turn_repairs=workspace.store.turn_repairs.books(run_id),
        window=settings.window,
        model_details=settings.model_details,
        usage=None if recorded else usage_of(workspace.store.ledger.outcomes(run_id), price),
    )


def runs(workspace: Workspace) -> tuple[RunReport, ...]:
    """All runs of this workspace, oldest first."""
    return tuple(report(workspace, stored.id) for stored in workspace.store.runs.list())


class _Seen:
    """What is counted while the ledger passes. `labels` are of accepted dialogues that were not trimmed."""

    def __init__(self, recipe: PromptRecipe) -> None:
        self._names = recipe.scheme.names
        self.labels: Counter[str] = Counter(dict.fromkeys(self._names, 0))
        self.reasons: Counter[str] = Counter()
        self.books = LabelBooks()
        self.dialogues = self.surplus = self.injected = self.spent = self.tokens = self.masked = 0

    def read(self, workspace: Workspace, run_id: str) -> None:
        expected = _Expected(self._names)
        for ordinal, counted_on in workspace.store.ledger.expected(run_id):
            expected.put(ordinal, counted_on)
            self.books.planned(counted_on)
        for outcome in workspace.store.ledger.outcomes(run_id):
            self._count(outcome, expected)

    def _count(self, outcome: StoredOutcome, expected: _Expected) -> None:
        self.injected += outcome.injected is not None
        self.surplus += outcome.surplus
        self.spent += outcome.state not in (AttemptState.LOST, AttemptState.IN_FLIGHT)
        self.tokens += (outcome.prompt_tokens or 0) + (outcome.completion_tokens or 0)
        if outcome.state in (AttemptState.REJECTED, AttemptState.FAILED):
            self.reasons[outcome.reason] += 1
        if outcome.state is AttemptState.REJECTED:
            self.books.ended(expected.of(outcome.plan), reason=outcome.reason)
        if outcome.labels is not None:
            self.books.ended(expected.of(outcome.plan), labels=outcome.labels)
            if not outcome.surplus:
                self.dialogues += 1
                self.masked += sum(label is None for label in outcome.labels)
                self.labels.update(label for label in outcome.labels if label is not None)


class _Expected:
    """What each plan is counted on for, four bytes a label."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._counts = array("f")

    def put(self, ordinal: int, expected: Mapping[str, float]) -> None:
        start = ordinal * len(self._names)
        self._counts.extend([0.0] * (start + len(self._names) - len(self._counts)))
        for place, name in enumerate(self._names):
            self._counts[start + place] = expected.get(name, 0.0)

    def of(self, plan: str) -> dict[str, float]:
        start = plan_ordinal(plan) * len(self._names)
        counts = self._counts[start : start + len(self._names)]
        return {name: n for name, n in zip(self._names, counts, strict=True) if n}


def _short(target: LabelTarget, settings: RunSettings, labels: Mapping[str, int]) -> dict[str, int]:
    return {k: n - labels[k] for k, n in quotas(target, settings.utterances).items() if n > labels[k]}


def _recorded(workspace: Workspace, settings: RunSettings) -> bool:
    """A run killed between its first two rows has no corpus yet."""
    corpora = workspace.store.corpora
    if corpora.exists(settings.name):
        return corpora.stored(settings.name).origin is Origin.RECORDED
    return settings.model.startswith("replay:")


def _repaired(target: LabelTarget, labels: Mapping[str, int]) -> Repaired | None:
    if not target.real:
        return None
    both = {label: n + labels[label] for label, n in target.real.items()}
    return Repaired(
        real=target.real,
        wanted=target.whole,
        distance_before=total_variation(_fractions(target.real), target.whole),
        distance_after=total_variation(_fractions(both), target.whole),
    )


def _fractions(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {label: n / total for label, n in counts.items()} if total else {}
